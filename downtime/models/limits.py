"""When help is called by the clock, for each group of stations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Owned
from production.models import StationGroup

if TYPE_CHECKING:
    from downtime.models.issues import Issue

LONGEST = MaxValueValidator(7 * 24 * 60)


class EscalationLimit(Owned):
    """How long a group's issues may wait for an estimate, and may go on after it has run out."""

    company_path = "group__plant__company"
    part_of = "group"

    group = models.OneToOneField(StationGroup, on_delete=models.CASCADE, related_name="escalation")
    without_estimate = models.PositiveSmallIntegerField(
        _("without an estimate (minutes)"), null=True, blank=True, validators=[LONGEST],
        help_text=_("Help is called when nobody has said by then when the station is back. Empty: never."),
    )  # fmt: skip
    after_estimate = models.PositiveSmallIntegerField(
        _("after the estimate (minutes)"), null=True, blank=True, validators=[LONGEST],
        help_text=_(
            "Help is called when the station is not back so long after it was to be. 0: at once. Empty: never."
        ),
    )  # fmt: skip

    class Meta:
        verbose_name = _("escalation by the clock")
        verbose_name_plural = _("escalation by the clock")

    def __str__(self) -> str:
        return gettext("Escalation in {group}").format(group=self.group)

    def due(self, issue: Issue) -> datetime | None:
        """When help is to be called for an issue, as it stands; each deadline calls once."""
        if issue.ended_at or issue.excluded_at:
            return None
        begun, limit = issue.started_at, self.without_estimate
        if issue.estimated_end_at:
            begun, limit = issue.estimated_end_at, self.after_estimate
        if limit is None:
            return None
        due = begun + timedelta(minutes=limit)
        called = issue.escalated_at is not None and (not issue.estimated_end_at or issue.escalated_at >= due)
        return None if called else due

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; it holds for what goes on now, too."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            self._set_deadlines()

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Without limits nothing is called by the clock."""
        with transaction.atomic():
            self.without_estimate = self.after_estimate = None
            self._set_deadlines()
            return super().delete(*args, **kwargs)

    def _set_deadlines(self) -> None:
        model = apps.get_model("downtime", "Issue")  # which knows limits itself
        issues = list(model.objects.ongoing().filter(station__group=self.group).select_for_update())
        for issue in issues:
            issue.escalate_at = self.due(issue)
        model.objects.bulk_update(issues, ["escalate_at"])


def due_of(issue: Issue) -> datetime | None:
    """When help is to be called for an issue by the limits of its group."""
    limit = EscalationLimit.objects.filter(group=issue.station.group_id).first()
    return limit.due(issue) if limit else None
