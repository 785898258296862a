"""One row a station: what it does now."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Owned, OwnedQuerySet
from production.counters import Counters, Jump
from production.models.jobs import JobRun
from production.models.plant import Station


class Status(models.TextChoices):
    """What a station does; the states of a slice, too."""

    RUNNING = "running", _("Running")
    MICRO_STOP = "micro_stop", _("Micro-stop")
    STOPPED = "stopped", _("Stopped")
    NO_SIGNAL = "no_signal", _("No signal")
    NOT_PLANNED = "not_planned", _("Not planned")


class StationLiveQuerySet(OwnedQuerySet):
    def for_screens(self) -> StationLiveQuerySet:
        """With everything a tile shows of station and run, in one query."""
        return self.select_related("station__group__plant", "job_run__sku", "job_run__job__sku")

    def dirty_before(self, at: datetime) -> StationLiveQuerySet:
        """Stations in use whose decided past must be decided anew, from before an instant on."""
        return self.filter(dirty_from__lt=at, settled_at__gt=F("dirty_from"), station__archived_at=None)

    def jumped(self) -> StationLiveQuerySet:
        """Stations whose running count once jumped further than they can make."""
        return self.filter(counters__jump__at__isnull=False)


class StationLive(Owned):
    """The live row: moved by the door in the transaction that stores a signal, and by the tick.

    `deadline` is when the tick must look at the station: never later than the instant at which its
    state could change by silence alone. `settled_at` is how far the slices are decided, `carry` what
    detection must remember from before it; a signal older than that sets `dirty_from`.
    """

    company_path = "station__company"

    station = models.OneToOneField(Station, on_delete=models.CASCADE, primary_key=True, related_name="live")
    status = models.CharField(max_length=12, choices=Status, default=Status.NO_SIGNAL)
    since = models.DateTimeField(null=True)
    # Not indexed: the rows are few, and change each second.
    job_run = models.ForeignKey(JobRun, on_delete=models.SET_NULL, null=True, db_index=False)
    last_output_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    productive = models.BooleanField(null=True)
    available = models.BooleanField(null=True)
    speed = models.FloatField(null=True)
    rssi = models.FloatField(null=True)
    error_code = models.TextField(default="")
    program = models.TextField(default="")
    counters = models.JSONField(default=dict)  # where counting goes on
    deadline = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    dirty_from = models.DateTimeField(null=True)
    sums_from = models.DateTimeField(null=True)  # from when on facts that were summed no longer hold
    carry = models.JSONField(null=True)
    version = models.BigIntegerField(default=0)  # grows with every change; what screens compare

    objects = StationLiveQuerySet.as_manager()

    class Meta:
        verbose_name = _("state of a station now")
        verbose_name_plural = _("states of stations now")
        indexes = [
            models.Index(fields=["deadline"], name="whose_deadline_has_passed"),
            # Asked each second, and hardly any row is in it.
            models.Index(fields=["dirty_from"], condition=Q(dirty_from__isnull=False), name="whose_past_has_changed"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.station} {self.status}"

    @property
    def jump(self) -> Jump | None:
        """The last reading of a running count that was not believed, and so not counted."""
        return msgspec.convert(self.counters, Counters).jump
