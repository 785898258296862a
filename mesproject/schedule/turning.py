"""What begins and ends by itself: by plan, by the machine's program, with the unit that completes a quantity.

Everything is dated to when it happened, not to when it was seen; so it may run late, twice, or be killed anywhere.
What people started or ended stays as they said.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import F, Q

from mesproject.reports.runs import made_by
from mesproject.reports.story import Question as Of
from mesproject.reports.story import told
from production import runs
from production.errors import DomainError
from production.models import JobRun
from production.windows import Window

logger = logging.getLogger(__name__)
# How long after its time something still begins by itself. What is older, people have seen and not started.
STALE = timedelta(hours=1)
# A run is asked exactly how far it is when its end is so near, or so much of it is made.
NEAR, MOST_OF_IT = timedelta(minutes=10), 0.8
JUST_AFTER = timedelta(milliseconds=1)

# When a station changed to its present program; nothing where that was before the time that is asked.
PROGRAM_SINCE = """
SELECT min(at) FROM production_signal WHERE station_id = %(station)s AND at >= %(since)s AND at <= %(now)s
  AND program = %(program)s AND at > (
    SELECT max(at) FROM production_signal WHERE station_id = %(station)s AND at >= %(since)s AND at <= %(now)s
      AND program IS NOT NULL AND program <> %(program)s)
"""


def turn_over(*, now: datetime) -> int:
    """End and start what is due; how many runs those were."""
    steps: tuple[Callable[[datetime], Iterable[bool]], ...] = (_made, _over, _due, _loaded)
    return sum(done for step in steps for done in step(now))


def _made(now: datetime) -> Iterable[bool]:
    """End runs whose quantity is made."""
    near = Q(forecast=None) | Q(forecast__end__lte=now + NEAR)
    near |= Q(forecast__made__gte=F("planned_quantity") * MOST_OF_IT)
    due = JobRun.objects.running().filter(near, ends_on_quantity=True, planned_quantity__gt=0)
    due = due.select_related("station__group__plant").order_by("station__company", "pk")
    for _, many in groupby(due, key=lambda run: run.station.company_id):
        found = list(many)
        made = made_by(found, now=now)
        for run in found:
            # What is not known yet is asked again with the next tick.
            if (known := made[run.pk]) and known.good >= (run.planned_quantity or 0.0):
                at = reached(run, known.good, now=now)
                yield at is not None and _tried(run, runs.end, at, now)


def reached(run: JobRun, good: float, *, now: datetime) -> datetime | None:
    """Just after the unit that completed a quantity, of which `good` are made by now; None where it is not clear yet.

    Units that people took back as bad are made again.
    """
    begun, wanted = run.actual_start, run.planned_quantity
    assert begun is not None
    assert wanted is not None
    for since in (max(begun, now - STALE), begun):
        story = told([Of(run.station, Window(since, now), since)])[run.station_id].story
        steps = sorted(
            [(one.at, one.good) for one in story.made] + [(one.at, -one.quantity) for one in story.declared]
        )
        here = good - sum(units for _, units in steps)
        if here >= wanted and since > begun:
            continue  # it was made before that
        at = None
        for instant, units in steps:
            at = instant if here < wanted <= here + units else at
            here += units
        return at + JUST_AFTER if at and at + JUST_AFTER <= now else None
    return None


def _over(now: datetime) -> Iterable[bool]:
    """End runs at their planned end."""
    due = JobRun.objects.running().filter(
        ends_by_plan=True, planned_end__lte=now, planned_end__gt=F("actual_start")
    )
    for run in due:
        assert run.planned_end is not None
        yield _tried(run, runs.end, run.planned_end, now)


def _due(now: datetime) -> Iterable[bool]:
    """Start runs at their planned start, where nobody has started something else since."""
    due = JobRun.objects.filter(
        actual_start=None, starts_by_plan=True, station__archived_at=None, planned_start__lte=now,
        planned_start__gt=now - STALE,
    ).exclude(planned_end__lte=now)  # fmt: skip
    for run in due.order_by("planned_start", "pk"):
        assert run.planned_start is not None
        yield _tried(run, runs.start, run.planned_start, now)


def _loaded(now: datetime) -> Iterable[bool]:
    """Start the first run in line whose program a station has loaded since its last run began."""
    queued = JobRun.objects.queued().filter(
        start_program__gt="", start_program=F("station__live__program"), station__archived_at=None
    )
    first: dict[int, JobRun] = {}
    for run in queued:
        first.setdefault(run.station_id, run)
    for station, run in first.items():
        last = JobRun.objects.filter(station=station, actual_start__isnull=False).first()
        at = _loaded_since(station, run.start_program, now)
        if last and last.actual_end is None and last.actual_start and at <= last.actual_start:
            continue  # whoever started that knew the program
        yield _tried(run, runs.start, max(at, last.actual_end) if last and last.actual_end else at, now)


def _loaded_since(station: int, program: str, now: datetime) -> datetime:
    """Since when the program runs; where that is longer ago, the run is newer than its program and begins now."""
    asked: dict[str, Any] = {"station": station, "program": program, "since": now - STALE, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(PROGRAM_SINCE, asked)
        (at,) = cursor.fetchone()
    return at or now


def _tried(run: JobRun, verb: Callable[..., bool], at: datetime, now: datetime) -> bool:
    """Whether it was done. A person may have been faster, or a run of a later time may be in the way."""
    try:
        return verb(run, at=at, now=now)
    except DomainError as error:
        logger.info("Run %s of station %s was left alone: %s", run.pk, run.station_id, error.detail)
        return False
