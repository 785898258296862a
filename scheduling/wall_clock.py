"""The wall clock of a plant, in UTC: wall times, and the shop days that tile time. Pure.

Everything follows from one sentence: a wall-clock time is the first instant at which the plant's clock
shows that time or a later one. A time that the clock skips is therefore the end of the gap, a time that it
shows twice is the first of the two, and a later wall time is never an earlier instant. So shifts that do
not overlap on the wall do not overlap in UTC, and shop days tile time in every zone and every year.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from production.windows import Window

SECOND = timedelta(seconds=1)


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
