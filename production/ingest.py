"""The one door: HTTP, MQTT, MTConnect and file replay all end in `record`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from django.db import transaction

from production import addressees, live, partitions, storage, whys_not
from production import quarantine as quarantine_table
from production.addressees import Addressee
from production.counters import Rule
from production.messages import EARLIEST, Message, NotUnderstood, Row
from production.nudges import announce

# A clock this far ahead is taken at its word, and up to a day ahead the time of arrival is used instead.
TOLERATED_SKEW = timedelta(minutes=5)
BELIEVED_SKEW = timedelta(days=1)
# Further back lies no outage, only a clock that was never set: it would give a station years it never had.
HORIZON = timedelta(days=400)


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """How the broker handed over a message: needed to tell a redelivery that carries neither key nor time."""

    session: str
    packet_id: int
    again: bool  # the DUP flag


class Parcel(msgspec.Struct, frozen=True, gc=False):
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


STORED, DUPLICATE = Outcome(Verdict.STORED), Outcome(Verdict.DUPLICATE)
NOBODY = Addressee(0, "", eager=False, rule=Rule())


def record(parcels: Sequence[Parcel], *, received_at: datetime, quarantine: bool) -> list[Outcome]:
    """Store a batch and move the live rows, in one transaction; answer for each parcel, in order.

    Safe to repeat: what is stored already is answered `duplicate` and changes nothing. With `quarantine`
    (MQTT, files) what is refused is kept with its reason; without (HTTP) only the answer tells it.
    Raises only when the database cannot be reached; then nothing was stored.
    """
    stations = addressees.find(
        {parcel.company_id for parcel in parcels if parcel.company_id is not None},
        {parcel.station_code for parcel in parcels},
    )
    letters = [_open(parcel, stations, n, received_at) for n, parcel in enumerate(parcels)]
    accepted = [letter for letter in letters if letter.outcome is None]
    partitions.ensure({(x.at.year, x.at.month) for x in accepted})
    with transaction.atomic():
        lives = live.lock(sorted({letter.station.id for letter in accepted}))
        fresh = _without_repetitions(accepted, lives)
        if ahead := {x.station.id for x in fresh if x.remark}:
            storage.note_ahead(sorted(ahead), received_at)
        storage.store([(x.station.id, x.at, x.key, received_at, *x.measures) for x in fresh])
        _move(lives, fresh, received_at)
        announce((letter.station.id for letter in fresh), counted=True)
        if quarantine:
            refused = [x for x in letters if x.outcome is not None and x.outcome.verdict is Verdict.REFUSED]
            quarantine_table.keep([(x.parcel, x.outcome) for x in refused if x.outcome], received_at)
    return [x.outcome or (Outcome(Verdict.STORED, reason=x.remark) if x.remark else STORED) for x in letters]


class _Letter(msgspec.Struct, gc=False):
    """A parcel that has been opened: to which station and instant it belongs, and what became of it."""

    parcel: Parcel
    station: Addressee = NOBODY
    at: datetime = EARLIEST
    key: int = 0
    measures: tuple[Any, ...] = ()
    has_time: bool = True
    only_broker_knows: bool = False
    outcome: Outcome | None = None
    remark: str = ""


def _open(
    parcel: Parcel, stations: dict[tuple[int, str], Addressee], number: int, received_at: datetime
) -> _Letter:
    letter = _Letter(parcel)
    message = parcel.message
    try:
        if isinstance(message, NotUnderstood):
            raise message
        station = stations.get((parcel.company_id or 0, parcel.station_code))
        if station is None:
            raise _unknown(parcel)
        letter.station, letter.measures = station, message.measures()
        _date(letter, message, number, received_at)
    except NotUnderstood as error:
        letter.outcome = Outcome(Verdict.REFUSED, error.code, error.reason)
    return letter


def _unknown(parcel: Parcel) -> NotUnderstood:
    if parcel.company_id is None:
        return NotUnderstood("unknown_company", whys_not.NO_COMPANY)
    text = whys_not.NO_STATION.format(station=repr(parcel.station_code[:100]))
    return NotUnderstood("unknown_station", text)


def _date(letter: _Letter, message: Message, number: int, received_at: datetime) -> None:
    """Give the letter its instant and its key. Raises NotUnderstood for a time that cannot be."""
    letter.key = message.event_key(letter.parcel.sender or letter.station.code)
    at = message.at
    if at is not None:
        if at < EARLIEST:
            raise NotUnderstood("bad_time", whys_not.BEFORE_2000.format(day=f"{at:%Y-%m-%d}"))
        if at > received_at + BELIEVED_SKEW:
            raise NotUnderstood("bad_time", whys_not.IN_THE_FUTURE.format(at=f"{at:%Y-%m-%dT%H:%MZ}"))
        if at < received_at - HORIZON and not message.recorded:
            text = whys_not.LONG_AGO.format(day=f"{at:%Y-%m-%d}", number=HORIZON.days)
            raise NotUnderstood("bad_time", text)
        if at <= received_at + TOLERATED_SKEW:
            letter.at = at
            return
    # No time, or a clock that runs ahead: the receiver's time counts, a microsecond apart to keep the order.
    letter.at, letter.has_time = received_at + timedelta(microseconds=number), False
    if at is not None:
        letter.remark = whys_not.AHEAD.format(time=at - received_at)
        letter.key = storage.key_ahead(letter.key, at)
    elif not message.has_key:
        letter.key = secrets.randbits(63)
        letter.only_broker_knows = letter.parcel.delivery is not None


def _without_repetitions(letters: Sequence[_Letter], lives: dict[int, live.Live]) -> list[_Letter]:
    """Mark what was stored before, or stands in this batch twice, as duplicates; return the rest.

    A message younger than everything its station ever said cannot have been stored before, and is not looked up.
    """
    last = {station_id: row.last_seen_at or EARLIEST for station_id, row in lives.items()}
    fresh = _first_of_each(letters)
    fresh = _not_among(fresh, storage.redelivered, [x for x in fresh if x.only_broker_knows])
    fresh = _not_among(fresh, storage.known_keys, [x for x in fresh if not x.has_time])
    fresh = _not_among(fresh, storage.came_ahead, [x for x in fresh if x.has_time and x.station.was_ahead])
    past = [x for x in fresh if x.has_time and x.at <= last[x.station.id]]
    return _not_among(fresh, storage.stored_already, past)


def _first_of_each(letters: Sequence[_Letter]) -> list[_Letter]:
    seen: set[tuple[object, ...]] = set()
    fresh = []
    for letter in letters:
        identity = (letter.station.id, letter.key, letter.at if letter.has_time else None)
        if identity in seen:
            letter.outcome = DUPLICATE
        else:
            seen.add(identity)
            fresh.append(letter)
    return fresh


def _not_among(
    fresh: list[_Letter], find: Callable[[list[_Letter]], set[int]], asked: list[_Letter]
) -> list[_Letter]:
    """Drop the letters that `find` knows, by their position in what it was asked."""
    known = {id(asked[position]) for position in find(asked)} if asked else set()
    if not known:
        return fresh
    for letter in asked:
        if id(letter) in known:
            letter.outcome = DUPLICATE
    return [letter for letter in fresh if id(letter) not in known]


def _move(lives: dict[int, live.Live], fresh: Sequence[_Letter], now: datetime) -> None:
    """Let each station's live row take in its new signals."""
    by_station: dict[int, list[_Letter]] = {}
    for letter in fresh:
        by_station.setdefault(letter.station.id, []).append(letter)
    for station_id, letters in by_station.items():
        station = letters[0].station
        rows = [Row(letter.at, letter.key, *letter.measures) for letter in letters]
        lives[station_id].move(rows, station.rule, eager=station.eager, now=now)
    live.save_moved([lives[station_id] for station_id in by_station])
