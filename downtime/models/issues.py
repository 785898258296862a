"""The stop as people see it, and what they did about it."""

from __future__ import annotations

import uuid as uuids
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.timezone import localtime

from downtime.errors import AlreadyAnswered, IssueWithdrawn
from downtime.mails import tell_of_escalation
from downtime.models.causes import Cause
from mesproject.accounts.models import Device, Owned, OwnedQuerySet, User
from production.live import sum_again
from production.models import JobRun, Operator, Station
from production.nudges import announce
from production.windows import Window


class IssueQuerySet(OwnedQuerySet):
    def valid(self) -> Self:
        """Without those that late data has taken back."""
        return self.filter(withdrawn_at=None)

    def open(self) -> Self:
        """Stops that go on."""
        return self.valid().filter(ended_at=None)

    def unexplained(self) -> Self:
        """Stops without a cause, going on or over."""
        return self.valid().filter(cause=None)

    def overlapping(self, window: Window) -> Self:
        """Stops that share time with the window."""
        return self.valid().filter(Q(ended_at=None) | Q(ended_at__gt=window.start), started_at__lt=window.end)

    def for_screens(self) -> Self:
        """With everything a card shows, in one query."""
        return self.select_related("station", "cause__parent", "owner", "owner_user").order_by("-started_at")


class Who:
    """The hand behind a step: a user, or an operator at an enrolled device, or both."""

    __slots__ = ("device", "operator", "user")

    def __init__(
        self, *, user: User | None = None, operator: Operator | None = None, device: Device | None = None
    ) -> None:
        self.user, self.operator, self.device = user, operator, device

    def __str__(self) -> str:
        return str(self.operator or self.user or self.device or "Floorlight")

    def as_fields(self) -> dict[str, Any]:
        """The columns of an event that name him."""
        return {"user": self.user, "operator": self.operator, "device": self.device}


class Issue(Owned):
    """One stop: it starts at the last sign of work and ends with the next. Its state changes only by its verbs."""

    company_path = "station__company"

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="issues")
    job_run = models.ForeignKey(JobRun, on_delete=models.SET_NULL, null=True, blank=True)
    silent_since = models.DateTimeField(editable=False)  # the last sign of work; it tells stops apart
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    raised_at = models.DateTimeField()  # when the deadline passed
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True)
    owner_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    estimated_end_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, blank=True, related_name="issues")
    withdrawn_at = models.DateTimeField(null=True, blank=True)  # late data shows that it was no stop
    updated_at = models.DateTimeField()

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["station", "-started_at"], name="issues_of_a_station")]
        constraints = [
            models.UniqueConstraint(
                fields=["station"], condition=Q(ended_at=None, withdrawn_at=None), name="one_open_stop_per_station",
                violation_error_message="This station has an open stop already.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="a_stop_has_length",
                violation_error_message="A stop ends after its start.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.station} stopped {localtime(self.started_at):%Y-%m-%d %H:%M}"

    @property
    def owner_name(self) -> str:
        """Who has it in hand, or an empty text."""
        return str(self.owner or self.owner_user or "")

    def duration(self, now: datetime) -> timedelta:
        """Elapsed time, up to now while it goes on."""
        return (self.ended_at or now) - self.started_at

    def acknowledge(self, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """Give the stop an owner. The second to try raises AlreadyAnswered, which names the first."""
        unclaimed = Issue.objects.filter(pk=self.pk, acknowledged_at=None, withdrawn_at=None)
        owner = {"owner": by.operator, "owner_user": by.user}
        with transaction.atomic():
            if self._knows(key):
                return
            if not unclaimed.update(acknowledged_at=at, updated_at=at, **owner):
                self.refresh_from_db()
                raise (IssueWithdrawn() if self.withdrawn_at else AlreadyAnswered(self.owner_name))
            self._log(IssueEvent.Kind.ACKNOWLEDGED, by=by, at=at, key=key)

    def estimate(self, end: datetime, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """Say when the station will be back; a later word replaces an earlier one."""
        self._step(IssueEvent.Kind.ESTIMATED, by=by, at=at, key=key, changes={"estimated_end_at": end})

    def escalate(self, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """Call for help, and tell those who answer for the floor by mail."""
        with transaction.atomic():
            if self._step(IssueEvent.Kind.ESCALATED, by=by, at=at, key=key, changes={"escalated_at": at}):
                tell_of_escalation(self, by=by, at=at)

    def explain(
        self, cause: Cause, *, by: Who, at: datetime, seen: Cause | None = None, key: uuids.UUID | None = None
    ) -> None:
        """Say why. `seen` is the cause the person had before his eyes: if another was given meanwhile, raise
        AlreadyAnswered with the name of whoever gave it, and change nothing."""
        with transaction.atomic():
            if self._knows(key):
                return
            unchanged = Issue.objects.filter(pk=self.pk, cause=seen, withdrawn_at=None)
            if not unchanged.update(cause=cause, updated_at=at):
                self.refresh_from_db()
                raise (IssueWithdrawn() if self.withdrawn_at else AlreadyAnswered(self.last_explained_by()))
            self._log(IssueEvent.Kind.EXPLAINED, by=by, at=at, key=key, cause=cause)
            sum_again([self.station_id], since=self.started_at)

    def note(self, text: str, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """Write something down beside the stop."""
        self._step(IssueEvent.Kind.NOTED, by=by, at=at, key=key, changes={}, text=text)

    def last_explained_by(self) -> str:
        """Who gave the cause it has, or an empty text."""
        event = self.events.filter(kind=IssueEvent.Kind.EXPLAINED).select_related("operator", "user").last()
        return event.by if event else ""

    def _step(
        self,
        kind: str,
        *,
        by: Who,
        at: datetime,
        key: uuids.UUID | None,
        changes: dict[str, Any],
        **details: Any,
    ) -> bool:
        """Change state and log together; False where this very step came before."""
        with transaction.atomic():
            if self._knows(key):
                return False
            still_a_stop = Issue.objects.filter(pk=self.pk, withdrawn_at=None)
            if not still_a_stop.update(updated_at=at, **changes):
                raise IssueWithdrawn()
            self._log(kind, by=by, at=at, key=key, **changes_of_event(changes), **details)
        return True

    def _knows(self, key: uuids.UUID | None) -> bool:
        """Whether this very step came before: a tablet sends again what it has no answer for."""
        return key is not None and self.events.filter(key=key).exists()

    def _log(self, kind: str, *, by: Who, at: datetime, key: uuids.UUID | None, **details: Any) -> None:
        self.events.create(kind=kind, at=at, key=key or uuids.uuid4(), **by.as_fields(), **details)
        announce([self.station_id])
        self.refresh_from_db()


def changes_of_event(changes: dict[str, Any]) -> dict[str, Any]:
    """The part of an issue's changes that its event repeats."""
    return {name: value for name, value in changes.items() if name == "estimated_end_at"}


class IssueEvent(Owned):
    """One step in a stop's life. Never changed, never deleted."""

    company_path = "issue__station__company"

    class Kind(models.TextChoices):
        RAISED = "raised", "Raised"
        ACKNOWLEDGED = "acknowledge", "Acknowledged"
        ESTIMATED = "estimate", "Estimated"
        ESCALATED = "escalate", "Escalated"
        EXPLAINED = "cause", "Explained"
        NOTED = "note", "Noted"
        ENDED = "ended", "Running again"
        WITHDRAWN = "withdrawn", "Withdrawn"

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField()
    key = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True)
    estimated_end_at = models.DateTimeField(null=True, blank=True)
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, blank=True)
    text = models.TextField(blank=True, max_length=2000)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {localtime(self.at):%H:%M}"

    @property
    def by(self) -> str:
        """Who did it."""
        return str(self.operator or self.user or self.device or "Floorlight")
