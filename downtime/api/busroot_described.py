"""What OpenAPI says of issues and causes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view

from downtime.api import busroot_causes as causes
from downtime.api import busroot_issues as issues
from downtime.api import busroot_shapes as shapes
from mesproject.openapi import JSON, in_query, operation, reference

_View = TypeVar("_View", bound=Callable[..., Any])
ISSUES, CAUSES = "Issues (Busroot)", "Causes (Busroot)"
NUMBER = {"number": "The number of an issue."}


class BusrootIssueRefusal(msgspec.Struct, rename="camel"):
    """Why nothing was done: a code for programs, a sentence for people, and which value is wrong."""

    is_success: bool
    code: str
    message: str
    field: str | msgspec.UnsetType = msgspec.UNSET


def _refusals(*statuses: int) -> dict[int, type[msgspec.Struct]]:
    return dict.fromkeys((400, 401, 403, *statuses), BusrootIssueRefusal)


def _sent(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)


_RAISE = {"type": "help", "stationCode": "HURCO-1", "startAt": "2026-03-11T12:00:00.000Z"}
_EVENTS = [
    _sent("Acknowledged", {"type": "acknowledge", "operator": "AB"}),
    _sent("Back in ten minutes", {"type": "estimate", "estimatedTime": 10, "operator": "AB"}),
    _sent("Explained", {"type": "cause", "causeCode": "TOOL-BROKEN"}),
    _sent(
        "Split in two",
        {
            "type": "split", "splitAt": "2026-03-11T12:10:00.000Z", "causeCode": "TOOL-BROKEN",
            "nextCauseCode": "WAIT-FOR-MATERIAL",
        },
    ),
]  # fmt: skip


def describe() -> None:
    """Tell each address."""
    _describe_issues()
    _describe_causes()


def _describe_issues() -> None:
    extend_schema_view(
        get=operation(
            "List issues, newest first", name="listIssues", tag=ISSUES, query=shapes.IssuesQuery,
            answers={200: shapes.IssuesAnswer, **_refusals(404)},
        ),
        post=operation(
            "Raise an issue by hand", name="raiseIssue", tag=ISSUES, body=shapes.IssueIn,
            answers={200: shapes.RaisedAnswer, **_refusals(404, 409)},
            examples=[_sent("Help at a station", _RAISE)],
        ),
    )(issues.IssuesView)  # fmt: skip
    extend_schema_view(
        get=operation(
            "Get an issue", name="getIssue", tag=ISSUES, path=NUMBER,
            answers={200: shapes.IssueAnswer, **_refusals(404)},
        )
    )(issues.OneIssueView)  # fmt: skip
    extend_schema_view(
        get=operation(
            "List what goes on at stations", name="listOngoingIssues", tag=ISSUES, query=shapes.OngoingQuery,
            answers={200: shapes.IssuesAnswer, **_refusals(404)},
        )
    )(issues.OngoingView)  # fmt: skip
    extend_schema_view(
        get=operation(
            "Count the stops of stations that nobody has explained", name="countUnreportedDowntime", tag=ISSUES,
            query=shapes.CountQuery, answers={200: shapes.CountAnswer, **_refusals(404)},
        )
    )(issues.UnreportedView)  # fmt: skip
    extend_schema_view(get=_file("Get issues as CSV", "getIssuesCsv", ISSUES, shapes.FileQuery))(
        issues.IssuesCsvView
    )
    extend_schema_view(
        get=operation(
            "List the steps in an issue's life", name="listIssueSteps", tag=ISSUES, path=NUMBER,
            answers={200: shapes.IssueStepsAnswer, **_refusals(404)},
        ),
        post=operation(
            "Take a step in an issue's life", name="takeIssueStep", tag=ISSUES, path=NUMBER, body=shapes.EventIn,
            answers={200: shapes.Answer, **_refusals(404, 409)}, examples=_EVENTS,
        )
    )(issues.EventView)  # fmt: skip


def _describe_causes() -> None:
    extend_schema_view(
        get=operation(
            "List causes", name="listCauses", tag=CAUSES, query=shapes.CausesQuery,
            answers={200: shapes.CausesAnswer, **_refusals(404)},
        ),
        post=operation(
            "Make a cause, or change one", name="saveCause", tag=CAUSES, body=shapes.CauseIn,
            answers={200: shapes.CauseAnswer, **_refusals()},
            examples=[_sent("A cause at the top", {"code": "JAM", "description": "Jam", "parentCauseCode": None})],
        ),
    )(causes.CausesView)  # fmt: skip
    extend_schema_view(get=_file("Get causes as CSV", "getCausesCsv", CAUSES, None))(causes.CausesCsvView)
    extend_schema_view(
        get=operation(
            "List causes as reasons", name="listReasons", tag=CAUSES, query=shapes.ReasonsQuery,
            answers={200: shapes.ReasonsAnswer, **_refusals(404)},
        ),
        post=operation(
            "Make a reason, or change one", name="saveReason", tag=CAUSES, body=shapes.ReasonIn,
            answers={200: shapes.ReasonAnswer, **_refusals()},
        ),
    )(causes.ReasonsView)  # fmt: skip
    _describe_one(causes.CauseView, "Cause", shapes.CauseAnswer)
    _describe_one(causes.ReasonView, "Reason", shapes.ReasonAnswer)


def _describe_one(view: type[causes.CauseView], name: str, told: type[msgspec.Struct]) -> None:
    extend_schema_view(
        patch=operation(
            "Give a cause another code, description or place", name=f"change{name}", tag=CAUSES,
            body=shapes.CauseChange, answers={200: told, **_refusals(404, 409)},
            examples=[_sent("Another code", {"code": "JAM-2"})],
        ),
        delete=operation(
            "Take a cause out of use", name=f"delete{name}", tag=CAUSES,
            answers={204: None, **_refusals(404, 409)},
        ),
    )(view)  # fmt: skip


def _file(summary: str, name: str, tag: str, query: type[msgspec.Struct] | None) -> Callable[[_View], _View]:
    return extend_schema(
        operation_id=name,
        summary=summary,
        tags=[tag],
        parameters=in_query(query) if query else [],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            **{(status, JSON): reference(type_) for status, type_ in _refusals(404).items()},
        },
    )
