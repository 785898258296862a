"""`manage.py demo_life`: the demo plant goes on living, until SIGTERM."""

from __future__ import annotations

import logging
import signal
import threading
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection
from django.utils.timezone import now

from mesproject.demo.life import Life, Line, NotDelivered
from mesproject.demo.plant import CODE, GATEWAY, existing
from mesproject.demo.secrets import Kept
from production.mqtt import Address

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """A child of the demo's supervisor."""

    help = "Play the demo plant's recordings through the MQTT door, and let its operators answer."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        company = existing()
        if company is None:
            raise CommandError("There is no demo plant here: `manage.py demo` makes one.")
        line = Line(_address, f"demo-{GATEWAY}")
        life = Life(company, now=now(), publish=line.publish)
        while not stop.wait(1):
            _step(life)
        line.close()


def _step(life: Life) -> None:
    """One turn; what could not be done is done in a later one."""
    try:
        life.step(now())
    except NotDelivered as error:
        log.warning("Not delivered, to be sent again: %s", error)
    except (OperationalError, InterfaceError) as error:
        log.warning("The database cannot be reached: %s", str(error).strip())
        connection.close()


def _address() -> Address:
    """The broker, with the gateway's own login; a broker elsewhere has its own logins, in MQTT_URL."""
    address = Address.of(settings.MQTT_URL)
    if address.user:
        return address
    return replace(address, user=f"{CODE}/{GATEWAY}", password=Kept.of(settings.DATA_DIR).gateway or "")
