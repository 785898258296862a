"""How a machine gets in, as lines to copy: with the address by which this page was asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from mesproject.accounts.models import Device

THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]", "::1")


def is_only_here(request: HttpRequest) -> bool:
    """Whether the address of this page leads nobody here but this machine itself."""
    return _host(request) in THIS_MACHINE


def curl_line(request: HttpRequest, token: str, station: str) -> str:
    """One signal over HTTP."""
    return (
        f"curl -H 'X-API-KEY: {token}' -H 'Content-Type: application/json' \\\n"
        f'  -d \'{{"station": "{station}", "production_complete": 1}}\' '
        f"\\\n  {request.build_absolute_uri('/api/signals')}"
    )


def mosquitto_line(request: HttpRequest, device: Device, token: str, station: str) -> str:
    """One signal over MQTT."""
    host, port = broker_of(request)
    return (
        f"mosquitto_pub -h {host} -p {port} -q 1 \\\n"
        f"  -i '{device.login}/1' -u '{device.login}' -P '{token}' \\\n"
        f"  -t 'busroot/v2/{device.company.code}/signals/{station}' -m '{{\"production_complete\": 1}}'"
    )


def broker_facts(request: HttpRequest, device: Device) -> list[tuple[str, str]]:
    """What a gateway is told about the broker."""
    host, port = broker_of(request)
    return [
        (_("Broker"), _("%(host)s, port %(port)d") % {"host": host, "port": port}),
        (_("User name"), device.login),
        (_("Client id"), _("%(login)s/ and anything without a dot") % {"login": device.login}),
        (_("Signals of a station"), f"busroot/v2/{device.company.code}/signals/{{{_('station code')}}}"),
        (_("Frames of an Opta unit"), f"busroot/v2/dau/{device.login}"),
    ]


def broker_of(request: HttpRequest) -> tuple[str, int]:
    """Where machines find the broker."""
    address: Any = urlsplit(settings.MQTT_URL)
    local = address.hostname in (None, *THIS_MACHINE)
    return (_host(request) if local else address.hostname), address.port or 1883


def _host(request: HttpRequest) -> str:
    host = request.get_host()
    return host if host.endswith("]") else host.rsplit(":", 1)[0]
