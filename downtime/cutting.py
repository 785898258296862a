"""Choosing where to cut a stop: the slider on its bar, and the two parts that come of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from downtime.models import Issue, Slice
from production.models.live import Status
from production.windows import Window

# A step of the slider and what its buttons move it by, where the stop is long enough for it.
STEPS = (
    (timedelta(minutes=1), (timedelta(minutes=5), timedelta(minutes=1)), "min"),
    (timedelta(seconds=1), (timedelta(seconds=10), timedelta(seconds=1)), "s"),
)
FEWEST_STEPS = 3


@dataclass(frozen=True, slots=True)
class Move:
    """A button that moves the cut."""

    seconds: int
    label: str


@dataclass(frozen=True, slots=True)
class Stood:
    """A stretch of the bar, in percent, in which the station stood still: there it can be cut."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Slider:
    """Where a stop can be cut, in seconds of the epoch."""

    first: int
    last: int
    step: int
    value: int
    moves: list[Move]
    stood: list[Stood]
    span: Window

    @property
    def at(self) -> datetime:
        """Where it stands."""
        return datetime.fromtimestamp(self.value, UTC)

    @property
    def starts(self) -> int:
        """The beginning of the stop."""
        return round(self.span.start.timestamp())

    @property
    def ends(self) -> int:
        """Its end, or now."""
        return round(self.span.end.timestamp())

    @property
    def before(self) -> timedelta:
        """How long the first part would be."""
        return self.at - self.span.start

    @property
    def after(self) -> timedelta:
        """How long the second part would be."""
        return self.span.end - self.at


def slider_of(issue: Issue, at: int | None, move: int, *, now: datetime) -> Slider | None:
    """The slider, moved; in the middle where nobody has moved it. None for a stop that is too short to cut."""
    span = Window(issue.started_at, issue.ended_at or max(now, issue.started_at))
    step, by, unit = next((one for one in STEPS if _fits(span, one[0])), STEPS[-1])
    first, last = _inside(span, step)
    if last < first:
        return None
    wide = int(step.total_seconds())
    wanted = (first + (last - first) // 2 if at is None else at) + move
    kept = min(max(first + round((wanted - first) / wide) * wide, first), last)
    return Slider(first, last, wide, kept, _moves(by, unit), _stood(issue, first, last), span)


def _fits(span: Window, step: timedelta) -> bool:
    first, last = _inside(span, step)
    return last - first >= FEWEST_STEPS * step.total_seconds()


def _inside(span: Window, step: timedelta) -> tuple[int, int]:
    """The first and the last full step that leave something on both sides."""
    wide = int(step.total_seconds())
    first = math.floor(span.start.timestamp() / wide) * wide + wide
    last = math.ceil(span.end.timestamp() / wide) * wide - wide
    return first, last


def _moves(by: tuple[timedelta, timedelta], unit: str) -> list[Move]:
    one = 60 if unit == "min" else 1
    far, near = (int(length.total_seconds()) for length in by)
    return [
        Move(seconds, f"{'−' if seconds < 0 else '+'}{abs(seconds) // one} {unit}")
        for seconds in (-far, -near, near, far)
    ]


def _stood(issue: Issue, first: int, last: int) -> list[Stood]:
    """What of the bar is no break and no lost signal."""
    bar = Window(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(max(last, first + 1), UTC))
    slices = Slice.objects.filter(
        station=issue.station_id, silent_since=issue.silent_since, state=Status.STOPPED
    )
    seen = (piece.window(bar.end).clip(bar) for piece in slices.overlapping(bar))
    return [
        Stood(
            round(100 * ((here.start - bar.start) / bar.duration), 2),
            round(100 * (here.duration / bar.duration), 2),
        )
        for here in seen
        if here
    ]
