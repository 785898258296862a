"""What a station is doing, in one glance: the one source of tablet and boards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from downtime.models import Issue, Slice
from mesproject.accounts.models import Company
from mesproject.reports import kpi
from mesproject.reports.kpi import Pace
from production.models import JobRun, Station, StationLive
from production.models.live import Status
from production.windows import Window, difference
from quality.models import Reject
from scheduling.calendar import Shift, current
from scheduling.expansion import Pause, pauses
from scheduling.planned import plans

# How far back the last shift is sought, so that its numbers stay on the screens when it is over.
BEHIND, AHEAD = timedelta(hours=36), timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Glance:
    """One station as screens show it. Numbers are of `shift`: the present one, else the last one.

    `good` and `bad` are None where nothing was counted in the shift, `target` where nothing was planned.
    """

    station: Station
    now: datetime
    status: str
    since: datetime | None
    run: JobRun | None
    shift: Shift | None
    counts: bool  # whether anything ever counted units here
    good: float | None
    bad: float | None
    target: float | None  # by now
    due: float | None  # by the end of the shift
    downtime: timedelta | None
    issues: list[Issue]  # of the shift and those that go on, newest first
    slices: list[Slice]
    pauses: list[Pause]  # of the shift, those to come as well

    @property
    def efficiency(self) -> float | None:
        """Good units over the target."""
        return kpi.efficiency(self.good, self.target)

    @property
    def behind(self) -> int | None:
        """Whole units that are missing to where the station should be; negative when it is ahead."""
        if self.target is None or self.good is None:
            return None
        return int(self.target) - int(self.good)

    @property
    def is_over(self) -> bool:
        """Whether the shift that the numbers are of has ended."""
        return self.shift is not None and self.shift.window.end <= self.now

    @property
    def issue(self) -> Issue | None:
        """The stop that goes on, if one does."""
        return next((issue for issue in self.issues if issue.ended_at is None), None)

    @property
    def is_late(self) -> bool:
        """Whether somebody said when it would be back, and that has passed."""
        back = self.issue.estimated_end_at if self.issue else None
        return back is not None and back < self.now

    @property
    def needs_somebody(self) -> bool:
        """A stop that nobody has in hand, or in which help was called, or which lasts longer than was said."""
        issue = self.issue
        return issue is not None and (not issue.acknowledged_at or bool(issue.escalated_at) or self.is_late)

    @property
    def unexplained(self) -> list[Issue]:
        """Stops that nobody has explained, newest first."""
        return [issue for issue in self.issues if issue.cause_id is None]

    @property
    def explained(self) -> list[Issue]:
        """Stops with a cause, newest first."""
        return [issue for issue in self.issues if issue.cause_id is not None]


@dataclass(slots=True)
class _Known:
    """What the tables say of one station."""

    live: StationLive | None = None
    shift: Shift | None = None
    planned: list[Window] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    runs: list[JobRun] = field(default_factory=list)
    slices: list[Slice] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    rejected: float = 0.0


def glances(stations: Sequence[Station], *, now: datetime) -> list[Glance]:
    """A glance at each station (from `in_place()`), in their order; at most eight queries for any number."""
    known = _known(stations, now)
    return [_glance(station, known[station.pk], now) for station in stations]


def stations_of(company: Company) -> list[Station]:
    """The active stations of a company, in the order of the hall."""
    return list(Station.objects.of(company).active().in_place().select_related("plan"))


def _known(stations: Sequence[Station], now: datetime) -> dict[int, _Known]:
    within = Window(now - BEHIND, now + AHEAD)
    known = {station.pk: _Known() for station in stations}
    for pk, plan in plans(stations, within).items():
        known[pk].planned = plan.production
        shift = known[pk].shift = current(plan.shifts, now)
        known[pk].pauses = pauses(plan.spans, shift.window) if shift else []
    begun = [each.shift.window.start for each in known.values() if each.shift]
    _read(known, Window(min(begun, default=now), now + timedelta(microseconds=1)))
    return known


def _read(known: dict[int, _Known], seen: Window) -> None:
    """Fill in what the tables say of a window, in five queries."""
    ids = list(known)
    for live in StationLive.objects.filter(station__in=ids).select_related(
        "job_run__sku", "job_run__job__sku"
    ):
        known[live.station_id].live = live
    for run in JobRun.objects.filter(station__in=ids).covering(seen.start, seen.end):
        known[run.station_id].runs.append(run)
    for piece in Slice.objects.filter(station__in=ids).overlapping(seen):
        known[piece.station_id].slices.append(piece)
    for issue in Issue.objects.filter(station__in=ids).overlapping(seen).for_screens():
        known[issue.station_id].issues.append(issue)
    declared = Reject.objects.filter(station__in=ids).within(seen).values_list("station", "at")
    for station, at, quantity in declared.annotate(Sum("quantity")):
        shift = known[station].shift
        if shift and at >= shift.window.start:
            known[station].rejected += quantity


def _glance(station: Station, known: _Known, now: datetime) -> Glance:
    live, shift = known.live, known.shift
    counts = bool(live and ((live.counters and live.last_output_at) or live.good or live.bad))
    counted = counts and live is not None and shift is not None and live.counted_from == shift.window.start
    return Glance(
        station=station,
        now=now,
        status=live.status if live else Status.NO_SIGNAL.value,
        since=live.since if live else None,
        run=live.job_run if live else None,
        shift=shift,
        counts=counts,
        issues=known.issues,
        slices=known.slices,
        pauses=known.pauses,
        **(_made(live, known.rejected) if live and counted else {"good": None, "bad": None}),
        **_asked(station, known, now, counts=counts),
    )


def _made(live: StationLive, rejected: float) -> dict[str, Any]:
    """What the machine counted, less what people declared bad by hand."""
    return {"good": max(live.good - rejected, 0.0), "bad": live.bad + rejected}


def _asked(station: Station, known: _Known, now: datetime, *, counts: bool) -> dict[str, Any]:
    """What the shift asked for, and how long the station stood still in it."""
    if known.shift is None:
        return {"target": None, "due": None, "downtime": None}
    whole = known.shift.window
    so_far = Window(whole.start, min(whole.end, now))
    stopped = [piece.window(now) for piece in known.slices if piece.state == Status.STOPPED]
    return {
        "target": kpi.target_quantity(known.planned, paces(station, known.runs, so_far)) if counts else None,
        "due": kpi.target_quantity(known.planned, paces(station, known.runs, whole)) if counts else None,
        "downtime": kpi.downtime(stopped, so_far),
    }


def paces(station: Station, runs: Iterable[JobRun], within: Window) -> list[Pace]:
    """How fast the station should work over a window: by the run of each time, else by its own cycle."""
    own = timedelta(milliseconds=station.cycle_time_ms)
    found = []
    for run in runs:
        if run.actual_start and (
            window := Window(run.actual_start, run.actual_end or within.end).clip(within)
        ):
            cycle = run.effective_cycle_time_ms
            found.append(Pace(window, timedelta(milliseconds=cycle) if cycle else own))
    rest = difference([within], [pace.window for pace in found])
    return [*found, *(Pace(window, own) for window in rest)]
