"""Lanes of spans over a stretch of time, as a chart as wide as those of columns, so that they stand above each other.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mesproject.analysis.charts import LEFT, RIGHT, Legend
from mesproject.analysis.drawing import WIDTH, Chart, Link, Rect, Shape, Stroke, Text, cut
from mesproject.analysis.zoom import Mark
from production.windows import Window

TOP, AIR, BELOW = 6, 8, 26
INSIDE = WIDTH - LEFT - RIGHT
# What is shorter must still be seen.
NARROWEST = 1.5
LETTER = 8
# More links than this nobody walks through by keyboard; the list below has them all.
MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch with its class. `label` is written into it where there is room, `words` are told on hover."""

    window: Window
    kind: str
    words: str
    label: str = ""
    to: str = ""
    waits: bool = False  # marked on top: somebody has to say why


@dataclass(frozen=True, slots=True)
class Lane:
    """What is drawn in a row, and its name."""

    word: str
    spans: Sequence[Span]
    height: float = 26


def strips(
    lanes: Sequence[Lane], seen: Window, marks: Sequence[Mark], *, words: str, legend: Legend = ()
) -> Chart:
    """The lanes under each other, with the marks of the clock below."""
    heights = [TOP + sum(lane.height + AIR for lane in lanes[:number]) for number in range(len(lanes) + 1)]
    bottom = heights[-1]
    shapes: list[Shape] = []
    for mark in marks:
        x = LEFT + mark.x / 100 * INSIDE
        shapes += [
            Stroke([(x, TOP), (x, bottom)], "grid"),
            Text(x, bottom + 14, mark.label, "middle", "tick"),
        ]
    has_links = sum(bool(span.to) for lane in lanes for span in lane.spans) <= MOST_LINKS
    for lane, y in zip(lanes, heights, strict=False):
        shapes.append(Text(LEFT - 8, y + lane.height / 2 + 5, lane.word, "end", "tick"))
        shapes.append(Rect(LEFT, y, INSIDE, lane.height, "f-idle"))
        shapes += [shape for span in lane.spans for shape in _drawn(span, seen, y, lane.height, has_links)]
    return Chart(bottom + BELOW, shapes, words, legend)


def x_of(at: datetime, seen: Window) -> float:
    """The place of an instant."""
    return LEFT + (at - seen.start) / seen.duration * INSIDE


def _drawn(span: Span, seen: Window, y: float, height: float, has_links: bool) -> Iterator[Shape]:
    inside = span.window.clip(seen)
    if inside is None:
        return
    x = x_of(inside.start, seen)
    width = max(x_of(inside.end, seen) - x, NARROWEST)
    shapes: list[Shape] = [Rect(x, y, width, height, span.kind, span.words)]
    if span.waits:
        shapes.append(Rect(x, y, width, 6, "f-wait"))
    if span.label and (letters := int(width / LETTER) - 1) >= min(3, len(span.label)):
        shapes.append(Text(x + width / 2, y + height / 2 + 5, cut(span.label, letters), "middle", "label"))
    yield from [Link(span.to, span.words, shapes)] if span.to and has_links else shapes
