"""The shifts of a plant, in UTC: cycles of days on the wall clock, a week or any other number. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import zip_longest
from zoneinfo import ZoneInfo

from production.windows import Window
from scheduling.wall_clock import local_to_utc, shop_day

# A shift lasts at most a day on the wall, and a day at most two days of elapsed time (Kwajalein, Manila
# and Samoa have jumped over the date line): far enough to meet every shift that can touch a window.
REACH = timedelta(days=3)
# The first Monday of 1970: counted from here, the days of a weekly cycle are those of date.weekday().
MONDAY = date(1970, 1, 5)


class Attendance(StrEnum):
    """Whether people stand by the machines in a shift."""

    ATTENDED = "attended"
    UNATTENDED = "unattended"
    OPTIONAL = "optional"


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
class Version:
    """The cycle that holds from a shop day on, until the next version; `anchor` is the date of a day 0."""

    valid_from: date
    shifts: Sequence[CycleShift]
    days: int = 7
    anchor: date = MONDAY


def shifts(week: Sequence[CycleShift], *, tz: ZoneInfo, day_start: time, within: Window) -> list[Shift]:
    """The occurrences of a week's shifts that share time with the window: whole, in order, disjoint."""
    return shifts_by_version([Version(date.min, week)], tz=tz, day_start=day_start, within=within)


def shifts_by_version(
    versions: Sequence[Version], *, tz: ZoneInfo, day_start: time, within: Window
) -> list[Shift]:
    """Like `shifts`, where the week changes: a shift follows the version that holds on its shop day.

    Where two shifts overlap, the later start wins: the earlier shift ends there. Versions are in order of
    `valid_from`; before the first there is no shift. The answer for a shift does not depend on `within`.
    """
    started = _ordered(_occurrences(versions, tz, day_start, within))
    return [shift for shift in _cut(started) if shift.window.clip(within)]


def joined(shifts: Iterable[Shift]) -> list[Shift]:
    """Pieces of one name and shop day, in order, as one shift; what lies between them are its breaks."""
    found: list[Shift] = []
    for shift in shifts:
        if found and (found[-1].name, found[-1].day) == (shift.name, shift.day):
            window = Window(found[-1].window.start, shift.window.end)
            found[-1] = replace(shift, window=window)
        else:
            found.append(shift)
    return found


def current(shifts: Iterable[Shift], at: datetime) -> Shift | None:
    """The shift of an instant, breaks included; else the last one before it."""
    begun = [shift for shift in joined(shifts) if shift.window.start <= at]
    return begun[-1] if begun else None


def _occurrences(
    versions: Sequence[Version], tz: ZoneInfo, day_start: time, within: Window
) -> Iterator[tuple[datetime, Shift]]:
    """Every shift that could touch the window or cut one that does, with its start on the wall."""
    first = (within.start - REACH).astimezone(tz).date()
    last = (within.end + REACH).astimezone(tz).date()
    for offset in range((last - first).days + 1):
        midnight = datetime.combine(first + timedelta(days=offset), time())
        for version, until in _with_ends(versions):
            if version.valid_from <= midnight.date() + timedelta(days=1):
                yield from _of_date(version, until, midnight, tz, day_start)


def _with_ends(versions: Sequence[Version]) -> Iterator[tuple[Version, date]]:
    ends = [*(version.valid_from for version in versions[1:]), *([date.max] if versions else [])]
    return zip(versions, ends, strict=True) if versions else iter(())


def _of_date(
    version: Version, until: date, midnight: datetime, tz: ZoneInfo, day_start: time
) -> Iterator[tuple[datetime, Shift]]:
    """The shifts of one version that start on one date of the wall calendar."""
    number = (midnight.date() - version.anchor).days % version.days
    for planned in version.shifts:
        if planned.day != number:
            continue
        wall = midnight + timedelta(minutes=planned.start_minute)
        start = local_to_utc(wall, tz)
        day = shop_day(start, tz=tz, day_start=day_start)
        if version.valid_from <= day < until:
            end = local_to_utc(wall + timedelta(minutes=planned.minutes), tz)
            yield wall, Shift(planned.name, Window(start, end), day, planned.attendance, planned.team)


def _ordered(occurrences: Iterable[tuple[datetime, Shift]]) -> list[Shift]:
    """By start on the wall (where clocks skip, two starts may be one instant), then length, then name."""
    return [
        shift
        for _, shift in sorted(occurrences, key=lambda pair: (pair[0], pair[1].window.end, pair[1].name))
    ]


def _cut(ordered: Sequence[Shift]) -> Iterator[Shift]:
    """Let each shift end where the next begins; what has no length left is dropped."""
    for shift, following in zip_longest(ordered, ordered[1:]):
        end = min(shift.window.end, following.window.start) if following else shift.window.end
        if shift.window.start < end:
            yield replace(shift, window=Window(shift.window.start, end))
