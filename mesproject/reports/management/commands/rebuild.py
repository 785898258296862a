"""manage.py rebuild: decide what stations did anew from their signals, and sum it anew."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime
from django.utils.timezone import now

from mesproject.reports.rebuilding import Left, mark, step
from production.models import Station

TOLD_EVERY = 5.0  # seconds
PAUSE = 0.2  # where another process holds what is left


class Command(BaseCommand):
    """The present goes on meanwhile, by the tick or by this. Ended early, it has lost nothing."""

    help = (
        "Decide slices and stops anew from the signals, and sum all facts anew. May be ended and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which stations, and from when on."""
        parser.add_argument("--company", help="The company's code; else all companies.")
        parser.add_argument("--plant", help="The plant's code.")
        parser.add_argument("--station", help="The station's code.")
        parser.add_argument(
            "--from", dest="since", help="An instant, as 2026-03-01T06:00+01:00; else all time."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Mark, work it off, and say so."""
        stations, begun = chosen(options), now()
        ids = mark(stations, since=instant(options["since"]), now=begun)
        self.say(f"{len(ids)} of {len(stations)} stations have signals and are made anew.")
        try:
            self.work(ids)
        except KeyboardInterrupt:
            self.say("Ended. What is left is marked: tick and worker do it, or run this again.")
            return
        self.say(f"Done in {(now() - begun).total_seconds():.0f} s.")

    def work(self, ids: list[int]) -> None:
        """Step by step, until nothing is left."""
        told, before = time.monotonic(), None
        while (left := step(ids, now=now())) and (left.to_decide or left.to_sum):
            if time.monotonic() - told > TOLD_EVERY:
                told = time.monotonic()
                self.say(in_words(left))
            if left == before:
                time.sleep(PAUSE)
            before = left

    def say(self, text: str) -> None:
        """A line that is seen at once."""
        self.stdout.write(text)
        self.stdout.flush()


def chosen(options: dict[str, Any]) -> list[Station]:
    """The stations that the options name; a name that nothing has is an error."""
    by = {"company": "group__plant__company__code", "plant": "group__plant__code", "station": "code"}
    named = {path: options[option] for option, path in by.items() if options[option]}
    found = list(Station.objects.filter(**named).in_place())
    if not found:
        raise CommandError("There is no such station.")
    return found


def instant(text: str | None) -> datetime | None:
    """What --from says; with its zone, because plants have several."""
    if text is None:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise CommandError("--from is an instant with its zone, as 2026-03-01T06:00+01:00.")
    return found


def in_words(left: Left) -> str:
    """How far it is."""
    since = f", the earliest from {left.earliest:%Y-%m-%d %H:%M} UTC" if left.earliest else ""
    return f"{left.to_decide} stations to decide, {left.to_sum} to sum{since}"
