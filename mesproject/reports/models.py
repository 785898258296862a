"""Facts: a station's slices summed up. Disposable: `manage.py rebuild` makes them anew from what they sum.

Shop day and shift are the plant's. No shift is an empty name; no run, operator, cause or reason is 0.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import ApiKey, Owned, OwnedQuerySet
from mesproject.reports.definitions import KpiDefinition  # noqa: F401  (where Django looks for models)
from production.models import Station


class Fact(models.Model):
    """The measures of `mesproject.reports.measures`, column by column. Milliseconds and counts fit four bytes."""

    company_path = "station__company"

    station = models.ForeignKey(Station, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    day = models.DateField()
    shift = models.CharField(max_length=64)

    all_ms = models.IntegerField()
    shift_ms = models.IntegerField()
    optional_ms = models.IntegerField()
    unattended_ms = models.IntegerField()
    no_run_ms = models.IntegerField()
    break_ms = models.IntegerField()
    holiday_ms = models.IntegerField()
    maintenance_ms = models.IntegerField()
    non_production_ms = models.IntegerField()
    planned_ms = models.IntegerField()
    run_ms = models.IntegerField()
    micro_stop_ms = models.IntegerField()
    stop_ms = models.IntegerField()
    planned_stop_ms = models.IntegerField()
    setup_ms = models.IntegerField()
    no_signal_ms = models.IntegerField()
    uncategorized_ms = models.IntegerField()
    run_outside_ms = models.IntegerField()
    stops = models.IntegerField()
    micro_stops = models.IntegerField()
    good = models.FloatField()
    bad = models.FloatField()
    scrap = models.FloatField()
    nonconform = models.FloatField()
    rework = models.FloatField()
    ideal_ms = models.FloatField()
    expected_ms = models.FloatField()
    ideal_units = models.FloatField()
    target_units = models.FloatField()
    expected_units = models.FloatField()
    kwh = models.FloatField()
    kwh_outside = models.FloatField()
    value = models.FloatField()
    lost_value = models.FloatField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class HourFact(Fact):
    """An hour of the plant's clock, by shop day, shift, job run and operator."""

    pk = models.CompositePrimaryKey("station_id", "hour", "day", "shift", "run_id", "operator_id")
    hour = models.DateTimeField()
    run_id = models.BigIntegerField()
    operator_id = models.BigIntegerField()


class DayFact(Fact):
    """A shop day and shift, by job run and operator."""

    pk = models.CompositePrimaryKey("station_id", "day", "shift", "run_id", "operator_id")
    run_id = models.BigIntegerField()
    operator_id = models.BigIntegerField()


class ShiftFact(Fact):
    """A shop day and shift and nothing else, because most questions need no more."""

    pk = models.CompositePrimaryKey("station_id", "day", "shift")


class LossFact(models.Model):
    """What was lost in an hour, by why it was."""

    company_path = "station__company"

    station = models.ForeignKey(Station, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    hour = models.DateTimeField()
    day = models.DateField()
    shift = models.CharField(max_length=64)
    run_id = models.BigIntegerField()
    operator_id = models.BigIntegerField()
    records = models.IntegerField(help_text=_("How many stops or declarations began in it."))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class DowntimeFact(LossFact):
    """Milliseconds of stops in planned production time, by cause."""

    pk = models.CompositePrimaryKey("station_id", "hour", "day", "shift", "run_id", "operator_id", "cause_id")
    cause_id = models.BigIntegerField()
    amount = models.IntegerField(help_text=_("Milliseconds."))


class RejectFact(LossFact):
    """Units that people declared bad, by reason."""

    pk = models.CompositePrimaryKey(
        "station_id", "hour", "day", "shift", "run_id", "operator_id", "reason_id"
    )
    reason_id = models.BigIntegerField()
    amount = models.FloatField(help_text=_("Units."))


class FactMark(models.Model):
    """How far a station's facts are summed, and where counting goes on.

    Before `settled_until` only late data can change anything. `counters` and `meter` are what counting
    remembers at the beginning of `hour`; `settled` is what of that hour is settled (`tails.Settled`), where that
    is known. Hours and shop days are those of the clock it was summed by.
    """

    company_path = "station__company"

    station = models.OneToOneField(Station, on_delete=models.CASCADE, primary_key=True, related_name="facts")
    summed_until = models.DateTimeField(db_index=True)
    settled_until = models.DateTimeField()
    hour = models.DateTimeField()
    counters = models.JSONField()
    meter = models.FloatField(null=True)
    settled = models.JSONField(null=True)
    timezone = models.CharField(max_length=64, default="")
    day_start = models.TimeField(null=True)

    objects = OwnedQuerySet.as_manager()


class StoredReport(Owned):
    """A report that its key may fetch as CSV until it expires. What was asked is kept; the rest is computed then."""

    class Kind(models.TextChoices):
        PRODUCTION = "production", _("Production")
        DOWNTIME = "downtime", _("Downtime")
        QUALITY = "quality", _("Quality")

    company_path = "key__company"

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="stored_reports")
    kind = models.CharField(max_length=16, choices=Kind)
    asked = models.JSONField()
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            # Asked again, it lives longer: a client that asks each minute does not fill the table.
            models.UniqueConstraint(fields=["key", "kind", "digest"], name="one_stored_report_per_question"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
