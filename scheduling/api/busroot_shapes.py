"""Shift patterns as Busroot's clients read them."""

from __future__ import annotations

import msgspec


class BusrootShift(msgspec.Struct, rename="camel"):
    """A shift; Sunday is weekDay 0 (null in a cycle that is no week), hours are decimal."""

    shift_id: int
    start_hour: float
    duration: float
    shift_name: str
    shift_pattern_id: int
    week_day: int | None


class BusrootPatternShift(BusrootShift, kw_only=True):
    """The same under both of the names that Busroot uses."""

    id: int
    name: str


class BusrootPattern(msgspec.Struct, rename="camel"):
    """A shift pattern."""

    account_id: str
    title: str
    id: int
    code: str
    duration: float
    start_hour: float | None
    end_hour: float | None
    shifts: list[BusrootPatternShift]
