"""`manage.py broker`: run our own MQTT broker with the logins of the device table, until SIGTERM."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mesproject.servers.server import ServerFailed
from production import mqtt
from production.broker import Listener
from production.broker_keeper import Keeper


class Command(BaseCommand):
    help = (
        "Run the MQTT broker; devices that are added, changed or revoked are let in or cut off at once. "
        "MQTT_LISTEN is host:port, else that of MQTT_URL."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        try:
            Keeper(settings.DATA_DIR, listener()).run(stop)
        except (ServerFailed, TimeoutError) as failure:
            raise CommandError(str(failure)) from None


def listener() -> Listener:
    """Where machines connect, from the environment."""
    address = mqtt.Address.of(settings.MQTT_URL)
    host, _, port = os.environ.get("MQTT_LISTEN", f"{address.host}:{address.port}").rpartition(":")
    if not port.isdigit():
        raise CommandError("MQTT_LISTEN must be host:port, for example 0.0.0.0:1883.")
    return Listener(host.strip("[]"), int(port))
