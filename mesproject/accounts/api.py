"""POST /api/authenticate and what belongs to it: tokens for people, and links by mail."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.contrib.auth import authenticate
from django.http import HttpResponse
from django.utils.timezone import now
from msgspec import Meta
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from mesproject.accounts import links, tokens
from mesproject.accounts.models import Login
from mesproject.accounts.resources import once
from mesproject.busroot import BadValue, BusrootView, answered, decoded

Text = Annotated[str, Meta(min_length=1, max_length=2_000)]


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """Who he is, and how he shows it."""

    username: Annotated[str, Meta(min_length=1, max_length=150)]
    password: Annotated[str, Meta(min_length=1, max_length=1_000)]


class Renewal(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A refresh token."""

    refresh_token: Text


class Address(msgspec.Struct, forbid_unknown_fields=True):
    """Where the link is sent."""

    email: Annotated[str, Meta(min_length=3, max_length=254)]


class Tokens(msgspec.Struct, rename="camel"):
    """Both tokens, and how long the first is good [ms]."""

    access_token: str
    refresh_token: str
    expires_in: int


class Whoami(msgspec.Struct, rename="camel"):
    """Who calls: a person with a role, or a key with scopes."""

    account_id: str
    user_code: str | None
    role: str | None
    api_key_code: str | None
    scopes: list[str]
    station_codes: list[str]


_credentials = msgspec.json.Decoder(Credentials)
_renewal = msgspec.json.Decoder(Renewal)
_address = msgspec.json.Decoder(Address)


class OpenView(BusrootView):
    """Open to whoever comes."""

    authentication_classes = []
    permission_classes = []

    def get_authenticate_header(self, request: Request) -> str:
        """Makes a refusal 401."""
        return "Bearer"


class AuthenticateView(BusrootView):
    """Coming in, going out, and who one is."""

    def get_permissions(self) -> Any:
        """Nobody needs to be known to come in."""
        coming_in = self.request is not None and self.request.method == "POST"
        return [] if coming_in else super().get_permissions()

    def get(self, request: Request) -> HttpResponse:
        """Who calls."""
        caller = self.caller
        key, user = caller.key, caller.user
        return answered(
            result=Whoami(
                caller.company.code, user.username if user else None, user.role if user else None,
                key.prefix if key else None, list(key.scopes) if key else [], list(caller.station_codes),
            )
        )  # fmt: skip

    def post(self, request: Request) -> HttpResponse:
        """Two tokens for a name and a password."""
        asked = decoded(request, _credentials)
        if "\x00" in asked.username:
            raise AuthenticationFailed(WRONG)
        user: Any = authenticate(request._request, username=asked.username, password=asked.password)
        if user is None:
            raise AuthenticationFailed(WRONG)
        return _told(tokens.log_in(user, at=now()))

    def delete(self, request: Request) -> HttpResponse:
        """End the login whose token is sent."""
        if not isinstance(request.auth, Login):
            raise BadValue("Authorization", "Only a login can be ended. A key is revoked.")
        Login.objects.filter(pk=request.auth.pk).revoke(at=now())
        return HttpResponse(status=204)


WRONG = "This is not the name and the password of somebody who may come in."


class RenewView(OpenView):
    """New tokens for a refresh token."""

    def post(self, request: Request) -> HttpResponse:
        """Each is good for once; one that comes twice ends the login."""
        pair = tokens.renew(decoded(request, _renewal).refresh_token, at=now())
        if pair is None:
            raise AuthenticationFailed("This refresh token is not good any more. Log in again.")
        return _told(pair)


class LinkView(OpenView):
    """A link by mail, instead of a password."""

    def post(self, request: Request) -> HttpResponse:
        """The answer is the same whether somebody has this address or not."""
        at = now()
        links.ask(request._request, decoded(request, _address).email, at=at)
        return answered(result={"sent": True})


def _told(pair: tokens.Pair) -> HttpResponse:
    length = int(tokens.Access.lifetime.total_seconds() * 1000)
    return once(answered(result=Tokens(pair.access, pair.refresh, length)))
