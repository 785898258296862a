"""The hours of a shift as rows of a wall: plan, made, the difference, and what cost most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from downtime.models import Issue
from mesproject.reports.asking import production
from mesproject.reports.glance import Glance
from mesproject.reports.measures import Measures
from mesproject.reports.setups import SETUP, label_of
from mesproject.reports.tally import hour_start, hours_of
from production.windows import Window

# As many as can be read from ten metres; of a longer shift the last ones.
MOST = 8


@dataclass(frozen=True, slots=True)
class HourRow:
    """An hour of the shift so far. Without a plan nothing was asked of it, and so there is no difference."""

    window: Window
    plan: float
    made: float
    is_now: bool
    mostly: str | None  # what cost the most time; "" where nobody has said

    @property
    def difference(self) -> int | None:
        """Whole units more than planned, or fewer."""
        return int(self.made) - int(self.plan) if self.plan else None


def hour_rows(glance: Glance) -> list[HourRow]:
    """Those of the glance's shift that have begun, the last ones; their sums are those of reports."""
    shift, known, tz = glance.shift, glance.beyond, glance.station.plant.tz
    if shift is None or known is None or glance.is_being_summed:
        return []
    asked = replace(known.question, groups=("hour",), only={"shift": [shift.name], "day": [shift.day]})
    sums = {hour: measures for (hour,), measures in production(asked, known=known)}
    so_far = Window(shift.window.start, max(shift.window.start, min(shift.window.end, glance.now)))
    hours = list(hours_of(so_far, tz)) if so_far.duration else []
    return [_row(hour, sums.get(hour_start(hour.start, tz), Measures()), glance) for hour in hours[-MOST:]]


def _row(hour: Window, sums: Measures, glance: Glance) -> HourRow:
    is_now = hour.end >= glance.now
    return HourRow(hour, sums.ideal_units, sums.good, is_now, _mostly(hour, glance))


def _mostly(hour: Window, glance: Glance) -> str | None:
    lost: dict[str, timedelta] = {}
    for issue in glance.issues:
        stood = Window(issue.started_at, issue.ended_at or glance.now).clip(hour)
        if stood and issue.excluded_at is None:
            lost[_why(issue)] = lost.get(_why(issue), timedelta()) + stood.duration
    return max(lost, key=lambda why: lost[why], default=None)


def _why(issue: Issue) -> str:
    return label_of(SETUP) if issue.is_setup else str(issue.cause or "")
