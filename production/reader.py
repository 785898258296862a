"""The reader: from the broker through the door, acknowledged when it is stored and not before.

What NATS does was measured. A message that was delivered and not acknowledged comes again after ack_wait,
marked as a redelivery, under the packet id it had, also on the next connection: so `BrokerReceipt` can tell
it, whether or not this process was killed in between. A broker that was killed itself numbers its packets
anew, and sends what was acknowledged in the last 10 to 50 ms again, partly unmarked: messages with a key or
a time are told by the door; of the others, those whose acknowledgement never left this process are told by
`Unconfirmed`.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from msgspec.structs import replace

from production import heard, whys_not
from production.ingest import Delivery, Outcome, Parcel, Verdict, record
from production.messages import NotUnderstood
from production.models import BrokerReceipt
from production.mqtt_line import Letter, Line
from production.topics import DeviceTopic, parse
from production.unpacking import Directory, unpack

log = logging.getLogger(__name__)

# Small enough that the broker, which sends 4,000 ahead, goes on sending while a batch is stored.
MOST_AT_ONCE = 1000
LINGER = 0.05
# What waits when we are asked to end is still stored, if that takes no longer.
DRAIN_WITHIN = 10.0
# How long after a new connection a letter of the last one is expected again.
EXPECTED_AGAIN = 60.0
# Packet ids begin anew after 65,535; a receipt must be gone long before its id comes again.
FORGET_EVERY = 8192
KEEP_IDS = 16_384


class Unconfirmed:
    """Letters that are stored although the broker was never told: each comes again, once."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, bytes]] = Counter()
        self._until = 0.0

    def __bool__(self) -> bool:
        return bool(self._counts) and time.monotonic() < self._until

    def expect(self, letters: list[Letter]) -> None:
        """Remember letters whose acknowledgement could not be sent."""
        self._counts.update((letter.topic, letter.payload) for letter in letters if letter.qos)
        if letters:
            self._until = time.monotonic() + EXPECTED_AGAIN

    def take(self, letter: Letter) -> bool:
        """Whether this is one of them; it is crossed off."""
        key = letter.topic, letter.payload
        if not self or not letter.qos:
            return False
        found = self._counts[key] > 0
        self._counts[key] -= found
        return found

    def forget(self) -> None:
        """The broker does not know our session any more: nothing comes again."""
        self._counts.clear()


@dataclass(slots=True)
class Tally:
    """What /statusz is told, through a file."""

    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    lag_ms: int = 0
    stored_at: str = ""
    error: str = ""


class Reader:
    """Takes letters in batches, stores them, acknowledges them in order; never gives one up."""

    def __init__(self, line: Line, sign_of_life: Path, *, now: Callable[[], datetime]) -> None:
        self.line = line
        self.tally = Tally()
        self.directory = Directory()
        self.unconfirmed = Unconfirmed()
        self._now, self._file = now, sign_of_life
        self._told_at = 0.0
        self._forget_at = 0
        self._seen_connection = 0

    def run(self, stop: threading.Event) -> None:
        """Read until asked to stop, then store what has come. Raises when the line broke down."""
        self.line.start()
        while not stop.is_set():
            self._round(stop, wait=0.2)
            if self.line.failure or not self.line.alive:
                raise RuntimeError("The line to the broker is dead.") from self.line.failure
        self._drain()

    def _drain(self) -> None:
        self.line.stop_receiving()
        too_late = threading.Event()
        timer = threading.Timer(DRAIN_WITHIN, too_late.set)
        timer.start()
        while self.line.waiting and not too_late.is_set():
            self._round(too_late, wait=0.0)
        timer.cancel()
        self.line.close()
        self._tell(0)

    def _round(self, stop: threading.Event, *, wait: float) -> None:
        letters = self.line.take(most=MOST_AT_ONCE, linger=LINGER, wait=wait)
        fresh = self._not_stored(letters)
        if fresh and self._store(fresh, stop):
            self.line.acknowledge(fresh)
        self._tell(fresh[0].arrived if fresh else 0)

    def _not_stored(self, letters: list[Letter]) -> list[Letter]:
        """Without letters of a lost connection, which come again, and those that did and are stored."""
        current = self.line.connection
        if current != self._seen_connection and not self.line.kept:
            self.unconfirmed.forget()
        self._seen_connection = current
        self.unconfirmed.expect(self.line.take_unsent())
        valid = [letter for letter in letters if letter.connection == current or not letter.qos]
        if not self.unconfirmed:
            return valid
        stored = [letter for letter in valid if self.unconfirmed.take(letter)]
        self.line.acknowledge(stored)
        known = set(map(id, stored))
        return [letter for letter in valid if id(letter) not in known]

    def _store(self, letters: list[Letter], stop: threading.Event) -> bool:
        """Store a batch, however long the database is away; False where we were asked to stop meanwhile."""
        pause = 0.1
        while True:
            try:
                self._count(self._record(letters))
                self.tally.lag_ms = round(1000 * (time.monotonic() - letters[0].arrived))
                self._forget_receipts(letters)
                return True
            except (OperationalError, InterfaceError) as error:
                self._give_way(error, letters)
            if stop.wait(pause * random.uniform(0.5, 1.5)):
                return False
            pause = min(pause * 2, 2.0)

    def _record(self, letters: list[Letter]) -> list[Outcome]:
        close_old_connections()
        parcels: list[Parcel] = []
        for letter in letters:
            found = self._unpack(letter)
            parcels += found
            if not found:
                self._note_ignored(letter)
        return through_the_door(parcels, self._now()) if parcels else []

    def _note_ignored(self, letter: Letter) -> None:
        named = parse(letter.topic)
        if isinstance(named, DeviceTopic) and (gateway := self.directory.gateway(named.account, named.name)):
            heard.note_ignored(gateway.id, letter.topic, letter.payload, self._now())

    def _unpack(self, letter: Letter) -> list[Parcel]:
        delivery = Delivery(letter.session, letter.packet_id, letter.again) if letter.qos else None
        return unpack(letter.topic, letter.payload, self.directory, delivery)

    def _count(self, outcomes: list[Outcome]) -> None:
        verdicts = Counter(outcome.verdict for outcome in outcomes)
        self.tally.stored += verdicts[Verdict.STORED]
        self.tally.duplicates += verdicts[Verdict.DUPLICATE]
        self.tally.refused += verdicts[Verdict.REFUSED]
        self.tally.stored_at, self.tally.error = self._now().isoformat(), ""

    def _give_way(self, error: Exception, letters: list[Letter]) -> None:
        """The database is away: nothing is acknowledged, the broker holds what comes."""
        if not self.tally.error:
            log.warning("Nothing can be stored, trying again: %s", error)
        self.tally.error = str(error).strip()[:200] or type(error).__name__
        connection.close()
        self._tell(letters[0].arrived)

    def _forget_receipts(self, letters: list[Letter]) -> None:
        """Remove receipts whose packet ids lie half a round behind, and those of a broker's former lives."""
        last = letters[-1]
        self._forget_at -= len(letters)
        if not last.qos or self._forget_at > 0:
            return
        self._forget_at = FORGET_EVERY
        mine = BrokerReceipt.objects.filter(session__startswith=last.session.partition("@")[0] + "@")
        mine.exclude(session__startswith=last.session).delete()
        ahead, behind = (last.packet_id + KEEP_IDS) % 65_536, (last.packet_id - KEEP_IDS) % 65_536
        if ahead < behind:
            mine.filter(packet_id__gt=ahead, packet_id__lt=behind).delete()
        else:
            mine.exclude(packet_id__range=(behind, ahead)).delete()

    def _tell(self, waiting_since: float) -> None:
        """Write the sign of life, once a second at most."""
        if time.monotonic() - self._told_at < 1:
            return
        self._told_at = time.monotonic()
        said = {
            "at": self._now().isoformat(),
            "connected": self.line.connected,
            "received": self.line.received,
            "waiting": self.line.waiting,
            "waiting_ms": round(1000 * (time.monotonic() - waiting_since)) if waiting_since else 0,
            **{name: getattr(self.tally, name) for name in Tally.__slots__},
        }
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(said))
        new.replace(self._file)


def through_the_door(parcels: list[Parcel], at: datetime) -> list[Outcome]:
    """Through the door; a parcel on which the door breaks is found and put into quarantine alone."""
    try:
        outcomes = record(parcels, received_at=at, quarantine=True)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(parcels) > 1:
            half = len(parcels) // 2
            return through_the_door(parcels[:half], at) + through_the_door(parcels[half:], at)
        if isinstance(parcels[0].message, NotUnderstood):
            raise
        log.exception("The door broke on a message to %s.", parcels[0].topic)
        refused = NotUnderstood("not_storable", whys_not.NOT_STORED.format(error=type(error).__name__))
        parcels = [replace(parcels[0], message=refused)]
        outcomes = record(parcels, received_at=at, quarantine=True)
    heard.note(parcels, outcomes, at)
    return outcomes
