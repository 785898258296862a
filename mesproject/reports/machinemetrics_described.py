"""How the reports are described in OpenAPI, with the reference's samples as examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from mesproject.openapi import JSON, in_query, operation, reference
from mesproject.reports.machinemetrics_shapes import ASKED, CsvQuery, Kind, Reported, TokenQuery
from scheduling.api.machinemetrics_shapes import InvalidToken, Refusal

_View = TypeVar("_View", bound=Callable[..., Any])
TAG = "Reports (MachineMetrics)"
REFUSALS = {400: Refusal, 401: InvalidToken, 403: Refusal, 429: Refusal}
MACHINE = "0e871f8e-a48a-4a7b-ba33-a02cba7d4f2c"
_range = {"start": "2017-07-19T10:00:00.000Z", "end": "2017-07-20T10:00:00.000Z"}
_machine = {MACHINE: {"id": MACHINE, "name": "MACHINE 1"}}


class CsvTokenScheme(OpenApiAuthenticationExtension):
    """The token in the address of a download."""

    target_class = "mesproject.reports.machinemetrics.CsvTokenAuthentication"
    name = "jwtAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """As the reference calls it."""
        return {"type": "apiKey", "in": "query", "name": "token", "description": "From GET /user-token."}


def _sample(group: str, id_: str, entity: Mapping[str, Any], **numbers: float) -> dict[str, Any]:
    inner = {"entity": {"type": "machine", "id": MACHINE}, "aggregate": numbers}
    outer = {"entity": {"type": group, "id": id_}, "aggregate": numbers, "items": [inner]}
    return {
        "range": _range,
        "aggregate": numbers,
        "entities": {group: {id_: entity}, "machine": _machine},
        "items": [outer],
    }


_day = {**_range, "shopDate": "2017-07-19T04:00:00.000Z"}
ANSWERS: dict[Kind, dict[str, Any]] = {
    "production": _sample("day", "0", _day, totalParts=3425, timeInCycle=80549950),
    "downtime": _sample(
        "reason",
        "33",
        {"id": 33, "name": "Chipping Out", "color": "#dea638"},
        downtimeMs=544259,
        recordCount=2,
    ),
    "quality": _sample(
        "reason",
        "24",
        {"id": 24, "name": "Chip Impressions", "color": "#5f5da8"},
        rejectCount=15,
        recordCount=5,
    ),
}
_losses: dict[str, Any] = {
    **_range,
    "groupBy": [{"group": "reason"}, {"group": "machine"}],
    "filter": {"machine": [MACHINE]},
}
BODIES: dict[Kind, dict[str, Any]] = {
    "production": {
        "startDay": "2017-07-19",
        "endDay": "2017-07-19",
        "data": [{"metric": "totalParts"}, {"metric": "timeInCycle"}],
        "groupBy": [{"group": "day"}, {"group": "machine"}],
        "filter": {"machine": [MACHINE]},
    },
    "downtime": _losses,
    "quality": _losses,
}


def report_described(summary: str, kind: Kind) -> Callable[[_View], _View]:
    """Describe a report."""
    return operation(
        summary, name=f"{kind}Report", tag=TAG, body=ASKED[kind], answers={200: Reported, **REFUSALS},
        examples=[
            OpenApiExample("Asked", BODIES[kind], request_only=True),
            OpenApiExample("Answered", ANSWERS[kind], response_only=True, status_codes=["200"]),
        ],
    )  # fmt: skip


def token_described() -> Callable[[_View], _View]:
    """Describe the token."""
    answers = {200: str, 401: InvalidToken, 403: Refusal}
    summary = "Get a JWT for CSV downloads"
    return operation(summary, name="userToken", tag=TAG, query=TokenQuery, answers=answers)


def csv_described(summary: str) -> Callable[[_View], _View]:
    """Describe a download."""
    words = summary.split()
    number = OpenApiParameter(
        "resourceId", int, OpenApiParameter.PATH, required=True, description="From the report's csv.url."
    )
    refusals = {401: InvalidToken, 403: Refusal, 404: Refusal, 429: Refusal}
    return extend_schema(
        operation_id=f"{words[1]}Csv",
        summary=summary,
        tags=[TAG],
        parameters=[number, *in_query(CsvQuery)],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            **{(status, JSON): reference(type_) for status, type_ in refusals.items()},
        },
    )
