"""The tiles of a station's time."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from mesproject.accounts.models import OwnedQuerySet
from production.models import Station
from production.models.live import Status
from production.windows import Window


class SliceQuerySet(OwnedQuerySet):
    def overlapping(self, window: Window) -> Self:
        """Slices that share time with the window, oldest first."""
        begun = self.filter(start__lt=window.end)
        return begun.filter(Q(end=None) | Q(end__gt=window.start)).order_by("station", "start")


class Slice(models.Model):
    """A stretch of one station's time in which its state did not change; the last one is open.

    Slices of a station tile its time from its first signal on. They are disposable: the engine rebuilds
    them from signals and plan, bit by bit the same. `carry` is what detection remembered when the slice
    began, so that a late signal is re-decided from there and not from the beginning of time.
    """

    company_path = "station__company"

    pk = models.CompositePrimaryKey("station_id", "start")
    station = models.ForeignKey(Station, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    start = models.DateTimeField()
    end = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=Status)
    # The last sign of work before a stop or micro-stop; stops of the same silence are one issue.
    silent_since = models.DateTimeField(null=True)
    carry = models.JSONField()

    objects = SliceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end=None) | Q(end__gt=F("start")), name="a_slice_has_length"),
            models.UniqueConstraint(
                fields=["station"], condition=Q(end=None), name="one_open_slice_per_station"
            ),
        ]

    def window(self, until: datetime) -> Window:
        """Its span; an open slice reaches to `until`."""
        return Window(self.start, self.end or max(self.start, until))
