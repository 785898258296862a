"""The utilisation of a day as lines of a wall, drawn: one path for all cells that look alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from mesproject.reports.definitions import definition_of
from mesproject.reports.tally import hour_start
from mesproject.reports.timeline import Mark
from mesproject.reports.utilisation import LEVELS, NORMAL, Cell, Look, Row, heat
from production.models import Station
from production.windows import Window

A_DAY = timedelta(hours=24)
# As many as can be told apart from ten metres; of the rest the number is told.
MOST = 16
EVERY = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A station's line: paths by the class that colours them, in parts of a box of 1,000 by 10."""

    row: Row
    paths: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Heat:
    """The lines, hour marks, and how many stations there was no room for."""

    lines: list[Drawn]
    marks: list[Mark]
    more: int


def heat_of_a_day(stations: Sequence[Station], *, now: datetime) -> Heat | None:
    """The last 24 hours up to the end of this one on the first station's clock; None without stations."""
    if not stations:
        return None
    tz = stations[0].plant.tz
    end = hour_start(now, tz) + timedelta(hours=1)
    day = Window(end - A_DAY, end)
    rows = heat(stations[:MOST], day, NORMAL, definition_of(stations[0].company_id), now=now)
    marks = [
        Mark(round(100 * ((at - day.start) / day.duration), 2), f"{at.astimezone(tz):%H:%M}")
        for at in (day.start + n * EVERY for n in range(A_DAY // EVERY))
    ]
    return Heat([Drawn(row, paths(row.cells, day)) for row in rows], marks, len(stations[MOST:]))


def paths(cells: Iterable[Cell], day: Window) -> list[tuple[str, str]]:
    """Neighbours that look alike as one box; the more a station was at work, the taller it is."""
    found: dict[str, list[str]] = {}
    for look, alike in groupby(cells, key=look_class):
        run = list(alike)
        start, end = (
            round(1000 * ((at - day.start) / day.duration), 1)
            for at in (run[0].window.start, run[-1].window.end)
        )
        top = _top(run[0])
        found.setdefault(look, []).append(f"M{start:g} {top:g}H{end:g}V10H{start:g}z")
    return [(look, "".join(boxes)) for look, boxes in sorted(found.items())]


def look_class(cell: Cell) -> str:
    """What the style sheet calls a cell of this look."""
    return f"h-{cell.level}" if cell.level else "h-idle" if cell.level == 0 else f"h-{cell.look.value}"


def _top(cell: Cell) -> float:
    return 10 - 10 * cell.level / LEVELS if cell.level else 0.0 if cell.look is not Look.FUTURE else 9.0
