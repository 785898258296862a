"""Gateways, tablets and displays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

import bcrypt
from django.core.validators import RegexValidator
from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from mesproject.accounts import secrets
from mesproject.accounts.languages import language_field
from mesproject.accounts.models.companies import Company, Owned, OwnedQuerySet

CODE_LIFETIME = timedelta(days=1)
# How often a screen's sign of life is written down.
SEEN_EVERY = timedelta(minutes=1)


class DeviceQuerySet(OwnedQuerySet):
    def active(self) -> Self:
        """Devices that have not been revoked."""
        return self.filter(revoked_at=None)

    def for_broker(self) -> Self:
        """Every gateway that may log in to the broker, in a stable order."""
        return self.active().filter(kind=Device.Kind.GATEWAY).select_related("company").order_by("pk")

    def matching(self, token: str) -> Device | None:
        """The active device behind a token, or None."""
        devices = self.active().select_related("company")
        return devices.filter(digest=secrets.digest(token)).exclude(digest="").first()

    def enrolling(self, code: str, at: datetime) -> Device | None:
        """The device waiting for this code, or None where the code is wrong, used or too old."""
        waiting = self.active().filter(code_expires_at__gt=at).exclude(code_digest="")
        return (
            waiting.select_related("company").filter(code_digest=secrets.digest(code.strip().upper())).first()
        )

    def seen(self, *, at: datetime) -> None:
        """Write down that these live."""
        with transaction.atomic(), connection.cursor() as cursor:
            # 300 screens must not wait for the disk each minute to say what is said again in the next.
            cursor.execute("SET LOCAL synchronous_commit TO off")
            self.update(last_seen_at=at)


class Device(Owned):
    """A thing with a token of its own: a gateway at a machine, a tablet, a display.

    A gateway logs in to the broker as `company/name`; a tablet or display is enrolled by a code.
    """

    class Kind(models.TextChoices):
        GATEWAY = "gateway", _("Gateway")
        TABLET = "tablet", _("Tablet")
        DISPLAY = "display", _("Display")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="devices")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.GATEWAY)
    name = models.CharField(
        max_length=48,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+\Z", _("Use letters, digits, dash and underscore."))],
        help_text=_("Unique in the company; a gateway logs in to the broker as company/name."),
    )
    language = language_field(
        _("Of a tablet at which nobody is signed on, or a display; empty: the company's.")
    )
    digest = models.CharField(max_length=64, editable=False, default="", db_index=True)
    # The broker checks tokens itself and knows bcrypt only; a random token needs no slow cost factor.
    broker_digest = models.CharField(max_length=72, editable=False, default="")
    code_digest = models.CharField(max_length=64, editable=False, default="", db_index=True)
    code_expires_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name"], name="device_name_once_per_company",
                violation_error_message=_("There is a device of this name already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.login

    @property
    def login(self) -> str:
        """The id a gateway logs in with."""
        return f"{self.company.code}/{self.name}"

    def issue_token(self) -> str:
        """Give the device a new token and return it, the only time it can be seen. Not saved."""
        token = secrets.new_token()
        self.digest = secrets.digest(token)
        self.broker_digest = bcrypt.hashpw(token.encode(), bcrypt.gensalt(4)).decode()
        return token

    def issue_code(self, *, at: datetime) -> str:
        """Give the device a code to be enrolled with, valid for a day, and return it. Not saved."""
        code = secrets.new_code()
        self.code_digest, self.code_expires_at = (secrets.digest(code), at + CODE_LIFETIME)
        return code

    def enrol(self, *, at: datetime) -> str | None:
        """Trade the code for a token; None if someone else was faster."""
        waiting = Device.objects.active().filter(pk=self.pk, code_expires_at__gt=at)
        unclaimed = waiting.filter(code_digest=self.code_digest).exclude(code_digest="")
        token = self.issue_token()
        won = unclaimed.update(
            code_digest="", code_expires_at=None, last_seen_at=at,
            digest=self.digest, broker_digest=self.broker_digest,
        )  # fmt: skip
        return token if won else None

    def is_awake(self, *, at: datetime) -> bool:
        """Whether this tablet or display asked for anything lately."""
        return self.last_seen_at is not None and self.last_seen_at > at - 2 * SEEN_EVERY

    def seen(self, *, at: datetime) -> None:
        """Write down that it lives, once a minute: screens ask every five seconds."""
        if self.last_seen_at is not None and self.last_seen_at > at - SEEN_EVERY:
            return
        self.last_seen_at = at
        Device.objects.filter(pk=self.pk).seen(at=at)

    def revoke(self, *, at: datetime) -> None:
        """Refuse its token, and any code it waits for, from now on."""
        self.revoked_at, self.code_digest, self.code_expires_at = at, "", None
        self.save(update_fields=["revoked_at", "code_digest", "code_expires_at"])
