"""The wall clock of a plant, in UTC: shop days and the shifts of a week. Pure.

Everything follows from one sentence: a wall-clock time is the first instant at which the plant's clock
shows that time or a later one. A time that the clock skips is therefore the end of the gap, a time that it
shows twice is the first of the two, and a later wall time is never an earlier instant. So shifts that do
not overlap on the wall do not overlap in UTC, and shop days tile time in every zone and every year.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

from production.windows import Window

# A shift lasts at most a day on the wall, and a day at most two days of elapsed time (Kwajalein, Manila
# and Samoa have jumped over the date line): far enough to meet every shift that can touch a window.
REACH = timedelta(days=3)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class WeeklyShift:
    """A shift of a week on the wall clock; `weekday` as in date.weekday()."""

    name: str
    weekday: int
    start_minute: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Shift:
    """One occurrence of a shift; `day` is the shop day in which it starts."""

    name: str
    window: Window
    day: date


@dataclass(frozen=True, slots=True)
class Version:
    """The week that holds from a shop day on, until the next version."""

    valid_from: date
    week: Sequence[WeeklyShift]


def local_to_utc(wall: datetime, tz: ZoneInfo) -> datetime:
    """The first instant at which the clock of `tz` shows the naive time `wall` or a later one."""
    instant = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None) == wall:
        return instant
    before = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)  # in a gap, fold=1 lies before the jump
    return _first_showing(wall, tz, before.replace(microsecond=0), instant)


def shop_day(at: datetime, *, tz: ZoneInfo, day_start: time) -> date:
    """The shop day to which an instant belongs: the one whose window contains it."""
    day = at.astimezone(tz).date() + timedelta(days=1)
    # Down from tomorrow: where clocks go back over midnight, the second 23:30 belongs to the new day.
    while _start_of(day, tz, day_start) > at:
        day -= timedelta(days=1)
    return day


def shop_day_window(day: date, *, tz: ZoneInfo, day_start: time) -> Window:
    """The window of a shop day: 23, 24 or 25 hours, and nothing where the calendar skips the day."""
    return Window(_start_of(day, tz, day_start), _start_of(day + timedelta(days=1), tz, day_start))


def shop_days(within: Window, *, tz: ZoneInfo, day_start: time) -> Iterator[tuple[date, Window]]:
    """Each shop day that shares time with the window, whole, in order."""
    day = shop_day(within.start, tz=tz, day_start=day_start)
    while (window := shop_day_window(day, tz=tz, day_start=day_start)).start < within.end:
        if window.start < window.end:
            yield day, window
        day += timedelta(days=1)


def shifts(week: Sequence[WeeklyShift], *, tz: ZoneInfo, day_start: time, within: Window) -> list[Shift]:
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
            found[-1] = Shift(shift.name, window, shift.day)
        else:
            found.append(shift)
    return found


def current(shifts: Iterable[Shift], at: datetime) -> Shift | None:
    """The shift of an instant, breaks included; else the last one before it."""
    begun = [shift for shift in joined(shifts) if shift.window.start <= at]
    return begun[-1] if begun else None


def _start_of(day: date, tz: ZoneInfo, day_start: time) -> datetime:
    return local_to_utc(datetime.combine(day, day_start), tz)


def _first_showing(wall: datetime, tz: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first whole second in (low, high] that shows `wall` or later; jumps happen on whole seconds."""
    low_s, high_s = 0, -((low - high) // SECOND)
    while high_s - low_s > 1:
        middle = (low_s + high_s) // 2
        shown = (low + middle * SECOND).astimezone(tz).replace(tzinfo=None)
        low_s, high_s = (low_s, middle) if shown >= wall else (middle, high_s)
    return low + high_s * SECOND


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
    for weekly in version.week:
        if weekly.weekday != midnight.weekday():
            continue
        wall = midnight + timedelta(minutes=weekly.start_minute)
        start = local_to_utc(wall, tz)
        day = shop_day(start, tz=tz, day_start=day_start)
        if version.valid_from <= day < until:
            end = local_to_utc(wall + timedelta(minutes=weekly.minutes), tz)
            yield wall, Shift(weekly.name, Window(start, end), day)


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
            yield Shift(shift.name, Window(shift.window.start, end), shift.day)
