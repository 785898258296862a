"""`manage.py up`: everything that one machine runs, until Ctrl-C."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from mesproject.supervisor import Machine, Options, Steps, run


def add_options(parser: ArgumentParser) -> None:
    """The options that every command which runs the supervisor has."""
    parser.add_argument(
        "--host", default=Options.host, help="address to listen on; 0.0.0.0 for the whole network"
    )
    parser.add_argument(
        "--port", type=int, default=Options.port, help="port of the pages; the next one is live's"
    )
    parser.add_argument("--mqtt-port", type=int, default=Options.mqtt_port, help="port of the MQTT broker")
    parser.add_argument("--workers", type=int, default=Options.web_workers, help="web worker processes")


def chosen(options: dict[str, Any]) -> Options:
    """What `add_options` has read."""
    return Options(
        host=options["host"],
        port=options["port"],
        mqtt_port=options["mqtt_port"],
        web_workers=options["workers"],
    )


class Command(BaseCommand):
    """Starts servers and processes in order, watches them, and ends them together."""

    help = "Run PostgreSQL, Valkey, MQTT broker, web, live, ingest, tick, worker and beat until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(self, *args: object, **options: Any) -> None:
        steps = Steps()

        def announce(machine: Machine) -> None:
            steps.say(f"Floorlight is up after {steps.elapsed():.1f} s: {machine.url}   (Ctrl-C stops it)")

        sys.exit(run(chosen(options), after_ready=announce, steps=steps))
