"""Rejects and their reasons."""

from __future__ import annotations

import uuid as uuids
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Device, Owned, OwnedQuerySet, User
from production.live import sum_again, sum_each_again
from production.models import JobRun, Operator, Station
from production.windows import Window


class RejectReasonQuerySet(OwnedQuerySet):
    def active(self) -> Self:
        """Reasons that may still be chosen."""
        return self.filter(archived_at=None)


class RejectReason(Owned):
    """Why a part was not good. Another kind holds for all that was ever declared by it."""

    class Kind(models.TextChoices):
        SCRAP = "scrap", _("Scrap: thrown away")
        NONCONFORM = "nonconform", _("Nonconforming: not decided yet")
        REWORK = "rework", _("To be reworked")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="reject_reasons")
    code = models.CharField(max_length=50)
    description = models.CharField(max_length=50)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.SCRAP)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = RejectReasonQuerySet.as_manager()

    class Meta:
        ordering = ["position", "description"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="reject_reason_code_once_per_company",
                violation_error_message=_("There is a reason with this code already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.description

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; where its rejects now count as something else, let them be summed anew."""
        with transaction.atomic():
            # Locked against whoever declares by it now: that reject is either seen here or summed afterwards.
            before = (
                RejectReason.objects.select_for_update().filter(pk=self.pk).values_list("kind", flat=True)
            )
            changed = [kind for kind in before if kind != self.kind]
            super().save(*args, **kwargs)
            if changed:
                declared = self.rejects.filter(undone_at=None).order_by()
                sum_each_again(dict(declared.values_list("station").annotate(since=models.Min("at"))))


class RejectQuerySet(OwnedQuerySet):
    def within(self, window: Window) -> Self:
        """Rejects declared in the window and not undone."""
        return self.filter(at__gte=window.start, at__lt=window.end, undone_at=None)


class Reject(Owned):
    """Parts that an operator declared not good. A slip is undone, not deleted."""

    company_path = "station__company"

    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="rejects")
    reason = models.ForeignKey(RejectReason, on_delete=models.PROTECT, related_name="rejects")
    quantity = models.FloatField(validators=[MinValueValidator(0.001), MaxValueValidator(1_000_000)])
    at = models.DateTimeField()
    job_run = models.ForeignKey(JobRun, on_delete=models.SET_NULL, null=True, blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True)
    key = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = RejectQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["station", "-at"], name="rejects_of_a_station")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__range=(0.001, 1_000_000)), name="a_reject_has_a_plain_quantity",
                violation_error_message=_("The quantity must be between 0.001 and 1,000,000."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.quantity:g} × {self.reason}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it, and let the sums of that time be made anew, and of the time to which it belonged before."""
        with transaction.atomic():
            before = Reject.objects.filter(pk=self.pk).values_list("station_id", "at")
            times = [*before, (self.station_id, self.at)]
            super().save(*args, **kwargs)
            sum_again({station for station, _ in times}, since=min(at for _, at in times))
