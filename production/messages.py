"""What a station says, as one typed value, and how JSON becomes it. Pure."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from production import whys_not

# 12 digits are more than any machine makes or measures; beyond them a number is an accident.
Amount = Annotated[float, Meta(ge=0, le=1e12)]
Reading = Annotated[float, Meta(ge=0, le=1e15)]
Text = Annotated[str, Meta(max_length=128)]
Whole = Annotated[int, Meta(ge=0, le=2**63 - 1)]

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


AnyWire = TypeVar("AnyWire", bound="Wire")


class NotUnderstood(ValueError):
    """A message that cannot be stored; `code` is for programs, the text says what is wrong and what to do."""

    def __init__(self, code: str, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


class Message(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One message from a station. `at` is None where the sender has no clock.

    good, bad: new units. good_total, bad_total: running counts. kwh: energy since the last point, kwh_total:
    the meter, both in kWh. speed in the line's own unit, rssi in dBm. An empty error_code says that the
    error has gone. `boot` and `seq`, or `id`, tell a repetition from a second message. `recorded` says that `at`
    is meant, however long ago that was.
    """

    at: datetime | None = None
    id: str | None = None
    boot: str | None = None
    seq: int | None = None
    good: float | None = None
    bad: float | None = None
    good_total: float | None = None
    bad_total: float | None = None
    productive: bool | None = None
    speed: float | None = None
    kwh: float | None = None
    kwh_total: float | None = None
    rssi: float | None = None
    available: bool | None = None
    error_code: str | None = None
    program: str | None = None
    recorded: bool | None = None

    def measures(self) -> tuple[Any, ...]:
        """What it says, without when and under which key; the order is that of MEASURES."""
        return _measures(self)

    def event_key(self, sender: str) -> int:
        """64 bits that are the same for a repetition and differ for anything else of this station and sender.

        By (sender, boot, seq), else by (sender, id), else by what it says: two messages of one instant with
        the same content are one.
        """
        if self.seq is not None:
            return fingerprint("seq", sender, self.boot, self.seq)
        if self.id is not None:
            return fingerprint("id", sender, self.id)
        return _content_key(self.measures())

    @property
    def has_key(self) -> bool:
        """Whether a repetition can be told without looking at the time."""
        return self.seq is not None or self.id is not None


_NO_MEASURES = ("at", "timestamp", "id", "boot", "seq", "recorded")
# The columns of production_signal, in this order.
MEASURES = tuple(name for name in Message.__struct_fields__ if name not in _NO_MEASURES)
_measures = attrgetter(*MEASURES)
SILENCE = (None,) * len(MEASURES)


@lru_cache(10_000)
def _content_key(measures: tuple[Any, ...]) -> int:
    """Machines say few things, over and over. A count is the same count as 1 and as 1.0."""
    return fingerprint("content", *(float(value) if type(value) is int else value for value in measures))


class Row(msgspec.Struct, frozen=True, gc=False):
    """One stored signal, in the order of MEASURES after instant and key."""

    at: datetime
    key: int
    good: float | None = None
    bad: float | None = None
    good_total: float | None = None
    bad_total: float | None = None
    productive: bool | None = None
    speed: float | None = None
    kwh: float | None = None
    kwh_total: float | None = None
    rssi: float | None = None
    available: bool | None = None
    error_code: str | None = None
    program: str | None = None

    @property
    def may_be_work(self) -> bool:
        """Whether it says anything that could mean that the station works, or no longer does."""
        said = (self.good, self.bad, self.good_total, self.bad_total, self.productive, self.speed)
        return any(value is not None for value in (*said, self.kwh, self.kwh_total, self.available))


def fingerprint(*parts: object) -> int:
    """A stable signed 64-bit hash of values that have a JSON form."""
    return int.from_bytes(
        hashlib.blake2b(msgspec.json.encode(parts), digest_size=8).digest(), "big", signed=True
    )


class Wire(msgspec.Struct):
    """The JSON keys of the station signals topic and of POST /api/signals. See docs/signals.md."""

    timestamp: datetime | None = None
    id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    boot: Text | int | None = None
    seq: Whole | None = None
    production_complete: Amount | None = None
    production_complete_good: Amount | None = None
    production_complete_bad: Amount | None = None
    production_count: Reading | None = None
    production_count_good: Reading | None = None
    production_count_bad: Reading | None = None
    productive: bool | Annotated[int, Meta(ge=0, le=1)] | None = None
    line_speed: Amount | None = None
    electrical_kwh: Reading | None = None
    electrical_kwh_interval: Amount | None = None
    rssi: Annotated[float, Meta(ge=-1000, le=1000)] | None = None
    error_code: Text | Annotated[int, Meta(ge=0, le=2**53)] | None = None
    available: bool | Annotated[int, Meta(ge=0, le=1)] | None = None
    program: Text | None = None
    recorded: bool | None = None


class Item(Wire, kw_only=True):
    """The same over HTTP, where no topic names the station."""

    station: Annotated[str, Meta(min_length=1, max_length=32)]


SIGNAL_KEYS = tuple(name for name in Wire.__struct_fields__ if name not in _NO_MEASURES)
NOTHING_SAID = whys_not.NOTHING_SAID.format(keys=", ".join(SIGNAL_KEYS))
_decoder = msgspec.json.Decoder(Wire)
_item_decoder = msgspec.json.Decoder(Item)


def decode(payload: bytes) -> Message:
    """Read one JSON object. Raises NotUnderstood with the key at fault and what is allowed there."""
    return from_wire(_read(_decoder, payload))


def decode_item(payload: bytes | msgspec.Raw) -> tuple[str, Message]:
    """Read one JSON object that names its station: the station's code and the message."""
    item = _read(_item_decoder, payload)
    return item.station, from_wire(item)


def _read(decoder: msgspec.json.Decoder[AnyWire], payload: bytes | msgspec.Raw) -> AnyWire:
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise not_valid(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood("bad_json", whys_not.NO_JSON.format(why=error)) from None


def from_wire(wire: Wire) -> Message:
    """Unite the aliases. Raises NotUnderstood where nothing is said, or one thing twice."""
    message = Message(
        _aware(wire.timestamp),
        wire.id and _plain(wire.id, "id"),
        None if wire.boot is None else _plain(str(wire.boot), "boot"),
        wire.seq,
        _either(wire.production_complete_good, wire.production_complete, "production_complete"),
        wire.production_complete_bad,
        _either(wire.production_count_good, wire.production_count, "production_count"),
        wire.production_count_bad,
        None if wire.productive is None else bool(wire.productive),
        wire.line_speed,
        wire.electrical_kwh_interval,
        wire.electrical_kwh,
        wire.rssi,
        None if wire.available is None else bool(wire.available),
        None if wire.error_code is None else _plain(str(wire.error_code), "error_code"),
        wire.program and _plain(wire.program, "program"),
        wire.recorded or None,
    )
    if message.measures() == SILENCE:
        raise NotUnderstood("nothing_said", NOTHING_SAID)
    return message


def _either(named: float | None, short: float | None, name: str) -> float | None:
    if named is None:
        return short
    if short is not None and short != named:
        raise NotUnderstood("bad_value", whys_not.SAID_TWICE.format(long=f"{name}_good", short=name))
    return named


def _aware(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise NotUnderstood("bad_time", whys_not.NO_ZONE)
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _plain(text: str, name: str) -> str:
    if "\x00" in text:
        raise NotUnderstood("bad_value", whys_not.HOLDS_NUL.format(key=name))
    return text


def not_valid(error: msgspec.ValidationError) -> NotUnderstood:
    """msgspec's message, with the key in front: `line_speed: Expected float, got bool`."""
    text, _, path = str(error).partition(" - at `$")
    key = path.strip("`.").split("[")[0]
    reason = f"{key}: {text}." if key else f"{text}. Send one JSON object of keys."
    return NotUnderstood("bad_value", reason)
