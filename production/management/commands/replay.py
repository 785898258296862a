"""`manage.py replay FILE --station CODE`: publish a recording through the public MQTT door."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from mesproject.accounts.models import Company
from production import mqtt, replay, whys_not
from production.agents import names_of
from production.ingest import Parcel, record
from production.messages import NotUnderstood
from production.models import QuarantinedMessage, Station
from production.publishing import NoBroker, Publisher, Stopwatch, publisher


def speed(text: str) -> float:
    """A factor from 0 (as fast as possible) to a million."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e6:
        raise ArgumentTypeError("is a number from 0 (as fast as possible) to 1000000")
    return value


class Command(BaseCommand):
    help = "Publish a recording (adapter lines, JSON lines, CSV or agent XML; .gz too) as the machine would."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--station", required=True, help="The code of the station.")
        parser.add_argument("--company", help="The company's code; needed where there are several.")
        parser.add_argument("--speed", type=speed, default=1.0, help="How many times as fast; 0: at once.")
        parser.add_argument("--format", choices=["auto", *replay.FORMATS], default="auto")
        parser.add_argument(
            "--times", choices=["recorded", "now"], default="recorded",
            help="Keep the recording's times (then a second replay changes nothing), or say it as of now.",
        )  # fmt: skip
        parser.add_argument(
            "--longest-pause", type=speed, default=60.0, metavar="SECONDS",
            help="Cut longer silences of the recording short.",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["times"] == "now" and not options["speed"]:
            raise CommandError("--times now needs a --speed above 0: everything cannot be now.")
        self.options, self.path = options, options["file"]
        self.station = find_station(options["company"], options["station"])
        self.names = names_of(self.station)
        self.refused: list[NotUnderstood] = []
        try:
            self.format = self._format()
            address = mqtt.Address.of(settings.MQTT_URL, settings.DATA_DIR)
            with publisher(address, f"floorlight-replay-{os.getpid()}") as sender:
                self._replay(sender)
        except (replay.Unreadable, NoBroker) as error:
            raise CommandError(str(error)) from None

    def _format(self) -> str:
        form = self.options["format"]
        if form == "auto":
            form = replay.recognise(self.path)
        replay.check(self.path, form, self.names)
        return form

    def _replay(self, sender: Publisher) -> None:
        with replay.opened(self.path) as recording:
            progress = Progress(self, recording, sender)
            try:
                for item in replay.FORMATS[self.format](recording.lines(), self.names):
                    self._hand_over(item, sender, progress)
                sender.finish(meanwhile=progress.show)
            except KeyboardInterrupt:
                progress.end("Stopped.")
            else:
                progress.end("Done.")
            finally:
                self._quarantine()
        self.stdout.write(
            f"{sender.confirmed:,} messages published to {self.topic}, {progress.refused:,} lines refused"
            f"{' (see the quarantine in the admin)' if progress.refused else ''}."
        )

    @property
    def topic(self) -> str:
        """Where the station's messages go."""
        return f"busroot/v2/{self.station.company.code}/signals/{self.station.code}"

    def _hand_over(self, item: replay.Item, sender: Publisher, progress: Progress) -> None:
        if isinstance(item, NotUnderstood):
            self.refused.append(item)
            progress.refused += 1
            if len(self.refused) >= 100:
                self._quarantine()
            return
        due = progress.pacer.due(item.at) if item.at else progress.pacer.elapsed
        progress.clock.wait_until(due, meanwhile=progress.show)
        if self.options["times"] == "now" and item.at:
            item = replay.moved(item, progress.began, due)
        elif item.at:
            item = replay.as_recorded(item)
        progress.at = item.at or progress.at
        sender.publish(self.topic, replay.to_wire(item), meanwhile=progress.show)
        progress.show()

    def _quarantine(self) -> None:
        """Lines that nobody understands are kept, with number and reason, like any other such message."""
        refused, self.refused = self.refused, []
        if refused:
            record([self._parcel(item) for item in refused], received_at=now(), quarantine=True)

    def _parcel(self, item: NotUnderstood) -> Parcel:
        """Under the station's topic, so that a person may write what was meant and send it again."""
        line = getattr(item, "line", "").encode()
        told = NotUnderstood(item.code, whys_not.IN.format(source=self.path.name, why=item.reason))
        source = QuarantinedMessage.Source.FILE.value
        return Parcel(self.station.company_id, self.station.code, told, source, self.topic, line)


class Progress:
    """One line that is written over on a terminal, or a line every few seconds elsewhere."""

    def __init__(self, command: Command, recording: replay.Recording, sender: Publisher) -> None:
        self.pacer = replay.Pacer(command.options["speed"], command.options["longest_pause"])
        self.clock, self.began = Stopwatch(), now()
        self.refused = 0
        self.at: datetime | None = None
        self._out, self._recording, self._sender = command.stdout, recording, sender
        self._terminal = sys.stdout.isatty()
        self._every = 0.2 if self._terminal else 5.0
        self._next = time.monotonic() + self._every

    def show(self) -> None:
        """Tell how far it is, if that was not told a moment ago."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every
        if self._terminal:
            self._out.write(f"\r{self._line():<79}", ending="")
            self._out.flush()
        else:
            self._out.write(self._line())

    def end(self, word: str) -> None:
        """The last line."""
        self._out.write(f"{chr(13) if self._terminal else ''}{f'{word} {self._line()}':<79}")

    def _line(self) -> str:
        fraction, elapsed = self._recording.fraction, self.clock.elapsed
        left = f", {elapsed / fraction - elapsed:.0f} s left" if 0.005 < fraction < 1 else ""
        at = f", at {self.at:%Y-%m-%d %H:%M:%S}" if self.at else ""
        rate = self._sender.confirmed / elapsed if elapsed > 0 else 0.0
        return f"{100 * fraction:3.0f} %, {self._sender.confirmed:,} messages, {rate:,.0f}/s{at}{left}"


def find_station(company: str | None, code: str) -> Station:
    """The active station of this code. Raises CommandError with what there is instead."""
    companies = list(Company.objects.filter(code=company) if company else Company.objects.all()[:2])
    if len(companies) != 1:
        raise CommandError(f"There is no company {company}." if company else "Name the --company.")
    stations = Station.objects.of(companies[0]).active().select_related("company", "mtconnect")
    found = stations.filter(code=code).first()
    if found is None:
        codes = ", ".join(stations.values_list("code", flat=True)[:20])
        raise CommandError(f"There is no station {code}; there is {codes or 'none'}.")
    return found
