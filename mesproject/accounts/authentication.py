"""Keys of programs and tokens of people, in the two headers that clients send."""

from __future__ import annotations

from django.utils.timezone import now
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from mesproject.accounts import tokens
from mesproject.accounts.callers import Caller
from mesproject.accounts.models import ApiKey, Login


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-KEY: <key>`, or `Authorization: Bearer <key or token>`; request.user is the Caller, request.auth its
    key or its login."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey | Login] | None:
        """Who calls, None where no header is there, 401 where what is there is not good."""
        told = request.headers.get("X-API-KEY") or _bearer(request.headers.get("Authorization", ""))
        if not told:
            return None
        return _person(told) if tokens.looks_like_one(told) else _program(told)

    def authenticate_header(self, request: Request) -> str:
        """What a client without a key is told to send."""
        return "Bearer"


def _program(token: str) -> tuple[Caller, ApiKey]:
    at = now()
    key = ApiKey.objects.matching(token, at)
    if key is None:
        raise AuthenticationFailed(
            "This API key is unknown, revoked or expired. Make a new one in the admin."
        )
    key.note_use(at)
    return Caller(key.company, key=key), key


def _person(token: str) -> tuple[Caller, Login]:
    login = tokens.opened(token, at=now())
    if login is None:
        raise AuthenticationFailed("This token is not good any more. Refresh it, or log in again.")
    return Caller(login.user.company, user=login.user), login


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
