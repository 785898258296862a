"""A heatmap: a row for each day or station, a cell for each part of the clock's day, taller the more it was at work.

Pure. Where a clock shows an hour twice, its first time is drawn in the upper half of the row, its second in the lower.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from mesproject.analysis.charts import Legend
from mesproject.analysis.drawing import WIDTH, Chart, Link, Rect, Shape, Stroke, Text, cut
from mesproject.reports.tally import hours_of
from production.windows import Window

NAME, SAID, TOP, HIGH, AIR = 200, 70, 24, 26, 6
INSIDE = WIDTH - NAME - SAID
LETTERS = 26
HOUR, DAY_HOURS = timedelta(hours=1), 24
EVERY_HOURS = 2


@dataclass(frozen=True, slots=True)
class Look:
    """What cells look like: their class, how much of the height they fill (0 to 1), and their words."""

    kind: str
    height: float
    words: str


# Cells that follow each other may be one.
Cell = tuple[Window, Look]


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its name, what is said at its end, where it leads, and the zone of its clock."""

    name: str
    said: str
    to: str
    tz: ZoneInfo
    day_start: time
    cells: Sequence[Cell]


def drawn(rows: Sequence[Row], *, words: str, legend: Legend = ()) -> Chart:
    """All rows under the hours of the clock."""
    height = TOP + len(rows) * (HIGH + AIR)
    begin = rows[0].day_start.hour if rows else 0
    shapes: list[Shape] = []
    for hour in range(0, DAY_HOURS + 1, EVERY_HOURS):
        x = NAME + hour / DAY_HOURS * INSIDE
        shapes += [
            Stroke([(x, TOP - 6), (x, height)], "grid"),
            Text(x, 12, f"{(begin + hour) % 24:02}:00", "middle", "tick"),
        ]
    for number, row in enumerate(rows):
        shapes += _row(row, TOP + number * (HIGH + AIR))
    return Chart(height, shapes, words, legend)


def _row(row: Row, y: float) -> Iterator[Shape]:
    name = Text(NAME - 10, y + HIGH / 2 + 5, cut(row.name, LETTERS), "end", "name")
    yield (
        Link(row.to, f"{row.name}: {row.said}", [Rect(0, y, NAME - 4, HIGH, "hit"), name]) if row.to else name
    )
    yield Rect(NAME, y, INSIDE, HIGH, "h-ground")
    is_changed = _is_changed(row)
    parts = ((part, look) for window, look in row.cells for part in hours_of(window, row.tz))
    for (look, half), alike in groupby(
        parts if is_changed else row.cells,
        key=lambda cell: (cell[1], _half(cell[0].start, row.tz) if is_changed else 0),
    ):
        cells = list(alike)
        yield _joined(cells[0][0], cells[-1][0], row, y, look, half)
    yield Text(WIDTH - SAID + 10, y + HIGH / 2 + 5, row.said, "start", "said")


def _joined(first: Window, last: Window, row: Row, y: float, look: Look, half: int) -> Rect:
    """Neighbours that look alike as one box."""
    whole = HIGH if not half else HIGH / 2
    bottom = y + (HIGH / 2 if half == 1 else HIGH)
    start, begun, end = (at.astimezone(row.tz) for at in (first.start, last.start, last.end))
    x = NAME + _face(start, row) / DAY_HOURS * INSIDE
    until = NAME + min(_face(begun, row) + last.duration / HOUR, DAY_HOURS) / DAY_HOURS * INSIDE
    words = f"{row.name}, {start:%H:%M}–{end:%H:%M}: {look.words}"
    return Rect(x, bottom - whole * look.height, until - x, whole * look.height, look.kind, words)


def _is_changed(row: Row) -> bool:
    """Whether its clock is changed in it."""
    if not row.cells:
        return False
    edges = (row.cells[0][0].start, row.cells[-1][0].end)
    return len({at.astimezone(row.tz).utcoffset() for at in edges}) > 1


def _half(at: datetime, tz: ZoneInfo) -> int:
    """0: the whole height of a row, 1: the first time of an hour that comes twice, 2: its second time."""
    wall = at.astimezone(tz)
    return 1 + wall.fold if wall.replace(fold=1 - wall.fold).utcoffset() != wall.utcoffset() else 0


def _face(wall: datetime, row: Row) -> float:
    """Where a time lies on the face of the clock: hours since the day's start."""
    return (wall.hour + wall.minute / 60 + wall.second / 3600 - _hours(row.day_start)) % DAY_HOURS


def _hours(at: time) -> float:
    return at.hour + at.minute / 60
