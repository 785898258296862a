"""The one door: HTTP, MQTT, MTConnect and file replay all end in `record`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction

from production import live, partitions, storage
from production import quarantine as quarantine_table
from production.messages import EARLIEST, Message, NotUnderstood, Row, fingerprint
from production.models import Station
from production.nudges import announce

# A clock this far ahead is taken at its word, and up to a day ahead the time of arrival is used instead.
TOLERATED_SKEW = timedelta(minutes=5)
BELIEVED_SKEW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the broker handed over a message: needed to tell a redelivery that carries neither key nor time."""

    session: str
    packet_id: int
    again: bool  # the DUP flag


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message on its way in: whose it is, what it says (or why it cannot be understood)."""

    company_id: int | None
    station_code: str
    message: Message | NotUnderstood
    source: str  # a QuarantinedMessage.Source
    topic: str = ""
    payload: bytes = b""
    sender: str = ""  # what `seq` and `id` are unique in: the device's name, else the station's code
    device_id: int | None = None
    delivery: Delivery | None = None


class Verdict(StrEnum):
    """What became of a parcel."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The door's answer for one parcel; code and reason where it was refused, a remark where one is due."""

    verdict: Verdict
    code: str = ""
    reason: str = ""


def record(parcels: Sequence[Parcel], *, received_at: datetime, quarantine: bool) -> list[Outcome]:
    """Store a batch and move the live rows, in one transaction; answer for each parcel, in order.

    Safe to repeat: what is stored already is answered `duplicate` and changes nothing. With `quarantine`
    (MQTT, files) what is refused is kept with its reason; without (HTTP) only the answer tells it.
    Raises only when the database cannot be reached; then nothing was stored.
    """
    stations = _stations(parcels)
    letters = [_open(parcel, stations, n, received_at) for n, parcel in enumerate(parcels)]
    accepted = [letter for letter in letters if letter.outcome is None]
    partitions.ensure({letter.at for letter in accepted})
    with transaction.atomic():
        lives = live.lock(sorted({letter.station.pk for letter in accepted}))
        fresh = _without_repetitions(accepted)
        storage.store([letter.columns(received_at) for letter in fresh])
        _move(lives, fresh, received_at)
        announce(letter.station.pk for letter in fresh)
        if quarantine:
            _keep_refused(parcels, letters, received_at)
    return [letter.outcome or Outcome(Verdict.STORED, reason=letter.remark) for letter in letters]


@dataclass(slots=True)
class _Letter:
    """A parcel that has been opened: to which station and instant it belongs, and what became of it."""

    parcel: Parcel
    station: Any = None
    at: datetime = EARLIEST
    key: int = 0
    has_time: bool = True
    outcome: Outcome | None = None
    remark: str = ""

    def columns(self, received_at: datetime) -> tuple[Any, ...]:
        assert isinstance(self.parcel.message, Message)
        return (self.station.pk, self.at, self.key, received_at, *self.parcel.message.measures())

    def row(self) -> Row:
        assert isinstance(self.parcel.message, Message)
        return Row(self.at, self.key, *self.parcel.message.measures())


def _stations(parcels: Sequence[Parcel]) -> dict[tuple[int, str], Station]:
    """The stations that the parcels name, in one query."""
    companies = {parcel.company_id for parcel in parcels if parcel.company_id is not None}
    codes = {parcel.station_code for parcel in parcels if "\x00" not in parcel.station_code}
    found = Station.objects.active().filter(company__in=companies, code__in=codes)
    return {(station.company_id, station.code): station for station in found}


def _open(
    parcel: Parcel, stations: dict[tuple[int, str], Station], number: int, received_at: datetime
) -> _Letter:
    letter = _Letter(parcel)
    if isinstance(parcel.message, NotUnderstood):
        letter.outcome = Outcome(Verdict.REFUSED, parcel.message.code, parcel.message.reason)
        return letter
    station = stations.get((parcel.company_id or 0, parcel.station_code))
    if station is None:
        letter.outcome = Outcome(Verdict.REFUSED, "unknown_station", _unknown(parcel))
        return letter
    letter.station = station
    try:
        _date(letter, parcel.message, number, received_at)
    except NotUnderstood as error:
        letter.outcome = Outcome(Verdict.REFUSED, error.code, error.reason)
    return letter


def _unknown(parcel: Parcel) -> str:
    if parcel.company_id is None:
        return "No company has this account. Check the topic."
    return f"No station has the code {parcel.station_code!r}. Add it in the admin, or correct the sender."


def _date(letter: _Letter, message: Message, number: int, received_at: datetime) -> None:
    """Give the letter its instant and its key. Raises NotUnderstood for a time that cannot be."""
    sender = letter.parcel.sender or letter.station.code
    letter.key = message.event_key(sender)
    at = message.at
    if at is not None and at < EARLIEST:
        raise NotUnderstood("bad_time", f"timestamp {at:%Y-%m-%d} is before the year 2000. Set the clock.")
    if at is not None and at > received_at + BELIEVED_SKEW:
        raise NotUnderstood("bad_time", f"timestamp {at:%Y-%m-%dT%H:%MZ} lies in the future. Set the clock.")
    if at is not None and at <= received_at + TOLERATED_SKEW:
        letter.at = at
        return
    # No time, or a clock that runs ahead: the receiver's time counts, a microsecond apart to keep the order.
    letter.at, letter.has_time = received_at + timedelta(microseconds=number), False
    if at is not None:
        letter.remark = f"Stored under the time of arrival: the sender's clock is {at - received_at} ahead."
        letter.key = fingerprint("skewed", letter.key, at)
    elif not message.has_key:
        letter.key = secrets.randbits(63)


def _without_repetitions(letters: Sequence[_Letter]) -> list[_Letter]:
    """Mark what was stored before, or stands in this batch twice, as duplicates; return the rest."""
    fresh = _first_of_each(letters)
    fresh = _not_among(fresh, storage.redelivered, [x for x in fresh if _only_broker_knows(x)])
    fresh = _not_among(fresh, storage.known_keys, [x for x in fresh if not x.has_time])
    return _not_among(fresh, storage.stored_already, [x for x in fresh if x.has_time])


def _only_broker_knows(letter: _Letter) -> bool:
    message = letter.parcel.message
    assert isinstance(message, Message)
    return letter.parcel.delivery is not None and message.at is None and not message.has_key


def _first_of_each(letters: Sequence[_Letter]) -> list[_Letter]:
    seen: set[tuple[object, ...]] = set()
    fresh = []
    for letter in letters:
        identity = (letter.station.pk, letter.key, letter.at if letter.has_time else None)
        if identity in seen:
            letter.outcome = Outcome(Verdict.DUPLICATE)
        else:
            seen.add(identity)
            fresh.append(letter)
    return fresh


def _not_among(
    fresh: list[_Letter], find: Callable[[list[_Letter]], set[int]], asked: list[_Letter]
) -> list[_Letter]:
    """Drop the letters that `find` knows, by their position in what it was asked."""
    if not asked:
        return fresh
    known = {id(asked[position]) for position in find(asked)}
    for letter in asked:
        if id(letter) in known:
            letter.outcome = Outcome(Verdict.DUPLICATE)
    return [letter for letter in fresh if id(letter) not in known]


def _move(lives: dict[int, live.Live], fresh: Sequence[_Letter], now: datetime) -> None:
    """Let each station's live row take in its new signals."""
    made = live.what_is_made(lives)
    by_station: dict[int, list[_Letter]] = {}
    for letter in fresh:
        by_station.setdefault(letter.station.pk, []).append(letter)
    for station_id, letters in by_station.items():
        station = letters[0].station
        sku = made.get(station_id)
        lives[station_id].move(
            [letter.row() for letter in letters],
            live.rule_of(station, sku),
            units_per_count=sku.units_per_count if sku else 1.0,
            eager=station.detection in (Station.Detection.PROCESS_SPEED, Station.Detection.POWER),
            now=now,
        )
    live.save(lives[station_id] for station_id in by_station)


def _keep_refused(parcels: Sequence[Parcel], letters: Sequence[_Letter], received_at: datetime) -> None:
    refused = [
        (parcel, letter.outcome)
        for parcel, letter in zip(parcels, letters, strict=True)
        if letter.outcome is not None and letter.outcome.verdict is Verdict.REFUSED
    ]
    quarantine_table.keep(refused, received_at)
