"""What is ordered, and its turns on the stations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.languages import language_field
from mesproject.accounts.models import Company, Owned, OwnedQuerySet
from production.models.plant import Station, StationGroup
from production.models.skus import Sku, SkuGroup
from production.windows import Window

EVER = datetime.max.replace(tzinfo=UTC)
# A stop that reaches no further than this over the edges of a setup is part of it.
AROUND_SETUP = timedelta(minutes=5)


class TsTzRange(Func):
    """PostgreSQL's half-open tstzrange(start, end)."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Operator(Owned):
    """A person at a machine, known by initials; no login needed."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="operators")
    initials = models.CharField(max_length=8)
    name = models.CharField(max_length=128, blank=True)
    badge = models.CharField(
        _("badge"), max_length=40, blank=True, default="", db_default="",
        help_text=_("What a reader at the tablet types when the badge is held to it."),
    )  # fmt: skip
    language = language_field(_("Tablets speak it while this person is signed on; empty: the tablet's."))
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["initials"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "initials"], name="operator_initials_once_per_company",
                violation_error_message=_("Somebody else has these initials."),
            ),
            models.UniqueConstraint(
                fields=["company", "badge"], condition=~Q(badge=""), name="badge_once_per_company",
                violation_error_message=_("Somebody else has this badge."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.initials


class Job(Owned):
    """One operation of an order: name, part, operation and lot identify it."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="jobs")
    name = models.CharField(max_length=64)
    part = models.CharField(max_length=64, blank=True)
    operation = models.CharField(max_length=64, blank=True)
    lot = models.CharField(max_length=64, blank=True)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("SKU"))
    description = models.CharField(max_length=255, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    quantity = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text=_("How many units are ordered.")
    )
    part_value = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)],
        help_text=_("Per unit, where its SKU has none."),
    )  # fmt: skip
    ideal_part_time_ms = models.PositiveIntegerField(_("ideal part time [ms]"), null=True, blank=True)
    expected_part_time_ms = models.PositiveIntegerField(_("expected part time [ms]"), null=True, blank=True)
    expected_setup_ms = models.PositiveIntegerField(_("expected setup time [ms]"), null=True, blank=True)
    units_per_count = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.000001)],
        help_text=_("Parts per cycle; empty: as its SKU says."),
    )  # fmt: skip
    warning_percent = models.FloatField(
        _("warning below [%]"), null=True, blank=True, validators=[MinValueValidator(0)],
        help_text=_("Of the parts goal."),
    )  # fmt: skip
    failure_percent = models.FloatField(
        _("failure below [%]"), null=True, blank=True, validators=[MinValueValidator(0)],
        help_text=_("Of the parts goal."),
    )  # fmt: skip
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "operation", "lot"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name", "part", "operation", "lot"], name="job_once_per_company",
                violation_error_message=_("This job exists already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.name, self.part, self.operation, self.lot)))


class JobDispatch(Owned):
    """Where a job may run, a station or any of a group, and what is different there."""

    company_path = "job__company"
    part_of = "job"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="dispatches")
    station = models.ForeignKey(Station, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    group = models.ForeignKey(StationGroup, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    ideal_part_time_ms = models.PositiveIntegerField(_("ideal part time [ms]"), null=True, blank=True)
    expected_part_time_ms = models.PositiveIntegerField(_("expected part time [ms]"), null=True, blank=True)
    expected_setup_ms = models.PositiveIntegerField(_("expected setup time [ms]"), null=True, blank=True)
    units_per_count = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.000001)])
    program = models.CharField(
        max_length=64, blank=True, help_text=_("The machine's program that makes it; of one job only.")
    )

    class Meta:
        verbose_name = _("place to run")
        verbose_name_plural = _("places to run")
        ordering = ["station", "group"]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "station", "group"], name="place_once_per_job", nulls_distinct=False,
                violation_error_message=_("The job may run there already."),
            ),
            models.CheckConstraint(
                condition=Q(station__isnull=True) ^ Q(group__isnull=True), name="a_place_is_a_station_or_a_group",
                violation_error_message=_("Choose a station or a group."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.station or self.group)


class JobRunQuerySet(OwnedQuerySet):
    def running(self) -> Self:
        """Runs that have begun and not ended."""
        return self.filter(actual_start__isnull=False, actual_end=None)

    def covering(self, start: datetime, end: datetime) -> Self:
        """Runs that really ran at some time of this window, with job and SKU."""
        begun = self.filter(actual_start__lt=end)
        return begun.filter(Q(actual_end=None) | Q(actual_end__gt=start)).select_related("sku", "job__sku")

    def queued(self) -> Self:
        """Runs that are still to begin, in the order in which they are to: prioritised ones first."""
        others = models.ExpressionWrapper(Q(prioritised_at=None), models.BooleanField())
        return self.filter(actual_start=None).order_by(others, F("planned_start").asc(nulls_last=True), "pk")


class JobRun(Owned):
    """One turn of a job or an SKU on one station: planned, running or done."""

    company_path = "station__company"

    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="job_runs")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("SKU"))
    sku_group = models.ForeignKey(
        SkuGroup, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("SKU group"),
        help_text=_("Several SKUs that are made together, in place of one; its job is named after it."),
    )  # fmt: skip
    planned_start = models.DateTimeField(null=True, blank=True)
    planned_end = models.DateTimeField(null=True, blank=True)
    planned_quantity = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    cycle_time_ms = models.PositiveIntegerField(
        _("cycle time [ms]"),
        null=True,
        blank=True,
        help_text=_("Ideal time per unit, for this run only; empty: job, SKU, then station."),
    )
    expected_part_time_ms = models.PositiveIntegerField(
        _("expected part time [ms]"),
        null=True,
        blank=True,
        help_text=_("For this run only; empty: the job's."),
    )
    expected_setup_ms = models.PositiveIntegerField(
        _("expected setup time [ms]"),
        null=True,
        blank=True,
        help_text=_("For this run only; empty: the job's."),
    )
    units_per_count = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.000001)],
        help_text=_("Parts per cycle, for this run only; empty: job, then SKU."),
    )  # fmt: skip
    starts_in_setup = models.BooleanField(
        default=False, help_text=_("It begins with setting the station up.")
    )
    prioritised_at = models.DateTimeField(
        _("prioritised"), null=True, blank=True, help_text=_("Since when it is to be made before the others.")
    )
    starts_by_plan = models.BooleanField(
        default=False, help_text=_("It starts by itself at its planned start, and ends what runs then.")
    )
    ends_by_plan = models.BooleanField(default=False, help_text=_("It ends by itself at its planned end."))
    ends_on_quantity = models.BooleanField(
        default=False,
        help_text=_("It ends by itself with the good unit that completes its planned quantity."),
    )
    extends_shift = models.BooleanField(
        default=False,
        help_text=_("Where it is planned past the end of a shift, the station works on until it is done."),
    )
    start_program = models.CharField(
        _("starts with program"), max_length=64, blank=True,
        help_text=_("It starts by itself when the station says that it runs this program."),
    )  # fmt: skip
    actual_start = models.DateTimeField(null=True, blank=True)
    production_start = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When setup was over; empty while it goes on, and of runs without."),
    )
    actual_end = models.DateTimeField(null=True, blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ["-actual_start", "-planned_start"]
        indexes = [
            # What runs, or ran lately: a run that began long ago may.
            models.Index(fields=["station", "actual_end"], name="runs_by_their_end"),
            # What is to come is asked each minute, and is little beside what has been.
            models.Index(
                fields=["station", "planned_start"], condition=Q(actual_start=None), name="what_is_to_run"
            ),
            # Asked for each stop that nobody has explained.
            models.Index(
                fields=["station", "actual_start"],
                condition=Q(starts_in_setup=True),
                name="setups_of_a_station",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(job__isnull=False) | Q(sku__isnull=False), name="a_run_is_of_a_job_or_an_sku",
                violation_error_message=_("Choose a job or an SKU."),
            ),
            models.CheckConstraint(
                condition=Q(sku=None) | Q(sku_group=None), name="a_run_is_of_an_sku_or_a_group_of_them",
                violation_error_message=_("Choose an SKU or an SKU group, not both."),
            ),
            models.CheckConstraint(
                condition=Q(planned_end__gt=F("planned_start")), name="a_run_is_planned_to_end_after_its_start",
                violation_error_message=_("The planned end must be after the planned start."),
            ),
            models.CheckConstraint(
                condition=Q(actual_end=None) | Q(actual_end__gt=F("actual_start")), name="a_run_ends_after_its_start",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=Q(production_start=None)
                | Q(starts_in_setup=True, actual_start__isnull=False, production_start__gte=F("actual_start")),
                name="setup_is_over_after_its_start",
                violation_error_message=_("Production begins after setup, in a run that starts with it."),
            ),
            ExclusionConstraint(
                name="one_run_at_a_time_per_station",
                expressions=[
                    ("station", RangeOperators.EQUAL),
                    (TsTzRange("actual_start", "actual_end"), RangeOperators.OVERLAPS),
                ],
                condition=Q(actual_start__isnull=False),
                violation_error_message=_("Another run is on this station at that time."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.job or self.sku)

    @property
    def effective_sku(self) -> Sku | None:
        """What it makes: its own SKU, else the job's."""
        return self.sku or (self.job.sku if self.job else None)

    @property
    def effective_part(self) -> str:
        """The code of what it makes, else what its job calls it; empty where nobody says."""
        sku = self.effective_sku
        return sku.code if sku else self.job.part if self.job else ""

    @property
    def may_instruct(self) -> bool:
        """Whether there is something to read while it runs; of a group, whether there may be."""
        sku = self.effective_sku
        return bool(self.sku_group_id or (sku and (sku.instructions_id or sku.instructions_url)))

    @property
    def effective_cycle_time_ms(self) -> int | None:
        """Ideal milliseconds per unit, by the run, else the job, else the SKU; None where none says."""
        job_time = self.job.ideal_part_time_ms if self.job else None
        sku = self.effective_sku
        return self.cycle_time_ms or job_time or (sku.cycle_time_ms if sku else None)

    @property
    def effective_expected_ms(self) -> int | None:
        """Expected milliseconds per unit, by the run, else the job."""
        return self.expected_part_time_ms or (self.job.expected_part_time_ms if self.job else None)

    @property
    def effective_setup_ms(self) -> int | None:
        """How long setting up is expected to take, by the run, else the job."""
        return self.expected_setup_ms or (self.job.expected_setup_ms if self.job else None)

    @property
    def effective_value(self) -> float:
        """What a unit is worth, by the SKU, else the job; 0 where none says."""
        sku = self.effective_sku
        value = sku.value if sku and sku.value is not None else self.job.part_value if self.job else None
        return float(value or 0)

    @property
    def effective_units_per_count(self) -> float:
        """Units that one count means, by the run, else the job, else the SKU, else 1."""
        job_says, sku = (self.job.units_per_count if self.job else None), self.effective_sku
        return self.units_per_count or job_says or (sku.units_per_count if sku else 1.0)

    @property
    def setup(self) -> Window | None:
        """When the station was set up for it; without an end as long as that goes on."""
        if not self.starts_in_setup or self.actual_start is None:
            return None
        return Window(self.actual_start, min(self.production_start or EVER, self.actual_end or EVER))

    @property
    def is_in_setup(self) -> bool:
        """Whether the station is being set up for it."""
        return self.setup is not None and self.production_start is None and self.actual_end is None

    def setup_matters_from(self, since: datetime) -> datetime:
        """From when on stops are concerned where the run is another from an instant on: some belong to its setup."""
        setup = self.setup
        return min(since, setup.start - AROUND_SETUP) if setup and since <= setup.end else since


class ErpRun(Owned):
    """The number by which an ERP knows a run, and what it said when it started it."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    erp_run_id = models.CharField(_("ERP's run id"), max_length=64)
    run = models.OneToOneField(JobRun, on_delete=models.CASCADE, related_name="erp")
    told = models.JSONField(help_text=_("The start as it was sent: the same again changes nothing."))

    class Meta:
        verbose_name = _("run of the ERP")
        verbose_name_plural = _("runs of the ERP")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "erp_run_id"], name="erp_run_id_once_per_company",
                violation_error_message=_("Another run has this id."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.erp_run_id
