"""The way to the broker: its address, our own login, and a connection that acknowledges by hand."""

from __future__ import annotations

import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from django.core.exceptions import ImproperlyConfigured
from paho.mqtt.enums import CallbackAPIVersion

from production.broker import OWN_USER
from production.mqtt_socket import SplittingSocket

READER = "floorlight-ingest"  # the reader's session at the broker
CONNECT_TIMEOUT = 5.0
KEEPALIVE = 15


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker is and who we are there."""

    host: str
    port: int
    tls: bool = False
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, url: str, data: Path | None = None) -> Address:
        """Read MQTT_URL; where it names no user, our login is the one in the data folder."""
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ImproperlyConfigured("MQTT_URL must be mqtt[s]://[user:password@]host[:port].")
        tls = parts.scheme == "mqtts"
        address = cls(parts.hostname, parts.port or (8883 if tls else 1883), tls)
        if parts.username:
            return replace(address, user=unquote(parts.username), password=unquote(parts.password or ""))
        password = own_password(data) if data else ""
        return replace(address, user=OWN_USER, password=password) if password else address


def own_password(data: Path) -> str:
    """The password of our own login at our own broker, or an empty string where that was never started."""
    with suppress(FileNotFoundError):
        return (data / "nats" / "password").read_text().strip()
    return ""


def make_own_password(data: Path) -> str:
    """The same, made when it is first needed, readable by its owner alone."""
    if not own_password(data):
        write_privately(data / "nats" / "password", secrets.token_urlsafe(32))
    return own_password(data)


def write_privately(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner alone."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def epoch(data: Path) -> str:
    """Which life of our own broker this is; empty where the broker is somebody else's.

    A broker that was killed numbers its packets anew, so what is known of packet ids ends with its life.
    """
    with suppress(OSError, ValueError, AttributeError):
        found = str(json.loads((data / "run" / "broker.json").read_text()).get("epoch", ""))
        return found if re.fullmatch(r"[0-9a-z]{1,8}", found) else ""
    return ""


class Client(paho.Client):
    """paho's client on a socket that keeps messages from it; `messages` of that socket has them."""

    def _create_socket(self) -> Any:
        return SplittingSocket(super()._create_socket())  # type: ignore[arg-type]


def new_client(address: Address, client_id: str, *, keep_session: bool) -> Client:
    """A client that does not acknowledge by itself; not connected yet."""
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=not keep_session,
        protocol=paho.MQTTv311,
        manual_ack=True,
    )
    client.connect_timeout = CONNECT_TIMEOUT
    if address.user:
        client.username_pw_set(address.user, address.password)
    if address.tls:
        client.tls_set()
    return client
