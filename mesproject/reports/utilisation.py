"""The heatmap of utilisation: what stations did, cell by cell. The one source of wall, desktop and API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mesproject.reports.cells import alike, summed
from mesproject.reports.definition import Definition
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS, needed
from mesproject.reports.story import Question, uncounted
from mesproject.reports.tally import Story, cells_of
from production.models import Station
from production.windows import Window
from scheduling.planned import plans

SHARE = METRICS["shift_utilization"]
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


# What a share says something of.
TELLING = (Look.PRODUCTIVE, Look.UNPRODUCTIVE)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a station's time, or a `number` of them in a row that are alike; `share` is that of its shift time at
    work, None where it says nothing. What is to come has no measures.
    """

    window: Window
    look: Look
    share: float | None = None
    measures: Measures | None = None
    number: int = 1

    @property
    def level(self) -> int | None:
        """The share as one of few colours: 0 where nothing ran, then 1 to 4."""
        if self.share is None:
            return None
        return min(LEVELS, int(self.share * LEVELS) + (self.share > 0))


@dataclass(frozen=True, slots=True)
class Row:
    """A station's time in order, that to come as well; a shop day begins with a stretch of its own."""

    station: Station
    length: timedelta
    stretches: list[Cell]
    definition: Definition

    @property
    def cells(self) -> list[Cell]:
        """One by one."""
        return list(apart(self.stretches, self.station, self.length))

    @property
    def share(self) -> float | None:
        """That of its shift time at work."""
        return share_of(self.stretches, self.definition)


def apart(stretches: Iterable[Cell], station: Station, length: timedelta) -> Iterator[Cell]:
    """Each cell by itself; its measures are then those of all that are alike."""
    for one in stretches:
        for window in cells_of(one.window, station.plant.tz, length) if one.number > 1 else [one.window]:
            yield replace(one, window=window, number=1)


def share_of(cells: Iterable[Cell], definition: Definition) -> float | None:
    """The share of shift time at work in some cells."""
    parts = (cell.measures for cell in cells if cell.measures is not None)
    return SHARE.compute(total(parts, needed([SHARE], definition)), definition)


def heat(
    stations: Sequence[Station], window: Window, length: timedelta, definition: Definition, *, now: datetime
) -> list[Row]:
    """The rows of stations (from `in_place()`), in their order; as many queries for any number."""
    past = Window(window.start, max(window.start, min(window.end, now)))
    if not stations or not window.duration:
        return []
    stories = (
        uncounted([Question(station, past, past.start) for station in stations], plans(stations, past))
        if past.duration
        else {station.pk: _untold(station) for station in stations}
    )
    return [_row(station, stories[station.pk], window, length, definition, past.end) for station in stations]


def _untold(station: Station) -> Story:
    """Where nothing has happened yet."""
    return Story(tz=station.plant.tz, day_start=station.plant.day_start, ideal_ms=station.cycle_time_ms)


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
    station: Station, story: Story, window: Window, length: timedelta, definition: Definition, now: datetime
) -> Row:
    parts = alike(story, window, length, until=now)
    past = [Window(part.start, min(part.end, now)) for part, _number in parts if part.start < now]
    cells = [
        _cell(part, number, measures, definition)
        for (part, number), measures in zip(parts, summed(story, past) if past else [], strict=False)
    ]  # the last one is cut at now, and shown whole
    future = [Cell(part, Look.FUTURE, number=number) for part, number in parts[len(cells) :]]
    return Row(station, length, [*cells, *future], definition)


def _cell(window: Window, number: int, measures: Measures, definition: Definition) -> Cell:
    look = look_of(measures)
    share = SHARE.compute(measures, definition) if look in TELLING else None
    return Cell(window, look, share, measures, number)
