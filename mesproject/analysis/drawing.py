"""What charts are drawn of: shapes of SVG with classes and attributes, scales and readable ticks. Pure.

A chart is drawn at `WIDTH` units wide and scaled by the page; text is at least 12 pixels at the narrowest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH = 1120
MS = 1
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
# Steps between ticks of time that people count in.
TIME_STEPS = [
    *(MS * n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500)), *(SECOND * n for n in (1, 2, 5, 10, 15, 30)),
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)), *(HOUR * n for n in (1, 2, 3, 4, 6, 8, 12, 24)),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rect:
    """A bar, a cell, a span. `words` are told to who cannot see it, and on hover."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str = ""

    @property
    def svg(self) -> str:
        """The element."""
        box = f'x="{self.x:.1f}" y="{self.y:.1f}" width="{max(self.width, 0):.1f}" height="{max(self.height, 0):.1f}"'
        if not self.words:
            return f'<rect class="{self.kind}" {box}/>'
        return f'<rect class="{self.kind}" {box}><title>{escape(self.words)}</title></rect>'


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    points: Sequence[tuple[float, float]]
    kind: str

    @property
    def svg(self) -> str:
        """The element."""
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)
        return f'<polyline class="{self.kind}" points="{points}" fill="none"/>'


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a line."""

    x: float
    y: float
    kind: str
    words: str = ""
    radius: float = 4

    @property
    def svg(self) -> str:
        """The element."""
        title = f"<title>{escape(self.words)}</title>" if self.words else ""
        return f'<circle class="{self.kind}" cx="{self.x:.1f}" cy="{self.y:.1f}" r="{self.radius:g}">{title}</circle>'


@dataclass(frozen=True, slots=True)
class Text:
    """A word; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    kind: str = ""

    @property
    def svg(self) -> str:
        """The element."""
        kind = f' class="{self.kind}"' if self.kind else ""
        return f'<text{kind} x="{self.x:.1f}" y="{self.y:.1f}" text-anchor="{self.anchor}">{escape(self.text)}</text>'


@dataclass(frozen=True, slots=True)
class Link:
    """Shapes that lead to another page."""

    to: str
    words: str
    shapes: Sequence[Shape]

    @property
    def svg(self) -> str:
        """The element."""
        inside = "".join(shape.svg for shape in self.shapes)
        return f'<a href="{escape(self.to)}" aria-label="{escape(self.words)}">{inside}</a>'


Shape = Rect | Stroke | Dot | Text | Link


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its words. `legend` says what each kind means; `words` tell what is to be seen."""

    height: float
    shapes: Sequence[Shape]
    words: str
    legend: Sequence[tuple[str, str]] = ()
    width: float = WIDTH

    @property
    def role(self) -> str:
        """An image is told as one; what holds links is not, or nobody could reach them."""
        return "group" if any(isinstance(shape, Link) for shape in self.shapes) else "img"

    @property
    def body(self) -> str:
        """The elements inside; all text in them is escaped."""
        return "".join(shape.svg for shape in self.shapes)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to places between two edges, with ticks at values that people count in."""

    ticks: Sequence[float]
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def scale(
    low: float, high: float, start: float, end: float, *, is_time: bool = False, count: int = 5
) -> Scale:
    """A scale from a tick at or below `low` to one at or above `high`; 0 is always on it."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = (time_step if is_time else step_of)((high - low) / count) if high > low else 1.0
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return Scale([number * step for number in range(first, max(last, first + 1) + 1)], start, end)


def step_of(about: float) -> float:
    """The next of 1, 2, 5, 10 …"""
    power = 10.0 ** floor(log10(about))
    return next(each * power for each in (1, 2, 5, 10) if each * power >= about * (1 - 1e-9))


def time_step(about: float) -> float:
    """The next step of milliseconds that people count in; days by 1, 2, 5."""
    return next((float(step) for step in TIME_STEPS if step >= about), 0.0) or DAY * step_of(about / DAY)


def runs_of(values: Sequence[float | None]) -> Iterator[range]:
    """Where values follow each other without a gap: a line is not drawn over what is not known."""
    start = 0
    for place in range(len(values) + 1):
        if place == len(values) or values[place] is None:
            if place > start:
                yield range(start, place)
            start = place + 1


def cut(text: str, most: int) -> str:
    """A text that fits; the whole of it stands in the table."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
