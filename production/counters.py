"""From what counters show to how many units were made. Pure; see docs/algorithms/counters.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from msgspec.structs import replace

# A running count that falls by no more than this part of itself is jitter of the reader, not a new start.
JITTER = 0.01
# How much faster than the declared rate a counter may jump before the jump is not believed.
TOLERANCE = 1.5


class Counted(Protocol):
    """What of a signal bears on counting."""

    @property
    def at(self) -> datetime: ...
    @property
    def good(self) -> float | None: ...
    @property
    def bad(self) -> float | None: ...
    @property
    def good_total(self) -> float | None: ...
    @property
    def bad_total(self) -> float | None: ...


class Rule(msgspec.Struct, frozen=True):
    """How a station counts, as declared. Modulus only for a rollover; rate in units a minute."""

    counter: str = "reset"
    modulus: int | None = None
    max_per_minute: float | None = None
    minimum_cycle: timedelta = timedelta()


class Count(msgspec.Struct, frozen=True):
    """One running count: the last reading believed, when, and what it was before it fell to zero."""

    reading: float | None = None
    at: datetime | None = None
    before_zero: float | None = None


class Jump(msgspec.Struct, frozen=True):
    """A reading that was not believed: it differs more from the one before than the station can make."""

    at: datetime
    before: float
    reading: float

    def __str__(self) -> str:
        return f"{self.before:.10g} → {self.reading:.10g}"


class Counters(msgspec.Struct, frozen=True):
    """What counting remembers between signals of one station."""

    good: Count = Count()
    bad: Count = Count()
    counted_at: datetime | None = None  # the last new unit that counted; for the minimum cycle time
    jump: Jump | None = None  # the last one, for a person to see


class Units(msgspec.Struct, frozen=True):
    """What one signal added."""

    at: datetime
    good: float
    bad: float


# By which rule a station counts at an instant: it may make something else by then.
RuleAt = Callable[[datetime], Rule]


def count(signals: Iterable[Counted], rule_at: RuleAt, state: Counters) -> Iterator[tuple[Units, Counters]]:
    """For each signal, in order of time: the units it added and the state after it."""
    for signal in signals:
        units, state = one(signal, rule_at(signal.at), state)
        yield units, state


def one(signal: Counted, rule: Rule, state: Counters) -> tuple[Units, Counters]:
    """The units one signal adds, and the state after it."""
    good_total, good, jump = _believed(state.good, signal.good_total, signal.at, rule, state.jump)
    bad_total, bad, jump = _believed(state.bad, signal.bad_total, signal.at, rule, jump)
    pulses, counted_at = _pulses(signal, rule, state.counted_at)
    units = Units(signal.at, good_total + pulses, bad_total + (signal.bad or 0.0))
    if good is state.good and bad is state.bad and counted_at is state.counted_at:
        return units, state
    return units, Counters(good, bad, counted_at, jump)


def _pulses(signal: Counted, rule: Rule, counted_at: datetime | None) -> tuple[float, datetime | None]:
    """New good units; those that follow faster than the minimum cycle time belong to the unit before."""
    if not signal.good:
        return 0.0, counted_at
    if not rule.minimum_cycle:
        return signal.good, None
    if counted_at is not None and signal.at - counted_at < rule.minimum_cycle:
        return 0.0, counted_at
    return signal.good, signal.at


def _believed(
    last: Count, reading: float | None, at: datetime, rule: Rule, jump: Jump | None
) -> tuple[float, Count, Jump | None]:
    """The units since the last reading; none where the station cannot have made so many, which is remembered."""
    if reading is None:
        return 0.0, last, jump
    units, count = _running(last, reading, at, rule)
    if rule.counter == "delta" or last.reading is None or _plausible(units, last, at, rule):
        return units, count, jump
    return 0.0, count, Jump(at, last.reading, reading)


def _running(last: Count, reading: float, at: datetime, rule: Rule) -> tuple[float, Count]:
    """The units between two readings of a running count. The first reading only says where it stands."""
    if rule.counter == "delta":
        return reading, Count(reading, at)
    if last.reading is None:
        return 0.0, Count(reading, at)
    if reading >= last.reading:
        return _risen(last, reading, at)
    if rule.counter == "rollover" and rule.modulus:
        return _wrapped(last, reading, at, rule)
    return _fallen(last, reading, at)


def _risen(last: Count, reading: float, at: datetime) -> tuple[float, Count]:
    assert last.reading is not None
    # 2379, 0, 2380: the zero was a misreading, not 2380 parts in a second.
    since = last.reading
    if last.before_zero is not None and reading >= last.before_zero:
        since = last.before_zero
    before_zero = last.before_zero if reading == last.reading == 0 else None
    return reading - since, Count(reading, at, before_zero)


def _wrapped(last: Count, reading: float, at: datetime, rule: Rule) -> tuple[float, Count]:
    """Past its modulus where the time allows it, else the counter began anew."""
    assert last.reading is not None
    assert rule.modulus is not None
    units = (reading - last.reading) % rule.modulus
    return (units if _plausible(units, last, at, rule) else reading), Count(reading, at)


def _fallen(last: Count, reading: float, at: datetime) -> tuple[float, Count]:
    """A small dip is jitter and keeps the higher reading; anything more is a new start from zero."""
    assert last.reading is not None
    if reading > 0 and last.reading - reading <= JITTER * last.reading:
        return 0.0, replace(last, at=at)
    if reading == 0:
        return 0.0, Count(0.0, at, before_zero=last.before_zero if last.reading == 0 else last.reading)
    return reading, Count(reading, at)


def _plausible(units: float, last: Count, at: datetime, rule: Rule) -> bool:
    if rule.max_per_minute is None or last.at is None:
        return True
    minutes = max((at - last.at).total_seconds() / 60, 1 / 60)
    return units <= rule.max_per_minute * minutes * TOLERANCE
