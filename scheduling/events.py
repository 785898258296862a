"""What is done to recurring events: define, assign, change, archive; and events entered once, by hand.

Every verb leaves the past as it was and lets plans follow from `at` on. Whatever is refused leaves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company
from production.errors import DomainError
from production.models import Station
from scheduling.followers import followers_of
from scheduling.models import (
    EventAssignment,
    EventInstance,
    EventType,
    ScheduleEvent,
    ShiftPattern,
)
from scheduling.models.plan import ENTERED_ONCE
from scheduling.past import told
from scheduling.recurrence import Recurrence, write
from scheduling.writing import rules_changed

# What plans are made of; a description is only read by people.
_DECIDES = {"name", "event_type", "custom_holiday_date", "minutes"}


class EventArchived(DomainError):
    """Archived definitions and assignments are history."""

    code = "Archived"
    sentence = _("This is archived and cannot be changed any more. Make a new one.")


class HolidayWithoutDate(DomainError):
    """A company holiday is a day."""

    code = "HolidayWithoutDate"
    sentence = _("A custom-holiday needs its date.")


def define(company: Company, **fields: Any) -> ScheduleEvent:
    """A new definition; nothing happens before it is assigned."""
    event = ScheduleEvent(company=company, **fields)
    _check_holiday(event)
    event.save()
    return event


def redefine(event: ScheduleEvent, changes: Mapping[str, Any], *, at: datetime) -> ScheduleEvent:
    """Change fields of a definition; a holiday whose date moves takes those assignments along that follow it."""
    with transaction.atomic():
        event = _locked(event)
        before = event.custom_holiday_date
        for name, value in changes.items():
            setattr(event, name, value)
        _check_holiday(event)
        event.save(update_fields=[*changes, "updated_at"])
        moved = _follow_the_date(event, before) if "custom_holiday_date" in changes else []
        if moved or changes.keys() & _DECIDES:
            _plans_change(event.assignments.active(), at)
    return event


def archive(event: ScheduleEvent, *, at: datetime) -> ScheduleEvent:
    """Put a definition and its assignments away; what happened stays. A second time changes nothing."""
    with transaction.atomic():
        event = ScheduleEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
        if event.archived_at is None:
            assignments = list(event.assignments.active())
            for row in (event, *assignments):
                _put_away(row, at)
            _plans_change(assignments, at)
    return event


def assign(
    event: ScheduleEvent, patterns: Sequence[ShiftPattern], *, starts: Recurrence, ends: Recurrence | None,
    at: datetime,
) -> list[EventAssignment]:  # fmt: skip
    """Let an event recur on work schedules."""
    with transaction.atomic():
        event = _locked(event)
        rules = {"start_rule": write(starts), "end_rule": write(ends) if ends else ""}
        # One by one, so that the audit log tells of each.
        made = [EventAssignment.objects.create(event=event, pattern=pattern, **rules) for pattern in patterns]
        _plans_change(made, at)
    return made


def reschedule(
    assignment: EventAssignment, *, starts: Recurrence, ends: Recurrence | None, at: datetime
) -> EventAssignment:
    """Let an assignment follow other rules."""
    with transaction.atomic():
        held = EventAssignment.objects.select_for_update(of=("self",)).select_related("event")
        assignment = held.get(pk=assignment.pk)
        if assignment.archived_at:
            raise EventArchived
        assignment.start_rule, assignment.end_rule = write(starts), write(ends) if ends else ""
        assignment.save(update_fields=["start_rule", "end_rule", "updated_at"])
        _plans_change([assignment], at)
    return assignment


def archive_assignment(assignment: EventAssignment, *, at: datetime) -> EventAssignment:
    """Put one assignment away. A second time changes nothing."""
    with transaction.atomic():
        held = EventAssignment.objects.select_for_update(of=("self",)).select_related("event")
        assignment = held.get(pk=assignment.pk)
        if assignment.archived_at is None:
            _put_away(assignment, at)
            _plans_change([assignment], at)
    return assignment


def enter_once(
    event: ScheduleEvent, stations: Sequence[Station], *, start: datetime, end: datetime | None, by: str,
    at: datetime, assignment: EventAssignment | None = None, pattern: ShiftPattern | None = None,
) -> list[EventInstance]:  # fmt: skip
    """One occurrence on each of the stations (from `in_place()`); without an end it lasts until it is ended.

    What begins in the past says something about the past: see `past.told`.
    """
    with transaction.atomic():
        event = _locked(event)
        with told(stations, start, end, ENTERED_ONCE.format(name=event.name), by=by, at=at):
            return [
                EventInstance.objects.create(
                    station=station, event=event, assignment=assignment, pattern=pattern, one_off=True,
                    event_type=event.event_type, name=event.name, start_at=start, end_at=end,
                )
                for station in stations
            ]  # fmt: skip


def holiday_rule(day: date) -> Recurrence:
    """When a company holiday occurs: once, all day."""
    return Recurrence(start=datetime.combine(day, time()), freq="DAILY", all_day=True, count=1)


def _locked(event: ScheduleEvent) -> ScheduleEvent:
    """The definition as it stands, held so that nobody archives it meanwhile."""
    event = ScheduleEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
    if event.archived_at:
        raise EventArchived
    return event


def _check_holiday(event: ScheduleEvent) -> None:
    if event.event_type == EventType.CUSTOM_HOLIDAY and not event.custom_holiday_date:
        raise HolidayWithoutDate


def _put_away(row: ScheduleEvent | EventAssignment, at: datetime) -> None:
    row.archived_at = at
    row.save(update_fields=["archived_at", "updated_at"])


def _follow_the_date(event: ScheduleEvent, before: date | None) -> list[EventAssignment]:
    """Assignments that had no rule of their own go where the holiday goes."""
    if not before or not event.custom_holiday_date:
        return []
    moved = list(event.assignments.active().filter(start_rule=write(holiday_rule(before))))
    for assignment in moved:
        assignment.start_rule = write(holiday_rule(event.custom_holiday_date))
        assignment.save(update_fields=["start_rule", "updated_at"])
    return moved


def _plans_change(assignments: Iterable[EventAssignment], at: datetime) -> None:
    patterns = {assignment.pattern_id for assignment in assignments}
    if patterns:
        rules_changed(followers_of(patterns), at=at)
