"""Calendars of public holidays, and feeds of the plan for people's phones."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mesproject.accounts import secrets
from mesproject.accounts.languages import language_field
from mesproject.accounts.models import Company, Owned, OwnedQuerySet
from production.models import Plant, Station
from scheduling.models.patterns import ArchivableQuerySet


class HolidayCalendar(Owned):
    """Days that are holidays on shift patterns: a country's, for ever, or those of a file that was imported.

    It lives in plans through one event of its own and one assignment of it per pattern, which nobody edits
    singly; `for_all` gives one to every pattern that is made later, too.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="holiday_calendars")
    name = models.CharField(max_length=64)
    country = models.CharField(max_length=4, blank=True)
    subdivision = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=8, blank=True, help_text=_("Of the holidays' names."))
    file_name = models.CharField(max_length=128, blank=True)
    digest = models.CharField(max_length=64, blank=True, editable=False)
    for_all = models.BooleanField(_("for all shift patterns"), default=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ArchivableQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(country="") ^ Q(digest=""), name="holidays_are_a_country_s_or_a_file_s"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HolidayDay(Owned):
    """One day of a file that was imported."""

    company_path = "calendar__company"
    part_of = "calendar"

    calendar = models.ForeignKey(
        HolidayCalendar, on_delete=models.CASCADE, related_name="days", db_index=False
    )
    date = models.DateField()
    name = models.CharField(max_length=64)

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="a_day_once_per_holiday_calendar"),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}"


class CalendarFeedQuerySet(OwnedQuerySet):
    def matching(self, token: str) -> Self:
        """The feed of a token, unless it was revoked."""
        return self.filter(digest=secrets.digest(token), revoked_at=None)


class CalendarFeed(Owned):
    """A link under which a phone reads the plan of a plant or a station; whoever has it may read, and nothing else."""

    company_path = "company"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="calendar_feeds")
    name = models.CharField(max_length=64, help_text=_("Whose phone it is, or what it is for."))
    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, null=True, blank=True, related_name="feeds")
    station = models.ForeignKey(
        Station, on_delete=models.CASCADE, null=True, blank=True, related_name="feeds"
    )
    language = language_field(_("What its entries are told in; empty: the company's."))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(plant=None) ^ Q(station=None), name="a_feed_is_of_a_plant_or_a_station",
                violation_error_message=_("Choose either a plant or a station."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Plant | Station | None:
        """What the feed is of."""
        return self.station or self.plant

    def issue_token(self) -> str:
        """Give the feed a new token and return it, the only time it can be seen. Not saved."""
        token = secrets.new_token()
        self.digest = secrets.digest(token)
        return token

    def revoke(self, *, at: datetime) -> None:
        """Refuse the link from now on."""
        self.revoked_at = at
        self.save(update_fields=["revoked_at"])
