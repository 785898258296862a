"""Who wants to be told what, and what was told already."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Owned, OwnedQuerySet, Role, User
from mesproject.outgoing.quiet import is_quiet
from production.models import Plant, StationGroup

# Who answers for the floor is told of calls for help unless he says otherwise.
ANSWERABLE = (Role.SUPERVISOR, Role.ADMINISTRATOR)


class Message(models.TextChoices):
    """The mails that a person may be sent, by the field that asks for them."""

    ALERTS = "alerts", _("alerts of stops")
    ESCALATIONS = "escalations", _("calls for help")
    DAILY = "daily", _("the daily summary")


class Subscription(Owned):
    """What a person is told by mail. Without plants and groups he is told of all."""

    company_path = "user__company"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="subscription")
    alerts = models.BooleanField(_("a stop that goes on"), default=False)
    alert_after = models.PositiveSmallIntegerField(
        _("after how many minutes"), default=5, validators=[MaxValueValidator(1440)],
        help_text=_("A stop that is over sooner is not told."),
    )  # fmt: skip
    escalations = models.BooleanField(_("a call for help"), default=False)
    daily = models.BooleanField(_("yesterday in numbers, each morning at seven"), default=False)
    plants = models.ManyToManyField(Plant, blank=True, related_name="+")
    groups = models.ManyToManyField(
        StationGroup, blank=True, related_name="+", verbose_name=_("groups of stations"),
        help_text=_("Without a plant and a group you are told of everything."),
    )  # fmt: skip
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(
        null=True, blank=True,
        help_text=_(
            "On the plant's clock. What still stands afterwards is told then; the summary comes in any case."
        ),
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_time_has_both_ends",
                violation_error_message=_("Say from when and until when it is to be quiet, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(alert_after__lte=1440), name="an_alert_waits_a_day_at_most",
                violation_error_message=_("An alert waits a day at most."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.user)

    def clean(self) -> None:
        """Refuse a mail without an address to send it to."""
        if self.wants_anything and self.user_id and not self.user.email:
            raise ValidationError(_("There is no mail address to send this to. An administrator enters it."))

    @classmethod
    def of(cls, user: User) -> Subscription:
        """What a person asked for; where he never did, what his role is told. Not saved then."""
        found = cls.objects.of(user.company_id).filter(user=user).first()
        return found or cls(user=user, escalations=user.role in ANSWERABLE)

    @property
    def wants_anything(self) -> bool:
        """Whether there is any mail for him."""
        return any(getattr(self, name) for name in Message.values)

    def is_quiet(self, at: datetime, tz: ZoneInfo) -> bool:
        """Whether he is to be left alone now."""
        return is_quiet(at.astimezone(tz).time(), self.quiet_from, self.quiet_until)

    def stop(self, message: str) -> None:
        """Send no more of these."""
        setattr(self, Message(message).value, False)
        self.save()


class Notice(models.Model):
    """That somebody was told something: he is not told again."""

    company_path: ClassVar[str] = "user__company"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "about"], name="nobody_is_told_twice")]
        indexes = [models.Index(fields=["at"], name="notices_by_age")]

    def __str__(self) -> str:
        return f"{self.about} → {self.user_id}"


class SummaryQuerySet(OwnedQuerySet):
    def due(self, at: datetime) -> Self:
        """Summaries to be written now."""
        return self.filter(written_at=None, due_at__lte=at).order_by("due_at", "pk")


class Summary(Owned):
    """That a plant's shop day is to be told on the morning after. The row decides, however many beats there are."""

    company_path = "plant__company"

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="summaries")
    day = models.DateField()
    due_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = SummaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("daily summary")
        verbose_name_plural = _("daily summaries")
        constraints = [models.UniqueConstraint(fields=["plant", "day"], name="a_day_is_told_once")]
        indexes = [models.Index(fields=["due_at"], name="summaries_to_write", condition=Q(written_at=None))]

    def __str__(self) -> str:
        return f"{self.plant}, {self.day}"


class FreshEvent(models.Model):
    """An event of an issue that no webhook has been told yet; a trigger writes it down beside the event."""

    event_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.event_id)
