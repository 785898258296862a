"""`manage.py mtconnect`: follow the MTConnect agents of all stations that have one, until SIGTERM."""

from __future__ import annotations

import json
import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils.timezone import now

from mesproject.servers.folders import make_folder
from production.agents import Poller
from production.mqtt import write_privately


class Command(BaseCommand):
    help = "Follow the MTConnect agents whose address is given in the admin."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        folder = make_folder(settings.DATA_DIR / "run" / "mtconnect")
        poller = Poller(folder, now=now)
        told_at = 0.0
        while not stop.wait(0.05):
            close_old_connections()
            poller.turn()
            if time.monotonic() - told_at > 1:
                told_at = time.monotonic()
                tell(poller)
        poller.close()


def tell(poller: Poller) -> None:
    """Write the sign of life for /statusz."""
    troubles = {
        follower.source.station_code: follower.trouble
        for follower in poller.followers.values()
        if follower.trouble
    }
    said = {"at": now().isoformat(), "agents": len(poller.followers), "troubles": troubles}
    write_privately(settings.DATA_DIR / "run" / "mtconnect.json", json.dumps(said))
