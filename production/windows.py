"""Half-open spans of UTC time, and the arithmetic of sets of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The span start <= t < end, both aware and in UTC."""

    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        """Its elapsed length."""
        return self.end - self.start

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def clip(self, to: Window) -> Window | None:
        """The part inside `to`, or None where there is none."""
        start, end = max(self.start, to.start), min(self.end, to.end)
        return Window(start, end) if start < end else None


def hull_of(windows: Collection[Window]) -> Window:
    """The shortest window that holds all of them, of which there is one at least."""
    return Window(min(one.start for one in windows), max(one.end for one in windows))


def union(windows: Iterable[Window]) -> list[Window]:
    """The same time as sorted windows that neither overlap nor touch."""
    merged: list[Window] = []
    for window in sorted(w for w in windows if w.start < w.end):
        if merged and window.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
        else:
            merged.append(window)
    return merged


def intersection(left: Iterable[Window], right: Iterable[Window]) -> list[Window]:
    """The time that lies in both, as sorted windows."""
    ours, theirs = union(left), union(right)
    found: list[Window] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if common := ours[i].clip(theirs[j]):
            found.append(common)
        if ours[i].end < theirs[j].end:
            i += 1
        else:
            j += 1
    return found


def difference(left: Iterable[Window], right: Iterable[Window]) -> list[Window]:
    """The time in `left` that is not in `right`, as sorted windows."""
    holes = union(right)
    return [piece for window in union(left) for piece in _without(window, holes)]


def _without(window: Window, holes: list[Window]) -> Iterator[Window]:
    start = window.start
    for hole in holes:
        if hole.end <= start or hole.start >= window.end:
            continue
        if start < hole.start:
            yield Window(start, hole.start)
        start = hole.end
    if start < window.end:
        yield Window(start, window.end)


def total(windows: Iterable[Window]) -> timedelta:
    """The elapsed time they cover; time covered twice counts once."""
    return sum((window.duration for window in union(windows)), timedelta())
