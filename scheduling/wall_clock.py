"""The wall clock of a plant, in UTC: wall times, and the shop days that tile time. Pure.

Everything follows from one sentence: a wall-clock time is the first instant at which the plant's clock
shows that time or a later one. A time that the clock skips is therefore the end of the gap, a time that it
shows twice is the first of the two, and a later wall time is never an earlier instant. So shifts that do
not overlap on the wall do not overlap in UTC, and shop days tile time in every zone and every year.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from production.windows import Window

SECOND = timedelta(seconds=1)
SECONDS_PER_DAY = 24 * 60 * 60
SECONDS_PER_YEAR = 31_556_952
EPOCH, EPOCH_UTC = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)  # noqa: DTZ001  a wall time
# Before and after every datetime, in seconds of the epoch, and still a timedelta.
EVER_BEFORE, EVER_AFTER = -(10**12), 10**12


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone's clock over some years, as stretches of time in which it does not jump. Seconds of the epoch.

    A stretch begins at the instant `starts`, shows UTC plus `offsets`, and `ends` on the wall. Stretches last
    longer than clocks jump, so each of the three is in order. Exact for the years it was asked for.
    """

    starts: tuple[int, ...]
    offsets: tuple[int, ...]
    ends: tuple[int, ...]
    jumps: frozenset[int]

    def stretch(self, wall: int) -> int:
        """The number of the first stretch that shows `wall` or a later time."""
        return bisect_right(self.ends, wall)

    def instant(self, wall: int) -> int:
        """The first instant at which the clock shows `wall` or a later time."""
        number = bisect_right(self.ends, wall)
        start, at = self.starts[number], wall - self.offsets[number]
        return at if at > start else start  # quicker than max(), and asked for a million times


def clock_over(tz: ZoneInfo, first: int, last: int) -> Clock:
    """The clock of a zone, exact for wall times and instants from `first` to `last`."""
    return _clock(tz, _year(first) - 1, _year(last) + 1)


def clock_at(tz: ZoneInfo, at: int) -> Clock:
    """The clock of a zone, exact around one wall time or instant."""
    return clock_over(tz, at, at)


def local_to_utc(wall: datetime, tz: ZoneInfo) -> datetime:
    """The first instant at which the clock of `tz` shows the naive time `wall` or a later one."""
    since = wall - EPOCH
    clock = clock_at(tz, since // SECOND)
    number = clock.stretch(since // SECOND)
    return EPOCH_UTC + max(clock.starts[number] * SECOND, since - clock.offsets[number] * SECOND)


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


def _year(seconds: int) -> int:
    """The year of an instant, or the one beside it; never the first or last that a datetime can say."""
    return min(max(1970 + seconds // SECONDS_PER_YEAR, 3), 9997)


@lru_cache(maxsize=4096)
def _clock(tz: ZoneInfo, first_year: int, last_year: int) -> Clock:
    jumps = [jump for year in range(first_year, last_year + 1) for jump in _jumps(tz, year)]
    starts = (EVER_BEFORE, *(at for at, _ in jumps))
    offsets = (_offset(tz, _new_year(first_year)), *(offset for _, offset in jumps))
    ends = (at + offset for (at, _), offset in zip(jumps, offsets, strict=False))
    return Clock(starts, offsets, (*ends, EVER_AFTER), frozenset(starts))


@lru_cache(maxsize=65536)
def _jumps(tz: ZoneInfo, year: int) -> tuple[tuple[int, int], ...]:
    """The jumps of a clock in a year: the instant of each, and the offset from then on.

    No clock has ever jumped twice in three days, nor will by any rule: to look once a day misses none.
    """
    found = []
    before = _offset(tz, _new_year(year))
    for day in range(_new_year(year), _new_year(year + 1), SECONDS_PER_DAY):
        after = _offset(tz, day + SECONDS_PER_DAY)
        if after != before:
            found.append((_jump(tz, day, day + SECONDS_PER_DAY), after))
        before = after
    return tuple(found)


def _jump(tz: ZoneInfo, low: int, high: int) -> int:
    """The first second in (low, high] with the offset of `high`."""
    after = _offset(tz, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(tz, middle) == after else (middle, high)
    return high


def _new_year(year: int) -> int:
    return (datetime(year, 1, 1, tzinfo=UTC) - EPOCH_UTC) // SECOND


def _offset(tz: ZoneInfo, at: int) -> int:
    """What the clock shows more than UTC."""
    offset = (EPOCH_UTC + at * SECOND).astimezone(tz).utcoffset()
    assert offset is not None  # a ZoneInfo always knows
    return offset // SECOND
