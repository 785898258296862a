"""Work schedule events as they are answered: rows become MachineMetrics' shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mesproject.accounts.models import Company
from production.models import Station
from production.windows import Window, total
from scheduling.api.machinemetrics_shapes import (
    ClockNote,
    ScheduledInterval,
    ScheduledKind,
    ScheduledShift,
    ScheduledTime,
    WorkScheduleEvent,
    WorkScheduleEventAssignment,
    WorkScheduleEventInstance,
)
from scheduling.expansion import Kind, Plan, PlannedSpan
from scheduling.following import clocks
from scheduling.instances import Instance
from scheduling.models import EventAssignment, ScheduleEvent
from scheduling.recurrence import Recurrence, as_object, moved_by_clock, next_after, spans
from scheduling.rules import parsed

MILLISECOND = timedelta(milliseconds=1)
# How far ahead an answer tells of occurrences on jumps of the clock.
NOTED_AHEAD = timedelta(days=400)
JUMPS = {"gap": "The clock skips {wall}; {at} is taken, the first instant after it.",
         "fold": "The clock shows {wall} twice; {at} is taken, the first of the two."}  # fmt: skip


def event_answer(event: ScheduleEvent) -> WorkScheduleEvent:
    """A definition, without its assignments."""
    return WorkScheduleEvent(
        work_schedule_event_ref=event.pk,
        company_id=event.company_id,
        name=event.name,
        event_type=event.event_type,
        description=event.description or None,
        custom_holiday_date=event.custom_holiday_date,
        archived_at=event.archived_at,
        created_at=event.created_at,
        updated_at=event.updated_at,
    )


def with_assignments(
    company: Company, events: Iterable[ScheduleEvent], assignments: Iterable[EventAssignment], *, at: datetime
) -> list[WorkScheduleEvent]:
    """Definitions, each with those of the assignments that are its own."""
    found = {event.pk: event_answer(event) for event in events}
    for event in found.values():
        event.assignments = []
    for one in assignment_answers(company, assignments, at=at):
        nested = found[one.work_schedule_event_ref].assignments
        assert isinstance(nested, list)
        nested.append(one)
    return list(found.values())


def assignment_answers(
    company: Company, assignments: Iterable[EventAssignment], *, at: datetime, with_event: bool = False
) -> list[WorkScheduleEventAssignment]:
    """Assignments (with their events), each on the clock of its work schedule."""
    rows = list(assignments)
    zones = clocks(company, {row.pattern_id for row in rows}) if rows else {}
    found = [_assignment(company, row, zones[row.pattern_id], at) for row in rows]
    if with_event:
        for shown, row in zip(found, rows, strict=True):
            shown.event = event_answer(row.event)
    return found


def _assignment(
    company: Company, row: EventAssignment, tz: ZoneInfo, at: datetime
) -> WorkScheduleEventAssignment:
    starts, ends = parsed(row.start_rule), parsed(row.end_rule) if row.end_rule else None
    length = timedelta(minutes=row.event.minutes) if row.event.minutes else None
    coming = (None, None) if row.archived_at else coming_after(starts, ends, length, at, tz)
    answer = WorkScheduleEventAssignment(
        work_schedule_event_assignment_ref=row.pk,
        work_schedule_event_ref=row.event_id,
        company_id=company.pk,
        time_wheel_id=row.time_wheel_id,
        work_schedule_ref=row.pattern_id,
        archived_at=row.archived_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        start_rule=as_object(starts),
        end_rule=as_object(ends) if ends else None,
        start_rule_string=row.start_rule,
        end_rule_string=row.end_rule or None,
        next_start_at=coming[0],
        next_end_at=coming[1],
    )
    if not row.archived_at and (notes := list(clock_notes(starts, ends, at, tz))):
        answer.clock_notes = notes
    return answer


Coming = tuple[datetime | None, datetime | None]


def coming_after(
    starts: Recurrence, ends: Recurrence | None, length: timedelta | None, at: datetime, tz: ZoneInfo
) -> Coming:
    """When it starts next, and when the occurrence that runs now, else the next one, ends."""
    start = next_after(starts, at, tz=tz)
    for instant in (at, start):
        within = Window(instant, instant + timedelta(seconds=1)) if instant else None
        found = (
            [w.end for w in spans(starts, ends, length, tz=tz, within=within) if w.end > at] if within else []
        )
        if found:
            return start, min(found)
    return start, None


def clock_notes(
    starts: Recurrence, ends: Recurrence | None, at: datetime, tz: ZoneInfo
) -> Iterator[ClockNote]:
    """The coming occurrences that fall on a jump of the clock."""
    rules: tuple[tuple[Literal["startRRule", "endRRule"], Recurrence | None], ...]
    rules = ("startRRule", starts), ("endRRule", ends)
    for name, rule in rules:
        for moved in moved_by_clock(rule, tz=tz, within=Window(at, at + NOTED_AHEAD)) if rule else ():
            there = moved.at.astimezone(ZoneInfo(rule.zone) if rule and rule.zone else tz)
            message = JUMPS[moved.kind].format(wall=f"{moved.wall:%Y-%m-%d %H:%M}", at=there.isoformat())
            yield ClockNote(
                rule=name, kind=moved.kind, wall=moved.wall.isoformat(), at=moved.at, message=message
            )


def instance_answer(
    company: Company, machine_refs: dict[int, int], one: Instance
) -> WorkScheduleEventInstance:
    """An occurrence; `machine_refs` by the ids of stations."""
    return WorkScheduleEventInstance(
        instance_id=one.pk,
        work_schedule_event_ref=one.event,
        work_schedule_event_assignment_ref=one.assignment,
        work_schedule_ref=one.pattern,
        company_id=company.pk,
        machine_ref=machine_refs[one.station],
        event_type=one.event_type,
        start_at=one.start_at,
        end_at=one.end_at,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def scheduled_time(station: Station, plan: Plan, within: Window) -> ScheduledTime:
    """The plan of a machine inside a window, summed up and in full."""
    return ScheduledTime(
        machine_ref=station.machine_ref,
        start_at=within.start,
        end_at=within.end,
        scheduled_time_ms=_ms(plan.spans, scheduled_only=True),
        shifts=[
            ScheduledShift(
                name=name,
                scheduled_time_ms=_ms(own, scheduled_only=True),
                shift_time_ms=_ms(own),
            )
            for name, own in _by_shift(plan.spans).items()
        ],
        event_types=[
            ScheduledKind(event_type=kind.value, duration_ms=_ms(own))
            for kind in Kind
            if kind is not Kind.PRODUCTION and (own := [span for span in plan.spans if span.kind is kind])
        ],
        intervals=[_interval(span) for span in plan.spans],
    )


def _by_shift(found: Iterable[PlannedSpan]) -> dict[str, list[PlannedSpan]]:
    by_name: dict[str, list[PlannedSpan]] = {}
    for span in found:
        by_name.setdefault(span.shift.name, []).append(span)
    return by_name


def _ms(found: Iterable[PlannedSpan], *, scheduled_only: bool = False) -> int:
    counted = (span.window for span in found if not scheduled_only or span.kind is Kind.PRODUCTION)
    return total(counted) // MILLISECOND


def _interval(span: PlannedSpan) -> ScheduledInterval:
    return ScheduledInterval(
        start_at=span.window.start,
        end_at=span.window.end,
        duration_ms=span.window.duration // MILLISECOND,
        kind=span.kind.value,
        scheduled=span.kind is Kind.PRODUCTION,
        shift=span.shift.name,
        team=span.shift.team,
        shop_day=span.shift.day,
        reason=span.reason or None,
    )
