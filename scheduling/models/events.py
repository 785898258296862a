"""What interrupts the shifts: breaks, holidays, maintenance; when they recur, and each occurrence."""

from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Owned, OwnedQuerySet
from production.models import Station
from production.models.plant import code_validator
from production.windows import Window
from scheduling.models.holidays import HolidayCalendar
from scheduling.models.patterns import ArchivableQuerySet, ShiftPattern

MOST_MINUTES = 31 * 24 * 60


class EventType(models.TextChoices):
    """The first three are those of the MachineMetrics API, the others our own."""

    BREAK = "break", _("Break")
    HOLIDAY = "holiday", _("Public holiday")
    CUSTOM_HOLIDAY = "custom-holiday", _("Company holiday")
    MAINTENANCE = "maintenance", _("Planned maintenance")
    NON_PRODUCTION = "non-production", _("Other non-production")


class EnteredManager(models.Manager.from_queryset(ArchivableQuerySet)):
    """Without what belongs to calendars of holidays: that is changed with its calendar, never singly."""

    def get_queryset(self) -> ArchivableQuerySet:
        """Those that people define."""
        rows: ArchivableQuerySet = super().get_queryset()
        return rows.filter(calendar=None)


class ScheduleEvent(Owned):
    """The definition of an event; its name is the reason that screens and reports show.

    `minutes` is how long an occurrence lasts where no second rule ends it; without it, the day.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="schedule_events")
    name = models.CharField(max_length=64)
    code = models.CharField(
        max_length=50, blank=True, validators=[code_validator],
        help_text=_("What programs know it by, as the reason of planned time without production; else empty."),
    )  # fmt: skip
    event_type = models.CharField(max_length=16, choices=EventType, default=EventType.BREAK)
    description = models.CharField(max_length=255, blank=True)
    custom_holiday_date = models.DateField(
        null=True, blank=True, help_text=_("The day of a company holiday that does not recur.")
    )
    minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)],
        help_text=_("How long it lasts, in minutes. Empty: until the end of the day."),
    )  # fmt: skip
    calendar = models.OneToOneField(
        HolidayCalendar, on_delete=models.CASCADE, null=True, editable=False, related_name="event"
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = EnteredManager()
    every = ArchivableQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(event_type=EventType.CUSTOM_HOLIDAY) | Q(custom_holiday_date__isnull=False),
                name="a_company_holiday_has_a_date",
                violation_error_message=_("Say on which day this holiday is."),
            ),
            models.UniqueConstraint(
                fields=["company", "code"], condition=~Q(code=""), name="event_code_once_per_company",
                violation_error_message=_("Another event has this code."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class EventAssignment(Owned):
    """A definition recurs on a work schedule: each start pairs with the next end.

    The rules are canonical iCalendar texts (`recurrence.write`), on the clock of the station's plant unless
    they name a zone. Its time wheel is the recurring timer that makes its instances.
    """

    company_path = "pattern__company"
    part_of = "event"

    event = models.ForeignKey(ScheduleEvent, on_delete=models.PROTECT, related_name="assignments")
    pattern = models.ForeignKey(ShiftPattern, on_delete=models.CASCADE, related_name="event_assignments")
    start_rule = models.TextField(help_text=_("Starts, as an iCalendar RRULE."))
    end_rule = models.TextField(blank=True, help_text=_("Ends; empty: the event's own length, else the day."))
    # Instead of rules: the days of the calendar.
    calendar = models.ForeignKey(
        HolidayCalendar, on_delete=models.CASCADE, null=True, editable=False, related_name="assignments"
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = EnteredManager()
    every = ArchivableQuerySet.as_manager()

    class Meta:
        verbose_name = _("recurring event")
        verbose_name_plural = _("recurring events")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(calendar=None) ^ Q(start_rule=""), name="an_assignment_has_a_rule_or_a_calendar"
            ),
            models.UniqueConstraint(
                fields=["calendar", "pattern"], name="a_holiday_calendar_once_per_pattern"
            ),
        ]

    @property
    def time_wheel_id(self) -> int:
        """Each assignment has a wheel of its own, so they share a number."""
        return self.pk

    def __str__(self) -> str:
        return f"{self.event} on {self.pattern}"


class EventInstanceQuerySet(OwnedQuerySet):
    def overlapping(self, window: Window) -> Self:
        """Instances that share time with the window (start inclusive, end exclusive), oldest first."""
        begun = self.filter(start_at__lt=window.end)
        return begun.filter(Q(end_at=None) | Q(end_at__gt=window.start)).order_by("start_at", "pk")


class EventInstance(Owned):
    """One occurrence on one station. Those of an assignment are made ahead; a one-off was entered.

    A one-off without an end lasts until somebody ends it.
    """

    company_path = "station__company"
    part_of = "event"

    station = models.ForeignKey(
        Station, on_delete=models.CASCADE, related_name="event_instances", db_index=False
    )
    event = models.ForeignKey(
        ScheduleEvent, on_delete=models.PROTECT, related_name="instances", db_index=False
    )
    assignment = models.ForeignKey(
        EventAssignment, on_delete=models.PROTECT, null=True, blank=True, related_name="instances"
    )
    pattern = models.ForeignKey(
        ShiftPattern, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    # As the definition said when this was made: what it says later does not change the past.
    event_type = models.CharField(max_length=16, choices=EventType)
    name = models.CharField(max_length=64)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField(null=True, blank=True)
    one_off = models.BooleanField(default=False, db_default=False)
    # The database sets them, too: workers write these rows with COPY.
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    objects = EventInstanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("one-off event")
        verbose_name_plural = _("one-off events")
        constraints = [
            models.CheckConstraint(
                condition=Q(end_at=None) | Q(end_at__gt=F("start_at")), name="an_instance_has_length",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=Q(one_off=True) | Q(assignment__isnull=False, end_at__isnull=False),
                name="only_one_offs_stand_alone_or_open",
            ),
            models.UniqueConstraint(
                fields=["station", "assignment", "start_at"], condition=Q(one_off=False),
                name="one_instance_at_a_time_of_an_assignment",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["station", "start_at"], condition=Q(one_off=False), name="instance_by_station"
            ),
            models.Index(
                fields=["station", "start_at"], condition=Q(one_off=True), name="one_off_by_station"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.start_at:%Y-%m-%d %H:%M}"
