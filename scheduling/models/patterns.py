"""Shift patterns (work schedules), what deviates from them on a date, and which station follows which."""

from __future__ import annotations

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Owned, OwnedQuerySet
from production.models import Station, StationGroup
from scheduling.calendar import MONDAY
from scheduling.calendar import Attendance as PureAttendance

MINUTES_PER_DAY = 24 * 60
WEEK = 7
LONGEST_CYCLE = 366


class Attendance(models.TextChoices):
    """What a shift is meant for. Attended time is planned; optional time only where a job run covers it."""

    ATTENDED = PureAttendance.ATTENDED.value, _("Attended")
    UNATTENDED = PureAttendance.UNATTENDED.value, _("Unattended")
    OPTIONAL = PureAttendance.OPTIONAL.value, _("Optional")


def validate_five_minutes(minutes: int) -> None:
    """Shifts are drawn on a grid of five minutes."""
    if minutes % 5:
        raise ValidationError(_("Use steps of five minutes."))


class ArchivableQuerySet(OwnedQuerySet):
    def active(self) -> Self:
        """Without those that were archived."""
        return self.filter(archived_at=None)


class ShiftPattern(Owned):
    """A cycle of shifts on the plant's wall clock, of a week or longer; MachineMetrics' work schedule.

    Days of the cycle count from 0; `anchor` is the date of some day 0, so a week's days are weekdays.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="shift_patterns")
    code = models.CharField(max_length=32)
    title = models.CharField(max_length=64)
    days = models.PositiveSmallIntegerField(
        _("days of the cycle"),
        default=WEEK,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_CYCLE)],
    )
    anchor = models.DateField(_("first day of a cycle"), default=MONDAY)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ArchivableQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="shift_pattern_code_once_per_company",
                violation_error_message=_("There is a shift pattern with this code already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new pattern has the holidays that are for all."""
        new = self._state.adding
        super().save(*args, **kwargs)
        if new:
            from scheduling.holidays import give  # which is about patterns, and so above them

            give(self)

    @property
    def is_weekly(self) -> bool:
        """Whether its days are the days of the week."""
        return self.days == WEEK and (self.anchor - MONDAY).days % WEEK == 0


class PatternShift(Owned):
    """One shift of the cycle: from a wall-clock minute of a day, for a number of minutes.

    A shift may run past midnight; breaks are gaps between shifts, or events.
    """

    company_path = "pattern__company"
    part_of = "pattern"

    pattern = models.ForeignKey(ShiftPattern, on_delete=models.CASCADE, related_name="shifts")
    name = models.CharField(max_length=64)
    team = models.CharField(max_length=32, blank=True, help_text=_("In a rotation: who works it."))
    day = models.PositiveSmallIntegerField(help_text=_("Day of the cycle, from 0; in a week, Monday is 0."))
    start_minute = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(MINUTES_PER_DAY - 5), validate_five_minutes],
        help_text=_("Minutes after midnight: 360 is 06:00."),
    )
    minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(5), MaxValueValidator(MINUTES_PER_DAY), validate_five_minutes],
        help_text=_("Length on the wall clock; 480 is eight hours."),
    )
    attendance = models.CharField(max_length=12, choices=Attendance, default=Attendance.ATTENDED)

    class Meta:
        ordering = ["pattern", "day", "start_minute"]
        constraints = [
            models.UniqueConstraint(
                fields=["pattern", "day", "start_minute"], name="one_shift_at_a_time_in_a_pattern",
                deferrable=models.Deferrable.DEFERRED,  # two shifts may swap places in one saving
                violation_error_message=_("Another shift begins at that time."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        day = gettext("day %(number)d") % {"number": self.day + 1}
        if self.pattern.is_weekly and self.day < WEEK:
            day = str(WEEKDAYS[self.day])
        return f"{self.name} {day} {clock(self.start_minute)}"


class PatternException(Owned):
    """What deviates on one date: for all who follow a pattern, or for one station.

    `replaces` is the start (a minute of the wall clock) of the shift that is cancelled, moved or lengthened;
    cancelling without it cancels all shifts that begin on that date.
    """

    company_path = "company"
    part_of = "subject"

    class Action(models.TextChoices):
        EXTRA = "extra", _("Extra shift")
        CANCELLED = "cancelled", pgettext_lazy("a shift", "Cancelled")
        MOVED = "moved", _("Moved")
        OVERTIME = "overtime", _("Overtime")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", editable=False)
    pattern = models.ForeignKey(
        ShiftPattern, on_delete=models.CASCADE, null=True, blank=True, related_name="exceptions"
    )
    station = models.ForeignKey(
        Station, on_delete=models.CASCADE, null=True, blank=True, related_name="shift_exceptions"
    )
    date = models.DateField(help_text=_("The date on which the shift begins, or would have begun."))
    action = models.CharField(max_length=12, choices=Action)
    replaces = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MINUTES_PER_DAY - 1)]
    )
    to_date = models.DateField(null=True, blank=True, help_text=_("Where it moves to another date."))
    name = models.CharField(max_length=64, blank=True)
    team = models.CharField(max_length=32, blank=True)
    start_minute = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MINUTES_PER_DAY - 5), validate_five_minutes]
    )
    minutes = models.PositiveSmallIntegerField(
        null=True, blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(MINUTES_PER_DAY), validate_five_minutes],
    )  # fmt: skip
    attendance = models.CharField(max_length=12, choices=Attendance, default=Attendance.ATTENDED)
    reason = models.CharField(max_length=128, blank=True)

    class Meta:
        verbose_name = _("exception of a date")
        verbose_name_plural = _("exceptions of a date")
        ordering = ["date", "start_minute"]
        constraints = [
            models.CheckConstraint(
                condition=Q(pattern=None) ^ Q(station=None), name="an_exception_is_for_a_pattern_or_a_station",
                violation_error_message=_("Choose either a shift pattern or a station."),
            ),
            models.CheckConstraint(
                condition=Q(action="cancelled") | Q(start_minute__isnull=False, minutes__isnull=False),
                name="only_a_cancelled_shift_has_no_time",
                violation_error_message=_("Say when the shift begins and how long it lasts."),
            ),
            models.CheckConstraint(
                condition=~Q(action__in=["moved", "overtime"]) | Q(replaces__isnull=False),
                name="a_moved_shift_was_somewhere",
                violation_error_message=_("Say which shift it is about."),
            ),
        ]  # fmt: skip

    @property
    def subject(self) -> ShiftPattern | Station | None:
        """What it deviates from."""
        return self.pattern or self.station

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The company is that of its subject."""
        subject = self.subject
        if subject is not None:
            self.company_id = subject.company_id
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.date}"


class PatternAssignment(Owned):
    """Which pattern a station or a group follows, from a date on. A station's own wins over its group's."""

    company_path = "pattern__company"
    part_of = "follower"

    pattern = models.ForeignKey(ShiftPattern, on_delete=models.PROTECT, related_name="assignments")
    group = models.ForeignKey(
        StationGroup, on_delete=models.CASCADE, null=True, blank=True, related_name="patterns"
    )
    station = models.ForeignKey(
        Station, on_delete=models.CASCADE, null=True, blank=True, related_name="patterns"
    )
    valid_from = models.DateField(help_text=_("The first day, on the plant's calendar."))

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(group=None) ^ Q(station=None), name="a_pattern_is_for_a_group_or_a_station",
                violation_error_message=_("Choose either a group or a station."),
            ),
            models.UniqueConstraint(
                fields=["group", "station", "valid_from"], nulls_distinct=False,
                name="one_pattern_from_a_date_on",
                violation_error_message=_("There is a pattern from this date on already."),
            ),
        ]  # fmt: skip

    @property
    def follower(self) -> Station | StationGroup | None:
        """Who follows the pattern."""
        return self.station or self.group

    def __str__(self) -> str:
        return gettext("{follower}: {pattern} from {date}").format(
            follower=self.follower, pattern=self.pattern, date=self.valid_from
        )


def clock(minute: int) -> str:
    """A minute of the day as people write it."""
    hour, minute = divmod(minute % MINUTES_PER_DAY, 60)
    return f"{hour:02}:{minute:02}"
