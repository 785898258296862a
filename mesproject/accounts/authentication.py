"""API keys and device tokens in the two headers that clients send."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import now
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from mesproject.accounts.models import ApiKey


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-KEY: <key>` or `Authorization: Bearer <key>`; request.user and request.auth are the key."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        """The key, None where no header is there, 401 where the key is not usable."""
        token = request.headers.get("X-API-KEY") or _bearer(request.headers.get("Authorization", ""))
        if not token:
            return None
        key = ApiKey.objects.matching(token, now())
        if key is None:
            raise AuthenticationFailed(
                "This API key is unknown, revoked or expired. Make a new one in the admin."
            )
        key.note_use(now())
        return Caller(key), key

    def authenticate_header(self, request: Request) -> str:
        """What a client without a key is told to send."""
        return "Bearer"


class Caller:
    """A program behind an API key, as REST framework wants a user to look."""

    is_authenticated = True
    is_active = True

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        self.company = key.company


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
