"""How the operations of ERPs are described in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from mesproject.erp.shapes import ImportAnswer, ImportQuery, ImportRefusal, RunAnswer, StartRun, StopRun
from mesproject.openapi import JSON, in_query, reference
from scheduling.api.machinemetrics_described import REFUSALS
from scheduling.api.machinemetrics_shapes import InvalidToken, Refusal

_View = TypeVar("_View", bound=Callable[..., Any])
TAG = "ERP (MachineMetrics)"
NOTHING = {"type": "null", "description": "Done: null."}
EXAMPLES: dict[type[msgspec.Struct], dict[str, Any]] = {
    StartRun: {
        "erpJobOperationRunId": "01", "erpMachineId": "HURCO-1", "startInSetup": False,
        "startAt": "2026-03-11T10:11:00.000Z", "jobName": "Spacely Sprockets",
        "jobOperationDescription": "Sprockets for Spacely Space Sprockets, Inc.", "lotName": None,
        "partName": "Sprocket001", "quantityRequired": 1000, "expectedSetupTime": 600,
        "expectedPartTime": 120_000, "idealPartTime": 100_000,
    },
    StopRun: {"erpJobOperationRunId": "01", "endAt": "2026-03-11T18:20:00.000Z"},
    RunAnswer: {
        "startAt": "2026-03-11T10:11:00.000Z", "endAt": None,
        "metrics": {"totalParts": 2069, "goodParts": 2069, "scrapParts": 0, "nonconformParts": 0},
    },
}  # fmt: skip


def run_described(
    summary: str,
    name: str,
    *,
    body: type[msgspec.Struct] | None = None,
    query: type[msgspec.Struct] | None = None,
    answer: type[msgspec.Struct] | None = None,
    path: str = "",
) -> Callable[[_View], _View]:
    """Describe an operation on job runs; `path` names the id in its address."""
    refusals = REFUSALS | ({409: Refusal, 413: Refusal} if body else {})
    described: dict[str, Any] = {
        "operation_id": name,
        "summary": summary,
        "tags": [TAG],
        "parameters": [
            *in_path(path, "The id under which the run was started."),
            *(in_query(query) if query else ()),
        ],
        "request": {JSON: reference(body)} if body else None,
        "responses": responses(answer, refusals),
        "examples": [example(type_) for type_ in (body, answer) if type_],
    }
    return extend_schema(**described)


def responses(answer: type[msgspec.Struct] | None, refusals: dict[int, Any]) -> dict[tuple[int, str], Any]:
    """An answer (null where there is none) and refusals, by status."""
    told = reference(answer) if answer else NOTHING
    return {(200, JSON): told, **{(status, JSON): reference(type_) for status, type_ in refusals.items()}}


def in_path(name: str, text: str) -> list[OpenApiParameter]:
    """A text in the address."""
    if not name:
        return []
    return [OpenApiParameter(name, str, OpenApiParameter.PATH, required=True, description=text)]


def example(type_: type[msgspec.Struct]) -> OpenApiExample:
    """What is sent, or answered."""
    asks = type_ is not RunAnswer
    return OpenApiExample(
        type_.__name__, EXAMPLES[type_], request_only=asks, response_only=not asks,
        status_codes=None if asks else ["200"],
    )  # fmt: skip


def import_described() -> Callable[[_View], _View]:
    """Describe the sending of a file."""
    form = {
        "type": "object",
        "required": ["csvFile"],
        "properties": {
            "csvFile": {"type": "string", "format": "binary", "description": "The CSV file, at most 200 MB."},
            "autoArchive": {
                "type": "boolean", "default": False, "description": "Archive all jobs that are not in the file."
            },
            "dryRun": {
                "type": "boolean", "default": False, "description": "Say what would be done, and do nothing."
            },
        },
    }  # fmt: skip
    answers = {
        (200, JSON): {"anyOf": [{"type": "null"}, reference(ImportAnswer)]},
        (202, JSON): reference(ImportAnswer),
        (400, JSON): {"anyOf": [reference(ImportRefusal), reference(Refusal)]},
        **{(status, JSON): reference(Refusal) for status in (403, 409, 413, 415)},
        (401, JSON): reference(InvalidToken),
    }
    return extend_schema(
        operation_id="importJobs",
        summary="Import jobs via file",
        tags=[TAG],
        parameters=in_query(ImportQuery),
        request={"multipart/form-data": form},
        responses=answers,
    )


def import_state_described() -> Callable[[_View], _View]:
    """Describe the asking after a file."""
    return extend_schema(
        operation_id="getImport",
        summary="Get import of jobs",
        tags=[TAG],
        parameters=in_path("importRef", "From the answer to the import."),
        responses=responses(ImportAnswer, REFUSALS),
    )
