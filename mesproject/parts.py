"""Living parts of a page: each is asked again every few seconds, and answered 304 while nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language


def etag_of(now: datetime, *seen: object) -> str:
    """A short name for what a part shows, and in which language. It changes each minute: targets grow with time."""
    told = "\n".join(map(str, (f"{now:%Y%m%d%H%M}", get_language(), *seen)))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'


def part(
    request: HttpRequest, template: str, context: Callable[[], dict[str, Any]], *, etag: str, now: datetime
) -> HttpResponse:
    """The part as it is now, or 304 where the page has it already."""
    return answered(request, lambda: render(request, template, context()), etag=etag, now=now)


def answered(
    request: HttpRequest, draw: Callable[[], HttpResponse], *, etag: str, now: datetime
) -> HttpResponse:
    """What is drawn, or 304 where the page has it already; `X-As-Of` tells a page that it is fresh."""
    unchanged = get_conditional_response(request, etag=etag)
    answer = unchanged or draw()
    answer["ETag"] = etag
    answer["X-As-Of"] = str(int(now.timestamp() * 1000))
    answer["Cache-Control"] = "private, no-store"
    return answer
