"""MachineMetrics' work schedule events: what they come to on machines, and the time that is left to run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.utils.timezone import now
from msgspec import UnsetType
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from production.models import Station
from production.windows import Window
from scheduling import events
from scheduling.api.machinemetrics import event_in_body, pattern_in_address
from scheduling.api.machinemetrics_answers import instance_answer, scheduled_time
from scheduling.api.machinemetrics_described import described
from scheduling.api.machinemetrics_edge import Invalid, MachineMetricsView, answer, whole
from scheduling.api.machinemetrics_rules import instant, window
from scheduling.api.machinemetrics_shapes import (
    InstancesAnswer,
    MachinesQuery,
    NewInstances,
    ScheduledTime,
    WindowQuery,
)
from scheduling.following import following_at
from scheduling.instances import Instance, instances
from scheduling.models import EventAssignment, ScheduleEvent, ShiftPattern
from scheduling.planned import plans

INSTANCE_DAYS = 31
SCHEDULED_DAYS = 400
# A one-off may be told later, but not so late that years of reports are decided anew.
LATEST_NEWS = timedelta(days=400)
MOST_MACHINES = 1000


class OneOffInstancesView(MachineMetricsView):
    """What happens once."""

    for_all_machines = False

    @described(
        "Create one-off work schedule event instances", "workScheduleRef", body=NewInstances,
        answer=InstancesAnswer,
    )  # fmt: skip
    def post(self, request: Request, **refs: str) -> HttpResponse:
        """On one machine of the work schedule, or without machineRef on all active ones that the key may see."""
        pattern, asked = pattern_in_address(self), self.body(NewInstances)
        start, end = self._times(asked)
        event = event_in_body(self, asked.work_schedule_event_ref)
        assignment = self._assignment(asked, event, pattern)
        active = following_at(pattern, self.machines().active(), start)
        made = events.enter_once(
            event, _chosen(active, asked.machine_ref), start=start, end=end, by=f"API key {self.key}", at=now(),
            assignment=assignment, pattern=pattern,
        )  # fmt: skip
        return answered(self, active, [Instance.of(row) for row in made])

    def _times(self, asked: NewInstances) -> tuple[datetime, datetime | None]:
        start = instant("startAt", asked.start_at)
        if now() - start > LATEST_NEWS:
            said = f"startAt is at most {LATEST_NEWS.days} days ago."
            raise Invalid("startAt", "InvalidRange", said)
        end = instant("endAt", asked.end_at) if asked.end_at else None
        if end and end <= start:
            raise Invalid("endAt", "InvalidRange", "endAt is later than startAt, or null while it goes on.")
        return start, end

    def _assignment(
        self, asked: NewInstances, event: ScheduleEvent, pattern: ShiftPattern
    ) -> EventAssignment | None:
        ref = asked.work_schedule_event_assignment_ref
        if ref is None:
            return None
        own = EventAssignment.objects.of(self.company).active().filter(event=event, pattern=pattern)
        found: EventAssignment | None = own.filter(pk=ref).first()
        if found is None:
            said = f"This event has no active assignment {ref} on this work schedule."
            raise Invalid("workScheduleEventAssignmentRef", "NotFound", said)
        return found


class MachineInstancesView(MachineMetricsView):
    """What happens on one machine."""

    @described("List event instances for a machine", "machineRef", query=WindowQuery, answer=InstancesAnswer)
    def get(self, request: Request, **refs: str) -> HttpResponse:
        """Instances that share time with a window of at most 31 days."""
        machine, asked = machine_in_address(self), self.query(WindowQuery)
        within = window(asked.start_at, asked.end_at, longest_days=INSTANCE_DAYS)
        return found_in(self, [machine], within)


class InstancesView(MachineMetricsView):
    """What happens on many machines."""

    @described("List event instances for many machines", query=MachinesQuery, answer=InstancesAnswer)
    def get(self, request: Request) -> HttpResponse:
        """The same for several machines; without machineRefs for all active ones that the key may see."""
        asked = self.query(MachinesQuery)
        within = window(asked.start_at, asked.end_at, longest_days=INSTANCE_DAYS)
        return found_in(self, self._machines(asked.machine_refs), within)

    def _machines(self, text: str | UnsetType) -> list[Station]:
        if isinstance(text, UnsetType):
            return list(self.machines().active())
        refs = {whole("machineRefs", part.strip()) for part in text.split(",", MOST_MACHINES)}
        found = list(self.machines().filter(machine_ref__in=refs))
        if missing := refs - {machine.machine_ref for machine in found}:
            raise Invalid("machineRefs", "NotFound", f"There is no machine {min(missing)}.")
        return found


class ScheduledTimeView(MachineMetricsView):
    """When a machine means to run."""

    @described(
        "Get scheduled time during a time window for a given machine", "machineRef", query=WindowQuery,
        answer=ScheduledTime,
    )  # fmt: skip
    def get(self, request: Request, **refs: str) -> HttpResponse:
        """Milliseconds in total, by shift and by what else shift time is for, and the intervals themselves."""
        machine, asked = machine_in_address(self), self.query(WindowQuery)
        within = window(asked.start_at, asked.end_at, longest_days=SCHEDULED_DAYS)
        return answer(scheduled_time(machine, plans([machine], within)[machine.pk], within))


def machine_in_address(view: MachineMetricsView) -> Station:
    """The machine of that reference, where the key may see it, or a 404."""
    ref = view.ref("machineRef")
    found: Station | None = view.machines().filter(machine_ref=ref).first()
    if found is None:
        raise NotFound(f"There is no machine {ref}.")
    return found


def found_in(view: MachineMetricsView, machines: Sequence[Station], within: Window) -> HttpResponse:
    """The instances of machines in a window."""
    return answered(view, machines, instances(machines, within, now=now()))


def answered(
    view: MachineMetricsView, machines: Sequence[Station], found: Sequence[Instance]
) -> HttpResponse:
    """Instances with the numbers of their machines."""
    refs = {machine.pk: machine.machine_ref for machine in machines}
    return answer(InstancesAnswer([instance_answer(view.company, refs, one) for one in found]))


def _chosen(active: Sequence[Station], ref: int | None) -> list[Station]:
    """All of them, or the one of that number."""
    chosen = [machine for machine in active if ref in (None, machine.machine_ref)]
    if ref is not None and not chosen:
        said = f"There is no active machine {ref} that follows this work schedule when it starts."
        raise Invalid("machineRef", "NotFound", said)
    return chosen
