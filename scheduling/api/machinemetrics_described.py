"""How the operations are described in OpenAPI: the same refusals for all, and an example of each body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from drf_spectacular.utils import OpenApiExample

from mesproject.openapi import operation
from scheduling.api.machinemetrics_shapes import (
    AssignmentAnswer,
    AssignmentChanges,
    AssignmentsAnswer,
    EventAnswer,
    EventChanges,
    EventsAnswer,
    InstancesAnswer,
    InvalidToken,
    NewAssignment,
    NewAssignments,
    NewEvent,
    NewInstances,
    Refusal,
    ScheduledTime,
)
from scheduling.recurrence import as_object
from scheduling.rules import parsed

_View = TypeVar("_View", bound=Callable[..., Any])
REFUSALS = {400: Refusal, 401: InvalidToken, 403: Refusal, 404: Refusal}
REFS = {
    "eventRef": "Work schedule event reference.",
    "workScheduleRef": "Work schedule reference, the number of a shift pattern.",
    "assignmentRef": "Work schedule event assignment reference.",
    "machineRef": "Machine reference.",
}
_EVENT = {
    "workScheduleEventRef": 1,
    "companyId": 1,
    "name": "Lunch",
    "eventType": "break",
    "description": None,
    "customHolidayDate": None,
    "archivedAt": None,
    "createdAt": "2026-03-11T12:00:00Z",
    "updatedAt": "2026-03-11T12:00:00Z",
}
_STARTS = "DTSTART:20260311T120000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
_ENDS = "DTSTART:20260311T123000\nRRULE:FREQ=DAILY"
_ASSIGNMENT = {
    "workScheduleEventAssignmentRef": 12,
    "workScheduleEventRef": 1,
    "companyId": 1,
    "timeWheelId": 12,
    "workScheduleRef": 1,
    "machineRef": None,
    "archivedAt": None,
    "createdAt": "2026-03-11T12:00:00Z",
    "updatedAt": "2026-03-11T12:00:00Z",
    "startRRule": as_object(parsed(_STARTS)),
    "endRRule": as_object(parsed(_ENDS)),
    "startRRuleString": _STARTS,
    "endRRuleString": _ENDS,
    "nextStartAt": "2026-03-12T12:00:00Z",
    "nextEndAt": "2026-03-12T12:30:00Z",
}
_INSTANCE = {
    "instanceId": 481,
    "workScheduleEventRef": 1,
    "workScheduleEventAssignmentRef": 12,
    "workScheduleRef": 1,
    "companyId": 1,
    "machineRef": 1,
    "eventType": "break",
    "startAt": "2026-03-12T12:00:00Z",
    "endAt": "2026-03-12T12:30:00Z",
    "createdAt": "2026-03-11T12:00:00Z",
    "updatedAt": "2026-03-11T12:00:00Z",
}
_INTERVAL = {
    "startAt": "2026-03-12T06:00:00Z",
    "endAt": "2026-03-12T12:00:00Z",
    "durationMs": 21_600_000,
    "kind": "production",
    "scheduled": True,
    "shift": "Early",
    "team": "",
    "shopDay": "2026-03-12",
    "reason": None,
}
_RULES = {"startRRule": _STARTS, "endRRule": "FREQ=DAILY;BYHOUR=12;BYMINUTE=30"}
EXAMPLES: dict[type[msgspec.Struct], dict[str, Any]] = {
    NewEvent: {"name": "Lunch", "eventType": "break", "description": None, "customHolidayDate": None},
    EventChanges: {"name": "Lunch and news"},
    NewAssignment: {"workScheduleEventRef": 1, **_RULES},
    NewAssignments: {"workScheduleRefs": "all", **_RULES},
    AssignmentChanges: _RULES,
    NewInstances: {
        "workScheduleEventRef": 1,
        "machineRef": 1,
        "startAt": "2026-03-12T14:00:00Z",
        "endAt": "2026-03-12T15:00:00Z",
    },
    EventAnswer: {"event": {**_EVENT, "assignments": [_ASSIGNMENT]}},
    EventsAnswer: {"events": [_EVENT]},
    AssignmentAnswer: {"assignment": {**_ASSIGNMENT, "event": _EVENT}},
    AssignmentsAnswer: {"assignments": [_ASSIGNMENT]},
    InstancesAnswer: {"instances": [_INSTANCE]},
    ScheduledTime: {
        "machineRef": 1,
        "startAt": "2026-03-12T06:00:00Z",
        "endAt": "2026-03-12T12:30:00Z",
        "scheduledTimeMs": 21_600_000,
        "shifts": [{"name": "Early", "scheduledTimeMs": 21_600_000, "shiftTimeMs": 23_400_000}],
        "eventTypes": [{"eventType": "break", "durationMs": 1_800_000}],
        "intervals": [
            _INTERVAL,
            _INTERVAL
            | {
                "startAt": "2026-03-12T12:00:00Z", "endAt": "2026-03-12T12:30:00Z", "durationMs": 1_800_000,
                "kind": "break", "scheduled": False, "reason": "Lunch",
            },
        ],
    },
}  # fmt: skip


def described(
    summary: str,
    *refs: str,
    answer: type[msgspec.Struct],
    body: type[msgspec.Struct] | None = None,
    query: type[msgspec.Struct] | None = None,
) -> Callable[[_View], _View]:
    """Describe a method of a view; `refs` are the references in its address."""
    return operation(
        summary,
        name=_name(summary),
        tag="Work schedule events (MachineMetrics)",
        answers={200: answer, **REFUSALS},
        body=body,
        query=query,
        path={ref: REFS[ref] for ref in refs},
        examples=[
            *_example(answer, response_only=True),
            *(_example(body, request_only=True) if body else ()),
        ],
    )


def _name(summary: str) -> str:
    first, *rest = [word for word in summary.replace("-", " ").split() if word not in ("a", "an", "the")]
    return first.lower() + "".join(word.capitalize() for word in rest)


def _example(
    type_: type[msgspec.Struct], *, request_only: bool = False, response_only: bool = False
) -> list[OpenApiExample]:
    return [
        OpenApiExample(
            type_.__name__,
            EXAMPLES[type_],
            request_only=request_only,
            response_only=response_only,
            status_codes=["200"] if response_only else None,
        )
    ]
