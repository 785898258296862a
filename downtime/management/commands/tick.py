"""manage.py tick: once a second, ask whose deadline has passed."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from django.utils.timezone import now

from downtime import engine, escalation
from mesproject.accounts.models import ProcessLife

logger = logging.getLogger(__name__)

PERIOD = 1.0  # seconds
NAME = "tick"


class Command(BaseCommand):
    """Silence raises no event, so stops are found by the clock. Two of these at once are harmless."""

    help = "Raise and end stops, once a second, until told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM; a database that is away is waited for."""
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        away = False
        while not stopped.is_set():
            pause = PERIOD
            try:
                if self.tick():
                    pause = 0.0  # more may be due than one look takes
                if away:
                    logger.info("The database is back.")
                away = False
            except (OperationalError, InterfaceError) as error:
                if not away:
                    logger.warning("The database is away: %s", error)
                away = True
                connection.close()
            stopped.wait(pause)

    def tick(self) -> bool:
        """One look at the clock; whether there may be more to do at once."""
        at = now()
        due = engine.tick(now=at)
        called = escalation.escalate_due(now=at)
        ProcessLife.note(NAME, at)
        more = due >= engine.STATIONS_AT_ONCE or called >= escalation.AT_ONCE
        return more or engine.is_behind(now=at)
