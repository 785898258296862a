"""Where a page is nudged: the live process may be on another port, which the page's policy must allow."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def live_address(request: HttpRequest, token: str, *, counts: bool = False) -> str:
    """The event stream of a page; `counts` where it hurries for units alone."""
    return f"{_base(request)}/live/?token={token}{'&counts=1' if counts else ''}"


def allow_live(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let the page connect to the event stream."""
    parts = urlsplit(_base(request))
    if parts.netloc:
        response._csp_update = {"connect-src": ["'self'", f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]
    return response


def _base(request: HttpRequest) -> str:
    if settings.LIVE_URL:
        return settings.LIVE_URL.rstrip("/")
    host = request.get_host().rpartition(":")[0] if ":" in request.get_host() else request.get_host()
    return f"{request.scheme}://{host}:{settings.LIVE_PORT}"
