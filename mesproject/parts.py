"""Living parts of a page: each is asked again every few seconds, and answered 304 while nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language, override

from mesproject.versions import Versions, versions

# What a part shows at an instant, by a short name; what is seen of its stations is given, where it names some.
Etag = Callable[[datetime, Versions], str]
Stations = Callable[[], Sequence[int]]
# What a part looks like at an instant, under its ETag.
Draw = Callable[[str, datetime], bytes]
# So old may be what a page is about and in which words; what stations do is never older than the question.
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Again:
    """How a part that was answered once is answered again: by its stations and its ETag.

    What is the same for all who see it is drawn again, too; else its view is asked, as it is after `good_for`.
    """

    stations: Stations
    etag: Etag
    draw: Draw | None
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

    def draw(_: str, at: datetime) -> bytes:
        return render_to_string(template, context(), request).encode()

    return answered(request, draw, etag=etag, now=now, stations=stations)


def answered(
    request: HttpRequest,
    draw: Draw,
    *,
    etag: Etag,
    now: datetime,
    stations: Stations = nothing,
    for_all: bool = False,
    good_for: timedelta = A_MINUTE,
) -> HttpResponse:
    """What is drawn under an ETag, or 304 where the page has it.

    `for_all` who ask for the same it may be drawn by any poll, at its own instant; 404 where it is no longer so.
    """
    shown, language = etag(now, versions(stations(), now)), get_language()

    def again(at: datetime, seen: Versions) -> str:
        with override(language):
            return etag(at, seen)

    def anew(etag: str, at: datetime) -> bytes:
        with override(language):
            return draw(etag, at)

    request.again = Again(stations, again, anew if for_all else None, good_for)  # type: ignore[attr-defined]
    same = get_conditional_response(request, etag=shown)
    return dated(same or HttpResponse(draw(shown, now)), shown, now)


def dated(answer: HttpResponse, etag: str, now: datetime) -> HttpResponse:
    """The answer with its name; `X-As-Of` tells a page that it is fresh."""
    answer["ETag"] = etag
    answer["X-As-Of"] = str(int(now.timestamp() * 1000))
    answer["Cache-Control"] = "private, no-store"
    return answer
