"""How long single units took: the time from one count to the next, where the station worked all that time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import msgspec

from mesproject.reports.tally import NO_RUN, Cursor, Story, in_ms

WORKING = ("running", "micro_stop")
# What is this much further out than the quartiles lie apart is long: Tukey's fence. Fewer say nothing of what is usual.
FENCE, ENOUGH_TO_BE_LONG = 1.5, 8


class Cycle(msgspec.Struct, frozen=True, gc=False):
    """A count that followed another: milliseconds per unit of it, its job run, and whether it was in a shift."""

    at: datetime
    ms: float
    run: int
    in_shift: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """The shortest and the longest of some cycles, and how far the quartiles lie apart."""

    best: float
    worst: float
    spread: float


def cycles(story: Story) -> Iterator[Cycle]:
    """The cycles of a story: between two counts of one run lies no stop, no silence, and no time off."""
    idle, runs, shifts = _Idle(story), Cursor(story.runs), Cursor(story.shifts)
    counts = [made for made in story.made if made.good + made.bad > 0]
    ran, ms = [runs.at(made.at) for made in counts], [in_ms(made.at) for made in counts]
    for n, (last, made) in enumerate(pairwise(counts), 1):
        run = ran[n]
        if run is ran[n - 1] and last.at < made.at and not idle.between(last.at, made.at):
            took = (ms[n] - ms[n - 1]) / (made.good + made.bad)
            yield Cycle(made.at, took, run.id if run else NO_RUN, shifts.at(made.at) is not None)


def spread(found: Iterable[Cycle]) -> Spread | None:
    """What cycles say together; None where there are none."""
    lengths = sorted(cycle.ms for cycle in found)
    if not lengths:
        return None
    return Spread(lengths[0], lengths[-1], quantile(lengths, 0.75) - quantile(lengths, 0.25))


def long_above(lengths: Sequence[float]) -> float:
    """Of sorted lengths, above what one is long."""
    first, third = quantile(lengths, 0.25), quantile(lengths, 0.75)
    return third + FENCE * (third - first)


def quantile(lengths: Sequence[float], share: float) -> float:
    """Of sorted lengths; between two of them in proportion."""
    place = share * (len(lengths) - 1)
    low = int(place)
    high = min(low + 1, len(lengths) - 1)
    return lengths[low] + (lengths[high] - lengths[low]) * (place - low)


class _Idle:
    """The states in which nothing is made, asked in order of time."""

    def __init__(self, story: Story) -> None:
        self._spans = [state.window for state in story.states if state.state not in WORKING]
        self._next = 0

    def between(self, start: datetime, end: datetime) -> bool:
        """Whether any of them shares time with this stretch."""
        while self._next < len(self._spans) and self._spans[self._next].end <= start:
            self._next += 1
        return self._next < len(self._spans) and self._spans[self._next].start < end
