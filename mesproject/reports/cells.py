"""A station's time in cells finer than a day, each with its sums; or in stretches of cells that are alike."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from mesproject.reports.measures import Measures
from mesproject.reports.tally import Story, cell_starts, cells_of, changes, tally
from production.windows import Window
from scheduling.wall_clock import shop_days


@dataclass(frozen=True, slots=True)
class Part:
    """A cell of a station's time, and its sums."""

    window: Window
    measures: Measures
    runs: tuple[int, ...]


def cut(story: Story, window: Window, length: timedelta) -> list[Part]:
    """A window in cells, in order; a cell of which nothing is known is empty."""
    cells = list(cells_of(window, story.tz, length))
    found: dict[datetime, Measures] = {}
    runs: dict[datetime, dict[int, None]] = defaultdict(dict)
    for key, part in tally(story, window, cells).measures.items():
        if (known := found.setdefault(key.hour, part)) is not part:
            known.add(part)
        if key.run:
            runs[key.hour][key.run] = None
    return [
        Part(cell, found.get(cell.start) or Measures(), tuple(runs.get(cell.start, ()))) for cell in cells
    ]


def alike(story: Story, window: Window, length: timedelta, *, until: datetime) -> list[tuple[Window, int]]:
    """A window in stretches of cells, each with how many they are: in one of several nothing changes, no shop day
    begins, and `until` does not lie.
    """
    starts = [*cell_starts(window, story.tz, length), window.end]
    days = shop_days(window, tz=story.tz, day_start=story.day_start)
    edges = {0, len(starts) - 1}
    for at in (*changes(story, window, days), story.known.start, story.known.end, until):
        if window.start <= at < window.end:
            number = bisect_right(starts, at) - 1
            edges |= {number, number + (starts[number] < at)}
    return [(Window(starts[first], starts[last]), last - first) for first, last in pairwise(sorted(edges))]


def summed(story: Story, cells: Sequence[Window]) -> list[Measures]:
    """The sums of cells that follow each other."""
    found: dict[datetime, Measures] = {}
    for key, part in tally(story, Window(cells[0].start, cells[-1].end), cells).measures.items():
        if (known := found.setdefault(key.hour, part)) is not part:
            known.add(part)
    return [found.get(cell.start) or Measures() for cell in cells]
