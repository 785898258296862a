"""What happens at the edge: refusals become answers, an absent database becomes a 503."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import exception_handler as framework_handler

from production.errors import DomainError


class UnavailableMiddleware:
    """Answers 503 with Retry-After while the database is away; nothing is queued in memory."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Only lost connections are answered here; every other error stays what it is."""
        if not isinstance(error, (OperationalError, InterfaceError)):
            return None
        body = {
            "code": "unavailable",
            "detail": "The database cannot be reached. Try again in a few seconds.",
        }
        return JsonResponse(body, status=503, headers={"Retry-After": "2"})


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The API's error body: a code for programs, a sentence for people."""
    if isinstance(error, DomainError):
        return Response({"code": error.code, "detail": error.detail}, status=status.HTTP_409_CONFLICT)
    response = framework_handler(error, context)
    if response is not None and isinstance(response.data, dict) and "detail" in response.data:
        response.data["code"] = getattr(response.data["detail"], "code", "error")
    return response
