"""Living parts of a page: each is asked again every few seconds, and answered 304 while nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language, override

from mesproject.versions import Versions, versions

# What a part shows at an instant, by a short name; what is seen of its stations is given, where it names some.
Etag = Callable[[datetime, Versions], str]
Stations = Callable[[], Sequence[int]]
# So old may be what a page is about and in which words; what stations do is never older than the question.
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Again:
    """How a part that was answered once is answered again: by its stations, its ETag, what is drawn of that name.

    After the time `good_for` its view is asked again.
    """

    stations: Stations
    etag: Etag
    drawn: Callable[[str], bytes | None]
    good_for: timedelta


def etag_of(now: datetime, *seen: object) -> str:
    """A short name for what a part shows, and in which language. It changes each minute: targets grow with time."""
    told = "\n".join(map(str, (f"{now:%Y%m%d%H%M}", get_language(), *seen)))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'


def nothing() -> Sequence[int]:
    """The stations of a part that shows none."""
    return ()


def part(
    request: HttpRequest,
    template: str,
    context: Callable[[], dict[str, Any]],
    *,
    etag: Etag,
    now: datetime,
    stations: Stations = nothing,
) -> HttpResponse:
    """The part as it is now, or 304 where the page has it already.

    `etag` is told what is seen of `stations`, and asks the database itself for what else may change: later polls are
    answered by it alone (mesproject.polls).
    """
    return answered(
        request, lambda etag: render(request, template, context()), etag=etag, now=now, stations=stations
    )


def answered(
    request: HttpRequest,
    draw: Callable[[str], HttpResponse],
    *,
    etag: Etag,
    now: datetime,
    stations: Stations = nothing,
    drawn: Callable[[str], bytes | None] = lambda etag: None,
    good_for: timedelta = A_MINUTE,
) -> HttpResponse:
    """What is drawn under an ETag, or 304 where the page has it; `drawn` finds what was drawn for another screen."""
    shown, language = etag(now, versions(stations(), now)), get_language()

    def again(at: datetime, seen: Versions) -> str:
        with override(language):
            return etag(at, seen)

    request.again = Again(stations, again, drawn, good_for)  # type: ignore[attr-defined]
    return dated(get_conditional_response(request, etag=shown) or draw(shown), shown, now)


def dated(answer: HttpResponse, etag: str, now: datetime) -> HttpResponse:
    """The answer with its name; `X-As-Of` tells a page that it is fresh."""
    answer["ETag"] = etag
    answer["X-As-Of"] = str(int(now.timestamp() * 1000))
    answer["Cache-Control"] = "private, no-store"
    return answer
