"""From a day to a minute: where one goes from the time on the screen, and the marks below it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from production.windows import Window

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
QUARTER = 15 * MINUTE
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SMALLEST = MINUTE
# Of so little time each signal is listed.
SIGNALS_WITHIN = QUARTER
MOST_MARKS, MOST_CELLS = 13, 100
STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
)
CELLS = (10 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, QUARTER, 30 * MINUTE, HOUR)
LAST_LABEL = 96.0


@dataclass(frozen=True, slots=True)
class Moves:
    """Windows of the same day to go to; None where it goes no further."""

    closer: Window | None
    wider: Window | None
    earlier: Window | None
    later: Window | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A round time of the plant's clock, in percent of the window."""

    x: float
    label: str


def inside(asked: Window, day: Window) -> Window:
    """As much of what was asked for as lies in the day, and no less than the smallest window."""
    found = asked.clip(day) or Window(day.start, day.start)
    if found.duration >= SMALLEST:
        return found
    start = min(found.start, day.end - SMALLEST)
    return Window(start, start + SMALLEST)


def moves(seen: Window, day: Window) -> Moves:
    """Half as long, twice as long, half a window to the left and to the right."""
    half, middle = seen.duration / 2, seen.start + seen.duration / 2
    closer = _around(middle, half, day) if seen.duration > SMALLEST else None
    return Moves(
        closer=closer,
        wider=_around(middle, 2 * seen.duration, day) if seen != day else None,
        earlier=_around(middle - half, seen.duration, day) if seen.start > day.start else None,
        later=_around(middle + half, seen.duration, day) if seen.end < day.end else None,
    )


def _around(middle: datetime, length: timedelta, day: Window) -> Window:
    """So much time around an instant, in whole seconds, inside the day."""
    length = min(max(_whole(length), SMALLEST), day.duration)
    start = (middle - length / 2).replace(microsecond=0)
    start = min(max(start, day.start), day.end - length)
    return Window(start, start + length)


def _whole(length: timedelta) -> timedelta:
    return length // SECOND * SECOND


def cell_length(seen: Window) -> timedelta:
    """How long the parts of a window are of which sums are shown."""
    return next((length for length in CELLS if seen.duration / length <= MOST_CELLS), HOUR)


def marks(seen: Window, tz: ZoneInfo) -> list[Mark]:
    """Round times of the plant's clock; an hour that the clock shows twice is marked twice."""
    step = next((step for step in STEPS if seen.duration / step <= MOST_MARKS), STEPS[-1])
    shown = "%H:%M" if step >= MINUTE else "%H:%M:%S"
    found = [
        Mark(round(100 * ((at - seen.start) / seen.duration), 3), f"{at.astimezone(tz):{shown}}")
        for at in _round_times(seen, tz, step)
    ]
    return [mark for mark in found if mark.x < LAST_LABEL]


def _round_times(seen: Window, tz: ZoneInfo, step: timedelta) -> Iterator[datetime]:
    """Instants at which the wall clock shows a multiple of the step since midnight."""
    # Every offset in use is a multiple of a quarter of an hour, so of a part of it the wall shows multiples, too.
    beat = max(one for one in STEPS if one <= step and not QUARTER % one)
    at = EPOCH + (seen.start - EPOCH) // beat * beat
    while at < seen.end:
        wall = at.astimezone(tz)
        since = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)
        if at >= seen.start and not since % step:
            yield at
        at += beat
