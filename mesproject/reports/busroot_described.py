"""What OpenAPI says of Busroot's reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view

from mesproject.openapi import JSON, in_query, operation, reference
from mesproject.reports import busroot_shapes as shapes
from mesproject.reports.busroot_edge import ReportView
from mesproject.reports.busroot_urls import CSV, REPORTS

_View = TypeVar("_View", bound=Callable[..., Any])
TAG = "Reports (Busroot)"


class BusrootReportRefusal(msgspec.Struct, rename="camel"):
    """Why there is no answer: a code for programs, a sentence for people, and which parameter is wrong."""

    is_success: bool
    code: str
    message: str
    field: str | msgspec.UnsetType = msgspec.UNSET


SUMMARIES: dict[str, tuple[str, type[shapes.Answer]]] = {
    "downtime": ("Get the ladder of losses, cycle times and stops of stations", shapes.DowntimeAnswer),
    "oee": ("Get the ladder of losses of stations and of all together", shapes.OeeAnswer),
    "production": ("Get what stations made of each SKU", shapes.ProductionAnswer),
    "target": ("Get what stations were to make, and made", shapes.TargetAnswer),
    "energy": ("Get the energy of stations", shapes.EnergyAnswer),
    "analysis/cycletime": ("Get how long a unit of each SKU took", shapes.CycleAnswer),
    "station-window": ("Get the minutes of stations", shapes.WindowAnswer),
    "utilisation": ("Get the heatmap of stations", shapes.HeatAnswer),
    "interval-chart": ("Get what stations made against what was to be, by interval", shapes.IntervalAnswer),
}
REFUSALS = dict.fromkeys((400, 401, 403, 404, 429), BusrootReportRefusal)
_REFUSAL = {
    "isSuccess": False, "code": "bad_value", "message": "The range starts after its end.", "field": "rangecode",
}  # fmt: skip


def describe() -> None:
    """Tell each report and its twin."""
    for address, (summary, answer) in SUMMARIES.items():
        name = "".join(part.title() for part in address.replace("/", "-").split("-"))
        extend_schema_view(get=_report(summary, f"get{name}", REPORTS[address], answer))(REPORTS[address])
        extend_schema_view(get=_file(summary, f"get{name}Csv", CSV[address]))(CSV[address])


def _report(
    summary: str, name: str, view: type[ReportView], answer: type[shapes.Answer]
) -> Callable[[_View], _View]:
    example = OpenApiExample("Refused", _REFUSAL, response_only=True, status_codes=["400"])
    return operation(
        summary, name=name, tag=TAG, query=view.query, answers={200: answer, **REFUSALS}, examples=[example]
    )


def _file(summary: str, name: str, view: type[ReportView]) -> Callable[[_View], _View]:
    return extend_schema(
        operation_id=name,
        summary=f"{summary}, as CSV",
        tags=[TAG],
        parameters=in_query(view.query),
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            **{(status, JSON): reference(type_) for status, type_ in REFUSALS.items()},
        },
    )
