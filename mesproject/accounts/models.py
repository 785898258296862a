"""Who may do what: companies, users and their roles, API keys, devices; and what leaves the building."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

import bcrypt
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q

from mesproject.accounts import secrets

CODE_LIFETIME = timedelta(days=1)
# How long a rotated API key goes on working, so that its user can be changed over at leisure.
OVERLAP = timedelta(days=7)


class OwnedQuerySet(models.QuerySet[Any]):
    """Every question begins with a company, so that none can cross it."""

    def of(self, company: Company | int | None) -> Self:
        """Only the rows of this company; none at all where there is no company."""
        if company is None:
            return self.none()
        return self.filter(**{self.model.company_path: company})


class Owned(models.Model):
    """A row that belongs to a company, directly or through what it hangs on (`company_path`)."""

    company_path: ClassVar[str] = "company"
    # The foreign key to the whole of which this row is a part, and in whose history its changes are told.
    part_of: ClassVar[str] = ""
    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def owning_company_id(self) -> int | None:
        """The company's id, found along `company_path`."""
        value: Any = self
        *steps, last = self.company_path.split("__")
        for step in steps:
            value = getattr(value, step)
        return getattr(value, f"{last}_id", None) if last != "pk" else value.pk

    def get_additional_data(self) -> dict[str, Any]:
        """What the audit log notes beside a change: whose it is, and of what it is a part."""
        whole = getattr(self, self.part_of) if self.part_of else None
        part = {"part_of": f"{whole._meta.label_lower}:{whole.pk}"} if whole else {}
        return {"company": self.owning_company_id, **part}


class Company(Owned):
    """The owner of everything. Its code is the account in MQTT topics."""

    company_path = "pk"

    code = models.CharField(
        max_length=32,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", "Use a-z, 0-9 and the dash.")],
        help_text="Part of every MQTT topic and device id; it cannot be changed once devices use it.",
    )
    name = models.CharField(max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "companies"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a user may do; each role is described in docs/roles.md."""

    READ_ONLY = "read_only", "Read only"
    OPERATOR = "operator", "Operator"
    SUPERVISOR = "supervisor", "Supervisor"
    MEMBER = "member", "Member"
    ADMINISTRATOR = "administrator", "Administrator"


class UserQuerySet(OwnedQuerySet):
    def to_be_told_of_escalations(self) -> Self:
        """The people with an address who answer for a floor."""
        roles = [Role.SUPERVISOR, Role.ADMINISTRATOR]
        return self.filter(is_active=True, role__in=roles).exclude(email="")


class Users(UserManager.from_queryset(UserQuerySet)):
    """A named class, because migrations must be able to import it."""

    def create_superuser(self, username: str, email: str | None = None, password: str | None = None,
                         **fields: Any) -> User:  # fmt: skip
        """The owner of the installation: an administrator who may also make companies."""
        fields.setdefault("role", Role.ADMINISTRATOR)
        if isinstance(fields.get("company"), int):  # `createsuperuser --company 1` gives the bare key
            fields["company_id"] = fields.pop("company")
        return super().create_superuser(username, email, password, **fields)


class User(AbstractUser):
    """A person with a login. What he may do follows from his role alone."""

    company_path: ClassVar[str] = "company"
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="users")
    role = models.CharField(max_length=16, choices=Role, default=Role.READ_ONLY)

    objects = Users()

    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "company"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Let everybody but operators into the admin: `is_staff` follows from the role."""
        self.is_staff = self.is_superuser or self.role != Role.OPERATOR
        if (names := kwargs.get("update_fields")) and "role" in names:
            kwargs["update_fields"] = {*names, "is_staff"}
        super().save(*args, **kwargs)

    def get_additional_data(self) -> dict[str, Any]:
        """What the audit log notes beside a change: whose it is."""
        return {"company": self.company_id}


class ApiKeyQuerySet(OwnedQuerySet):
    def usable(self, at: datetime) -> Self:
        """Keys that are neither revoked nor expired at this instant."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)

    def matching(self, token: str, at: datetime) -> ApiKey | None:
        """The usable key behind a token, or None."""
        prefix, _, secret = token.partition(".")
        key = self.usable(at).select_related("company").filter(prefix=prefix).first()
        return key if key and secrets.same(secret, key.digest) else None


class ApiKey(Owned):
    """A program's key to the API: `prefix.secret`, of which only the prefix and a digest are kept."""

    class Scope(models.TextChoices):
        SIGNALS = "signals", "Send signals"
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=64, help_text="Who uses it, for example the name of the gateway.")
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope))
    station_codes = ArrayField(
        models.CharField(max_length=32), default=list, blank=True,
        help_text="The only stations this key may name; empty means all of the company's.",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def issue_token(self) -> str:
        """Give the key a new secret and return the whole token, the only time it can be seen. Not saved."""
        self.prefix, secret = secrets.new_code(12), secrets.new_token()
        self.digest = secrets.digest(secret)
        return f"{self.prefix}.{secret}"

    def rotate(self, *, at: datetime) -> tuple[ApiKey, str]:
        """Make a like key beside this one, which stays good for a week; return the new one and its token."""
        follower = ApiKey(
            company=self.company, name=self.name, scopes=self.scopes, station_codes=self.station_codes,
            expires_at=self.expires_at,
        )  # fmt: skip
        token = follower.issue_token()
        self.expires_at = min(filter(None, (self.expires_at, at + OVERLAP)))
        with transaction.atomic():
            self.save(update_fields=["expires_at"])
            follower.save()
        return follower, token

    def revoke(self, *, at: datetime) -> None:
        """Refuse the key from now on."""
        self.revoked_at = at
        self.save(update_fields=["revoked_at"])

    def note_use(self, at: datetime) -> None:
        """Remember when it was last used, to the minute: a write each time would cost more than the call."""
        if self.last_used_at is None or at - self.last_used_at > timedelta(minutes=1):
            ApiKey.objects.filter(pk=self.pk).update(last_used_at=at)

    def may(self, scope: str) -> bool:
        """Whether the key has this scope; writing includes reading."""
        return scope in self.scopes or (scope == self.Scope.READ and self.Scope.WRITE in self.scopes)

    def may_name(self, station_code: str) -> bool:
        """Whether the key's station list, if it has one, holds this station."""
        return not self.station_codes or station_code in self.station_codes


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


class Device(Owned):
    """A thing with a token of its own: a gateway at a machine, a tablet, a display.

    A gateway logs in to the broker as `company/name`; a tablet or display is enrolled by a code.
    """

    class Kind(models.TextChoices):
        GATEWAY = "gateway", "Gateway"
        TABLET = "tablet", "Tablet"
        DISPLAY = "display", "Display"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="devices")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.GATEWAY)
    name = models.CharField(
        max_length=48,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+\Z", "Use letters, digits, dash and underscore.")],
        help_text="Unique in the company; a gateway logs in to the broker as company/name.",
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
                violation_error_message="There is a device of this name already.",
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

    def revoke(self, *, at: datetime) -> None:
        """Refuse its token, and any code it waits for, from now on."""
        self.revoked_at, self.code_digest, self.code_expires_at = at, "", None
        self.save(update_fields=["revoked_at", "code_digest", "code_expires_at"])


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


class ProcessLife(models.Model):
    """When a process of the installation last did its work; of no company, shown only by /statusz."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "process lives"

    def __str__(self) -> str:
        return f"{self.name} {self.at:%H:%M:%S}"

    @classmethod
    def note(cls, name: str, at: datetime) -> None:
        """Say that this process is at work."""
        cls.objects.update_or_create(name=name, defaults={"at": at})
