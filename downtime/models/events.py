"""The steps in an issue's life, and whose hand they were."""

from __future__ import annotations

import uuid as uuids
from typing import Any

from django.db import models
from django.utils.timezone import localtime

from downtime.models.causes import Cause
from mesproject.accounts.models import ApiKey, Device, Owned, User
from production.models import Operator


class Who:
    """The hand behind a step: a user, or an operator at an enrolled device, or both; or a program, by its key."""

    __slots__ = ("device", "operator", "program", "user")

    def __init__(
        self, *, user: User | None = None, operator: Operator | None = None, device: Device | None = None,
        program: ApiKey | None = None,
    ) -> None:  # fmt: skip
        self.user, self.operator, self.device, self.program = user, operator, device, program

    def __str__(self) -> str:
        return str(self.operator or self.user or self.device or self.program or "Floorlight")

    def as_fields(self) -> dict[str, Any]:
        """The columns of an event that name him."""
        return {name: getattr(self, name) for name in self.__slots__}


class IssueEvent(Owned):
    """One step in an issue's life. Never changed, never deleted."""

    company_path = "issue__station__company"

    class Kind(models.TextChoices):
        RAISED = "raised", "Raised"
        ACKNOWLEDGED = "acknowledge", "Acknowledged"
        ESTIMATED = "estimate", "Estimated"
        ESCALATED = "escalate", "Escalated"
        EXPLAINED = "cause", "Explained"
        NOTED = "note", "Noted"
        WATCHED = "watch", "Watched"
        EXCLUDED = "exclude", "Excluded"
        REOPENED = "reopen", "Re-opened"
        SPLIT = "split", "Split"
        MERGED = "merge", "Merged"
        CLOSED = "close", "Closed"
        ENDED = "ended", "Running again"
        WITHDRAWN = "withdrawn", "Withdrawn"

    issue = models.ForeignKey("downtime.Issue", on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField()
    key = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True)
    program = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, blank=True)
    estimated_end_at = models.DateTimeField(null=True, blank=True)
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, blank=True)
    cut_at = models.DateTimeField(null=True, blank=True)  # where a stop was split
    text = models.TextField(blank=True, max_length=2000)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {localtime(self.at):%H:%M}"

    @property
    def by(self) -> str:
        """Who did it."""
        return str(self.operator or self.user or self.device or self.program or "Floorlight")
