"""What OpenAPI says of the schedule."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_view

from mesproject.openapi import operation
from mesproject.resource_views import REFUSED
from mesproject.schedule import api, shapes

TAG, ONE = "Schedule (Busroot)", {"schedule": "The id of a schedule."}
_READ, _WRITTEN = (400, 401, 403, 404), (400, 401, 403, 404, 409)
EXAMPLE = {
    "stationCode": "HURCO-1", "skuCode": "BOX", "workOrderReference": "WO-1", "plannedQuantity": 500,
    "plannedStartAt": "2026-03-11T12:00:00Z", "autoEndOnQuantityComplete": True,
}  # fmt: skip


def _answers(answer: Any, refusals: tuple[int, ...]) -> dict[int, Any]:
    return {200: answer, **dict.fromkeys(refusals, REFUSED)}


def describe() -> None:
    """Tell each address."""
    extend_schema_view(
        get=operation(
            "List schedules: what runs and is to come, or what shares time with a range", name="listSchedules",
            tag=TAG, query=shapes.ScheduleQuery, answers=_answers(shapes.SchedulesAnswer, _READ),
        ),
        post=operation(
            "Plan a run", name="makeSchedule", tag=TAG, body=shapes.ScheduleIn,
            answers=_answers(shapes.ScheduleAnswer, _WRITTEN),
            examples=[OpenApiExample("Five hundred, then it ends by itself", EXAMPLE, request_only=True)],
        ),
    )(api.SchedulesView)  # fmt: skip
    extend_schema_view(
        get=operation(
            "Get a schedule", name="getSchedule", tag=TAG, path=ONE, answers=_answers(shapes.ScheduleAnswer, _READ)
        ),
        patch=operation(
            "Plan a run otherwise", name="changeSchedule", tag=TAG, path=ONE, body=shapes.ScheduleChange,
            answers=_answers(shapes.ScheduleAnswer, _WRITTEN),
        ),
        delete=operation(
            "Withdraw what has not begun", name="withdrawSchedule", tag=TAG, path=ONE,
            answers={204: None, **dict.fromkeys(_WRITTEN, REFUSED)},
        ),
    )(api.OneScheduleView)  # fmt: skip
    for view, summary, name in (
        (api.StartView, "Start a run; what ran before ends then", "startSchedule"),
        (api.ProductionView, "Setup is over, production begins", "startProduction"),
        (api.EndView, "End a run", "endSchedule"),
    ):
        extend_schema_view(
            post=operation(
                summary,
                name=name,
                tag=TAG,
                path=ONE,
                body=shapes.At,
                answers=_answers(shapes.ScheduleAnswer, _WRITTEN),
            )
        )(view)
