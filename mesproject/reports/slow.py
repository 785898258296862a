"""Where a station ran, but below its pace: in cells long enough to tell, by what it made in its running time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mesproject.reports.story import added, runs_in
from production.models import JobRun, Station
from production.windows import Window, difference, intersection, total, union

# A cell holds so many units at its pace, or it tells nothing: one unit more or less is no slowness.
CELLS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60))
FEWEST_UNITS = 10
# Less than this part of what its running time is good for; it must have run for half of the cell.
PACE, LEAST_RUN = 0.8, 0.5
# Signals are read one by one: beyond a day nobody could see five minutes anyway.
LONGEST = timedelta(hours=26)

Ideal = Callable[[datetime], timedelta]


@dataclass(frozen=True, slots=True)
class Ran:
    """Where in a window a station ran."""

    station: Station
    window: Window
    running: Sequence[Window]


def slow_in(asked: Iterable[Ran]) -> dict[int, list[Window]]:
    """Of each station, by its id, the stretches of its window in which it ran slowly; five queries for any number."""
    asked = [one for one in asked if one.running and one.window.duration <= LONGEST]
    if not asked:
        return {}
    near = Window(min(one.window.start for one in asked), max(one.window.end for one in asked))
    all_runs = runs_in([one.station.pk for one in asked], near)
    runs = {one.station.pk: _within(one.window, all_runs.get(one.station.pk, ())) for one in asked}
    told = [one for one in asked if _length(one.station, runs[one.station.pk])]
    made = added({one.station: one.window for one in told})
    return {
        pk: slow_of(
            one.station,
            one.window,
            one.running,
            runs[pk],
            [(each.at, each.good + each.bad) for each in made[pk].values()],
        )
        for one in told
        for pk in [one.station.pk]
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
    return slow_spans(window, difference(running, _setups(runs, window)), made, _ideal(station, runs), length)


def _length(station: Station, runs: Sequence[JobRun]) -> timedelta | None:
    times = [run.effective_cycle_time_ms or station.cycle_time_ms for run in runs] or [station.cycle_time_ms]
    return cell_of(timedelta(milliseconds=max(times)))


def _setups(runs: Sequence[JobRun], window: Window) -> list[Window]:
    """Who sets up makes trial pieces, at no pace."""
    begun = (
        (run.actual_start, run.production_start or run.actual_end or window.end)
        for run in runs
        if run.starts_in_setup
    )
    return [Window(start, end) for start, end in begun if start and start < end]


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
    worth: dict[int, timedelta] = {}
    for at, units in made:
        cell = (at - window.start) // length
        worth[cell] = worth.get(cell, timedelta()) + units * ideal(at)
    cells = [
        Window(window.start + n * length, window.start + (n + 1) * length)
        for n in range(window.duration // length)
    ]
    ran = [total(intersection(running, [cell])) for cell in cells]
    slow = (
        cell
        for number, cell in enumerate(cells)
        if ran[number] >= LEAST_RUN * length and worth.get(number, timedelta()) < PACE * ran[number]
    )
    return union(slow)


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
