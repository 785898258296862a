"""MachineMetrics' work schedule events: definitions, and when they recur on work schedules.

Their addresses and what they leave open is decided in docs/machinemetrics.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.timezone import now
from msgspec import UNSET
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from scheduling import events
from scheduling.api.machinemetrics_answers import assignment_answers, event_answer, with_assignments
from scheduling.api.machinemetrics_described import described
from scheduling.api.machinemetrics_edge import Invalid, MachineMetricsView, answer
from scheduling.api.machinemetrics_rules import Rules, custom_holiday_date, description, event_name, rules_of
from scheduling.api.machinemetrics_shapes import (
    AssignmentAnswer,
    AssignmentChanges,
    AssignmentQuery,
    AssignmentsAnswer,
    AssignmentsQuery,
    EventAnswer,
    EventChanges,
    EventQuery,
    EventsAnswer,
    EventsQuery,
    NewAssignment,
    NewAssignments,
    NewEvent,
)
from scheduling.models import EventAssignment, ScheduleEvent, ShiftPattern


class EventsView(MachineMetricsView):
    """What recurring events there are."""

    @described("Create a work schedule event definition", body=NewEvent, answer=EventAnswer)
    def post(self, request: Request) -> HttpResponse:
        """Creates a definition for the whole company. It does nothing before it is assigned."""
        asked = self.body(NewEvent)
        event = events.define(
            self.company,
            name=event_name(asked.name),
            event_type=asked.event_type,
            description=description(asked.description),
            custom_holiday_date=custom_holiday_date(asked.custom_holiday_date),
        )
        return one_event(self, event, [])

    @described("List work schedule event definitions", query=EventsQuery, answer=EventsAnswer)
    def get(self, request: Request) -> HttpResponse:
        """By default without archived definitions and archived assignments."""
        asked = self.query(EventsQuery)
        found = ScheduleEvent.objects.of(self.company)
        if asked.event_type is not UNSET:
            found = found.filter(event_type=asked.event_type)
        if not asked.include_archived:
            found = found.active()
        if not asked.include_assignments:
            return answer(EventsAnswer([event_answer(event) for event in found]))
        nested = _assignments(self, asked.include_archived).filter(event__in=found)
        return answer(EventsAnswer(with_assignments(self.company, found, nested, at=now())))


class EventView(MachineMetricsView):
    """One definition."""

    @described("Get a work schedule event definition", "eventRef", query=EventQuery, answer=EventAnswer)
    def get(self, request: Request, **refs: str) -> HttpResponse:
        """Archived definitions can be read, too."""
        event, asked = event_in_address(self), self.query(EventQuery)
        if not asked.include_assignments:
            return answer(EventAnswer(event_answer(event)))
        return one_event(self, event, _assignments(self, asked.include_archived).filter(event=event))

    @described("Update a work schedule event definition", "eventRef", body=EventChanges, answer=EventAnswer)
    def patch(self, request: Request, **refs: str) -> HttpResponse:
        """Changes the fields that are sent. What has been planned up to now stays as it was."""
        event, asked = event_in_address(self), self.body(EventChanges)
        event = events.redefine(event, _changes(asked), at=now())
        return one_event(self, event, _assignments(self).filter(event=event))

    @described("Archive a work schedule event definition", "eventRef", answer=EventAnswer)
    def delete(self, request: Request, **refs: str) -> HttpResponse:
        """Archives the definition and its active assignments, which are answered with it."""
        event = events.archive(event_in_address(self), at=now())
        gone = _assignments(self, archived=True).filter(event=event, archived_at=event.archived_at)
        return one_event(self, event, gone)


class BulkAssignmentsView(MachineMetricsView):
    """One definition on many work schedules."""

    @described(
        "Bulk create work schedule event assignments",
        "eventRef",
        body=NewAssignments,
        answer=AssignmentsAnswer,
    )
    def post(self, request: Request, **refs: str) -> HttpResponse:
        """Assigns to all active work schedules, or to those of a list; where one cannot be, to none."""
        event, asked = event_in_address(self), self.body(NewAssignments)
        patterns = self._patterns(asked.work_schedule_refs)
        rules = rules_of(self.company, event, asked, at=now())
        made = events.assign(event, patterns, starts=rules.starts, ends=rules.ends, at=now())
        return answer(AssignmentsAnswer(assignment_answers(self.company, made, at=now(), with_event=True)))

    def _patterns(self, refs: str | list[int]) -> list[ShiftPattern]:
        active = ShiftPattern.objects.of(self.company).active().order_by("pk")
        if isinstance(refs, str):
            return list(active)
        found = {pattern.pk: pattern for pattern in active.filter(pk__in=refs)}
        for ref in refs:
            if ref not in found:
                raise Invalid("workScheduleRefs", "NotFound", f"There is no active work schedule {ref}.")
        return list(found.values())


class AssignmentsView(MachineMetricsView):
    """What recurs on a work schedule."""

    @described(
        "Create a work schedule event assignment",
        "workScheduleRef",
        body=NewAssignment,
        answer=AssignmentAnswer,
    )
    def post(self, request: Request, **refs: str) -> HttpResponse:
        """Lets a definition recur on the work schedule."""
        pattern, asked = pattern_in_address(self), self.body(NewAssignment)
        if pattern.archived_at:
            raise Invalid("workScheduleRef", "Archived", "This work schedule is archived; use one in use.")
        event = event_in_body(self, asked.work_schedule_event_ref)
        rules = rules_of(self.company, event, asked, at=now())
        (made,) = events.assign(event, [pattern], starts=rules.starts, ends=rules.ends, at=now())
        return one_assignment(self, made, with_event=True)

    @described(
        "List work schedule event assignments",
        "workScheduleRef",
        query=AssignmentsQuery,
        answer=AssignmentsAnswer,
    )
    def get(self, request: Request, **refs: str) -> HttpResponse:
        """By default without archived ones."""
        pattern, asked = pattern_in_address(self), self.query(AssignmentsQuery)
        found = _assignments(self, asked.include_archived).filter(pattern=pattern)
        shown = assignment_answers(self.company, found, at=now(), with_event=asked.include_event)
        return answer(AssignmentsAnswer(shown))


class AssignmentView(MachineMetricsView):
    """One assignment, which must belong to the work schedule in the address."""

    @described(
        "Get a work schedule event assignment",
        "workScheduleRef",
        "assignmentRef",
        query=AssignmentQuery,
        answer=AssignmentAnswer,
    )
    def get(self, request: Request, **refs: str) -> HttpResponse:
        """Archived assignments can be read, too."""
        assignment, asked = self._assignment(), self.query(AssignmentQuery)
        return one_assignment(self, assignment, with_event=asked.include_event)

    @described(
        "Update a work schedule event assignment",
        "workScheduleRef",
        "assignmentRef",
        body=AssignmentChanges,
        answer=AssignmentAnswer,
    )
    def patch(self, request: Request, **refs: str) -> HttpResponse:
        """Changes the rules that are sent. What has been planned up to now stays as it was."""
        assignment, asked = self._assignment(), self.body(AssignmentChanges)
        held = Rules.of(assignment)
        rules = rules_of(self.company, assignment.event, asked, at=now(), held=held)
        if rules != held or assignment.archived_at:
            assignment = events.reschedule(assignment, starts=rules.starts, ends=rules.ends, at=now())
        return one_assignment(self, assignment, with_event=True)

    @described(
        "Archive a work schedule event assignment",
        "workScheduleRef",
        "assignmentRef",
        answer=AssignmentAnswer,
    )
    def delete(self, request: Request, **refs: str) -> HttpResponse:
        """Archives the assignment; its past instances stay."""
        gone = events.archive_assignment(self._assignment(), at=now())
        return one_assignment(self, gone, with_event=True)

    def _assignment(self) -> EventAssignment:
        ref = self.ref("assignmentRef")
        found = _assignments(self, archived=True).filter(pattern=self.ref("workScheduleRef"), pk=ref).first()
        if found is None:
            raise NotFound(f"This work schedule has no event assignment {ref}.")
        return found


def one_event(
    view: MachineMetricsView, event: ScheduleEvent, nested: Iterable[EventAssignment]
) -> HttpResponse:
    """A definition with assignments."""
    (shown,) = with_assignments(view.company, [event], nested, at=now())
    return answer(EventAnswer(shown))


def one_assignment(
    view: MachineMetricsView, assignment: EventAssignment, *, with_event: bool
) -> HttpResponse:
    """An assignment."""
    (shown,) = assignment_answers(view.company, [assignment], at=now(), with_event=with_event)
    return answer(AssignmentAnswer(shown))


def event_in_address(view: MachineMetricsView) -> ScheduleEvent:
    """The company's definition of that reference, or a 404."""
    ref = view.ref("eventRef")
    found: ScheduleEvent | None = ScheduleEvent.objects.of(view.company).filter(pk=ref).first()
    if found is None:
        raise NotFound(f"There is no work schedule event {ref}.")
    return found


def event_in_body(view: MachineMetricsView, ref: int) -> ScheduleEvent:
    """The company's definition of that reference, or a 400 that names the field."""
    found: ScheduleEvent | None = ScheduleEvent.objects.of(view.company).active().filter(pk=ref).first()
    if found is None:
        raise Invalid("workScheduleEventRef", "NotFound", f"There is no active work schedule event {ref}.")
    return found


def pattern_in_address(view: MachineMetricsView) -> ShiftPattern:
    """The company's work schedule of that reference, or a 404."""
    ref = view.ref("workScheduleRef")
    found: ShiftPattern | None = ShiftPattern.objects.of(view.company).filter(pk=ref).first()
    if found is None:
        raise NotFound(f"There is no work schedule {ref}.")
    return found


def _assignments(view: MachineMetricsView, archived: bool = False) -> QuerySet[EventAssignment]:
    found = EventAssignment.objects.of(view.company).select_related("event")
    return found if archived else found.active()


def _changes(asked: EventChanges) -> dict[str, str | date | None]:
    """What is sent, as fields of the model."""
    sent: dict[str, str | date | None] = {}
    if asked.name is not UNSET:
        sent["name"] = event_name(asked.name)
    if asked.event_type is not UNSET:
        sent["event_type"] = asked.event_type
    if asked.description is not UNSET:
        sent["description"] = description(asked.description)
    if asked.custom_holiday_date is not UNSET:
        sent["custom_holiday_date"] = custom_holiday_date(asked.custom_holiday_date)
    return sent
