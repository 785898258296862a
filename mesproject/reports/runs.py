"""What job runs made, as every report tells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mesproject.reports.asking import Question, production
from mesproject.reports.measures import Measures
from mesproject.reports.tally import hour_start
from production.models import JobRun
from production.windows import Window

AN_HOUR = timedelta(hours=1)


def made_by(runs: Sequence[JobRun], *, now: datetime) -> dict[int, Measures]:
    """The sums of each run that has begun."""
    begun = [run for run in runs if run.actual_start and run.actual_start < now]
    if not begun:
        return {}
    # Whole hours: facts tell runs apart, so nothing need be summed anew at the edges.
    since = hour_start(min(run.actual_start for run in begun if run.actual_start), begun[0].station.plant.tz)
    until = max(run.actual_end or now for run in begun) + AN_HOUR
    hours = Window(since, hour_start(until, begun[0].station.plant.tz))
    stations = {run.station_id: run.station for run in begun}
    only = {"run": [run.pk for run in begun]}
    asked = Question(list(stations.values()), hours, ("run",), only=only, now=now)
    return {pk: sums for (pk,), sums in production(asked)}
