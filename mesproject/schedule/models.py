"""What follows from runs that are planned: how far they are expected to get, and which shifts last longer for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import OwnedQuerySet
from production.models import JobRun
from scheduling.forecast import Standing
from scheduling.models import PatternException


class Forecast(models.Model):
    """What a run has made by `at`, when it is expected to start and to end; null is not known. Disposable."""

    company_path = "run__station__company"

    run = models.OneToOneField(JobRun, on_delete=models.CASCADE, primary_key=True, related_name="forecast")
    at = models.DateTimeField()
    made = models.FloatField(help_text=_("Good units."))
    start = models.DateTimeField(null=True)
    end = models.DateTimeField(null=True)
    quantity = models.FloatField(null=True)
    pace_ms = models.FloatField(null=True)
    due = models.DateTimeField(null=True)
    standing = models.CharField(
        max_length=8, blank=True, choices=[(one.value, one.value.replace("-", " ")) for one in Standing]
    )

    objects = OwnedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.run}: {self.standing or 'open'}"


class ShiftExtension(models.Model):
    """Overtime that was made for runs, not by a person; `ends` is when the shift would be over without it."""

    company_path = "exception__company"

    exception = models.OneToOneField(
        PatternException, on_delete=models.CASCADE, primary_key=True, related_name="extension"
    )
    ends = models.DateTimeField()

    objects = OwnedQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.exception)
