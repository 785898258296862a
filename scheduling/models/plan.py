"""The plan as it was worked out: what it says of the past is not worked out again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Owned, OwnedQuerySet
from mesproject.accounts.retelling import retold
from production.models import Station
from scheduling.models.patterns import Attendance

# Why the past was worked out anew by itself: kept in English, and told in the reader's language.
ENTERED_ONCE = gettext_noop("“{name}” was entered once.")
ENDS_OTHERWISE = gettext_noop("“{name}” ends at another time.")
TAKEN_BACK = gettext_noop("{names} was taken back.")


class StationPlan(Owned):
    """How far a station's plan is written down; from there on it is worked out when it is asked for.

    A change of any rule first writes down the plan up to the present, then takes `written_until` back to it:
    the past stays as it was, the future follows the rules, and a worker writes it down again.
    """

    company_path = "station__company"

    station = models.OneToOneField(Station, on_delete=models.CASCADE, primary_key=True, related_name="plan")
    written_from = models.DateTimeField(help_text=_("Before this nothing was ever written down."))
    written_until = models.DateTimeField(db_index=True)
    tzdata = models.CharField(
        max_length=16, help_text=_("The version of the time zone rules it was made with.")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(written_until__gte=F("written_from")), name="a_plan_is_written_forward"
            ),
        ]


class PlannedShift(models.Model):
    """One shift of one station, or the part of it that a change left standing."""

    company_path = "station__company"

    pk = models.CompositePrimaryKey("station_id", "start_at")
    station = models.ForeignKey(Station, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    name = models.CharField(max_length=64)
    team = models.CharField(max_length=32)
    day = models.DateField(help_text=_("The shop day in which the shift starts."))
    attendance = models.CharField(max_length=12, choices=Attendance)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end_at__gt=F("start_at")), name="a_planned_shift_has_length"),
        ]


class Recomputation(Owned):
    """Somebody had the plan of the past worked out anew: who, from when on, why, and what it changed."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="recomputations")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    reason = models.CharField(max_length=255)
    since = models.DateTimeField()
    # By station code: planned milliseconds before and after, in the time from `since` to `asked_at`.
    changed = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("recomputation of the past")
        verbose_name_plural = _("recomputations of the past")
        ordering = ["-asked_at"]

    @property
    def told(self) -> str:
        """Why, in the reader's language where nobody wrote it himself."""
        return retold(self.reason, (ENTERED_ONCE, ENDS_OTHERWISE, TAKEN_BACK))

    def __str__(self) -> str:
        return gettext("Plan since {time}, by {name}").format(
            time=f"{localtime(self.since):%Y-%m-%d %H:%M}", name=self.asked_by
        )
