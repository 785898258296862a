"""What of a plan cannot be done, in sentences. Pure.

Judged is what is still to be made; what has run is history.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from production.windows import Window
from scheduling.expansion import LABELS, Kind, Plan, PlannedSpan

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOMENT = timedelta(microseconds=1)
# In these a run goes on, or waits where nobody wonders.
WORKED = (Kind.PRODUCTION, Kind.BREAK)


def told(at: datetime, tz: ZoneInfo) -> str:
    """An instant as it stands on the screen: Sat 21 Nov 14:00."""
    wall = at.astimezone(tz)
    return f"{DAYS[wall.weekday()]} {wall.day} {MONTHS[wall.month - 1]} {wall.hour:02}:{wall.minute:02}"


class Fault(NamedTuple):
    """Why something cannot be done: a word for its bar, and a sentence."""

    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that is to be judged. Without an end it goes on until the next is planned."""

    run: int
    name: str
    start: datetime | None
    end: datetime | None
    has_begun: bool = False
    due: datetime | None = None
    expected: datetime | None = None
    ordered_for: date | None = None


class Works:
    """When a station works, made ready for many questions."""

    def __init__(self, plan: Plan, within: Window) -> None:
        self.spans, self.within = plan.spans, within
        self._starts = [span.window.start for span in plan.spans]

    def at(self, at: datetime) -> PlannedSpan | None:
        """What an instant is meant for; None outside of shifts."""
        position = bisect_right(self._starts, at) - 1
        span = self.spans[position] if position >= 0 else None
        return span if span and at in span.window else None

    def before(self, at: datetime) -> PlannedSpan | None:
        """The last span that was begun by then."""
        position = bisect_right(self._starts, at) - 1
        return self.spans[position] if position >= 0 else None

    def after(self, at: datetime) -> PlannedSpan | None:
        """The first span of production that begins after it."""
        later = self.spans[bisect_right(self._starts, at) :]
        return next((span for span in later if span.kind is Kind.PRODUCTION), None)


def judged(asked: Sequence[Asked], works: Works, *, now: datetime, tz: ZoneInfo) -> dict[int, list[Fault]]:
    """What cannot be done of the runs of one station, by run; of those without a fault, nothing."""
    found: dict[int, list[Fault]] = defaultdict(list)
    for one in asked:
        found[one.run] += [*_outside(one, works, tz), *_late(one, now, tz)]
    for one, other in _overlapping(asked):
        until = f"{other.name} is planned on this station until {told(_end(other), tz)}."
        found[one.run].append(Fault("overlaps", until))
        if not other.has_begun:
            since = f"{one.name} is planned on this station from {told(_start(one), tz)} on."
            found[other.run].append(Fault("overlaps", since))
    return {run: faults for run, faults in found.items() if faults}


def _start(one: Asked) -> datetime:
    assert one.start is not None
    return one.start


def _end(one: Asked) -> datetime:
    assert one.end is not None
    return one.end


def _outside(one: Asked, works: Works, tz: ZoneInfo) -> Iterable[Fault]:
    """Begins or ends at a time at which nobody works."""
    if one.start and not one.has_begun and one.start in works.within:
        span = works.at(one.start)
        if span is None:
            following = works.after(one.start)
            then = f"; it works from {told(following.window.start, tz)} on" if following else ""
            yield Fault("no shift", f"The station has no shift at {told(one.start, tz)}{then}.")
        elif span.kind not in WORKED:
            reason = span.reason or LABELS[span.kind]
            until = told(span.window.end, tz)
            yield Fault("no production", f"{reason} is planned at {told(one.start, tz)}, until {until}.")
    if one.end and one.end - MOMENT in works.within:
        span = works.at(one.end - MOMENT)
        last = works.before(one.end)
        if span is None and last is not None:
            over = f"after the end of the shift at {told(last.window.end, tz)}"
            yield Fault("past the shift", f"It ends at {told(one.end, tz)}, {over}.")


def _late(one: Asked, now: datetime, tz: ZoneInfo) -> Iterable[Fault]:
    if one.due and one.due <= now:
        yield Fault("overdue", f"It was due at {told(one.due, tz)}, and is not done.")
    if one.ordered_for and one.expected and one.expected.astimezone(tz).date() > one.ordered_for:
        wanted = f"{one.ordered_for.day} {MONTHS[one.ordered_for.month - 1]}"
        then = told(one.expected, tz)
        yield Fault("too late", f"The order is due on {wanted}, and is expected to be done at {then}.")


def _overlapping(asked: Iterable[Asked]) -> Iterable[tuple[Asked, Asked]]:
    """Each run that is planned to begin before another's end, with the one of these that ends last."""
    last: Asked | None = None
    for one in sorted((one for one in asked if one.start), key=lambda one: (_start(one), one.run)):
        if last and last.end and _start(one) < last.end:
            yield one, last
        if one.end and (last is None or last.end is None or one.end > last.end):
            last = one
