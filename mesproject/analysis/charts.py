"""The charts: bars beside their names (pareto, waterfall, comparison), and columns and lines over time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from mesproject.analysis.drawing import (
    WIDTH,
    Chart,
    Dot,
    Link,
    Rect,
    Scale,
    Shape,
    Stroke,
    Text,
    cut,
    runs_of,
    scale,
)

Say = Callable[[float], str]
Legend = Sequence[tuple[str, str]]
# Of bars: room for a name and for what is said at the end, the height of a row and of the bar in it.
NAME, SAID, ROW, BAR, HEAD = 250, 150, 34, 20, 26
LETTERS = 30
# Of columns: room on the left, on the right, above, below, and inside.
LEFT, RIGHT, TOP, BOTTOM, INSIDE = 74, 60, 16, 34, 260
# A label takes so much room; where there are more, some are left out.
LABEL = 76


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar or column: how much, and its class."""

    value: float
    kind: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A name with a bar of parts that begins at `start`, and what is said of it. `to` is where it leads."""

    name: str
    parts: Sequence[Part]
    said: str
    to: str = ""
    start: float = 0.0
    mark: float | None = None  # a share of 1: a point of the line over all bars
    target: float | None = None  # what it should have reached, as a stroke across the bar


@dataclass(frozen=True, slots=True)
class Column:
    """A stretch of time with a column of parts."""

    name: str
    parts: Sequence[Part] = ()
    words: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A value for each column; None where there is none."""

    values: Sequence[float | None]
    kind: str
    word: str


def bars(
    found: Sequence[Bar],
    *,
    say: Say,
    words: str,
    is_time: bool = False,
    legend: Legend = (),
    marked: bool = False,
) -> Chart:
    """A row for each; with `marked`, their marks as a line from 0 to 100 % over the same width."""
    ends = [(bar.start, bar.start + sum(part.value for part in bar.parts)) for bar in found]
    ends += [(0.0, bar.target) for bar in found if bar.target is not None]
    low, high = min((min(pair) for pair in ends), default=0.0), max((max(pair) for pair in ends), default=0.0)
    wide = scale(low, high, NAME, WIDTH - SAID, is_time=is_time)
    height = HEAD + ROW * len(found) + 6
    shapes: list[Shape] = [*_grid(wide, say, height)]
    for number, bar in enumerate(found):
        row = list(_row(bar, wide, HEAD + number * ROW))
        shapes += [Link(bar.to, f"{bar.name}: {bar.said}", row)] if bar.to else row
    if marked:
        shapes += _marks(found)
    return Chart(height, shapes, words, legend)


def _grid(wide: Scale, say: Say, height: float) -> Iterator[Shape]:
    for tick in wide.ticks:
        yield Stroke(
            [(wide.at(tick), HEAD - 6), (wide.at(tick), height - 6)], "grid" if tick else "grid zero"
        )
        yield Text(wide.at(tick), 14, say(tick), "middle", "tick")


def _row(bar: Bar, wide: Scale, y: float) -> Iterator[Shape]:
    yield Rect(0, y, WIDTH, ROW, "hit")
    yield Text(NAME - 12, y + 22, cut(bar.name, LETTERS), "end", "name")
    at = bar.start
    for part in bar.parts:
        first, last = sorted((wide.at(at), wide.at(at + part.value)))
        yield Rect(
            first, y + (ROW - BAR) / 2, last - first, BAR, part.kind, part.words or f"{bar.name}: {bar.said}"
        )
        at += part.value
    if bar.target is not None:
        x = wide.at(bar.target)
        yield Stroke([(x, y + 3), (x, y + ROW - 3)], "l-target")
    yield Text(WIDTH - SAID + 12, y + 22, bar.said, "start", "said")


def _marks(found: Sequence[Bar]) -> Iterator[Shape]:
    shares = scale(0, 1, NAME, WIDTH - SAID)
    points = [
        (shares.at(bar.mark), HEAD + number * ROW + ROW / 2)
        for number, bar in enumerate(found)
        if bar.mark is not None
    ]
    yield Stroke(points, "l-sum")
    for (x, y), bar in zip(points, (bar for bar in found if bar.mark is not None), strict=True):
        yield Dot(x, y, "d-sum", f"{100 * (bar.mark or 0):.0f} %", 3.5)


def columns(
    found: Sequence[Column], *, say: Say, words: str, lines: Sequence[Line] = (), say_line: Say | None = None,
    is_time: bool = False, legend: Legend = (),
) -> Chart:  # fmt: skip
    """A column for each stretch of time, and lines over them: by the same scale, or by one on the right of what
    `say_line` says.
    """
    stacks = [sum(part.value for part in column.parts) for column in found]
    has_columns = any(column.parts for column in found)
    values = [value for line in lines for value in line.values if value is not None]
    bottom, top = TOP + INSIDE, TOP
    counted = [*stacks, *values, 0.0] if has_columns and not say_line else [*stacks, 0.0]
    high = scale(min(counted), max(counted), bottom, top, is_time=is_time)
    other = (
        scale(min([*values, 0.0]), max([*values, 0.0]), bottom, top) if say_line or not has_columns else high
    )
    shapes: list[Shape] = [
        *_lanes(high if has_columns else other, say if has_columns or not say_line else say_line)
    ]
    if has_columns and say_line and values:
        shapes += [
            Text(WIDTH - RIGHT + 8, other.at(tick) + 5, say_line(tick), "start", "tick")
            for tick in other.ticks
        ]
    each = (WIDTH - LEFT - RIGHT) / max(len(found), 1)
    shapes += _columns(found, high, each, bottom)
    for line in lines:
        shapes += _line(line, found, other, each, say_line or say)
    return Chart(bottom + BOTTOM, shapes, words, legend)


def _lanes(high: Scale, say: Say) -> Iterator[Shape]:
    for tick in high.ticks:
        y = high.at(tick)
        yield Stroke([(LEFT, y), (WIDTH - RIGHT, y)], "grid" if tick else "grid zero")
        yield Text(LEFT - 8, y + 5, say(tick), "end", "tick")


def _columns(found: Sequence[Column], high: Scale, each: float, bottom: float) -> Iterator[Shape]:
    every = max(ceil(LABEL / each), 1)
    for number, column in enumerate(found):
        x = LEFT + number * each
        drawn = [Rect(x, TOP, each, INSIDE, "hit", column.words), *_stack(column, high, x, each)]
        yield from [Link(column.to, column.words or column.name, drawn)] if column.to else drawn
        if number % every == 0:
            yield Text(x + each / 2, bottom + 20, column.name, "middle", "tick")


def _stack(column: Column, high: Scale, x: float, each: float) -> Iterator[Shape]:
    air, at = min(each * 0.15, 12), 0.0
    for part in column.parts:
        top, bottom = sorted((high.at(at), high.at(at + part.value)))
        yield Rect(x + air, top, each - 2 * air, bottom - top, part.kind, part.words or column.words)
        at += part.value


def _line(line: Line, found: Sequence[Column], other: Scale, each: float, say: Say) -> Iterator[Shape]:
    for run in runs_of(line.values):
        points = [(LEFT + (place + 0.5) * each, other.at(line.values[place] or 0.0)) for place in run]
        yield Stroke(points, f"line l-{line.kind}")
        for (x, y), place in zip(points, run, strict=True):
            words = f"{found[place].name}, {line.word}: {say(line.values[place] or 0.0)}"
            yield Dot(x, y, f"d-{line.kind}", words, 3 if each > 14 else 1.5)
