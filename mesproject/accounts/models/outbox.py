"""What leaves the building."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts import whys_not
from mesproject.accounts.models.companies import Company, Owned, OwnedQuerySet
from mesproject.accounts.models.endpoints import Endpoint
from mesproject.accounts.retelling import retold

# How long whoever claimed a message has to hand it over; longer than the slowest mail server is waited for.
LEASE = timedelta(minutes=10)
# Keys of mails that let their reader in begin with this; nobody else may read them.
LETS_IN = "login-link:"


class Superseded(Exception):
    """The message was claimed so long ago that it is another worker's by now."""


class OutboxQuerySet(OwnedQuerySet):
    def due(self, at: datetime) -> Self:
        """Messages to be sent now, oldest first: nobody has begun, or whoever did gave no sign for too long."""
        begun = [OutboxMessage.State.WAITING, OutboxMessage.State.SENDING]
        return self.filter(state__in=begun, due_at__lte=at).order_by("due_at", "pk")

    def claim(self, kind: str, at: datetime, *, but: Collection[int] = ()) -> OutboxMessage | None:
        """Take the oldest message of a kind for sending; what another worker takes at this moment is passed over.

        `but` are endpoints to leave out.
        """
        waiting = self.due(at).filter(kind=kind).exclude(endpoint__in=list(but))
        with transaction.atomic():
            message: OutboxMessage | None = waiting.select_for_update(skip_locked=True, of=("self",)).first()
            if message:
                message.state, message.due_at = OutboxMessage.State.SENDING, at + LEASE
                message.attempts += 1
                message.save(update_fields=["state", "due_at", "attempts"])
        return message

    def send_again(self, at: datetime) -> int:
        """Put those that were given up or are undecided back in the queue, and return how many those were."""
        stuck = self.filter(state__in=[OutboxMessage.State.FAILED, OutboxMessage.State.HANDED])
        return stuck.update(
            state=OutboxMessage.State.WAITING, due_at=at, attempts=0, error="", expires_at=None
        )


class OutboxMessage(Owned):
    """A mail or a webhook's call that must leave the building. The row is the truth, the task queue only a nudge.

    A worker that dies before it hands a mail over loses its lease, and another sends it. One that dies between
    handing it over and noting the answer leaves `handed`: whether the mail server took it cannot be known, so it
    is shown to an administrator and never sent again by itself. A webhook's call is repeated: its id tells.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        HANDED = "handed", _("Handed over, no answer")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Given up")

    class Kind(models.TextChoices):
        MAIL = "mail", _("Mail")
        WEBHOOK = "webhook", _("Webhook")

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.MAIL)
    # What it is about and for whom; writing the same message twice changes nothing.
    key = models.CharField(max_length=200, unique=True)
    recipient = models.CharField(max_length=500)  # an address of mail, or of the web
    subject = models.CharField(max_length=200)
    body = models.TextField()
    html = models.TextField(_("HTML"), blank=True)
    headers = models.JSONField(default=dict, blank=True)
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    # When it is sent; while it is being sent, until when that may take.
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text=_("After this it is no news any more.")
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        ordering = ["-created_at"]
        indexes = [
            # What is asked every few seconds, whatever was ever sent.
            models.Index(
                fields=["kind", "due_at"], name="outbox_due", condition=Q(state__in=["waiting", "sending"])
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="mail", endpoint=None) | Q(kind="webhook", endpoint__isnull=False),
                name="a_webhook_has_an_endpoint",
                violation_error_message=_("A webhook's call has an endpoint, a mail has none."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"

    @property
    def why_not(self) -> str:
        """What went wrong, in the reader's language where it was not somebody else who said it."""
        return retold(self.error, whys_not.ALL)

    @property
    def readable(self) -> str:
        """What it says, for an administrator to read."""
        return (
            gettext("It lets its reader in, and is shown to nobody else.")
            if self.key.startswith(LETS_IN)
            else self.body
        )

    def hand_over(self) -> None:
        """Note that the mail server is told in this moment, or raise Superseded."""
        self._move(OutboxMessage.State.HANDED, since=OutboxMessage.State.SENDING)

    def sent(self, at: datetime) -> None:
        """It was taken."""
        self._move(OutboxMessage.State.SENT, sent_at=at, error="")

    def postpone(self, until: datetime, why: str) -> None:
        """It was not taken, and is tried again then."""
        self._move(OutboxMessage.State.WAITING, due_at=until, error=why)

    def give_up(self, why: str) -> None:
        """It was not taken, and would not be."""
        self._move(OutboxMessage.State.FAILED, error=why)

    def leave_undecided(self, why: str) -> None:
        """It may have been taken."""
        self._move(OutboxMessage.State.HANDED, error=why)

    def _move(self, state: str, *, since: str = "", **changes: object) -> None:
        """Change it while it is ours: nobody else has claimed it since we did."""
        own = OutboxMessage.objects.filter(pk=self.pk, attempts=self.attempts)
        if since:
            own = own.filter(state=since, due_at=self.due_at)
        if not own.update(state=state, **changes):
            raise Superseded
        self.state = state
