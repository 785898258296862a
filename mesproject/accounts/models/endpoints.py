"""Where other programs are told what happens: webhooks in the form of https://www.standardwebhooks.com."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from mesproject.accounts import signatures, whys_not
from mesproject.accounts.models.companies import Company, Owned, OwnedQuerySet
from mesproject.accounts.retelling import retold

# How long calls are signed with the old secret, too, after a rotation.
OVERLAP = timedelta(days=7)
# How long an endpoint may fail before it is switched off.
PATIENCE = timedelta(days=3)
# Why one is switched off: kept in English, and told in the reader's language.
TOO_LONG = gettext_noop("Switched off after {days} days of failure; the last was: {why}")
WANTS_NO_MORE = gettext_noop("Switched off: it answered 410, which says that it wants no more.")
BY_HAND = gettext_noop("Switched off by {user}.")


class EndpointQuerySet(OwnedQuerySet):
    def active(self) -> Self:
        """Endpoints that are called."""
        return self.filter(disabled_at=None)


class Endpoint(Owned):
    """An address that is called when something happens. Its secret signs each call."""

    class Type(models.TextChoices):
        RAISED = "issue.raised", _("An issue is raised")
        ACKNOWLEDGED = "issue.acknowledged", _("… acknowledged")
        ESCALATED = "issue.escalated", _("… escalated")
        EXPLAINED = "issue.explained", _("… explained")
        ENDED = "issue.ended", _("… over")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="endpoints")
    name = models.CharField(max_length=64, help_text=_("Who listens, for example the name of the program."))
    url = models.URLField(_("address"), max_length=500, help_text=_("It is called by POST, over https."))
    types = ArrayField(models.CharField(max_length=32, choices=Type), verbose_name=_("events"))
    # A signature needs the secret itself, so it cannot be kept as a digest; no page shows it again.
    secret = models.CharField(max_length=64, editable=False)
    old_secret = models.CharField(max_length=64, editable=False, blank=True)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_success_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(_("switched off"), null=True, editable=False)
    note = models.CharField(max_length=300, blank=True, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        verbose_name = _("webhook")
        constraints = [
            models.CheckConstraint(
                condition=~Q(types=[]), name="an_endpoint_is_told_something",
                violation_error_message=_("Choose at least one event."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def told(self) -> str:
        """Why it is switched off, in the reader's language; empty where it is not."""
        return retold(self.note, (TOO_LONG, WANTS_NO_MORE, BY_HAND, *whys_not.ALL))

    def issue_secret(self) -> str:
        """Give it a first secret and return it, the only time it can be seen. Not saved."""
        self.secret = signatures.new_secret()
        return self.secret

    def rotate(self, *, at: datetime) -> str:
        """Give it a new secret and return it; for a week calls are signed with both."""
        self.old_secret, self.old_secret_until = self.secret, at + OVERLAP
        self.secret = signatures.new_secret()
        self.save(update_fields=["secret", "old_secret", "old_secret_until"])
        return self.secret

    def secrets(self, at: datetime) -> list[str]:
        """What to sign with: the present secret first."""
        overlaps = self.old_secret_until is not None and at < self.old_secret_until
        return [self.secret, *([self.old_secret] if overlaps else [])]

    def succeeded(self, at: datetime) -> None:
        """It took a call."""
        Endpoint.objects.filter(pk=self.pk).update(last_success_at=at, failing_since=None, note="")

    def failed(self, why: str, at: datetime) -> None:
        """It did not; after days of this it is switched off."""
        Endpoint.objects.filter(pk=self.pk, failing_since=None).update(failing_since=at)
        self.refresh_from_db()
        if self.failing_since and at - self.failing_since >= PATIENCE:
            self.disable(TOO_LONG.format(days=PATIENCE.days, why=why), at=at)

    def disable(self, note: str, *, at: datetime) -> None:
        """Call it no more; what waits for it is given up."""
        Endpoint.objects.active().filter(pk=self.pk).update(disabled_at=at, note=note[:300])
        self.messages.filter(state="waiting").update(state="failed", error=whys_not.IS_OFF)
        self.refresh_from_db()

    def enable(self) -> None:
        """Call it again from now on."""
        self.disabled_at = self.failing_since = None
        self.note = ""
        self.save(update_fields=["disabled_at", "failing_since", "note"])
