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
from production.windows import Window

NAME, SAID, TOP, HIGH, AIR = 200, 70, 24, 26, 6
INSIDE = WIDTH - NAME - SAID
LETTERS = 26
HOUR, DAY_HOURS = timedelta(hours=1), 24
EVERY_HOURS = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a row: its class, how much of the height it fills (0 to 1), and its words."""

    window: Window
    kind: str
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its name, what is said at its end, where it leads, and the zone of its clock."""

    name: str
    said: str
    to: str
    tz: ZoneInfo
    day_start: time
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a cell lies on the face of the clock: hours since the day's start, and which half of the row."""

    start: float
    end: float
    half: int  # 0: the whole height, 1: the first time of an hour that comes twice, 2: its second time


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
    changes = _changes(row)
    placed = ((cell, _box(cell.window, row, changes)) for cell in row.cells)
    for (kind, tall, half, words), alike in groupby(
        placed, key=lambda pair: (pair[0].kind, pair[0].height, pair[1].half, pair[0].words)
    ):
        yield from _joined([(cell.window, box) for cell, box in alike], row, y, (kind, tall, half, words))
    yield Text(WIDTH - SAID + 10, y + HIGH / 2 + 5, row.said, "start", "said")


def _joined(
    alike: Sequence[tuple[Window, _Box]], row: Row, y: float, look: tuple[str, float, int, str]
) -> Iterator[Shape]:
    """Neighbours that look alike as one box."""
    kind, tall, half, words = look
    first, last = alike[0], alike[-1]
    whole = HIGH if not half else HIGH / 2
    bottom = y + (HIGH / 2 if half == 1 else HIGH)
    x, end = (NAME + at / DAY_HOURS * INSIDE for at in (first[1].start, last[1].end))
    span = f"{_wall(first[0].start, row.tz)}–{_wall(last[0].end, row.tz)}"
    yield Rect(x, bottom - whole * tall, end - x, whole * tall, kind, f"{row.name}, {span}: {words}")


def _changes(row: Row) -> bool:
    """Whether its clock is changed in it."""
    if not row.cells:
        return False
    edges = (row.cells[0].window.start, row.cells[-1].window.end)
    return len({at.astimezone(row.tz).utcoffset() for at in edges}) > 1


def _box(window: Window, row: Row, changes: bool) -> _Box:
    wall = window.start.astimezone(row.tz)
    start = (wall.hour + wall.minute / 60 + wall.second / 3600 - _hours(row.day_start)) % DAY_HOURS
    is_twice = changes and wall.replace(fold=1 - wall.fold).utcoffset() != wall.utcoffset()
    half = 1 + wall.fold if is_twice else 0
    return _Box(start, min(start + window.duration / HOUR, DAY_HOURS), half)


def _hours(at: time) -> float:
    return at.hour + at.minute / 60


def _wall(at: datetime, tz: ZoneInfo) -> str:
    return f"{at.astimezone(tz):%H:%M}"
