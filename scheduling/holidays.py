"""Calendars of public holidays: kept, put away and taken back, and what they mean for plans.

What is planned follows from the instant of the change on; the past stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from mesproject.accounts.models import Company
from scheduling.followers import followers_of
from scheduling.holiday_days import CountryDays, Days, ListedDays
from scheduling.holiday_rules import days_of
from scheduling.models import (
    EventAssignment,
    EventType,
    HolidayCalendar,
    HolidayDay,
    ScheduleEvent,
    ShiftPattern,
)
from scheduling.writing import rules_changed


@dataclass(frozen=True, slots=True)
class Source:
    """Where holidays come from: a country, or the days of a file."""

    country: str = ""
    subdivision: str = ""
    language: str = ""
    file_name: str = ""
    digest: str = ""
    days: Mapping[date, str] | None = None

    @classmethod
    def file(cls, name: str, data: bytes, days: Mapping[date, str]) -> Source:
        """An imported file."""
        return cls(file_name=name[:128], digest=hashlib.sha256(data).hexdigest(), days=days)

    @property
    def known(self) -> Days:
        """The days themselves."""
        if self.days is None:
            return CountryDays(self.country, self.subdivision, self.language)
        return ListedDays(sorted(self.days.items()))


def keep(
    company: Company, source: Source, *, name: str, patterns: Sequence[ShiftPattern] | None, at: datetime
) -> tuple[HolidayCalendar, bool]:
    """Let these be holidays on the patterns (None: on all, also those made later); whether that is new.

    The same country or file on the same patterns a second time adds no calendar, only days it did not have.
    """
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        there = _same(company, source, patterns)
        calendar = there or _made(company, source, name, for_all=patterns is None)
        added = _add_days(calendar, source.days or {})
        if there is None:
            event = ScheduleEvent.every.create(
                company=company, name=calendar.name, event_type=EventType.HOLIDAY, calendar=calendar
            )
            _assign(calendar, event, _targets(company, patterns))
        if there is None or added:
            _plans_change(calendar, at)
        return calendar, there is None or added > 0


def put_away(calendar: HolidayCalendar, *, at: datetime) -> None:
    """From now on its days are holidays no more."""
    with transaction.atomic():
        calendar.archived_at = at
        calendar.save(update_fields=["archived_at"])
        _plans_change(calendar, at)


def take_back(calendar: HolidayCalendar, *, at: datetime) -> None:
    """From now on its days are holidays again."""
    with transaction.atomic():
        calendar.archived_at = None
        calendar.save(update_fields=["archived_at"])
        if calendar.for_all:
            _assign(calendar, _event_of(calendar), _targets(calendar.company, None))
        _plans_change(calendar, at)


def give(pattern: ShiftPattern, *, like: ShiftPattern | None = None) -> None:
    """Let a new pattern have the holidays that are for all, and those of another one."""
    calendars = HolidayCalendar.objects.of(pattern.company_id)
    wanted = set(calendars.active().filter(for_all=True))
    if like is not None:
        wanted |= set(calendars.filter(assignments__pattern=like))
    for calendar in wanted:
        _assign(calendar, _event_of(calendar), [pattern])


def already(
    company: Company, patterns: Sequence[ShiftPattern] | None, first: date, last: date
) -> dict[date, str]:
    """Which days are holidays already on all of these patterns, and by which calendar."""
    found: dict[date, str] = {}
    calendars = HolidayCalendar.objects.of(company).active()
    for calendar in (
        calendars if patterns is None else calendars.filter(assignments__pattern__in=patterns).distinct()
    ):
        for day, _ in days_of(calendar).between(first, last):
            found.setdefault(day, calendar.name)
    return found


def _same(
    company: Company, source: Source, patterns: Sequence[ShiftPattern] | None
) -> HolidayCalendar | None:
    """The calendar in use that has the same source, on the same patterns."""
    like = HolidayCalendar.objects.of(company).active().filter(for_all=patterns is None)
    if source.digest:
        like = like.filter(digest=source.digest)
    else:
        like = like.filter(country=source.country, subdivision=source.subdivision, language=source.language)
    wanted = {pattern.pk for pattern in patterns or ()}
    for calendar in like:
        if patterns is None or set(calendar_patterns(calendar)) == wanted:
            return calendar
    return None


def calendar_patterns(calendar: HolidayCalendar) -> list[int]:
    """The ids of the patterns on which its days are holidays."""
    rows = EventAssignment.every.filter(calendar=calendar, archived_at=None)
    return list(rows.values_list("pattern_id", flat=True))


def _made(company: Company, source: Source, name: str, *, for_all: bool) -> HolidayCalendar:
    return HolidayCalendar.objects.create(
        company=company, name=name, country=source.country, subdivision=source.subdivision,
        language=source.language, file_name=source.file_name, digest=source.digest, for_all=for_all,
    )  # fmt: skip


def _add_days(calendar: HolidayCalendar, days: Mapping[date, str]) -> int:
    there = set(calendar.days.values_list("date", flat=True))
    new = [
        HolidayDay(calendar=calendar, date=day, name=name) for day, name in days.items() if day not in there
    ]
    HolidayDay.objects.bulk_create(new)
    return len(new)


def _targets(company: Company, patterns: Sequence[ShiftPattern] | None) -> Sequence[ShiftPattern]:
    return list(ShiftPattern.objects.of(company).active()) if patterns is None else patterns


def _assign(calendar: HolidayCalendar, event: ScheduleEvent, patterns: Iterable[ShiftPattern]) -> None:
    EventAssignment.every.bulk_create(
        [EventAssignment(calendar=calendar, event=event, pattern=pattern) for pattern in patterns],
        ignore_conflicts=True,
    )


def _event_of(calendar: HolidayCalendar) -> ScheduleEvent:
    event: ScheduleEvent = ScheduleEvent.every.get(calendar=calendar)
    return event


def _plans_change(calendar: HolidayCalendar, at: datetime) -> None:
    rules_changed(followers_of(calendar_patterns(calendar)), at=at)
