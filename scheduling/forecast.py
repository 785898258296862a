"""How far a run gets: ends from quantities, quantities from ends, over planned time and its breaks. Pure.

docs/schedule.md explains it with examples. A pace is the planned time that a good unit takes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate, pairwise

from production.windows import Window, union

NO_TIME = timedelta()
# A run has a pace of its own once it had so much planned time; a pause of a moment says nothing yet.
EVIDENCE = timedelta(minutes=10)
# What part of its length a run may be off its plan and still be on time, and at least so long.
LEEWAY, LEAST = 0.05, timedelta(minutes=1)


class PlannedTime:
    """A station's planned production time, made ready for many questions."""

    __slots__ = ("_before", "_ends", "_starts")

    def __init__(self, windows: Iterable[Window]) -> None:
        known = union(windows)
        self._starts = [window.start for window in known]
        self._ends = [window.end for window in known]
        # How much of it lies before each window.
        self._before = list(accumulate((window.duration for window in known), initial=NO_TIME))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much of it lies in a window."""
        return max(NO_TIME, self._until(end) - self._until(start))

    def after(self, start: datetime, work: timedelta) -> datetime | None:
        """When so much of it will have passed since `start`; None where that is further than is known."""
        if work <= NO_TIME:
            return start
        wanted = self._until(start) + work
        # Where a window ends with the work, it is done then, not when the next one begins.
        position = bisect_left(self._before, wanted) - 1
        if position >= len(self._starts):
            return None
        return self._starts[position] + (wanted - self._before[position])

    def _until(self, at: datetime) -> timedelta:
        position = bisect_right(self._starts, at) - 1
        if position < 0:
            return NO_TIME
        return self._before[position] + min(at, self._ends[position]) - self._starts[position]


@dataclass(frozen=True, slots=True)
class Estimate:
    """When a run will end and what it will have made; both None where it goes on until somebody ends it."""

    end: datetime | None
    quantity: float | None


def estimate(
    time: PlannedTime,
    pace: timedelta | None,
    *,
    start: datetime,
    quantity: float | None,
    end: datetime | None,
) -> Estimate:
    """What is not fixed from what is: the end of a quantity, the quantity of an end."""
    if pace is None or pace <= NO_TIME:
        return Estimate(end, quantity)
    if quantity is not None:
        return Estimate(time.after(start, _work(quantity, pace)), quantity)
    if end is not None:
        return Estimate(end, time.between(start, end) / pace)
    return Estimate(None, None)


def real_pace(ideal: timedelta | None, *, made: float, worked: timedelta) -> timedelta | None:
    """What a good unit really took of planned time, stops included; the ideal until there is enough to tell."""
    if made <= 0 or worked < EVIDENCE:
        return ideal
    return worked / made


def rest(
    time: PlannedTime,
    pace: timedelta | None,
    *,
    since: datetime,
    made: float,
    quantity: float | None,
    end: datetime | None,
) -> Estimate:
    """The estimate of a run that has made something by `since`."""
    left = None if quantity is None else max(0.0, quantity - made)
    found = estimate(time, pace, start=since, quantity=left, end=None if end is None else max(end, since))
    return Estimate(found.end, None if found.quantity is None else made + found.quantity)


def _work(quantity: float, pace: timedelta) -> timedelta:
    try:
        return quantity * pace
    except OverflowError:
        return timedelta.max // 2


class Standing(StrEnum):
    """How a run stands against its plan."""

    AHEAD = "ahead"
    ON_TIME = "on-time"
    AT_RISK = "at-risk"


def standing(
    expected: datetime | None, due: datetime | None, *, length: timedelta, is_continuous: bool = False
) -> Standing | None:
    """Early or late by more than a twentieth of its planned length; None where nothing was promised.

    An end that is further away than the plan is known is late.
    """
    if due is None or is_continuous:
        return None
    leeway = max(LEAST, length * LEEWAY)
    if expected is None or expected > due + leeway:
        return Standing.AT_RISK
    return Standing.AHEAD if expected < due - leeway else Standing.ON_TIME


@dataclass(frozen=True, slots=True)
class Interval:
    """An hour or half an hour of a run: what it was to make in it."""

    window: Window
    target: float


def targets(
    time: PlannedTime, pace: timedelta, edges: Sequence[datetime], *, start: datetime, quantity: float | None
) -> list[Interval]:
    """What a run that began at `start` was to make between each two edges, until its quantity is made."""
    most = float("inf") if quantity is None else quantity

    def by(at: datetime) -> float:
        return min(most, time.between(start, max(start, at)) / pace)

    return [Interval(Window(one, other), by(other) - by(one)) for one, other in pairwise(edges)]
