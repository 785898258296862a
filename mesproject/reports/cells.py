"""A station's time in cells finer than a day, each with its sums."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from mesproject.reports.measures import Measures
from mesproject.reports.tally import Story, cells_of, tally
from production.windows import Window


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
