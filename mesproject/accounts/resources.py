"""Who may come in, and what screens keep, over Busroot's dialect: device, API key, user, filter, dashboard."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.timezone import now
from msgspec import Meta
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from mesproject.accounts import secrets
from mesproject.accounts.callers import Caller
from mesproject.accounts.models import ApiKey, Dashboard, Device, SavedFilter, User
from mesproject.busroot import BadValue, Clash
from mesproject.resource_views import ListView, OneView, ResourceView
from mesproject.resources import PLAIN, Column, Resource, text, told

Instant = datetime | None


# Devices

Kind = Literal["gateway", "tablet", "display"]

DEVICE = Resource(
    name="device", title="device", model=Device,
    columns={
        "code": Column("name", text(48), required=True, once=True),
        "kind": Column("kind", Kind, once=True),
        "accountId": told("company__code", str),
        "createdAt": told("created_at", datetime),
        "lastSeenAt": told("last_seen_at", Instant),
        "codeExpiresAt": told("code_expires_at", Instant),
        "revokedAt": told("revoked_at", Instant),
    },
    key="name", order=("name", "pk"), search=("name",),
)  # fmt: skip


def _secret_of(device: Device, *, at: datetime) -> dict[str, str | None]:
    """A new token for a gateway, a new code for a screen; told once. It brings a revoked device back."""
    device.revoked_at = None
    if device.kind == Device.Kind.GATEWAY:
        token = device.issue_token()
        device.save(update_fields=["digest", "broker_digest", "revoked_at"])
        return {"token": token, "enrolmentCode": None}
    code = device.issue_code(at=at)
    device.save(update_fields=["code_digest", "code_expires_at", "revoked_at"])
    return {"token": None, "enrolmentCode": code}


class DeviceListView(ListView):
    """Gateways, tablets and displays."""

    def made(self, row: Device) -> HttpResponse:
        """With what it gets in by, the only time that is told."""
        return once(self.answer(row, **_secret_of(row, at=now())))


class DeviceOneView(OneView):
    """One of them; deleted means cut off at once. It keeps its name, by which it logs in."""

    http_method_names = ["get", "delete", "head", "options"]

    def delete(self, request: Request, code: str) -> HttpResponse:
        """Refuse its token and any code it waits for, from now on."""
        caller = self.allowed("delete", self.resource.label)
        self.resource.one(caller, code).revoke(at=now())
        return HttpResponse(status=204)


class DeviceSecretView(ResourceView):
    """A new token or code."""

    resource = DEVICE

    def post(self, request: Request, code: str) -> HttpResponse:
        """The one before is refused from now on."""
        device = DEVICE.one(self.allowed("change", DEVICE.label), code)
        return once(self.answer(device, **_secret_of(device, at=now())))


def once(response: HttpResponse) -> HttpResponse:
    """An answer with a secret, which nobody on the way may keep."""
    response.headers["Cache-Control"] = "no-store"
    return response


# API keys

Scope = Literal["signals", "read", "write", "admin"]
StationCodes = Annotated[list[Annotated[str, Meta(max_length=32, pattern=PLAIN)]], Meta(max_length=1000)]


def _station_codes(caller: Caller, codes: list[str]) -> list[str]:
    """Refuse a code that no station has: the key could never use it."""
    stations = apps.get_model("production", "Station")._default_manager.of(caller.company)
    known = set(stations.filter(code__in=codes).values_list("code", flat=True))
    if unknown := [code for code in codes if code not in known]:
        raise BadValue("stationCodes", f"No station has the code {', '.join(unknown[:5])}.")
    return list(dict.fromkeys(codes))


def _scopes(caller: Caller, scopes: list[str]) -> list[str]:
    return list(dict.fromkeys(scopes))


def _aware(caller: Caller, at: datetime | None) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise BadValue("expiresAt", "Say the offset, as in 2027-01-01T00:00:00Z.")
    return at


API_KEY = Resource(
    name="api-key", title="API key", model=ApiKey,
    columns={
        "code": told("prefix", str),
        "name": Column("name", text(64), required=True),
        "scopes": Column(
            "scopes", Annotated[list[Scope], Meta(min_length=1, max_length=8)], take=_scopes, required=True
        ),
        "stationCodes": Column("station_codes", StationCodes, take=_station_codes),
        "accountId": told("company__code", str),
        "createdAt": told("created_at", datetime),
        "expiresAt": Column("expires_at", Instant, take=_aware),
        "lastUsedAt": told("last_used_at", Instant),
        "revokedAt": told("revoked_at", Instant),
    },
    key="prefix", order=("name", "pk"), search=("name", "prefix"),
    base=lambda caller: {"company": caller.company, "prefix": secrets.new_code(12)},
)  # fmt: skip


class KeyListView(ListView):
    """Keys of programs."""

    def made(self, row: ApiKey) -> HttpResponse:
        """With the key itself, the only time it is told."""
        token = row.issue_token()
        row.save(update_fields=["prefix", "digest"])
        return once(self.answer(row, apiKey=token))


class KeyOneView(OneView):
    """One of them; deleted means refused from now on, and on record."""

    def delete(self, request: Request, code: str) -> HttpResponse:
        """Refuse it."""
        caller = self.allowed("delete", self.resource.label)
        self.resource.one(caller, code).revoke(at=now())
        return HttpResponse(status=204)


class KeyRotationView(ResourceView):
    """A second key of the same kind; the first one works for another week."""

    resource = API_KEY

    def post(self, request: Request, code: str) -> HttpResponse:
        """The new one, the only time it is told."""
        key = API_KEY.one(self.allowed("change", API_KEY.label), code)
        if key.revoked_at:
            raise Clash("code", "This key is revoked. Make a new one.")
        follower, token = key.rotate(at=now())
        return once(self.answer(follower, apiKey=token))


# Users

RoleCode = Literal["read_only", "operator", "supervisor", "member", "administrator"]


def _users(caller: Caller, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(is_superuser=False) if caller.key or not caller.user.is_superuser else rows  # type: ignore[union-attr]


USER = Resource(
    name="user", title="user", model=User,
    columns={
        "code": Column("username", text(150), required=True, once=True),
        "firstName": Column("first_name", text(150, 0)),
        "lastName": Column("last_name", text(150, 0)),
        "email": Column("email", text(254, 0), required=True),
        "role": Column("role", RoleCode, required=True),
        "isActive": Column("is_active", bool),
        "accountId": told("company__code", str),
        "createdAt": told("date_joined", datetime),
        "lastLoginAt": told("last_login", Instant),
    },
    key="username", order=("username", "pk"), search=("username", "first_name", "last_name", "email"),
    rows=_users,
    base=lambda caller: {"company": caller.company, "password": make_password(None)},
)  # fmt: skip


class UserOneView(OneView):
    """A person; deleted means that the login is closed: history keeps the name."""

    def patch(self, request: Request, code: str) -> HttpResponse:
        """Change what is sent; nobody takes his own administration away."""
        self._not_oneself(code)
        return super().patch(request, code)

    def delete(self, request: Request, code: str) -> HttpResponse:
        """Close the login."""
        caller = self.allowed("delete", self.resource.label)
        self._not_oneself(code)
        user = self.resource.one(caller, code)
        user.is_active = False
        user.save(update_fields=["is_active"])
        return HttpResponse(status=204)

    def _not_oneself(self, code: str) -> None:
        caller = self.caller
        if caller.user and caller.user.username == code and caller.may("change", self.resource.label):
            raise PermissionDenied("You cannot change or close your own account. Ask another administrator.")


# Filters and dashboards


def _seen(caller: Caller, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.seen_by(caller.user)  # type: ignore[attr-defined]


def _owner(caller: Caller, shared: bool) -> User | None:
    if not shared and caller.user is None:
        raise BadValue("isShared", "What a program keeps is everybody's. Log in to keep your own.")
    return None if shared else caller.user


def _storable(caller: Caller, content: Any) -> Any:
    if b"\\u0000" in msgspec.json.encode(content):
        raise BadValue("content", "There is a character in this that no text has (NUL).")
    return content


def _saved(name: str, model: type[SavedFilter | Dashboard]) -> Resource:
    return Resource(
        name=name, title=name, model=model,
        columns={
            "code": Column("code", text(64), required=True, once=True),
            "name": Column("name", text(128), required=True),
            "content": Column("content", dict[str, Any], take=_storable, required=True),
            "isShared": Column("user_id", bool, lambda owner: owner is None, _owner, into="user", once=True),
            "createdAt": told("created_at", datetime),
            "updatedAt": told("updated_at", datetime),
        },
        filters={"codes": ("code", "codes")},
        rows=_seen,
    )  # fmt: skip


FILTER, DASHBOARD = _saved("filter", SavedFilter), _saved("dashboard", Dashboard)
