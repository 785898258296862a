"""Moving a run on the screen: judged before it is dropped, and stored by the same road as every other plan."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.busroot import MS
from mesproject.formats import spoken
from mesproject.schedule import bars as read
from mesproject.schedule import extending, screen
from mesproject.schedule.drawing import told
from production import planning
from production.errors import DomainError
from production.models import JobRun, Station
from production.nudges import announce
from production.windows import Window

# How far around a new place is looked for what is in the way.
BEFORE, AFTER = timedelta(days=14), timedelta(days=28)


class Moved(DomainError):
    """Two people plan at once."""

    code = "moved"
    sentence = _("Somebody has changed this meanwhile. It is shown as it is now.")


class OutOfUse(DomainError):
    """Nothing is planned where nothing stands any more."""

    code = "out_of_use"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands in the schedule. Without a start it waits."""

    station: int
    start: datetime | None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a move would mean: when it would end by plan, and what could not be done."""

    end: datetime | None
    faults: list[str]


def put(run: JobRun, station: Station, start: datetime | None, *, end: datetime | None = None) -> JobRun:
    """A copy of a run in another place, not stored. Without an end of its own a fixed end moves along."""
    moved = copy(run)
    if end is None and run.planned_end and run.planned_start and start:
        end = start + (run.planned_end - run.planned_start)
    moved.station, moved.planned_start, moved.planned_end = station, start, end
    if start is None:
        moved.starts_by_plan = moved.ends_by_plan = False
    return moved


def judge(run: JobRun, station: Station, start: datetime, *, at: datetime) -> Verdict:
    """What a move would mean; raises what the plan itself refuses."""
    moved = put(run, station, start)
    _check_place(run, moved)
    planning.check(moved, at)
    asked = read.read_one(run)._replace(
        station=station.pk, planned_start=start, planned_end=moved.planned_end, due=None,
        expected_start=None, expected_end=None,
    )  # fmt: skip
    return _verdict(run.pk, station, start, at, asked)


def faults_now(run: JobRun, *, at: datetime) -> list[str]:
    """What cannot be done of a run as it is planned."""
    if run.actual_end is not None:
        return []
    start = run.planned_start or run.actual_start
    # What waits is not among what is planned.
    waiting = None if start else read.read_one(run)
    return _verdict(run.pk, run.station, start or at, at, waiting).faults


def _verdict(
    run: int, station: Station, start: datetime, at: datetime, moved: read.Run | None = None
) -> Verdict:
    """What is to be said of a run as it stands, or as it would where it is moved."""
    window = Window(start - BEFORE, start + AFTER)
    timed = screen.Timed([station], window)
    found = read.runs_on([station.pk], window)
    if moved:
        found = sorted([*(one for one in found if one.pk != run), moved], key=read.by_plan)
    bars = screen.bars_of(found, timed.time(station.pk))
    faults = screen.faults_of(station, bars, timed.works(station.pk), at).get(run, [])
    end = next((end for one, end in bars if one.pk == run), None)
    return Verdict(end, [spoken(fault.said) for fault in faults])


def move(run: JobRun, station: Station, to: Place, *, seen: Place, at: datetime) -> None:
    """Store it, where it still stands where it was seen; new ends are expected on both stations."""
    with transaction.atomic():
        # As `planning.put` does, so that two who move the same are one after the other.
        both = Station.objects.filter(pk__in={run.station_id, station.pk}).order_by("pk")
        list(both.select_for_update(no_key=True, of=("self",)))
        if not JobRun.objects.filter(_at(seen), pk=run.pk).exists():
            raise Moved
        moved = put(run, station, to.start, end=to.end)
        _check_place(run, moved)
        planning.put(moved, at=at)
        stations = {run.station_id, station.pk}
        extending.refresh(stations, now=at)
        announce(stations)


def _at(seen: Place) -> Q:
    """Still there; screens know milliseconds."""
    if seen.start is None:
        return Q(station=seen.station, planned_start=None)
    return Q(station=seen.station, planned_start__gte=seen.start, planned_start__lt=seen.start + MS)


def _check_place(run: JobRun, moved: JobRun) -> None:
    if moved.station.archived_at and moved.station_id != run.station_id:
        raise OutOfUse(gettext("{station} is out of use.").format(station=moved.station.name))
    if run.actual_start is not None:
        raise planning.HasBegun(_("This run has begun: end it, or change it in its details."))


def said(run: JobRun, station: Station, start: datetime | None) -> str:
    """What was done, in a sentence."""
    if start is None:
        return gettext("{run} waits again, without a time.").format(run=run)
    said = gettext("{run} is planned for {start} on {station}.")
    return said.format(run=run, start=told(start, station.plant.tz), station=station.name)
