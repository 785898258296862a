"""The demo's order book: each stretch that a station plays is the run of a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from mesproject.demo.plan import StationPlan, Work
from mesproject.demo.recordings import Tape, Turn, takes
from production.live import look_again
from production.models import Job, JobRun, Sku, Station
from production.windows import Window

# How far ahead the planners of the demo have planned.
PLANNED_AHEAD = timedelta(hours=16)


def keep(station: Station, one: StationPlan, tape: Tape, *, since: datetime, now: datetime) -> None:
    """Plan the turns from `since` on, start what has begun by now and end what is over.

    May be repeated; a run that somebody else has put on the station stays there and is not ended.
    """
    turns = [turn for turn in tape.turns(Window(since, now + PLANNED_AHEAD)) if _work(one, turn).sku]
    if not turns:
        return
    _plan(station, one, turns)
    runs = _planned(station).filter(planned_start__gte=turns[0].window.start)
    changed: list[datetime] = []
    for run in runs.order_by("planned_start"):
        changed += _end(run, now) + _start(run, now)
    if changed:
        look_again([station.pk], since=min(changed), at=now)


def _work(one: StationPlan, turn: Turn) -> Work:
    return one.works[turn.number % len(one.works)]


def _planned(station: Station) -> QuerySet[JobRun]:
    """What the demo has planned there, wherever a visitor has moved it since."""
    return JobRun.objects.filter(station=station, job__name__startswith=f"WO-{station.machine_ref}")


def _plan(station: Station, one: StationPlan, turns: Sequence[Turn]) -> None:
    # What is planned is not planned again: a visitor may have moved it, or withdrawn it.
    last = _planned(station).aggregate(last=Max("planned_start"))["last"]
    missing = [turn for turn in turns if last is None or turn.window.start > last]
    if not missing:
        return
    with transaction.atomic():
        jobs = _jobs(station, one, missing)
        JobRun.objects.bulk_create(
            JobRun(
                station=station,
                job=jobs[turn.number],
                planned_start=turn.window.start,
                planned_end=turn.window.end,
                planned_quantity=_quantity(turn),
            )
            for turn in missing
        )


def _jobs(station: Station, one: StationPlan, turns: Sequence[Turn]) -> dict[int, Job]:
    """The job of each turn, by the turn's number."""
    skus = {sku.code: sku for sku in Sku.objects.of(station.company_id)}
    wanted = {}
    for turn in turns:
        work = _work(one, turn)
        milliseconds = int(work.cycle_time / timedelta(milliseconds=1))
        wanted[turn.number] = Job(
            company_id=station.company_id,
            name=f"WO-{station.machine_ref}{turn.number:04}",
            part=work.sku,
            operation=work.operation,
            sku=skus.get(work.sku),
            ideal_part_time_ms=milliseconds,
            expected_part_time_ms=milliseconds * 5 // 4,
        )
    Job.objects.bulk_create(wanted.values(), ignore_conflicts=True)
    names = {job.name: number for number, job in wanted.items()}
    return {names[job.name]: job for job in Job.objects.of(station.company_id).filter(name__in=names)}


def _quantity(turn: Turn) -> float:
    """A round number not far from what the stretch will make."""
    made = max((take.made or 0.0 for take in takes(turn.stretch)), default=0.0)
    return float(-(-made * 1.1 // 5) * 5)


def _start(run: JobRun, now: datetime) -> list[datetime]:
    """Start a run that is due; the instant, where that changed anything."""
    begin, end = run.planned_start, run.planned_end
    if run.actual_start is not None or begin is None or begin > now:
        return []
    if end is not None and end > now:
        end = None
    try:
        with transaction.atomic():
            JobRun.objects.filter(pk=run.pk, actual_start=None).update(actual_start=begin, actual_end=end)
    except IntegrityError:  # somebody runs something of his own
        return []
    return [begin]


def _end(run: JobRun, now: datetime) -> list[datetime]:
    end = run.planned_end
    if run.actual_start is None or run.actual_end is not None or end is None or end > now:
        return []
    JobRun.objects.filter(pk=run.pk, actual_end=None).update(actual_end=end)
    return [end]
