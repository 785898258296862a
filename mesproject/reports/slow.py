"""Where a station ran, but below its pace: in cells long enough to tell, by what it made in its running time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mesproject.reports.counting import Reading, runs_in
from mesproject.reports.paces import Ideal, Paced, worth_of
from production.models import JobRun, Station
from production.windows import Window, difference, intersection, total, union

# A cell holds so many units at its pace, or it tells nothing: one unit more or less is no slowness.
CELLS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60))
FEWEST_UNITS = 10
# Less than this part of what its running time is good for; it must have run for half of the cell.
PACE, LEAST_RUN = 0.8, 0.5
# Signals are read one by one: beyond a day nobody could see five minutes anyway.
LONGEST = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Ran:
    """Where in a window a station ran; counting begins at `begin`, not after the window's start, with `reading`."""

    station: Station
    window: Window
    running: Sequence[Window]
    begin: datetime
    reading: Reading


def slow_in(asked: Iterable[Ran]) -> dict[int, list[Window]]:
    """Of each station, by its id, the stretches of its window in which it ran slowly; three queries for any number."""
    asked = [one for one in asked if one.running and one.window.duration <= LONGEST]
    if not asked:
        return {}
    near = Window(min(one.begin for one in asked), max(one.window.end for one in asked))
    running = {one.station.pk: one.running for one in asked}
    runs = runs_in(running, near)
    found = {}
    for one in asked:
        ran = runs.get(one.station.pk, [])
        if length := _length(one.station, _within(one.window, ran)):
            ideal = _ideal(one.station, ran)
            found[one.station.pk] = Paced(one.station, one.window, length, one.begin, one.reading, ran, ideal)
    worth = worth_of([*found.values()])
    return {
        pk: _slow(cells.window, _at_a_pace(running[pk], cells.runs, cells.window), worth[pk], cells.length)
        for pk, cells in found.items()
    }


def _within(window: Window, runs: Iterable[JobRun]) -> list[JobRun]:
    begun = (run for run in runs if run.actual_start and run.actual_start < window.end)
    return [run for run in begun if run.actual_end is None or run.actual_end > window.start]


def slow_of(
    station: Station,
    window: Window,
    running: Iterable[Window],
    runs: Sequence[JobRun],
    made: Iterable[tuple[datetime, float]],
) -> list[Window]:
    """The same where it is known what ran in the window (with job and SKU) and what was made."""
    length = _length(station, runs)
    if length is None:
        return []
    return slow_spans(window, _at_a_pace(running, runs, window), made, _ideal(station, runs), length)


def _length(station: Station, runs: Sequence[JobRun]) -> timedelta | None:
    times = [run.effective_cycle_time_ms or station.cycle_time_ms for run in runs] or [station.cycle_time_ms]
    return cell_of(timedelta(milliseconds=max(times)))


def _at_a_pace(running: Iterable[Window], runs: Sequence[JobRun], window: Window) -> list[Window]:
    """Where it ran but was not set up: who sets up makes trial pieces, at no pace."""
    setups = (
        (run.actual_start, run.production_start or run.actual_end or window.end)
        for run in runs
        if run.starts_in_setup
    )
    return difference(running, [Window(start, end) for start, end in setups if start and start < end])


def cell_of(cycle: timedelta) -> timedelta | None:
    """How long a cell is where a unit takes so long; None where an hour would tell nothing."""
    return next((length for length in CELLS if FEWEST_UNITS * cycle <= length), None)


def slow_spans(
    window: Window,
    running: Iterable[Window],
    made: Iterable[tuple[datetime, float]],
    ideal: Ideal,
    length: timedelta,
) -> list[Window]:
    """Cells that are over and in which less was made than `PACE` of what their running time is good for, joined."""
    worth = [timedelta()] * (window.duration // length)
    for at, units in made:
        cell = (at - window.start) // length
        if cell < len(worth):
            worth[cell] += units * ideal(at)
    return _slow(window, running, worth, length)


def _slow(
    window: Window, running: Iterable[Window], worth: Sequence[timedelta], length: timedelta
) -> list[Window]:
    """The slow ones of a window's cells, by what each was worth, joined."""
    starts = (window.start + number * length for number in range(len(worth)))
    cells = [Window(start, start + length) for start in starts]
    ran = [total(intersection(running, [cell])) for cell in cells]
    return union(
        cell
        for cell, time, good_for in zip(cells, ran, worth, strict=True)
        if time >= LEAST_RUN * length and good_for < PACE * time
    )


def _ideal(station: Station, runs: Sequence[JobRun]) -> Ideal:
    """How long a unit may take at an instant: by what ran then, else as the station says."""
    idle = timedelta(milliseconds=station.cycle_time_ms)
    known = [
        (
            run.actual_start,
            run.actual_end,
            timedelta(milliseconds=run.effective_cycle_time_ms or station.cycle_time_ms),
        )
        for run in runs
    ]

    def at(instant: datetime) -> timedelta:
        covering = (
            cycle for start, end, cycle in known if start and start <= instant and (not end or instant < end)
        )
        return next(covering, idle)

    return at
