"""What OpenAPI says of those addresses whose own modules know nothing of it."""

from __future__ import annotations

import msgspec
from drf_spectacular.utils import OpenApiExample, extend_schema_view

from downtime.api import busroot_described as issues_described
from mesproject.openapi import operation
from mesproject.reports import busroot_described
from mesproject.schedule import described as schedule_described
from production.api import SignalsView
from production.messages import Item
from scheduling.api import busroot
from scheduling.api.busroot_shapes import BusrootPattern, BusrootShift

Signals = Item | list[Item]


class Problem(msgspec.Struct):
    """Why nothing was done: a code for programs, a sentence for people."""

    code: str
    detail: str


class SignalAnswer(msgspec.Struct):
    """What became of one signal: stored (201), stored before (200) or refused (422)."""

    status: int
    result: str
    code: str | msgspec.UnsetType = msgspec.UNSET
    detail: str | msgspec.UnsetType = msgspec.UNSET


class SignalAnswers(msgspec.Struct):
    """The same for each of a list, in its order."""

    results: list[SignalAnswer]


class BusrootPatterns(msgspec.Struct, rename="camel"):
    """Shift patterns in Busroot's envelope."""

    is_success: bool
    results: list[BusrootPattern]


class BusrootWeek(msgspec.Struct, rename="camel"):
    """The shifts of a pattern."""

    shifts: list[BusrootShift]
    shift_pattern_id: int


class BusrootWeekAnswer(msgspec.Struct, rename="camel"):
    """The shifts of a pattern in Busroot's envelope."""

    is_success: bool
    result: BusrootWeek


class BusrootRefusal(msgspec.Struct, rename="camel"):
    """A refusal in Busroot's envelope."""

    is_success: bool
    code: str
    message: str
    field: str | msgspec.UnsetType = msgspec.UNSET


_NO_KEY = dict.fromkeys((401, 403), BusrootRefusal)

extend_schema_view(
    post=operation(
        "Send signals of stations",
        name="sendSignals",
        tag="Signals",
        body=Signals,
        answers={200: (SignalAnswers, SignalAnswer), 201: SignalAnswer, 400: Problem, 401: Problem, 403: Problem,
                 413: Problem, 422: (SignalAnswers, SignalAnswer)},
        examples=[
            OpenApiExample(
                "A good unit", {"station": "HURCO-1", "timestamp": "2026-03-11T12:00:00Z", "production_complete": 1},
                request_only=True,
            ),
        ],
    )
)(SignalsView)  # fmt: skip
extend_schema_view(
    get=operation(
        "List shift patterns", name="listShiftPatterns", tag="Shift patterns (Busroot)",
        answers={200: BusrootPatterns, **_NO_KEY},
    )
)(busroot.ShiftPatternsView)  # fmt: skip
extend_schema_view(
    delete=operation(
        "Archive a shift pattern", name="archiveShiftPattern", tag="Shift patterns (Busroot)",
        answers={204: None, 404: BusrootRefusal, 409: BusrootRefusal, **_NO_KEY},
        path={"shift_pattern": "The number of a shift pattern."},
    )
)(busroot.ShiftPatternView)  # fmt: skip
extend_schema_view(
    post=operation(
        "Make a shift pattern with its shifts, or change one", name="saveShifts", tag="Shift patterns (Busroot)",
        body=busroot.WeekIn, answers={200: BusrootWeekAnswer, 400: BusrootRefusal, 404: BusrootRefusal, **_NO_KEY},
        examples=[
            OpenApiExample(
                "A new pattern of one shift",
                {"title": "Days", "shifts": [{"name": "Day", "startHour": 8, "duration": 8, "weekDay": 1}]},
                request_only=True,
            ),
        ],
    )
)(busroot.ShiftView)  # fmt: skip
busroot_described.describe()
issues_described.describe()
schedule_described.describe()
