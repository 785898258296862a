"""A shift hour by hour: what was made against what was to be, by the numbers of `/api/interval-chart`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mesproject.reports.cells import Part, cut
from mesproject.reports.definition import Definition
from mesproject.reports.measures import Measures
from mesproject.reports.metrics import METRICS
from mesproject.reports.story import Question, to_come, told
from mesproject.reports.tally import Story, hour_start
from production.models import Station
from production.windows import Window, hull_of, intersection
from scheduling.calendar import Shift, pieces_of
from scheduling.expansion import Plan


@dataclass(slots=True)
class Interval:
    """An hour or half of one, cut to its shift: what it brought so far, and what is planned of its rest."""

    window: Window
    made: Measures
    rest: Measures
    target_so_far: float = 0.0  # of all intervals up to this one
    made_so_far: float = 0.0

    @property
    def target(self) -> float:
        """Units that its planned time asked for up to now."""
        return self.made.ideal_units

    @property
    def whole(self) -> float:
        """Units that all of its planned time asks for."""
        return self.made.ideal_units + self.rest.ideal_units

    @property
    def difference(self) -> int:
        """Whole units more than the target, or fewer."""
        return int(self.made.good) - int(self.target)

    @property
    def running(self) -> int:
        """The same of all intervals up to this one."""
        return int(self.made_so_far) - int(self.target_so_far)

    def downtime(self, definition: Definition) -> timedelta:
        """How long it stood still in planned time."""
        return timedelta(milliseconds=METRICS["downtime"].compute(self.made, definition) or 0)


def intervals(
    station: Station, shift: Shift, length: timedelta, planned: Mapping[int, Plan], *, now: datetime
) -> list[Interval]:
    """A shift in cells of the clock, those to come as well."""
    whole, tz = shift.window, station.plant.tz
    until = min(max(whole.start, now), whole.end)
    past, ahead = Window(whole.start, until), Window(until, whole.end)
    # What was made while the shift paused is not of it, on no screen.
    pieces = pieces_of(shift, planned[station.pk].shifts)
    made = _cells(lambda: _been(station, past), intersection(pieces, [past]), length)
    rest = _cells(lambda: _to_be(station, ahead, planned), intersection(pieces, [ahead]), length)
    found: dict[datetime, Interval] = {}
    for cell in (*made, *rest):
        begin = _cell(cell.window.start, length, tz)
        one = found.setdefault(begin, Interval(cell.window, Measures(), Measures()))
        one.window = hull_of([one.window, cell.window])
        (one.made if cell.window.start < until else one.rest).add(cell.measures)
    return _summed([found[begin] for begin in sorted(found)])


def _been(station: Station, past: Window) -> Story:
    return told([Question(station, past, past.start)])[station.pk].story


def _to_be(station: Station, ahead: Window, planned: Mapping[int, Plan]) -> Story:
    return to_come([Question(station, ahead, ahead.start)], planned)[station.pk]


def _cells(story: Callable[[], Story], pieces: Sequence[Window], length: timedelta) -> list[Part]:
    """The cells of some pieces of a story, which is read where there are any."""
    known = story() if pieces else None
    return [cell for piece in pieces if known for cell in cut(known, piece, length)]


def _cell(at: datetime, length: timedelta, tz: Any) -> datetime:
    """Where the cell of an instant begins, cut or not."""
    hour = hour_start(at, tz)
    return hour + (at - hour) // length * length


def _summed(found: Sequence[Interval]) -> list[Interval]:
    target = made = 0.0
    for one in found:
        target, made = target + one.target, made + one.made.good
        one.target_so_far, one.made_so_far = target, made
    return list(found)
