"""`manage.py ingest`: read the broker and store what it says, until SIGTERM."""

from __future__ import annotations

import gc
import logging
import signal
import threading
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from production import mqtt
from production.mqtt_line import Line
from production.reader import Reader


class Command(BaseCommand):
    help = "Read the MQTT broker and store signals; acknowledges only what is committed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--client-id", default=mqtt.READER,
            help="The name of our session at the broker; without dots. Two readers need two.",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        client_id = options["client_id"]
        if not 0 < len(client_id) <= 20 or not client_id.replace("-", "").isalnum():
            raise CommandError("--client-id is up to 20 letters, digits and dashes.")
        logging.getLogger("paho").setLevel(logging.WARNING)
        data = settings.DATA_DIR
        (data / "run").mkdir(parents=True, exist_ok=True)
        line = Line(partial(mqtt.Address.of, settings.MQTT_URL, data), client_id, partial(mqtt.epoch, data))
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        # What is loaded stays for ever: collections need not walk through it again and again.
        gc.collect()
        gc.freeze()
        Reader(line, data / "run" / "ingest.json", now=now).run(stop)
