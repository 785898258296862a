"""When recurring events start and end: recurrence rules on the clock of a plant, in UTC. Pure.

A rule is expanded on the wall clock first, the zone comes last: as wall_clock.local_to_utc() does, a
start that the clock skips moves to the end of the gap, and of two the first counts. See docs/algorithms/recurrence.md.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mesproject.words import gettext_noop as _
from production.windows import Window
from scheduling.recurrence_days import END, most_in_a_year, times_a_day, walls
from scheduling.recurrence_plan import DAY, EPOCH_DAY
from scheduling.recurrence_rules import BadRule, Recurrence, as_object, parse, write
from scheduling.wall_clock import EPOCH, EPOCH_UTC, SECOND, Clock, clock_at, clock_over, local_to_utc

__all__ = [
    "LONGEST",
    "BadRule",
    "MovedByClock",
    "Recurrence",
    "as_object",
    "moved_by_clock",
    "next_after",
    "occurrences",
    "read",
    "spans",
    "write",
]

LONGEST = timedelta(days=31)  # no span is longer; one that would be is cut
MOST_IN_A_YEAR = 1000

# A clock is at most a day from UTC, and one that jumps over the date line skips another.
REACH = 2 * DAY
LAST = (END - EPOCH_DAY) * DAY + REACH


@dataclass(frozen=True, slots=True)
class MovedByClock:
    """An occurrence on a jump of the clock: the wall time of the rule, and the instant that was taken for it.

    "gap": the clock skips that time, the instant is the end of the gap. "fold": it shows it twice, it is the first.
    """

    wall: datetime
    at: datetime
    kind: Literal["gap", "fold"]


def read(text: str, *, default_start: datetime) -> Recurrence:
    """The rule of a text (RRULE, with or without DTSTART), or BadRule, which says what is allowed instead.

    `default_start` is a time on the plant's wall clock, for rules without DTSTART.
    """
    rule = parse(text, default_start=default_start)
    if _is_crowded(rule):
        raise BadRule(
            "RRULE", _("A rule has at most {most} occurrences a year; this has more."), most=MOST_IN_A_YEAR
        )
    if not any(walls(rule, since, until) for since, until in _spreading(rule.start.toordinal())):
        raise BadRule("RRULE", _("No day ever matches this rule; its BY… lists and UNTIL have to leave one."))
    return rule


def occurrences(rule: Recurrence, *, tz: ZoneInfo, within: Window) -> list[datetime]:
    """The instants in the window at which the rule occurs, in order; `tz` is the plant's zone."""
    found = _expanded(rule, tz, within)[1]
    return [EPOCH_UTC + timedelta(0, at) for at in dict.fromkeys(found)]


def next_after(rule: Recurrence, at: datetime, *, tz: ZoneInfo) -> datetime | None:
    """The first occurrence later than `at`, None where there is none."""
    zone, second = _zone(rule, tz), (at - EPOCH_UTC) // SECOND
    first = max(rule.start.toordinal(), EPOCH_DAY + (second - REACH) // DAY)
    for since, until in _spreading(first):
        for wall in walls(rule, since, until):
            if (found := clock_at(zone, wall).instant(wall)) > second:
                return EPOCH_UTC + timedelta(0, found)
    return None


def moved_by_clock(rule: Recurrence, *, tz: ZoneInfo, within: Window) -> list[MovedByClock]:
    """Those occurrences in the window whose wall time the clock skips or shows twice, in order."""
    walls_near, clock = _near(rule, tz, within)
    begin, end = _ceil(within.start), _ceil(within.end)
    return [
        MovedByClock(EPOCH + timedelta(0, wall), EPOCH_UTC + timedelta(0, at), kind)
        for wall in walls_near
        if (kind := _kind(clock, wall)) and begin <= (at := clock.instant(wall)) < end
    ]


def spans(
    starts: Recurrence, ends: Recurrence | None, length: timedelta | None, *, tz: ZoneInfo, within: Window
) -> list[Window]:
    """The spans of an event that share time with the window, whole, in order of their starts.

    Each start pairs with the next end after it; where the clock skips all between, there is no span. Without
    `ends`, or after the last of them, a span has the `length`, whole days of it as the calendar counts them;
    without that it is the rest of its local day. No span is longer than LONGEST. Spans of one rule may overlap;
    windows.union() makes time of them.
    """
    wide = Window(max(within.start, EPOCH_UTC) - LONGEST - timedelta(0, REACH), within.end)
    closing = Closing(ends, tz, wide, on_one_wall=ends.zone == starts.zone) if ends else None
    found = []
    for wall, start in zip(*_expanded(starts, tz, wide), strict=True):
        at = EPOCH_UTC + timedelta(0, start)
        end = closing.after(wall, at) if closing else None
        found.append(_span(at, end or _own_end(starts, EPOCH + timedelta(0, wall), at, length, tz)))
    return [window for window in dict.fromkeys(found) if window.clip(within)]


class Closing:
    """The ends that the starts of a window may pair with."""

    def __init__(self, ends: Recurrence, tz: ZoneInfo, within: Window, *, on_one_wall: bool) -> None:
        self._ends, self._tz, self._on_one_wall = ends, tz, on_one_wall
        near = _expanded(ends, tz, Window(within.start, within.end + LONGEST))
        self._walls, self._instants = near

    def after(self, wall: int, start: datetime) -> datetime | None:
        """The next end after a start: on the wall where both have one, so that a clock that skips parts no pair."""
        second = (start - EPOCH_UTC) // SECOND
        index = bisect_right(self._walls, wall) if self._on_one_wall else bisect_right(self._instants, second)
        if index < len(self._instants):
            return EPOCH_UTC + timedelta(0, self._instants[index])
        return next_after(self._ends, start, tz=self._tz)


def _span(start: datetime, end: datetime) -> Window:
    return Window(start, min(end, start + LONGEST))


def _own_end(
    rule: Recurrence, wall: datetime, start: datetime, length: timedelta | None, tz: ZoneInfo
) -> datetime:
    """Where a start without an end ends; days are those of the calendar, the rest is elapsed time."""
    if length is None:
        # On the wall of the rule where that is the plant's: a day that the calendar skips has no rest.
        day = start.astimezone(tz).date() if rule.zone else wall.date()
        return local_to_utc(datetime.combine(day, time()) + timedelta(days=1), tz)
    if not length.days:
        return start + length
    return local_to_utc(wall + timedelta(days=length.days), _zone(rule, tz)) + timedelta(0, length.seconds)


def _is_crowded(rule: Recurrence) -> bool:
    """Whether a year has too many occurrences; of most rules this is clear without counting."""
    a_day = times_a_day(rule)
    if a_day * 366 <= MOST_IN_A_YEAR:
        return False
    return (a_day > MOST_IN_A_YEAR and not rule.bysetpos) or most_in_a_year(rule) > MOST_IN_A_YEAR


def _spreading(first: int) -> Iterator[tuple[int, int]]:
    """Spans of days from `first` to the last that has occurrences, each much longer than the one before."""
    for days in (40, 400, 4_000, END):
        if first < END:
            yield first, min(first + days, END)
        first += days


def _ceil(at: datetime) -> int:
    """The first whole second of the epoch that is not before an instant."""
    return -((EPOCH_UTC - at) // SECOND)


def _near(rule: Recurrence, tz: ZoneInfo, within: Window) -> tuple[list[int], Clock]:
    """The wall seconds of the rule that may lie in the window and some around it, and the clock there."""
    since, until = _ceil(within.start) - REACH, min(_ceil(within.end), LAST) + REACH
    found = walls(rule, EPOCH_DAY + since // DAY, EPOCH_DAY + until // DAY)
    return found, clock_over(_zone(rule, tz), *((found[0], found[-1]) if found else (0, 0)))


def _zone(rule: Recurrence, tz: ZoneInfo) -> ZoneInfo:
    return ZoneInfo(rule.zone) if rule.zone else tz


def _expanded(rule: Recurrence, tz: ZoneInfo, within: Window) -> tuple[list[int], list[int]]:
    """The wall seconds of the occurrences in the window, and their instants."""
    found, clock = _near(rule, tz, within)
    instants = _instants(clock, found)
    begin, end = bisect_left(instants, _ceil(within.start)), bisect_left(instants, _ceil(within.end))
    return found[begin:end], instants[begin:end]


def _instants(clock: Clock, found: Sequence[int]) -> list[int]:
    """As Clock.instant() of each, but a stretch at a time."""
    instants: list[int] = []
    while (done := len(instants)) < len(found):
        number = clock.stretch(found[done])
        start, offset = clock.starts[number], clock.offsets[number]
        over = bisect_left(found, clock.ends[number], lo=done)
        skipped = bisect_left(found, start + offset, lo=done, hi=over)
        instants += [start] * (skipped - done)
        instants += [wall - offset for wall in found[skipped:over]]
    return instants


def _kind(clock: Clock, wall: int) -> Literal["gap", "fold"] | None:
    number = clock.stretch(wall)
    if wall < clock.starts[number] + clock.offsets[number]:
        return "gap"
    following = number + 1
    if following < len(clock.starts) and wall >= clock.starts[following] + clock.offsets[following]:
        return "fold"
    return None
