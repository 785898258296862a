"""Work schedule events as MachineMetrics writes them: what is asked, and what is answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from scheduling.models import EventType

LARGEST_REF = 2**63 - 1
MOST_SCHEDULES = 1000

# The first three are MachineMetrics', the others our own.
Kind = Annotated[
    Literal["break", "holiday", "custom-holiday", "maintenance", "non-production"],
    Meta(description=f"One of {', '.join(EventType.values)}."),
]
Name = Annotated[str, Meta(description="The reason that screens and reports show: 1 to 64 characters.")]
Description = Annotated[
    str | None, Meta(description="Text for operators and admins of at most 255 characters, or null.")
]
Holiday = Annotated[
    date | None,
    Meta(description="A date of the years 1970 to 2100, as in 2026-12-24; custom-holiday must have one."),
]
Ref = Annotated[
    int, Meta(ge=1, le=LARGEST_REF, description="A whole number, the reference of one of your own.")
]
Refs = Annotated[
    Literal["all"] | Annotated[list[Ref], Meta(min_length=1, max_length=MOST_SCHEDULES)],
    Meta(description=f"“all”, or a list of 1 to {MOST_SCHEDULES:,} workScheduleRefs as whole numbers."),
]
Rule = Annotated[
    str,
    Meta(description="An iCalendar RRULE with or without DTSTART, as in FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=12."),
]
Instant = Annotated[
    datetime,
    Meta(tz=True, description="An ISO 8601 date-time with Z or an offset, as in 2026-03-11T12:00:00Z."),
]
MachineRefs = Annotated[
    str,
    Meta(
        description="Whole numbers with commas between them, as in 1,2,3; without, all that the key may see."
    ),
]
Flag = Annotated[bool, Meta(description="true or false.")]


class NewEvent(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A definition to create."""

    name: Name
    event_type: Kind
    description: Description = None
    custom_holiday_date: Holiday = None


class EventChanges(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Fields of a definition to change; what is left out stays."""

    name: Name | UnsetType = UNSET
    event_type: Kind | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    custom_holiday_date: Holiday | UnsetType = UNSET


class Recurring(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """When it starts and ends; a custom-holiday without startRRule is on its date, all day."""

    start_rule: Rule | UnsetType = field(name="startRRule", default=UNSET)
    end_rule: Rule | UnsetType | None = field(name="endRRule", default=UNSET)


class NewAssignment(Recurring, kw_only=True):
    """An assignment to create."""

    work_schedule_event_ref: Ref


class NewAssignments(Recurring, kw_only=True):
    """Assignments to create on many work schedules."""

    work_schedule_refs: Refs


class AssignmentChanges(Recurring, kw_only=True):
    """Rules of an assignment to change; what is left out stays, endRRule null goes."""


class NewInstances(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One-off instances to create."""

    work_schedule_event_ref: Ref
    work_schedule_event_assignment_ref: Ref | None = None
    machine_ref: Ref | None = None
    start_at: Instant
    end_at: Instant | None = None


class EventsQuery(Struct, rename="camel", kw_only=True):
    """What a list of definitions holds."""

    event_type: Kind | UnsetType = UNSET
    include_archived: Flag = False
    include_assignments: Flag = False


class EventQuery(Struct, rename="camel", kw_only=True):
    """What one definition holds."""

    include_assignments: Flag = False
    include_archived: Flag = False


class AssignmentsQuery(Struct, rename="camel", kw_only=True):
    """What a list of assignments holds."""

    include_archived: Flag = False
    include_event: Flag = False


class AssignmentQuery(Struct, rename="camel", kw_only=True):
    """What one assignment holds."""

    include_event: Flag = False


class WindowQuery(Struct, rename="camel", kw_only=True):
    """A window, its start inclusive, its end exclusive."""

    start_at: Instant
    end_at: Instant


class MachinesQuery(WindowQuery, kw_only=True):
    """A window of several machines."""

    machine_refs: MachineRefs | UnsetType = UNSET


class ClockNote(Struct, rename="camel", kw_only=True):
    """A coming occurrence at a time that the clock skips or shows twice, and what is taken for it."""

    rule: Literal["startRRule", "endRRule"]
    kind: Literal["gap", "fold"]
    wall: str
    at: datetime
    message: str


class WorkScheduleEvent(Struct, rename="camel", kw_only=True):
    """A definition."""

    work_schedule_event_ref: int
    company_id: int
    name: str
    event_type: str
    description: str | None
    custom_holiday_date: date | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    assignments: list[WorkScheduleEventAssignment] | UnsetType = UNSET


class WorkScheduleEventAssignment(Struct, rename="camel", kw_only=True):
    """A definition recurs on a work schedule."""

    work_schedule_event_assignment_ref: int
    work_schedule_event_ref: int
    company_id: int
    time_wheel_id: int
    work_schedule_ref: int
    machine_ref: int | None = None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    start_rule: dict[str, Any] = field(name="startRRule")
    end_rule: dict[str, Any] | None = field(name="endRRule")
    start_rule_string: str = field(name="startRRuleString")
    end_rule_string: str | None = field(name="endRRuleString")
    next_start_at: datetime | None
    next_end_at: datetime | None
    clock_notes: list[ClockNote] | UnsetType = UNSET
    event: WorkScheduleEvent | UnsetType = UNSET


class WorkScheduleEventInstance(Struct, rename="camel", kw_only=True):
    """One occurrence on one machine; instanceId is null where it is worked out and not stored."""

    instance_id: int | None
    work_schedule_event_ref: int
    work_schedule_event_assignment_ref: int | None
    work_schedule_ref: int | None
    company_id: int
    machine_ref: int
    event_type: str
    start_at: datetime
    end_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ScheduledShift(Struct, rename="camel", kw_only=True):
    """What the shifts of one name hold in the window."""

    name: str
    scheduled_time_ms: int
    shift_time_ms: int


class ScheduledKind(Struct, rename="camel", kw_only=True):
    """Shift time of one kind that is not scheduled: taken by events, or meant for something else."""

    event_type: str
    duration_ms: int


class ScheduledInterval(Struct, rename="camel", kw_only=True):
    """A stretch of one shift with one purpose."""

    start_at: datetime
    end_at: datetime
    duration_ms: int
    kind: str
    scheduled: bool
    shift: str
    team: str
    shop_day: date
    reason: str | None


class ScheduledTime(Struct, rename="camel", kw_only=True):
    """When a machine means to run, inside a window."""

    machine_ref: int
    start_at: datetime
    end_at: datetime
    scheduled_time_ms: int
    shifts: list[ScheduledShift]
    event_types: list[ScheduledKind]
    intervals: list[ScheduledInterval]


class EventAnswer(Struct):
    """One definition."""

    event: WorkScheduleEvent


class EventsAnswer(Struct):
    """Definitions."""

    events: list[WorkScheduleEvent]


class AssignmentAnswer(Struct):
    """One assignment."""

    assignment: WorkScheduleEventAssignment


class AssignmentsAnswer(Struct):
    """Assignments."""

    assignments: list[WorkScheduleEventAssignment]


class InstancesAnswer(Struct):
    """Instances, in order of their starts."""

    instances: list[WorkScheduleEventInstance]


class Fault(Struct):
    """What is wrong with one field, and what is allowed."""

    field: str
    code: str
    message: str


class Refusal(Struct):
    """Why nothing was done."""

    code: str
    message: str
    errors: list[Fault]


class InvalidToken(Struct):
    """A key that is missing or not good."""

    error: str
    error_description: str
