"""What is to run: turns are planned, changed, withdrawn and put first, and those that nobody entered are recorded.

`production.runs` starts and ends them. A run that has begun keeps its station; another product or pace for it
re-attributes what was made.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company
from production import effects, live
from production.errors import DomainError
from production.models import Job, JobRun, Sku, SkuGroup, Station

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FIRST, FURTHEST = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=5 * 366)
# What is planned; when it really ran is for `runs` to say.
PLANNED = (
    "station", "job", "sku", "sku_group", "planned_start", "planned_end", "planned_quantity", "cycle_time_ms",
    "units_per_count", "prioritised_at", "starts_by_plan", "ends_by_plan", "ends_on_quantity", "start_program",
    "starts_in_setup", "expected_setup_ms", "extends_shift",
)  # fmt: skip
# What decides what was made, and what it was worth.
MADE_OF = ("job", "sku", "sku_group", "cycle_time_ms", "units_per_count")


class BadPlan(DomainError):
    """A value that no plan can have; `field` is the model's name for it."""

    code = "bad_plan"

    def __init__(self, field: str, detail: str | _StrPromise) -> None:
        super().__init__(detail)
        self.field = field


class Duplicate(DomainError):
    """A slip must not make the same twice."""

    code = "duplicate"
    sentence = _("The same is planned on this station at the same time already.")


class HasBegun(DomainError):
    """What has begun is history."""

    code = "has_begun"
    sentence = _("This run has begun. End it instead.")


class Overlaps(DomainError):
    """One run at a time."""

    code = "overlaps"
    sentence = _("Another run was on this station at that time.")


def product(company: Company, run: JobRun, *, of: Sku | SkuGroup, order: str = "") -> None:
    """Let a run make an SKU, or SKUs together, for a work order.

    One count of a group is so many units as its multipliers say; its cycle time is shared among them. The run keeps
    that: a group that changes later changes no run.
    """
    if run.sku_group_id:
        run.units_per_count = run.cycle_time_ms = None
    run.sku, run.sku_group = (of, None) if isinstance(of, Sku) else (None, of)
    run.job = None
    if isinstance(of, SkuGroup):
        units = of.members.aggregate(units=Sum("multiplier"))["units"]
        if not units:
            raise BadPlan("sku_group", gettext("The SKU group {code} has no SKUs.").format(code=of.code))
        run.units_per_count = units
        if run.cycle_time_ms is None and of.default_cycle_time_ms:
            run.cycle_time_ms = max(1, round(of.default_cycle_time_ms / units))
    if order or run.sku_group:
        run.job = _job(company, order or of.code, of)


def _job(company: Company, name: str, of: Sku | SkuGroup) -> Job:
    """The work order: a job of that name and part. Reports know a group by the part of its job."""
    key = {"company": company, "name": name, "part": of.code, "operation": "", "lot": ""}
    found, _ = Job.objects.get_or_create(**key, defaults={"sku": of if isinstance(of, Sku) else None})
    return found


def put(run: JobRun, *, at: datetime) -> JobRun:
    """Store what is planned of a new run or a changed one."""
    with transaction.atomic():
        # Whoever plans the same at the same time waits here; the live row is held only where a start may be under way.
        Station.objects.select_for_update(no_key=True, of=("self",)).get(pk=run.station_id)
        if run.pk:
            live.lock([run.station_id])
        before = JobRun.objects.filter(pk=run.pk).first() if run.pk else None
        if run.pk and before is None:
            raise HasBegun(_("This run is not planned any more."))
        changed = [name for name in PLANNED if before and getattr(before, name) != getattr(run, name)]
        begun = before.actual_start if before else None
        if begun and "station" in changed:
            raise HasBegun(_("This run has begun, and stays on its station."))
        if begun and "starts_in_setup" in changed:
            raise HasBegun(
                _("This run has begun; that it began with setup is history. Say that its setup is over.")
            )
        check(run, at, changed if before else PLANNED)
        run.save(update_fields=PLANNED if before else None)
        if begun and set(changed) & set(MADE_OF):
            effects.apply([effects.Effect((run.station_id,), began={run.station_id: begun})], at=at)
    return run


def withdraw(run: JobRun) -> None:
    """Take back what has not begun."""
    with transaction.atomic():
        live.lock([run.station_id])
        run.refresh_from_db(fields=["actual_start"])
        if run.actual_start is not None:
            raise HasBegun
        run.delete()


def record(run: JobRun, *, start: datetime, end: datetime, at: datetime) -> JobRun:
    """Enter a run that nobody had: what was made in its time without one is its own from now on."""
    if not FIRST <= start < end <= at:
        raise BadPlan("actual_end", _("A run that is over ended after its start, and not in the future."))
    if run.starts_in_setup:
        raise BadPlan("starts_in_setup", _("Start it, then say when its setup was over."))
    with transaction.atomic():
        live.lock([run.station_id])
        check(run, at)
        run.actual_start, run.actual_end = start, end
        try:
            with transaction.atomic():
                run.save()
        except IntegrityError:
            raise Overlaps from None
        effects.apply([effects.Effect((run.station_id,), began={run.station_id: start})], at=at)
    return run


def ad_hoc(station: Station, sku: Sku, *, at: datetime) -> JobRun:
    """A run that nobody has planned, where station and SKU allow it; it is to be started at once."""
    if not station.allow_ad_hoc:
        raise NotAllowed(gettext("{station} takes only what is planned.").format(station=station.name))
    if not sku.allow_ad_hoc or sku.archived_at:
        raise NotAllowed(gettext("{sku} must be planned.").format(sku=sku.code))
    return put(JobRun(station=station, sku=sku), at=at)


class NotAllowed(DomainError):
    """Somebody decided that this must be planned."""

    code = "must_be_planned"


def check(run: JobRun, at: datetime, changed: Collection[str] = PLANNED) -> None:
    """Refuse a plan that cannot be: the model's own rules, and those that it cannot know."""
    for name in ("planned_start", "planned_end"):
        value = getattr(run, name)
        if name in changed and value and not FIRST <= value <= at + FURTHEST:
            raise BadPlan(name, _("This lies too far away: years are from 2000 to five from now."))
    if run.planned_end and not run.planned_start:
        raise BadPlan("planned_start", _("An end needs a start."))
    if run.starts_by_plan and not run.planned_start:
        raise BadPlan("starts_by_plan", _("What starts by plan needs a planned start."))
    if run.ends_by_plan and not run.planned_end:
        raise BadPlan("ends_by_plan", _("What ends by plan needs a planned end."))
    if run.ends_on_quantity and not run.planned_quantity:
        raise BadPlan("ends_on_quantity", _("What ends on its quantity needs one."))
    if run.planned_start and run.planned_end and run.planned_end <= run.planned_start:
        raise BadPlan("planned_end", _("The planned end must be after the planned start."))
    try:
        run.clean_fields(exclude=["station", "job", "sku", "sku_group"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise BadPlan(field, " ".join(messages)) from None
    _refuse_duplicates(run)


def _refuse_duplicates(run: JobRun) -> None:
    """Busroot's rule: the same product on the same station at the same planned start."""
    if run.planned_start is None or not (run.sku_id or run.sku_group_id):
        return
    same = JobRun.objects.filter(
        station=run.station_id, planned_start=run.planned_start, sku=run.sku_id, sku_group=run.sku_group_id
    )
    if same.exclude(pk=run.pk).exists():
        raise Duplicate
