"""Reports that are kept, mailed on a schedule, and worked out in the background."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, validate_email
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mesproject.accounts.models import Company, Owned, OwnedQuerySet, User
from mesproject.analysis.builder.times import Every, Wall
from production.models import Plant

# Who works on a report says so this often, and is believed for this long.
SIGN_OF_LIFE = timedelta(seconds=90)


class SavedReportQuerySet(OwnedQuerySet):
    def there(self) -> Self:
        """Those that nobody has deleted."""
        return self.filter(deleted_at=None)

    def seen_by(self, user: User) -> Self:
        """One's own, and what others share with the company."""
        return self.of(user.company_id).filter(Q(owner=user) | Q(is_shared=True))


class SavedReport(Owned):
    """A report with a name. What it asks is kept as the words of its address, so that relative times stay relative."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="saved_reports")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_reports")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(gettext_lazy("name"), max_length=128)
    description = models.TextField(gettext_lazy("description"), blank=True, max_length=1000)
    asks = models.TextField(max_length=16_000)
    is_shared = models.BooleanField(
        gettext_lazy("shared"),
        default=False,
        help_text=gettext_lazy("Everybody in the company may see and copy it."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = SavedReportQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def copy_for(self, user: User, name: str) -> SavedReport:
        """The same report as somebody's own."""
        return SavedReport.objects.create(
            company_id=user.company_id,
            owner=user,
            name=name[:128],
            description=self.description,
            asks=self.asks,
        )


class MailingQuerySet(OwnedQuerySet):
    def going_on(self) -> Self:
        """Those that send, of reports that are there."""
        return self.filter(paused_at=None, report__deleted_at=None)


class Mailing(Owned):
    """That a report is mailed again and again, at a time on a plant's wall."""

    company_path = "report__company"

    report = models.ForeignKey(SavedReport, on_delete=models.CASCADE, related_name="mailings")
    plant = models.ForeignKey(
        Plant, on_delete=models.CASCADE, related_name="+", verbose_name=gettext_lazy("clock of")
    )
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    every = models.CharField(
        gettext_lazy("how often"), max_length=8, default=Every.DAY,
        choices=[
            (Every.DAY.value, gettext_lazy("each day")), (Every.WEEK.value, gettext_lazy("each week")),
            (Every.MONTH.value, gettext_lazy("each month")),
        ],
    )  # fmt: skip
    weekday = models.PositiveSmallIntegerField(
        gettext_lazy("on"),
        default=0,
        validators=[MaxValueValidator(6)],
        help_text=gettext_lazy("0 is Monday."),
    )
    month_day = models.PositiveSmallIntegerField(
        gettext_lazy("on day"), default=1, validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=gettext_lazy("Of a month without this day, its last one."),
    )  # fmt: skip
    at = models.TimeField(gettext_lazy("at"))
    # What was due before is not sent.
    since = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    why_paused = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MailingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6) & Q(month_day__gte=1, month_day__lte=31),
                name="a_mailing_has_a_day_that_there_is",
                violation_error_message=gettext_lazy("A week has days 0 to 6, a month 1 to 31."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.report}, {self.get_every_display()}"

    @property
    def wall(self) -> Wall:
        """When it is due, on the plant's clock."""
        return Wall(Every(self.every), self.at, self.weekday, self.month_day, self.plant.tz)

    def next_at(self, now: datetime) -> datetime:
        """When it is sent next."""
        return self.wall.following(max(now, self.since))

    def pause(self, why: str, *, at: datetime) -> None:
        """Send no more until somebody says so."""
        self.paused_at, self.why_paused = at, why
        self.save(update_fields=["paused_at", "why_paused"])

    def resume(self, *, at: datetime) -> None:
        """Go on with what comes; what was due meanwhile is not sent."""
        self.paused_at, self.why_paused, self.since = None, "", at
        self.save(update_fields=["paused_at", "why_paused", "since"])


class Recipient(Owned):
    """Who is mailed a report: somebody of the company, or an address that its administrators allow."""

    company_path = "mailing__report__company"

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="recipients")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    address = models.EmailField(blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "user", "address"], name="nobody_is_mailed_a_report_twice",
                                    nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(user__isnull=False, address="") | Q(user=None) & ~Q(address=""),
                name="a_recipient_is_somebody_or_an_address",
                violation_error_message=gettext_lazy("Choose a person or an address."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.user) if self.user else self.address

    @property
    def email(self) -> str:
        """Where it goes; empty where it cannot."""
        if self.left_at:
            return ""
        if self.user is None:
            return self.address
        return self.user.email if self.user.is_active else ""


class AllowedAddress(Owned):
    """Where outside the company reports may be mailed to: an address, or all of a domain."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="allowed_addresses")
    address = models.CharField(
        gettext_lazy("address"), max_length=254,
        help_text=gettext_lazy("ann@example.com, or @example.com for all of it."),
    )  # fmt: skip

    class Meta:
        ordering = ["address"]
        verbose_name = gettext_lazy("address for reports")
        verbose_name_plural = gettext_lazy("addresses for reports")
        constraints = [
            models.UniqueConstraint(fields=["company", "address"], name="an_address_is_allowed_once")
        ]

    def __str__(self) -> str:
        return self.address

    def clean(self) -> None:
        """In small letters, and one that there can be."""
        self.address = self.address.strip().lower()
        try:
            validate_email(f"any{self.address}" if self.address.startswith("@") else self.address)
        except ValidationError:
            raise ValidationError(
                {"address": _("This is neither an address nor a domain such as @example.com.")}
            ) from None

    @classmethod
    def allows(cls, company: Company | int, address: str) -> bool:
        """Whether mail may go there."""
        small = address.strip().lower()
        if "@" not in small:
            return False
        return cls.objects.of(company).filter(address__in=[small, f"@{small.rpartition('@')[2]}"]).exists()


class Sending(Owned):
    """One turn of a mailing, or a report that somebody sends himself. The row decides, however many workers there are.

    `due_at` is the instant at which its relative times are meant, however late it is written.
    """

    company_path = "report__company"

    report = models.ForeignKey(SavedReport, on_delete=models.CASCADE, related_name="sendings")
    mailing = models.ForeignKey(
        Mailing, on_delete=models.CASCADE, null=True, blank=True, related_name="sendings"
    )
    only_to = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    day = models.DateField(null=True, blank=True)
    due_at = models.DateTimeField()
    look_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True, blank=True)
    mails = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-due_at"]
        constraints = [
            # A wall that shows the same time twice is still that day's.
            models.UniqueConstraint(fields=["mailing", "day"], name="a_mailing_is_sent_once_a_day"),
        ]
        indexes = [models.Index(fields=["look_at"], name="reports_to_write", condition=Q(written_at=None))]

    def __str__(self) -> str:
        return f"{self.report}, {self.due_at:%Y-%m-%d}"


class RunQuerySet(OwnedQuerySet):
    def waiting(self, at: datetime) -> Self:
        """Those that nobody works on: new ones, and those whose worker gives no sign of life."""
        lost = Q(state=Run.State.RUNNING, sign_at__lt=at - SIGN_OF_LIFE)
        return self.filter(Q(state=Run.State.WAITING) | lost).order_by("asked_at", "pk")


class Run(Owned):
    """A report that takes long, worked out in the background in steps of time."""

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waiting")
        RUNNING = "running", gettext_lazy("Being worked out")
        DONE = "done", gettext_lazy("Done")
        FAILED = "failed", gettext_lazy("Given up")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asks = models.TextField()
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=0)
    sign_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.BinaryField(null=True)
    error = models.TextField(blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        indexes = [
            models.Index(
                fields=["asked_at"], name="reports_to_work_out", condition=Q(state__in=["waiting", "running"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M} {self.state}"

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state not in (Run.State.WAITING, Run.State.RUNNING)

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return 100 * self.done // self.steps if self.steps else 0

    def cancel(self, *, at: datetime) -> bool:
        """Let it be, while it is not over; whether it was not."""
        going = Run.objects.filter(pk=self.pk, state__in=[Run.State.WAITING, Run.State.RUNNING])
        return bool(going.update(state=Run.State.CANCELLED, finished_at=at))
