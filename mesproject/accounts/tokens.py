"""Tokens of people who use the API: a short one that opens it, and one that renews both, once.

They end with the person's account, and with any change of his role or password.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from mesproject.accounts.models import Login, User

ISSUER, AUDIENCE = "floorlight", "api"
# Ours have 400 characters; nobody shall make us decode a megabyte.
LONGEST = 2_000


class _Ours(Token):
    """Signed with a key of its own, so that nothing else that is signed with ours opens the API."""

    def get_token_backend(self) -> TokenBackend:
        """One algorithm, one issuer, one audience."""
        return TokenBackend("HS256", signing_key=_secret(), audience=AUDIENCE, issuer=ISSUER)


class Access(_Ours):
    """Opens the API."""

    token_type = "access"
    lifetime = timedelta(minutes=10)


class Refresh(_Ours):
    """Is changed for two new ones, once."""

    token_type = "refresh"
    lifetime = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Pair:
    """Both, and whose they are."""

    login: Login
    access: str
    refresh: str


def looks_like_one(text: str) -> bool:
    """Whether this is a token rather than an API key."""
    return text.count(".") == 2


def log_in(user: User, *, at: datetime) -> Pair:
    """Begin a login; those of his that are over are forgotten."""
    refresh = Refresh()
    Login.objects.filter(user=user, expires_at__lte=at).delete()
    login = Login.objects.create(
        user=user, current=refresh["jti"], created_at=at, used_at=at, expires_at=at + Refresh.lifetime
    )
    return _pair(login, refresh)


def renew(token: str, *, at: datetime) -> Pair | None:
    """Change a refresh token for two new tokens, or None.

    One that was changed before is in two hands: whoever holds the newer ones may be a thief, so the login ends.
    """
    found = _read(Refresh, token)
    login = _login(found, at) if found else None
    if found is None or login is None:
        return None
    following = Refresh()
    until = at + Refresh.lifetime
    if not login.follow(str(found["jti"]), by=following["jti"], at=at, until=until):
        Login.objects.filter(pk=login.pk).revoke(at=at)
        return None
    return _pair(login, following)


def opened(token: str, *, at: datetime) -> Login | None:
    """The login that an access token belongs to, with user and company, while all of it is good."""
    found = _read(Access, token)
    return _login(found, at) if found else None


def _login(token: _Ours, at: datetime) -> Login | None:
    usable = Login.objects.usable(at).select_related("user__company")
    login = usable.filter(pk=token.get("login")).first()
    if login is None or not constant_time_compare(str(token.get("stamp")), stamp(login.user)):
        return None
    return login


def stamp(user: User) -> str:
    """Changes with the password and the role, and so ends all tokens from before."""
    return salted_hmac("mesproject.accounts.tokens.stamp", f"{user.password}|{user.role}").hexdigest()[:16]


def _pair(login: Login, refresh: Refresh) -> Pair:
    access = Access()
    for token in (access, refresh):
        token["login"], token["stamp"] = login.pk, stamp(login.user)
    return Pair(login, str(access), str(refresh))


_Kind = TypeVar("_Kind", bound=_Ours)


def _read(kind: type[_Kind], text: str) -> _Kind | None:
    raw: Any = text
    try:
        token = kind(raw) if len(text) <= LONGEST else None
    except TokenError:
        return None
    return token if token is not None and isinstance(token.get("login"), int) else None


def _secret() -> str:
    return salted_hmac("mesproject.accounts.tokens", "HS256", algorithm="sha256").hexdigest()
