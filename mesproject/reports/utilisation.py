"""The heatmap of utilisation: what stations did, cell by cell. The one source of wall, desktop and API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mesproject.reports.cells import Part, cut
from mesproject.reports.definition import Definition
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from mesproject.reports.story import Question, uncounted
from mesproject.reports.tally import cells_of
from production.models import Station
from production.windows import Window
from scheduling.planned import plans

NORMAL, HIGH_RESOLUTION = timedelta(minutes=15), timedelta(minutes=5)
# The number of a cell's level: 0 is idle, then a quarter of the time each.
LEVELS = 4


class Look(StrEnum):
    """What a cell is. `PAUSED` is shift time that was mostly not planned for production."""

    PRODUCTIVE = "productive"
    UNPRODUCTIVE = "unproductive"
    NO_SIGNAL = "no-signal"
    MAINTENANCE = "maintenance"
    PAUSED = "paused"
    OUT_OF_SHIFT = "out-of-shift"
    FUTURE = "future"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a station's time; `share` is that of its shift time at work, None where it says nothing.

    What is to come has no measures.
    """

    window: Window
    look: Look
    share: float | None = None
    measures: Measures | None = None

    @property
    def level(self) -> int | None:
        """The share as one of few colours: 0 where nothing ran, then 1 to 4."""
        if self.share is None:
            return None
        return min(LEVELS, int(self.share * LEVELS) + (self.share > 0))


@dataclass(frozen=True, slots=True)
class Row:
    """A station's cells in order, those to come as well, and its share of the whole time so far."""

    station: Station
    cells: list[Cell]
    share: float | None


def heat(
    stations: Sequence[Station], window: Window, length: timedelta, definition: Definition, *, now: datetime
) -> list[Row]:
    """The rows of stations (from `in_place()`), in their order; as many queries for any number."""
    past = Window(window.start, max(window.start, min(window.end, now)))
    if not stations or not window.duration:
        return []
    if not past.duration:
        return [_row(station, [], window, length, definition) for station in stations]
    stories = uncounted([Question(station, past, past.start) for station in stations], plans(stations, past))
    return [
        _row(station, cut(stories[station.pk], past, length), window, length, definition)
        for station in stations
    ]


def look_of(measures: Measures) -> Look:
    """What a cell is that has been: whatever filled it most, where nothing was at work."""
    if measures.run_ms > 0:
        return Look.PRODUCTIVE
    if measures.shift_ms <= 0:
        return Look.OUT_OF_SHIFT
    if measures.maintenance_ms * 2 >= measures.shift_ms:
        return Look.MAINTENANCE
    if measures.no_signal_ms * 2 >= measures.shift_ms:
        return Look.NO_SIGNAL
    return Look.PAUSED if measures.planned_ms * 2 < measures.shift_ms else Look.UNPRODUCTIVE


def _row(
    station: Station, parts: Sequence[Part], window: Window, length: timedelta, definition: Definition
) -> Row:
    been = {part.window.start: part.measures for part in parts}
    cells = [
        _cell(cell, been[cell.start], definition) if cell.start in been else Cell(cell, Look.FUTURE)
        for cell in cells_of(window, station.plant.tz, length)
    ]
    return Row(station, cells, METRICS["shift_utilization"].compute(total(been.values()), definition))


def _cell(window: Window, measures: Measures, definition: Definition) -> Cell:
    look = look_of(measures)
    tells = look in (Look.PRODUCTIVE, Look.UNPRODUCTIVE)
    share = METRICS["shift_utilization"].compute(measures, definition) if tells else None
    return Cell(window, look, share, measures)
