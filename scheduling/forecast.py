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

    def __bool__(self) -> bool:
        return bool(self._starts)

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

    def next(self, at: datetime) -> datetime | None:
        """The first instant of it from `at` on; None where that is further than is known."""
        position = bisect_right(self._ends, at)
        return max(at, self._starts[position]) if position < len(self._starts) else None

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
    """Planned time that a quantity takes; what is too much for any calendar is more than is planned."""
    try:
        return min(quantity * pace, timedelta.max // 2)
    except OverflowError:
        return timedelta.max // 2


class Standing(StrEnum):
    """How a run stands against its plan."""

    AHEAD = "ahead"
    ON_TIME = "on-time"
    AT_RISK = "at-risk"


def standing(expected: datetime | None, due: datetime | None, *, length: timedelta) -> Standing | None:
    """Early or late by more than a twentieth of its planned length; None where nothing was promised.

    An end that is further away than the plan is known is late.
    """
    if due is None:
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


@dataclass(frozen=True, slots=True)
class Turn:
    """A run of a station's list, as it stands. `since` is up to when it is known what it made; None: it is to begin.

    `pace` is what a unit is meant to take, `begun` when it really began, and `left` what is left of its setup.
    """

    pace: timedelta | None
    quantity: float | None = None
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    setup: timedelta = NO_TIME
    left: timedelta = NO_TIME
    is_prioritised: bool = False
    begun: datetime | None = None
    since: datetime | None = None
    made: float = 0.0
    worked: timedelta = NO_TIME


@dataclass(frozen=True, slots=True)
class Expected:
    """How far a run will get; what is None is not known. `due` is when it was to end."""

    start: datetime | None
    end: datetime | None
    quantity: float | None
    pace: timedelta | None
    due: datetime | None
    standing: Standing | None


def expected(time: PlannedTime, turns: Iterable[Turn], *, now: datetime) -> list[Expected]:
    """Of the runs of a station, in the order in which they are made: each begins when the one before has ended.

    One that goes on until somebody ends it is taken to end when the next is planned to begin.
    """
    found: list[Expected] = []
    free: datetime | None = now
    for turn in turns:
        one = _running(time, turn, now) if turn.since else _to_come(time, turn, free)
        free = _free(one, turn, now)
        found.append(one)
    return found


def _free(one: Expected, turn: Turn, now: datetime) -> datetime | None:
    """When the next may begin; None where that is further away than the plan is known."""
    if one.end is not None:
        return max(one.end, now)
    if one.start is None or turn.quantity is not None:
        return None
    return max(one.start, now)


def _running(time: PlannedTime, turn: Turn, now: datetime) -> Expected:
    assert turn.since is not None
    pace = real_pace(turn.pace, made=turn.made, worked=turn.worked)
    since = time.after(turn.since, turn.left)
    found = Estimate(None, turn.quantity)
    if since is not None:
        found = rest(time, pace, since=since, made=turn.made, quantity=turn.quantity, end=turn.planned_end)
    end = None if found.end is None else max(found.end, now)
    return _found(time, turn, turn.begun, Estimate(end, found.quantity), pace)


def _to_come(time: PlannedTime, turn: Turn, free: datetime | None) -> Expected:
    start, found = _start(time, turn, free), Estimate(None, turn.quantity)
    begin = None if start is None else time.after(start, turn.setup)
    if begin is not None:
        end = turn.planned_end and max(turn.planned_end, begin)
        found = estimate(time, turn.pace, start=begin, quantity=turn.quantity, end=end)
    return _found(time, turn, start, found, turn.pace)


def _found(
    time: PlannedTime, turn: Turn, start: datetime | None, found: Estimate, pace: timedelta | None
) -> Expected:
    due = _due(time, turn)
    return Expected(start, found.end, found.quantity, pace, due, _stands(time, turn, found.end, due))


def _start(time: PlannedTime, turn: Turn, free: datetime | None) -> datetime | None:
    """When the station is free and works; where nobody prioritised it, not before it is planned."""
    if free is None:
        return None
    if turn.planned_start and turn.planned_start > free and not turn.is_prioritised:
        return turn.planned_start
    return time.next(free)


def _due(time: PlannedTime, turn: Turn) -> datetime | None:
    """When it was to end: as planned, else when its quantity would be made by its plan."""
    start = turn.planned_start or turn.begun
    if turn.planned_end or start is None or turn.quantity is None or turn.pace is None:
        return turn.planned_end
    return time.after(start, turn.setup + _work(turn.quantity, turn.pace))


def _stands(time: PlannedTime, turn: Turn, end: datetime | None, due: datetime | None) -> Standing | None:
    if turn.quantity is None or not time:
        return None
    start = turn.planned_start or turn.begun
    length = time.between(start, due) if start and due else NO_TIME
    return standing(end, due, length=length)
