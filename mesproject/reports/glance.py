"""What a station is doing, in one glance: the one source of tablet and boards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from downtime.models import Issue, Slice
from mesproject.accounts.models import Company
from mesproject.reports import kpi
from production.models import JobRun, Station, StationLive
from production.models.live import Status
from production.windows import Window
from quality.models import Reject
from scheduling.calendar import Shift
from scheduling.planned import planned_in, shifts_of

# How far back the last shift is sought, so that its numbers stay on the screens when it is over.
BEHIND, AHEAD = timedelta(hours=36), timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Glance:
    """One station as screens show it. Numbers are of `shift`: the present one, else the last one."""

    station: Station
    status: str
    since: datetime | None
    run: JobRun | None
    shift: Shift | None
    counts: bool  # whether anything ever counted units here
    good: float
    bad: float
    target: float | None
    efficiency: float | None
    downtime: timedelta
    issues: list[Issue]  # of the shift and those that go on, newest first
    slices: list[Slice]
    planned: list[Window]
    version: int

    @property
    def issue(self) -> Issue | None:
        """The stop that goes on, if one does."""
        return next((issue for issue in self.issues if issue.ended_at is None), None)

    @property
    def unexplained(self) -> list[Issue]:
        """Stops that nobody has explained, newest first."""
        return [issue for issue in self.issues if issue.cause_id is None and issue.excluded_at is None]

    @property
    def explained(self) -> list[Issue]:
        """Stops with a cause, newest first."""
        return [issue for issue in self.issues if issue.cause_id is not None]

    @property
    def behind(self) -> float | None:
        """Units that are missing to where the station should be; negative when it is ahead."""
        return None if self.target is None else self.target - self.good


def glances(stations: Sequence[Station], *, now: datetime) -> list[Glance]:
    """A glance at each station (from `in_place()`), in their order; eight queries for any number."""
    within = Window(now - BEHIND, now + AHEAD)
    ids = [station.pk for station in stations]
    lives = {live.station_id: live for live in StationLive.objects.filter(station__in=ids).for_screens()}
    shifts = shifts_of(stations, within)
    planned = planned_in(shifts, stations, within)
    current = {pk: _current(found, now) for pk, found in shifts.items()}
    begun = [shift.window.start for shift in current.values() if shift]
    seen = Window(min(begun, default=now), now + timedelta(microseconds=1))
    slices = _grouped(Slice.objects.filter(station__in=ids).overlapping(seen))
    issues = _grouped(Issue.objects.filter(station__in=ids).overlapping(seen).for_screens())
    rejects = _rejects(ids, current, seen)
    return [
        _glance(
            station, lives.get(station.pk), current[station.pk], planned[station.pk],
            slices[station.pk], issues[station.pk], rejects[station.pk], now,
        )
        for station in stations
    ]  # fmt: skip


def stations_of(company: Company) -> list[Station]:
    """The active stations of a company, in the order of the hall."""
    return list(Station.objects.of(company).active().in_place())


def _current(shifts: Sequence[Shift], now: datetime) -> Shift | None:
    return max((s for s in shifts if s.window.start <= now), key=lambda s: s.window.start, default=None)


def _grouped(rows: Iterable) -> defaultdict[int, list]:
    found = defaultdict(list)
    for row in rows:
        found[row.station_id].append(row)
    return found


def _rejects(ids: Sequence[int], current: dict[int, Shift | None], seen: Window) -> defaultdict[int, float]:
    """Units declared bad by hand, each in its station's own shift."""
    found: defaultdict[int, float] = defaultdict(float)
    declared = Reject.objects.filter(station__in=ids).within(seen)
    for station, at, quantity in declared.values_list("station", "at").annotate(Sum("quantity")):
        shift = current[station]
        if shift and at >= shift.window.start:
            found[station] += quantity
    return found


def _glance(
    station: Station,
    live: StationLive | None,
    shift: Shift | None,
    planned: list[Window],
    slices: list[Slice],
    issues: list[Issue],
    rejected: float,
    now: datetime,
) -> Glance:
    run = live.job_run if live else None
    window = Window(shift.window.start, min(shift.window.end, now)) if shift else None
    counted = bool(live and shift and live.counted_from == shift.window.start)
    good = max((live.good if live and counted else 0.0) - rejected, 0.0)
    bad = (live.bad if live and counted else 0.0) + rejected
    cycle = timedelta(milliseconds=(run.effective_cycle_time_ms if run else None) or station.cycle_time_ms)
    counts = bool(live and ((live.counters and live.last_output_at) or good or bad))
    target = kpi.target_quantity(planned, shift.window, now, cycle) if shift and counts else None
    stopped = [s.window(now) for s in slices if s.state == Status.STOPPED]
    return Glance(
        station=station,
        status=live.status if live else Status.NO_SIGNAL.value,
        since=live.since if live else None,
        run=run,
        shift=shift,
        counts=counts,
        good=good,
        bad=bad,
        target=target,
        efficiency=kpi.efficiency(good, target),
        downtime=kpi.downtime(stopped, window) if window and window.start < window.end else timedelta(),
        issues=issues,
        slices=slices,
        planned=planned,
        version=live.version if live else 0,
    )
