"""Frames of an Opta data acquisition unit, and what their pins mean for stations. Pure.

A frame has neither time nor id and comes every five seconds; one unit may serve several stations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from production import whys_not
from production.messages import Message, NotUnderstood

NO_READING = -1  # of an energy meter that did not answer, or of Wi-Fi strength without Wi-Fi
MOST = 1e12

_decoder = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Pin:
    """One row of the mapping: which pin speaks of which station, and how (see PinMapping)."""

    pin: str
    station: str
    meaning: str
    inverted: bool = False
    scale: float = 1.0
    offset: float = 0.0


def signals(payload: bytes, pins: Sequence[Pin]) -> list[tuple[str, Message | NotUnderstood]]:
    """One message for each station that a pin of the frame is mapped to, in the order of the mapping.

    A frame in which a station has nothing new is still its sign of life. A pin with an impossible value
    costs its station the frame, not the others. Raises NotUnderstood where it is no frame at all.
    """
    frame = decode(payload)
    rssi = _rssi(frame)
    by_station: dict[str, list[Pin]] = {}
    for pin in pins:
        by_station.setdefault(pin.station, []).append(pin)
    return [(station, _message(frame, mapped, rssi)) for station, mapped in by_station.items()]


def decode(payload: bytes) -> dict[str, Any]:
    """The keys of a frame. Raises NotUnderstood."""
    try:
        return _decoder.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood("bad_json", whys_not.NO_FRAME.format(why=error)) from None


def _message(frame: dict[str, Any], pins: Sequence[Pin], rssi: float | None) -> Message | NotUnderstood:
    said: dict[str, Any] = {}
    try:
        for pin in pins:
            _apply(pin, frame, said)
    except NotUnderstood as error:
        return error
    return Message(available=True, rssi=rssi, **said)


def _apply(pin: Pin, frame: dict[str, Any], said: dict[str, Any]) -> None:
    """Add what one pin says: pulses and meters of a station add up, any productive input will do."""
    raw = _reading(frame, pin.pin)
    if raw is None:
        if pin.meaning == "kwh":
            said["kwh_total"] = None  # a sum without one of its meters would look like a step back
        return
    if pin.meaning == "productive":
        if raw not in (0, 1):
            raise NotUnderstood("bad_value", whys_not.NO_STATE.format(pin=pin.pin, value=f"{raw:g}"))
        said["productive"] = said.get("productive", False) or (raw == 1) != pin.inverted
    elif pin.meaning == "speed":
        said["speed"] = max(said.get("speed", 0.0), 0.0, _checked(pin, raw * pin.scale + pin.offset))
    elif pin.meaning == "kwh":
        total = said.get("kwh_total", 0.0)
        said["kwh_total"] = None if total is None else total + _checked(pin, raw * pin.scale)
    elif raw:  # pulses since the last frame; none is no output, not an output of 0
        said[pin.meaning] = said.get(pin.meaning, 0.0) + _checked(pin, raw * pin.scale)


def _reading(frame: dict[str, Any], name: str) -> float | None:
    """What stands under a key; None where it is missing or the meter did not answer."""
    value = frame.get(name)
    if value is None or value == NO_READING:
        return None
    if isinstance(value, bool):
        value = int(value)
    if not isinstance(value, int | float) or not 0 <= value <= MOST:
        text = whys_not.NO_PULSES.format(pin=name, value=repr(str(value)[:40]))
        raise NotUnderstood("bad_value", text)
    return float(value)


def _checked(pin: Pin, value: float) -> float:
    """The scaled value. An analog input may scale below 0: the line stands still then."""
    if not math.isfinite(value) or value > MOST or (value < 0 and pin.meaning != "speed"):
        raise NotUnderstood("bad_value", whys_not.BADLY_SCALED.format(pin=pin.pin, value=f"{value:g}"))
    return value


def _rssi(frame: dict[str, Any]) -> float | None:
    """Signal strength in dBm, of the whole unit; older firmware calls it `signal`."""
    value = frame.get("rssi", frame.get("signal"))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -1000 <= value < NO_READING else None
