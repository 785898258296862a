"""What leaves the building."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models

from mesproject.accounts.models.companies import Company, Owned, OwnedQuerySet


class OutboxQuerySet(OwnedQuerySet):
    def due(self, at: datetime) -> Self:
        """Messages nobody has begun to send, oldest first."""
        return self.filter(state=OutboxMessage.State.WAITING, due_at__lte=at).order_by("due_at")

    def send_again(self, at: datetime) -> int:
        """Put those that failed or hang back in the queue, and return how many those were."""
        stuck = self.filter(state__in=[OutboxMessage.State.FAILED, OutboxMessage.State.SENDING])
        return stuck.update(state=OutboxMessage.State.WAITING, due_at=at, attempts=0, error="")


class OutboxMessage(Owned):
    """A mail that must leave the building once. The row is the truth, the task queue only a nudge.

    A crash while sending leaves `sending`: whether the mail server took it cannot be known, so it is
    shown to an administrator and never sent again by itself.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Given up"

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    # What it is about and for whom; writing the same message twice changes nothing.
    key = models.CharField(max_length=200, unique=True)
    recipient = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"

    def claim(self) -> bool:
        """Take the message for sending; False if another worker was faster."""
        waiting = OutboxMessage.objects.filter(pk=self.pk, state=self.State.WAITING)
        return bool(waiting.update(state=self.State.SENDING, attempts=models.F("attempts") + 1))
