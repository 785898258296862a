"""One silence, one stop or its parts: whose time is which, however late data moves the stop. Pure.

People cut a stop where something else began to be the reason. A cut is their word and never moves: the part that
begins there belongs to whichever stop contains it. All else follows from the stops: the first part of a stop begins
with it, the last ends with it, and a part in which the station did not stand still has vanished.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from production.windows import Window

LAST = datetime.max.replace(tzinfo=UTC)
FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stop:
    """One silence that was long enough, as detection sees it. It goes on where `end` is None.

    `stood` are its stopped stretches, of which breaks and lost signals are no part; the whole where they do not matter.
    """

    station_id: int
    silent_since: datetime
    start: datetime
    end: datetime | None
    raised_at: datetime
    stood: tuple[Window, ...] = ()

    def contains(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.start <= at and (self.end is None or at < self.end)


class Part(Protocol):
    """What is stored of a stop, or of a part of one."""

    silent_since: Any
    cut_at: Any
    started_at: Any
    ended_at: Any


_Part = TypeVar("_Part", bound=Part)


@dataclass(slots=True)
class Shared(Generic[_Part]):
    """The parts of each stop, by its silence, and those that have lost theirs."""

    parts: dict[datetime, list[_Part]]
    lost: list[_Part] = field(default_factory=list)


def shared(
    stops: Mapping[datetime, Stop], parts: Iterable[_Part], *, answered: Callable[[_Part], bool]
) -> Shared[_Part]:
    """Give each part, in order of time, to its stop.

    The same silence is the same stop, and a cut belongs to the stop around it. Where a late signal moved its
    beginning, a part that a person has answered goes on as the stop that overlaps it, so that no answer is lost.
    """
    found: Shared[_Part] = Shared({silence: [] for silence in stops})
    rest: list[_Part] = []
    for part in parts:
        home = _home(part, stops)
        taken = home and not _free(found.parts[home.silent_since], part) and part.cut_at is None
        found.parts[home.silent_since].append(part) if home and not taken else rest.append(part)
    for part in rest:
        free = (stop for stop in stops.values() if _free(found.parts[stop.silent_since], part))
        goes_on = next((stop for stop in free if _overlap(part, stop)), None) if answered(part) else None
        found.parts[goes_on.silent_since].append(part) if goes_on else found.lost.append(part)
    return found


def _home(part: Part, stops: Mapping[datetime, Stop]) -> Stop | None:
    if part.cut_at is None:
        return stops.get(part.silent_since)
    return next((stop for stop in stops.values() if stop.contains(part.cut_at)), None)


def _free(here: Sequence[Part], part: Part) -> bool:
    """Whether a stop has no such part yet: none at all, or none before the first cut."""
    return not here or (part.cut_at is None and all(other.cut_at for other in here))


def _overlap(part: Part, stop: Stop) -> bool:
    begins_before = stop.end is None or part.started_at < stop.end
    return begins_before and (part.ended_at is None or stop.start < part.ended_at)


def extents(
    stop: Stop, parts: Sequence[_Part]
) -> Iterator[tuple[_Part, tuple[datetime, datetime | None] | None]]:
    """From when to when each part of a stop lasts, in order; None for one that has vanished."""
    ordered = sorted(parts, key=lambda part: part.cut_at or FIRST)
    if len(ordered) == 1:
        yield ordered[0], (stop.start, stop.end)
        return
    cuts = [FIRST, *(part.cut_at for part in ordered[1:]), LAST]
    stood = [_inside(stop.stood, Window(cuts[n], cuts[n + 1])) for n in range(len(ordered))]
    last = max(number for number, here in enumerate(stood) if here)
    for number, (part, here) in enumerate(zip(ordered, stood, strict=True)):
        if not here:
            yield part, None
            continue
        yield part, (here[0].start, stop.end if number == last else here[-1].end)


def _inside(stretches: Sequence[Window], window: Window) -> list[Window]:
    if window.start >= window.end:
        return []
    return [found for stretch in stretches if (found := stretch.clip(window))]


_Item = TypeVar("_Item")


def cut(window: Window, parts: Sequence[tuple[datetime, _Item]]) -> Iterator[tuple[Window, _Item]]:
    """A stopped stretch, cut where its stop's parts begin (at least one, in order), each piece with its part."""
    starts = [begun for begun, _ in parts]
    first = max(bisect_right(starts, window.start) - 1, 0)
    begin = window.start
    for number in range(first, len(parts)):
        end = min(starts[number + 1], window.end) if number + 1 < len(parts) else window.end
        if begin < end:
            yield Window(begin, end), parts[number][1]
            begin = end
