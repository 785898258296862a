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

from mesproject.words import Said
from mesproject.words import gettext_noop as _
from production.windows import Window
from scheduling.expansion import LABELS, Kind, Plan, PlannedSpan

MOMENT = timedelta(microseconds=1)
# In these a run goes on, or waits where nobody wonders.
WORKED = (Kind.PRODUCTION, Kind.BREAK)


class Fault(NamedTuple):
    """Why something cannot be done: a word for its bar, and a sentence, both to be said in the page's language."""

    word: str
    said: Said

    @property
    def sentence(self) -> str:
        """In English."""
        return str(self.said)


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
        until = Said(
            _("{name} is planned on this station until {end}."),
            {"name": other.name, "end": _end(other).astimezone(tz)},
        )
        found[one.run].append(Fault(_("overlaps"), until))
        if not other.has_begun:
            since = Said(
                _("{name} is planned on this station from {start} on."),
                {"name": one.name, "start": _start(one).astimezone(tz)},
            )
            found[other.run].append(Fault(_("overlaps"), since))
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
            following, start = works.after(one.start), one.start.astimezone(tz)
            said = Said(_("The station has no shift at {start}."), {"start": start})
            if following:
                then = following.window.start.astimezone(tz)
                text = _("The station has no shift at {start}; it works from {then} on.")
                said = Said(text, {"start": start, "then": then})
            yield Fault(_("no shift"), said)
        elif span.kind not in WORKED:
            values = {
                "reason": span.reason or Said(LABELS[span.kind]),
                "start": one.start.astimezone(tz), "end": span.window.end.astimezone(tz),
            }  # fmt: skip
            yield Fault(_("no production"), Said(_("{reason} is planned at {start}, until {end}."), values))
    if one.end and one.end - MOMENT in works.within:
        span = works.at(one.end - MOMENT)
        last = works.before(one.end)
        if span is None and last is not None:
            values = {"end": one.end.astimezone(tz), "shift": last.window.end.astimezone(tz)}
            yield Fault(
                _("past the shift"),
                Said(_("It ends at {end}, after the end of the shift at {shift}."), values),
            )


def _late(one: Asked, now: datetime, tz: ZoneInfo) -> Iterable[Fault]:
    if one.due and one.due <= now:
        due = Said(_("It was due at {due}, and is not done."), {"due": one.due.astimezone(tz)})
        yield Fault(_("overdue"), due)
    if one.ordered_for and one.expected and one.expected.astimezone(tz).date() > one.ordered_for:
        values = {"day": one.ordered_for, "end": one.expected.astimezone(tz)}
        late = Said(_("The order is due on {day}, and is expected to be done at {end}."), values)
        yield Fault(_("too late"), late)


def _overlapping(asked: Iterable[Asked]) -> Iterable[tuple[Asked, Asked]]:
    """Each run that is planned to begin before another's end, with the one of these that ends last."""
    last: Asked | None = None
    for one in sorted((one for one in asked if one.start), key=lambda one: (_start(one), one.run)):
        if last and last.end and _start(one) < last.end:
            yield one, last
        if one.end and (last is None or last.end is None or one.end > last.end):
            last = one
