"""What job runs made, as every report tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from mesproject.reports.asking import Question, beyond, production
from mesproject.reports.measures import Measures
from mesproject.reports.tally import hour_start
from production.models import JobRun, Station
from production.windows import Window, hull_of

AN_HOUR = timedelta(hours=1)


def made_by(runs: Sequence[JobRun], *, now: datetime) -> dict[int, Measures | None]:
    """The sums of each run so far; None where so much is summed anew that they are not known yet."""
    found: dict[int, Measures | None] = {run.pk: Measures() for run in runs}
    begun = [run for run in runs if run.actual_start and run.actual_start < now]
    if not begun:
        return found
    hours: dict[Station, list[Window]] = defaultdict(list)
    for run in begun:
        hours[run.station].append(_hours(run, now))
    within = {station: hull_of(mine) for station, mine in hours.items()}
    only = {"run": [run.pk for run in begun]}
    asked = Question(list(within), hull_of(within.values()), ("run",), only=only, within=within, now=now)
    told = beyond(asked)
    for (pk,), sums in production(asked, known=told):
        found[pk] = sums
    for run in begun:
        if not told.late.tell(run.station_id, run.actual_end or now):
            found[run.pk] = None
    return found


def _hours(run: JobRun, now: datetime) -> Window:
    """Whole hours: facts tell runs apart, so nothing need be summed anew at the edges."""
    assert run.actual_start is not None
    start, end, tz = run.actual_start, (run.actual_end or now) + AN_HOUR, run.station.plant.tz
    return Window(hour_start(start, tz), hour_start(end, tz))
