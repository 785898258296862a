"""The days of calendars of holidays, read from the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from scheduling.holiday_days import CountryDays, Days, ListedDays
from scheduling.models import HolidayCalendar, HolidayDay


def days_by_calendar(calendars: Collection[HolidayCalendar]) -> dict[int, Days]:
    """The days of each calendar, by its id; one query where any was imported, else none."""
    imported = [calendar.pk for calendar in calendars if calendar.digest]
    listed: dict[int, list[tuple[date, str]]] = defaultdict(list)
    if imported:
        rows = HolidayDay.objects.filter(calendar__in=imported).order_by("calendar", "date")
        for pk, day, name in rows.values_list("calendar_id", "date", "name"):
            listed[pk].append((day, name))
    return {
        calendar.pk: ListedDays(listed[calendar.pk])
        if calendar.digest
        else CountryDays(calendar.country, calendar.subdivision, calendar.language)
        for calendar in calendars
    }


def days_of(calendar: HolidayCalendar) -> Days:
    """The days of one calendar."""
    return days_by_calendar([calendar])[calendar.pk]
