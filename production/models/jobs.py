"""What is ordered, and its turns on the stations."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q

from mesproject.accounts.models import Company, Owned, OwnedQuerySet
from production.models.plant import Station
from production.models.skus import Sku


class TsTzRange(Func):
    """PostgreSQL's half-open tstzrange(start, end)."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Operator(Owned):
    """A person at a machine, known by initials; no login needed."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="operators")
    initials = models.CharField(max_length=8)
    name = models.CharField(max_length=128, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["initials"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "initials"], name="operator_initials_once_per_company",
                violation_error_message="Somebody else has these initials.",
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
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, blank=True, verbose_name="SKU")
    ideal_part_time_ms = models.PositiveIntegerField("ideal part time [ms]", null=True, blank=True)
    expected_part_time_ms = models.PositiveIntegerField("expected part time [ms]", null=True, blank=True)

    class Meta:
        ordering = ["name", "operation", "lot"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name", "part", "operation", "lot"], name="job_once_per_company",
                violation_error_message="This job exists already.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.name, self.part, self.operation, self.lot)))


class JobRunQuerySet(OwnedQuerySet):
    def running(self) -> Self:
        """Runs that have begun and not ended."""
        return self.filter(actual_start__isnull=False, actual_end=None)

    def covering(self, start: datetime, end: datetime) -> Self:
        """Runs that really ran at some time of this window, with job and SKU."""
        begun = self.filter(actual_start__lt=end)
        return begun.filter(Q(actual_end=None) | Q(actual_end__gt=start)).select_related("sku", "job__sku")


class JobRun(Owned):
    """One turn of a job or an SKU on one station: planned, running or done."""

    company_path = "station__company"

    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="job_runs")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, blank=True, verbose_name="SKU")
    planned_start = models.DateTimeField(null=True, blank=True)
    planned_end = models.DateTimeField(null=True, blank=True)
    planned_quantity = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    cycle_time_ms = models.PositiveIntegerField(
        "cycle time [ms]",
        null=True,
        blank=True,
        help_text="Ideal time per unit, for this run only; empty: job, SKU, then station.",
    )
    actual_start = models.DateTimeField(null=True, blank=True)
    actual_end = models.DateTimeField(null=True, blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ["-actual_start", "-planned_start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(job__isnull=False) | Q(sku__isnull=False), name="a_run_is_of_a_job_or_an_sku",
                violation_error_message="Choose a job or an SKU.",
            ),
            models.CheckConstraint(
                condition=Q(planned_end__gt=F("planned_start")), name="a_run_is_planned_to_end_after_its_start",
                violation_error_message="The planned end must be after the planned start.",
            ),
            models.CheckConstraint(
                condition=Q(actual_end=None) | Q(actual_end__gt=F("actual_start")), name="a_run_ends_after_its_start",
                violation_error_message="The end must be after the start.",
            ),
            ExclusionConstraint(
                name="one_run_at_a_time_per_station",
                expressions=[
                    ("station", RangeOperators.EQUAL),
                    (TsTzRange("actual_start", "actual_end"), RangeOperators.OVERLAPS),
                ],
                condition=Q(actual_start__isnull=False),
                violation_error_message="Another run is on this station at that time.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.job or self.sku)

    @property
    def effective_sku(self) -> Sku | None:
        """What it makes: its own SKU, else the job's."""
        return self.sku or (self.job.sku if self.job else None)

    @property
    def effective_cycle_time_ms(self) -> int | None:
        """Ideal milliseconds per unit, by the run, else the job, else the SKU; None where none says."""
        job_time = self.job.ideal_part_time_ms if self.job else None
        sku = self.effective_sku
        return self.cycle_time_ms or job_time or (sku.cycle_time_ms if sku else None)
