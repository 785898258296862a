"""Who is at the other end: an enrolled tablet or display is known by its cookie."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import now

from mesproject.accounts.models import Device
from mesproject.accounts.tries import TooOften

DEVICE_COOKIE = "floorlight_device"


class DeviceMiddleware:
    """Sets `request.device` to the enrolled device, or None; asked of the database only when looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request.COOKIES.get(DEVICE_COOKIE, "")
        request.device = SimpleLazyObject(lambda: device_of(token))  # type: ignore[attr-defined]
        return self.get_response(request)


def device_of(token: str) -> Device | None:
    """The device behind a token, which has shown a sign of life."""
    device = Device.objects.matching(token) if token else None
    if device:
        device.seen(at=now())
    return device


class TooOftenMiddleware:
    """Answers 429 where a secret was guessed too often; the API has its own envelope for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page that says when to try again."""
        if not isinstance(error, TooOften):
            return None
        answer = render(request, "429.html", {"minutes": -(-error.wait // 60)}, status=429)
        answer.headers["Retry-After"] = str(error.wait)
        return answer
