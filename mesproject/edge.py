"""What happens at the edge: refusals become answers, an absent database becomes a 503."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import activate
from django.views.defaults import bad_request, page_not_found, server_error
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import exception_handler as framework_handler

from mesproject.languages import speak
from production.errors import DomainError

LOST = (OperationalError, InterfaceError)


class UnavailableMiddleware:
    """Answers 503 with Retry-After while the database is away; nothing is queued in memory.

    And 400 where something was sent that the database takes from nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A lost connection, and what no text of ours can hold; every other error stays what it is."""
        if isinstance(error, LOST):
            return unavailable(request)
        if isinstance(error, DataError) and "NUL" in str(error):
            return unreadable(request, error)
        return None


class LanguageMiddleware:
    """Speaks what the viewer speaks; before it, LocaleMiddleware has asked cookie and browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Once it is known what is asked, and so at which station."""
        if hasattr(view, "cls"):  # a view of the API
            activate(settings.LANGUAGE_CODE)
            return None
        try:
            speak(request, kwargs.get("station"))
        except LOST:
            return unavailable(request)
        return None


def unavailable(request: HttpRequest) -> HttpResponse:
    """503, while there is no database."""
    if _wants_a_page(request):
        # A wall that is loaded just now must not end at a line of JSON: this page tries again by itself.
        answer: HttpResponse = render(request, "503.html", status=503)
    else:
        sentence = "The database cannot be reached. Try again in a few seconds."
        answer = problem(request, 503, "unavailable", sentence)
    answer["Retry-After"] = "2"
    return answer


def unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    """400, for a NUL character in an address or a form: people cannot type it."""
    if _wants_a_page(request):
        return bad_request(request, error)
    return problem(request, 400, "bad_value", "A NUL character was sent; send plain text.")


def not_there(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, for an address that nothing answers or a page that is not the asker's."""
    if not is_api(request):
        with suppress(*LOST):
            speak(request)  # where no view was found, nothing has asked yet whose page it is
        return page_not_found(request, exception)
    activate(settings.LANGUAGE_CODE)
    return problem(request, 404, "not_found", "There is no such address. /api/docs lists those there are.")


def broken(request: HttpRequest) -> HttpResponse:
    """500: an error of ours."""
    if not is_api(request):
        return server_error(request)
    return problem(request, 500, "error", "Something broke here. The error is in the log of the server.")


def is_api(request: HttpRequest) -> bool:
    """Whether a program asks."""
    return request.path.startswith("/api/") and request.path != "/api/docs"


def problem(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    """A refusal before any view has spoken, in the words of the address."""
    if is_api(request) and request.path != "/api/signals":
        return JsonResponse({"isSuccess": False, "code": code, "message": sentence}, status=status)
    return JsonResponse({"code": code, "detail": sentence}, status=status)


def _wants_a_page(request: HttpRequest) -> bool:
    """Whether a browser loads a whole page; its script and programs do not."""
    from_script = request.headers.get("X-Poll") or request.headers.get("HX-Request")
    return "text/html" in request.headers.get("Accept", "") and not from_script


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The API's error body: a code for programs, a sentence for people."""
    if isinstance(error, DomainError):
        return Response({"code": error.code, "detail": error.detail}, status=status.HTTP_409_CONFLICT)
    response = framework_handler(error, context)
    if response is not None and isinstance(response.data, dict) and "detail" in response.data:
        response.data["code"] = getattr(response.data["detail"], "code", "error")
    return response
