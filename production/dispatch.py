"""What an ERP says of runs: this job begins on that station, this run has ended.

It may say so late, twice, and of several stations at once. What it said is kept by the id by which it knows the run.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext_lazy as _

from production import live, runs
from production.effects import apply, effect_of
from production.errors import DomainError
from production.models import ErpRun, Job, JobDispatch, JobRun, Sku, Station

# What a job takes over from a start whenever it says it; the rest only when it is created.
STANDARDS = ("ideal_part_time_ms", "expected_part_time_ms", "expected_setup_ms", "part_value", "due_on")
MOMENT = timedelta(milliseconds=1)


class OtherContent(DomainError):
    """An id names one run for good."""

    code = "other_content"
    sentence = _("A run with this id was started with other content.")


@dataclass(frozen=True, slots=True)
class JobTold:
    """A job as an ERP describes it; None where it says nothing. Times in milliseconds."""

    name: str
    part: str = ""
    operation: str = ""
    lot: str = ""
    description: str | None = None
    quantity: float | None = None
    ideal_part_time_ms: int | None = None
    expected_part_time_ms: int | None = None
    expected_setup_ms: int | None = None
    part_value: Decimal | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """A job begins on a station; `at` None is now."""

    run_id: str
    station: Station
    job: JobTold
    in_setup: bool = False
    at: datetime | None = None
    content: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """What it says, comparable with what was kept of another."""
        told = {name: str(value) for name, value in asdict(self.job).items() if value not in (None, "")}
        at = self.at.isoformat() if self.at else None
        content = {"station": self.station.pk, "job": told, "in_setup": self.in_setup, "at": at}
        object.__setattr__(self, "content", content)


def start(told: Start, *, now: datetime) -> None:
    """Begin a run of a job, which is found, brought up to date or made; all of it or nothing.

    The same again changes nothing; once more without setup, it ends the setup of a run that was started in it.
    """
    company = told.station.company_id
    with transaction.atomic():
        _hold(company, told.run_id)
        known = ErpRun.objects.of(company).filter(erp_run_id=told.run_id).select_related("run").first()
        if known:
            _again(known, told, now)
            return
        job, changed = _job(company, told.job)
        # All stations that are to be looked at again are held at once, in the order in which everybody holds them.
        concerned = effect_of(job, changed)
        live.lock(sorted({told.station.pk, *concerned.stations}))
        run, at = _run(told, job), told.at
        if at is None:
            at = now = _moment(told.station, now)
        runs.tell_start(run, at=at, now=now)
        apply([concerned], at=now)
        ErpRun.objects.create(
            company_id=company, erp_run_id=told.run_id, run=run, told={"start": told.content}
        )


def stop(run: ErpRun, *, at: datetime | None, now: datetime) -> None:
    """End a run, at `at` or now. One that has ended is only ended at another time where that is said."""
    with transaction.atomic():
        _hold(run.company_id, run.erp_run_id)
        job_run = JobRun.objects.get(pk=run.run_id)
        if at is not None or job_run.actual_end is None:
            runs.tell_end(job_run, at=at or now, now=now)


def _hold(company: int, run_id: str) -> None:
    """Whoever else speaks of this run waits until this transaction has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"erp {company} {run_id}"])


def _again(known: ErpRun, told: Start, now: datetime) -> None:
    first, news = known.told["start"], told.content
    if news in known.told.values():
        return
    if told.in_setup or first != {**news, "in_setup": True, "at": first["at"]}:
        raise OtherContent
    runs.end_setup(known.run, at=now if told.at is None or news["at"] == first["at"] else told.at, now=now)
    known.told["production"] = news
    known.save(update_fields=["told"])


def _job(company: int, told: JobTold) -> tuple[Job, list[str]]:
    """The job, locked, and which of its fields are new; an archived one comes back."""
    says = {name: value for name, value in asdict(told).items() if value is not None}
    identity = {name: says.pop(name) for name in ("name", "part", "operation", "lot")}
    made_of = {**says, "sku": Sku.objects.of(company).filter(code=told.part, archived_at=None).first}
    job, made = Job.objects.select_for_update().get_or_create(
        company_id=company, **identity, defaults=made_of
    )
    if made:
        return job, []
    news = {name: says[name] for name in STANDARDS if name in says} | {"archived_at": None}
    changed = [name for name, value in news.items() if getattr(job, name) != value]
    for name in changed:
        setattr(job, name, news[name])
    if changed:
        job.save(update_fields=changed)
    return job, changed


def _run(told: Start, job: Job) -> JobRun:
    """The run that was planned of this job on this station, else a new one, with the times that hold for it."""
    planned = JobRun.objects.filter(station=told.station, job=job, actual_start=None, erp=None)
    run = planned.order_by("planned_start", "pk").first() or _new_run(told.station, job)
    run.starts_in_setup = told.in_setup
    run.cycle_time_ms = told.job.ideal_part_time_ms or run.cycle_time_ms
    run.expected_part_time_ms = told.job.expected_part_time_ms or run.expected_part_time_ms
    run.expected_setup_ms = told.job.expected_setup_ms or run.expected_setup_ms
    return run


def _new_run(station: Station, job: Job) -> JobRun:
    here = Q(station=station) | Q(group=station.group_id)
    place = JobDispatch.objects.filter(here, job=job).order_by(F("station").asc(nulls_last=True)).first()
    run = JobRun(station=station, job=job, planned_quantity=job.quantity)
    if place:
        run.cycle_time_ms, run.expected_part_time_ms = place.ideal_part_time_ms, place.expected_part_time_ms
        run.expected_setup_ms, run.units_per_count = place.expected_setup_ms, place.units_per_count
    return run


def _moment(station: Station, now: datetime) -> datetime:
    """Now, or just after somebody who was as quick."""
    begun = JobRun.objects.filter(station=station, actual_start__range=(now, now + runs.AHEAD))
    last: datetime | None = begun.aggregate(last=Max("actual_start"))["last"]
    return last + MOMENT if last else now
