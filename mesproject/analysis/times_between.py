"""The time from each unit to the next, over time: a dot each, the long ones marked, with limits. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mesproject.analysis.charts import LEFT, RIGHT, TOP, Legend, Say
from mesproject.analysis.drawing import WIDTH, Chart, Dot, Rect, Scale, Shape, Stroke, Text, scale
from mesproject.analysis.strips import x_of
from mesproject.analysis.zoom import Mark
from mesproject.reports.cycles import ENOUGH_TO_BE_LONG, Cycle, long_above, quantile
from production.windows import Window

INSIDE, BOTTOM, FOOT = 280, 26, 10
# The scale reaches this much over the limits; what is longer is drawn at its edge.
ROOM = 1.6
# More dots than this lie on each other.
MOST_DOTS = 4_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Of the units of a run, in milliseconds each: what is usual, above what it is long, and what was specified."""

    median: float
    long: float | None
    specified: float | None


@dataclass(frozen=True, slots=True)
class Between:
    """The cycles of a window, the stops in it, and the limits of each run: products take their own time."""

    cycles: Sequence[Cycle]
    stops: Sequence[Window]
    limits: Mapping[int, Limits]

    def is_long(self, one: Cycle) -> bool:
        """Whether it took unusually long for its run."""
        most = self.limits[one.run].long
        return most is not None and one.ms > most


def between(cycles: Sequence[Cycle], stops: Sequence[Window], specified: Mapping[int, float]) -> Between:
    """The cycles with their limits, which are their own: half took less than the median, and few are long."""
    lengths: dict[int, list[float]] = defaultdict(list)
    for one in cycles:
        lengths[one.run].append(one.ms)
    limits = {run: _limits(sorted(mine), specified.get(run)) for run, mine in lengths.items()}
    return Between(cycles, stops, limits)


def _limits(lengths: Sequence[float], specified: float | None) -> Limits:
    long = long_above(lengths) if len(lengths) >= ENOUGH_TO_BE_LONG else None
    return Limits(quantile(lengths, 0.5), long, specified)


def drawn(
    found: Between, seen: Window, marks: Sequence[Mark], *, say: Say, words: str, legend: Legend
) -> Chart:
    """Dots over time; stops stand at the foot."""
    high, bottom = _scale(found), TOP + INSIDE
    shapes: list[Shape] = []
    for tick in high.ticks:
        y = high.at(tick)
        shapes += [
            Stroke([(LEFT, y), (WIDTH - RIGHT, y)], "grid" if tick else "grid zero"),
            Text(LEFT - 8, y + 5, say(tick), "end", "tick"),
        ]
    for mark in marks:
        x = LEFT + mark.x / 100 * (WIDTH - LEFT - RIGHT)
        shapes.append(Text(x, bottom + FOOT + 16, mark.label, "middle", "tick"))
    shapes += [*_stops(found.stops, seen, bottom), *_lines(found, seen, high), *_dots(found, seen, high, say)]
    return Chart(bottom + FOOT + BOTTOM, shapes, words, legend)


def _scale(found: Between) -> Scale:
    """As high as the limits and a little more: one unit that took an hour must not flatten all others."""
    told = [max(one.long or 2 * one.median, one.specified or 0.0) for one in found.limits.values()]
    highest = min(ROOM * max(told), max(one.ms for one in found.cycles))
    return scale(0.0, max([highest, *told]), TOP + INSIDE, TOP, is_time=True)


def _stops(stops: Sequence[Window], seen: Window, bottom: float) -> Iterator[Shape]:
    for stop in stops:
        x = x_of(stop.start, seen)
        yield Rect(x, bottom, max(x_of(stop.end, seen) - x, 1.5), FOOT - 2, "f-stopped")


def _lines(found: Between, seen: Window, high: Scale) -> Iterator[Shape]:
    """The limits of each run, from its first unit to its last."""
    spans: dict[int, tuple[float, float]] = {}
    for one in found.cycles:
        x = x_of(one.at, seen)
        spans[one.run] = (spans.get(one.run, (x, x))[0], x)
    for run, limits in found.limits.items():
        start, end = spans[run]
        for value, kind in ((limits.specified, "specified"), (limits.median, "usual"), (limits.long, "long")):
            if value is not None:
                yield Stroke([(start - 6, high.at(value)), (end + 6, high.at(value))], f"line l-{kind}")


def _dots(found: Between, seen: Window, high: Scale, say: Say) -> Iterator[Shape]:
    for one in found.cycles[:MOST_DOTS]:
        is_long = found.is_long(one)
        place = high.at(min(one.ms, high.ticks[-1]))
        yield Dot(
            x_of(one.at, seen), place, "d-long" if is_long else "d-cycle", say(one.ms), 4 if is_long else 2.5
        )
