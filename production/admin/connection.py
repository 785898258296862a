"""The page that tells how the connection of a device, a key or a station is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy

from mesproject.accounts.admin.credentials import ApiKeyAdmin, CredentialPage, DeviceAdmin
from mesproject.accounts.admin_base import user_of
from mesproject.accounts.models import ApiKey, Device
from production import connections
from production.admin.plant import StationAdmin, StationPage
from production.connections import Connection
from production.models import Station

TITLE = gettext_lazy("Connection")


def _page(
    request: HttpRequest,
    context: dict[str, Any],
    connection: Connection,
    *,
    of: Device | Station | None = None,
) -> HttpResponse:
    """The page, or for its poll only the part that lives."""
    number, last = connections.quarantined(user_of(request).company, of)
    shown = {**context, "connection": connection, "now": now(), "quarantined": number, "quarantined_at": last}
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "admin/connection.html#living", shown)
    return TemplateResponse(request, "admin/connection.html", shown)


def of_device(request: HttpRequest, device: Device, context: dict[str, Any]) -> HttpResponse:
    """A gateway's."""
    connection = connections.of_device(device, now=now())
    return _page(request, context, connection, of=None if connection.by_station else device)


def of_key(request: HttpRequest, key: ApiKey, context: dict[str, Any]) -> HttpResponse:
    """An API key's."""
    return _page(request, context, connections.of_key(key, now=now()))


def of_station(request: HttpRequest, station: Station, context: dict[str, Any]) -> HttpResponse:
    """A station's, whoever speaks for it."""
    return _page(request, context, connections.of_station(station, now=now()), of=station)


def _sends(key: ApiKey) -> bool:
    return key.may(ApiKey.Scope.SIGNALS) or key.may(ApiKey.Scope.WRITE)


StationAdmin.pages = [*StationAdmin.pages, StationPage("connection", TITLE, view=of_station)]
DeviceAdmin.pages = [
    *DeviceAdmin.pages,
    CredentialPage("connection", TITLE, lambda device: device.kind == Device.Kind.GATEWAY, of_device),
]
DeviceAdmin.last_signs = staticmethod(connections.last_signs)
ApiKeyAdmin.pages = [*ApiKeyAdmin.pages, CredentialPage("connection", TITLE, _sends, of_key)]
