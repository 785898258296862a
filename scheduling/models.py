"""Weekly shift patterns, and which station follows which."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from mesproject.accounts.models import Company, Owned
from production.models import Station, StationGroup

MINUTES_PER_DAY = 24 * 60


class Weekday(models.IntegerChoices):
    """As in datetime.date.weekday()."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


def validate_five_minutes(minutes: int) -> None:
    """Shifts are drawn on a grid of five minutes."""
    if minutes % 5:
        raise ValidationError("Use steps of five minutes.")


class ShiftPattern(Owned):
    """A week of shifts on the plant's wall clock."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="shift_patterns")
    code = models.CharField(max_length=32)
    title = models.CharField(max_length=64)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="shift_pattern_code_once_per_company",
                violation_error_message="There is a shift pattern with this code already.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class PatternShift(Owned):
    """One shift of the week: from a wall-clock minute of a weekday, for a number of minutes.

    A shift may run past midnight; breaks are gaps between shifts.
    """

    company_path = "pattern__company"
    part_of = "pattern"

    pattern = models.ForeignKey(ShiftPattern, on_delete=models.CASCADE, related_name="shifts")
    name = models.CharField(max_length=64)
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    start_minute = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(MINUTES_PER_DAY - 5), validate_five_minutes],
        help_text="Minutes after midnight: 360 is 06:00.",
    )
    minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(5), MaxValueValidator(MINUTES_PER_DAY), validate_five_minutes],
        help_text="Length on the wall clock; 480 is eight hours.",
    )

    class Meta:
        ordering = ["pattern", "weekday", "start_minute"]
        constraints = [
            models.UniqueConstraint(
                fields=["pattern", "weekday", "start_minute"], name="one_shift_at_a_time_in_a_pattern",
                violation_error_message="Another shift begins at that time.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        hour, minute = divmod(self.start_minute, 60)
        return f"{self.name} {self.get_weekday_display()} {hour:02}:{minute:02}"


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
    valid_from = models.DateField(help_text="The first day, on the plant's calendar.")

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(group=None) ^ Q(station=None), name="a_pattern_is_for_a_group_or_a_station",
                violation_error_message="Choose either a group or a station.",
            ),
            models.UniqueConstraint(
                fields=["group", "station", "valid_from"], nulls_distinct=False,
                name="one_pattern_from_a_date_on",
                violation_error_message="There is a pattern from this date on already.",
            ),
        ]  # fmt: skip

    @property
    def follower(self) -> Station | StationGroup | None:
        """Who follows the pattern."""
        return self.station or self.group

    def __str__(self) -> str:
        return f"{self.follower}: {self.pattern} from {self.valid_from}"
