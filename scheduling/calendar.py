"""The shifts of a plant, in UTC: cycles of days on the wall clock, a week or any other number. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from production.windows import Window
from scheduling.wall_clock import (
    EPOCH,
    EPOCH_UTC,
    EVER_AFTER,
    EVER_BEFORE,
    SECOND,
    SECONDS_PER_DAY,
    Clock,
    clock_at,
    clock_over,
)

# A shift lasts at most a day on the wall, and a day at most two days of elapsed time (Kwajalein, Manila
# and Samoa have jumped over the date line): far enough to meet every shift that can touch a window.
REACH = 3 * SECONDS_PER_DAY
MINUTES_PER_DAY = 24 * 60
# The first Monday of 1970: counted from here, the days of a weekly cycle are those of date.weekday().
MONDAY = date(1970, 1, 5)
FIRST_DAY = date(1970, 1, 1).toordinal()


class Attendance(StrEnum):
    """Whether people stand by the machines in a shift."""

    ATTENDED = "attended"
    UNATTENDED = "unattended"
    OPTIONAL = "optional"
    # Attended, on a station whose shift time is planned only where a job run covers it.
    BY_RUN = "by-run"


@dataclass(frozen=True, slots=True)
class CycleShift:
    """A shift of a cycle on the wall clock; `day` counts from 0, and `minutes` are at most a day's."""

    name: str
    day: int
    start_minute: int
    minutes: int
    attendance: Attendance = Attendance.ATTENDED
    team: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """One occurrence of a shift; `day` is the shop day in which it starts."""

    name: str
    window: Window
    day: date
    attendance: Attendance = Attendance.ATTENDED
    team: str = ""


@dataclass(frozen=True, slots=True)
class DayChange:
    """What a date has otherwise than its cycle says. Make one by `extra`, `cancelled`, `moved` or `overtime`.

    It changes the shifts that the cycle begins on the date `on` at a minute in `starts`, whichever version
    holds; where there is none it changes nothing. Of two changes of one shift the last one counts.
    """

    on: date
    starts: range = range(0)
    later: int = 0
    longer: int = 0
    minutes: int | None = None  # instead of its own; none are left of a cancelled shift
    added: CycleShift | None = None

    @classmethod
    def extra(cls, shift: CycleShift, on: date) -> DayChange:
        """One more shift; its `day` counts from the date."""
        return cls(on, added=shift)

    @classmethod
    def cancelled(cls, on: date, start_minute: int | None = None) -> DayChange:
        """The shift that begins at a minute of the date does not take place; without one, none does."""
        return cls(on, range(MINUTES_PER_DAY) if start_minute is None else _only(start_minute), minutes=0)

    @classmethod
    def moved(
        cls, on: date, start_minute: int, *, to: date, to_minute: int, minutes: int | None = None
    ) -> DayChange:
        """A shift begins at another time, perhaps on another date; it keeps its length unless one is given."""
        later = (to - on).days * MINUTES_PER_DAY + to_minute - start_minute
        return cls(on, _only(start_minute), later=later, minutes=minutes)

    @classmethod
    def overtime(cls, on: date, start_minute: int, *, before: int = 0, after: int = 0) -> DayChange:
        """A shift begins so many minutes earlier and ends so many later; a day is the most it can last."""
        return cls(on, _only(start_minute), later=-before, longer=before + after)


@dataclass(frozen=True, slots=True)
class Version:
    """The cycle that holds from a shop day on, until the next version, with its own changes of a date.

    `anchor` is the date of a day 0 of the cycle.
    """

    valid_from: date
    shifts: Sequence[CycleShift]
    days: int = 7
    anchor: date = MONDAY
    changes: Sequence[DayChange] = ()


# Start on the wall, end, name, team, attendance, start: in this order they are cut.
_Occurrence = tuple[int, int, str, str, Attendance, int]


def shifts(week: Sequence[CycleShift], *, tz: ZoneInfo, day_start: time, within: Window) -> list[Shift]:
    """The occurrences of a week's shifts that share time with the window: whole, in order, disjoint."""
    return shifts_by_version([Version(date.min, week)], tz=tz, day_start=day_start, within=within)


def shifts_by_version(
    versions: Sequence[Version],
    *,
    tz: ZoneInfo,
    day_start: time,
    within: Window,
    changes: Sequence[DayChange] = (),
) -> list[Shift]:
    """Like `shifts`, where the cycle changes: a shift follows the version that holds on its shop day.

    Where two shifts overlap, the later start wins: the earlier shift ends there. Versions are in order of
    `valid_from`; before the first there is no shift. `changes` hold in every version, and after its own.
    The answer for a shift does not depend on `within`.
    """
    if within.start >= within.end:
        return []
    since, until = (within.start - EPOCH_UTC) // SECOND, -((EPOCH_UTC - within.end) // SECOND)
    days = range((since - REACH) // SECONDS_PER_DAY - 1, (until + REACH) // SECONDS_PER_DAY + 2)
    clock = clock_over(tz, since - REACH, until + REACH)
    start_of_day = (datetime.combine(EPOCH, day_start) - EPOCH) // SECOND
    found: list[_Occurrence] = []
    for version, holds in _periods(versions, tz, start_of_day):
        changed = _by_day([*version.changes, *changes], days)
        found += _of_cycle(version, holds, clock, days, changed)
        found += _of_changes(version, holds, tz, changed)
    found.sort()
    return [
        Shift(name, window, _shop_day(wall, start, clock, start_of_day), attendance, team)
        for (wall, _, name, team, attendance, start), window in _cut(found, since, until)
    ]


def joined(shifts: Iterable[Shift]) -> list[Shift]:
    """Pieces of one name, team and shop day, in order, as one shift; between them lie its breaks."""
    found: list[Shift] = []
    for shift in shifts:
        if found and _identity(found[-1]) == _identity(shift):
            found[-1] = replace(shift, window=Window(found[-1].window.start, shift.window.end))
        else:
            found.append(shift)
    return found


def current(shifts: Iterable[Shift], at: datetime) -> Shift | None:
    """The shift of an instant, breaks included; else the last one before it."""
    begun = [shift for shift in joined(shifts) if shift.window.start <= at]
    return begun[-1] if begun else None


def pieces_of(shift: Shift, shifts: Iterable[Shift]) -> list[Window]:
    """Of what lies between the start and the end of a joined shift, what is the shift: without its breaks."""
    mine = (one.window for one in shifts if _identity(one) == _identity(shift))
    return [window for one in mine if (window := one.clip(shift.window))]


def _only(minute: int) -> range:
    return range(minute, minute + 1)


def _identity(shift: Shift) -> tuple[str, str, date]:
    return shift.name, shift.team, shift.day


def _number(day: date) -> int:
    """A date as days of the epoch."""
    return day.toordinal() - FIRST_DAY


def _periods(versions: Sequence[Version], tz: ZoneInfo, start_of_day: int) -> Iterator[tuple[Version, range]]:
    """Each version with the instants at which its shifts may start."""
    walls = [_number(version.valid_from) * SECONDS_PER_DAY + start_of_day for version in versions]
    edges = [*(clock_at(tz, wall).instant(wall) for wall in walls), EVER_AFTER]
    for version, (start, end) in zip(versions, pairwise(edges), strict=True):
        yield version, range(start, end)


def _by_day(changes: Sequence[DayChange], days: range) -> dict[int, list[DayChange]]:
    """The changes of each date on which, or from which, a shift comes to one of these days."""
    if not changes:
        return {}
    near = {_number(change.on) for change in changes if any(day in days for day in _touched(change))}
    found: dict[int, list[DayChange]] = {day: [] for day in near}
    for change in changes:
        if (day := _number(change.on)) in found:
            found[day].append(change)
    return found


def _touched(change: DayChange) -> Iterator[int]:
    day = _number(change.on)
    yield day
    if change.added:
        yield day + change.added.day
    elif change.later:
        yield day + (change.starts.start + change.later) // MINUTES_PER_DAY


def _change_of(shift: CycleShift, changes: Iterable[DayChange]) -> DayChange | None:
    """The last change that speaks of the shift."""
    return next((c for c in reversed([*changes]) if shift.start_minute in c.starts), None)


def _of_cycle(
    version: Version, holds: range, clock: Clock, days: range, changed: Mapping[int, Sequence[DayChange]]
) -> Iterator[_Occurrence]:
    """The shifts that a version begins on some days, but for those that are changed."""
    anchor = _number(version.anchor)
    for shift in version.shifts:
        for day in days[(anchor + shift.day - days.start) % version.days :: version.days]:
            if day in changed and _change_of(shift, changed[day]):
                continue
            wall = (day * MINUTES_PER_DAY + shift.start_minute) * 60
            start = clock.instant(wall)
            if start in holds:
                end = clock.instant(wall + shift.minutes * 60)
                yield wall, end, shift.name, shift.team, shift.attendance, start


def _of_changes(
    version: Version, holds: range, tz: ZoneInfo, changed: Mapping[int, Sequence[DayChange]]
) -> Iterator[_Occurrence]:
    """What the changed shifts of a version have become, and those it has more."""
    anchor = _number(version.anchor)
    for day, changes in changed.items():
        for shift in version.shifts:
            if (day - anchor - shift.day) % version.days or not (change := _change_of(shift, changes)):
                continue
            wall = (day * MINUTES_PER_DAY + shift.start_minute) * 60
            minutes = shift.minutes + change.longer if change.minutes is None else change.minutes
            if minutes > 0 and clock_at(tz, wall).instant(wall) in holds:
                yield _occurrence(shift, wall + change.later * 60, minutes, tz)
        for shift in (change.added for change in changes if change.added):
            wall = ((day + shift.day) * MINUTES_PER_DAY + shift.start_minute) * 60
            if clock_at(tz, wall).instant(wall) in holds:
                yield _occurrence(shift, wall, shift.minutes, tz)


def _occurrence(shift: CycleShift, wall: int, minutes: int, tz: ZoneInfo) -> _Occurrence:
    """A shift at a wall time, of a day at most."""
    clock = clock_at(tz, wall)
    end = clock.instant(wall + min(minutes, MINUTES_PER_DAY) * 60)
    return wall, end, shift.name, shift.team, shift.attendance, clock.instant(wall)


def _cut(ordered: Sequence[_Occurrence], since: int, until: int) -> Iterator[tuple[_Occurrence, Window]]:
    """Let each shift end where the next begins; what has no length left, or not between the two, is dropped.

    In order of the starts on the wall: where clocks skip, two starts may be one instant.
    """
    following = [*(one[-1] for one in ordered[1:]), EVER_AFTER]
    ended, ended_at = EVER_BEFORE, EPOCH_UTC
    for one, after in zip(ordered, following, strict=True) if ordered else ():
        start, end = one[-1], min(one[1], after)
        if start < end and start < until and end > since:
            start_at = ended_at if start == ended else EPOCH_UTC + start * SECOND
            ended, ended_at = end, EPOCH_UTC + end * SECOND
            yield one, Window(start_at, ended_at)


def _shop_day(wall: int, start: int, clock: Clock, start_of_day: int) -> date:
    """The shop day of a start; only where the clock skipped it can that be a later one than the wall says."""
    day = (wall - start_of_day) // SECONDS_PER_DAY
    if start in clock.jumps:
        while clock.instant((day + 1) * SECONDS_PER_DAY + start_of_day) <= start:
            day += 1
    return date.fromordinal(day + FIRST_DAY)
