"""The timeline of a shift as rectangles and hour marks, ready to be drawn as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from downtime.models import Issue, Slice
from production.models.live import Status
from production.windows import Window

WIDTH = 1224


@dataclass(frozen=True, slots=True)
class Bar:
    """One slice; x and width in units of a drawing 1,224 wide."""

    x: float
    width: float
    state: str
    title: str
    unexplained: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A full hour on the plant's clock."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of it; `now` is where the present is, None when the shift is over."""

    bars: list[Bar]
    marks: list[Mark]
    now: float | None


def draw(
    shift: Window, slices: Sequence[Slice], issues: Sequence[Issue], tz: ZoneInfo, now: datetime
) -> Timeline:
    """Lay the slices of a shift out from left to right."""
    scale = WIDTH / shift.duration.total_seconds()

    def x(at: datetime) -> float:
        return round((at - shift.start).total_seconds() * scale, 2)

    open_silences = {issue.silent_since for issue in issues if issue.cause_id is None}
    bars = []
    for piece in slices:
        seen = piece.window(now).clip(Window(shift.start, min(shift.end, now)))
        if seen is None:
            continue
        title = (
            f"{seen.start.astimezone(tz):%H:%M}–{seen.end.astimezone(tz):%H:%M} {Status(piece.state).label}"
        )
        asked = piece.state == Status.STOPPED and piece.silent_since in open_silences
        # A stop of ten seconds must still be seen.
        bars.append(Bar(x(seen.start), max(x(seen.end) - x(seen.start), 1.5), piece.state, title, asked))
    marks = [Mark(x(at), f"{at.astimezone(tz):%H:%M}") for at in _full_hours(shift, tz)]
    return Timeline(bars, marks, x(now) if now < shift.end else None)


def _full_hours(shift: Window, tz: ZoneInfo) -> Iterator[datetime]:
    """Full hours on the plant's wall; every offset in use is a multiple of a quarter of an hour."""
    at = shift.start.replace(minute=shift.start.minute - shift.start.minute % 15, second=0, microsecond=0)
    while at < shift.end:
        if at >= shift.start and at.astimezone(tz).minute == 0:
            yield at
        at += timedelta(minutes=15)
