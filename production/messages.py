"""What a station says, as one typed value, and how JSON becomes it. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

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


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message from a station. `at` is None where the sender has no clock.

    good, bad: new units. good_total, bad_total: running counts. kwh: energy since the last point, kwh_total:
    the meter, both in kWh. speed in the line's own unit, rssi in dBm. An empty error_code says that the
    error has gone. `boot` and `seq`, or `id`, tell a repetition from a second message.
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

    def measures(self) -> tuple[Any, ...]:
        """What it says, without when and under which key; the order is that of MEASURES."""
        return tuple(getattr(self, name) for name in MEASURES)

    def event_key(self, sender: str) -> int:
        """64 bits that are the same for a repetition and differ for anything else of this station and sender.

        By (sender, boot, seq), else by (sender, id), else by what it says: two messages of one instant with
        the same content are one.
        """
        if self.seq is not None:
            return fingerprint("seq", sender, self.boot, self.seq)
        if self.id is not None:
            return fingerprint("id", sender, self.id)
        return fingerprint("content", *self.measures())

    @property
    def has_key(self) -> bool:
        """Whether a repetition can be told without looking at the time."""
        return self.seq is not None or self.id is not None


MEASURES = tuple(
    name for name in Message.__struct_fields__ if name not in ("at", "id", "boot", "seq")
)  # the columns of production_signal, in this order


@dataclass(frozen=True, slots=True)
class Row:
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
    """A stable signed 64-bit hash of values that have a plain text form."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


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


class Item(Wire, kw_only=True):
    """The same over HTTP, where no topic names the station."""

    station: Annotated[str, Meta(min_length=1, max_length=32)]


SIGNAL_KEYS = tuple(name for name in Wire.__struct_fields__ if name not in ("timestamp", "id", "boot", "seq"))
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
        raise NotUnderstood("bad_value", _sentence(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood(
            "bad_json", f"This is not a JSON object: {error}. Send one object of keys."
        ) from None


def from_wire(wire: Wire) -> Message:
    """Unite the aliases. Raises NotUnderstood where nothing is said, or one thing twice."""
    error = None if wire.error_code is None else str(wire.error_code)
    message = Message(
        at=_aware(wire.timestamp),
        id=_plain(wire.id, "id"),
        boot=None if wire.boot is None else _plain(str(wire.boot), "boot"),
        seq=wire.seq,
        good=_either(wire, "production_complete_good", "production_complete"),
        bad=wire.production_complete_bad,
        good_total=_either(wire, "production_count_good", "production_count"),
        bad_total=wire.production_count_bad,
        productive=None if wire.productive is None else bool(wire.productive),
        speed=wire.line_speed,
        kwh=wire.electrical_kwh_interval,
        kwh_total=wire.electrical_kwh,
        rssi=wire.rssi,
        available=None if wire.available is None else bool(wire.available),
        error_code=_plain(error, "error_code"),
        program=_plain(wire.program, "program"),
    )
    if all(value is None for value in message.measures()):
        raise NotUnderstood("nothing_said", f"No known key. Send at least one of {', '.join(SIGNAL_KEYS)}.")
    return message


def _either(wire: Wire, name: str, alias: str) -> float | None:
    first, second = getattr(wire, name), getattr(wire, alias)
    if first is not None and second is not None and first != second:
        raise NotUnderstood("bad_value", f"{name} and {alias} are the same thing; send one of them.")
    return second if first is None else first


def _aware(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise NotUnderstood(
            "bad_time", "timestamp has no time zone. Send 2026-03-01T06:00:00Z or with an offset."
        )
    return at.astimezone(UTC)


def _plain(text: str | None, name: str) -> str | None:
    if text is not None and "\x00" in text:
        raise NotUnderstood("bad_value", f"{name} holds a NUL character; send plain text.")
    return text


def _sentence(error: msgspec.ValidationError) -> str:
    """msgspec's message, with the key in front: `line_speed: Expected float, got bool`."""
    text, _, path = str(error).partition(" - at `$")
    key = path.strip("`.").split("[")[0]
    return f"{key}: {text}." if key else f"{text}. Send one JSON object of keys."
