"""What we publish about the API is OpenAPI, names every address of it, and what we answer is what it says."""

import json
import re

import jsonschema
import msgspec
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from openapi_spec_validator import validate
from rest_framework.views import APIView

from mesproject import openapi
from tests.scheduling.machinemetrics import HALF_PAST, NOON_DAILY, Integration

pytestmark = pytest.mark.django_db
DAY = {"startAt": "2026-03-11T00:00:00Z", "endAt": "2026-03-12T00:00:00Z"}


@pytest.fixture(scope="module")
def described():
    response = Client().get("/api/openapi.json")
    assert response.status_code == 200
    return json.loads(response.content)


OPEN_TO_ALL = {"/api/authenticate/refresh", "/api/authenticate/link", "/api/health-check"}


def addresses(patterns=None, prefix="/"):
    """Every address that a program may use."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and issubclass(
            getattr(pattern.callback, "cls", object), APIView
        ):
            yield re.sub(r"<\w+:(\w+)>", r"{\1}", path)


def test_it_is_valid_openapi(described):
    assert described["openapi"].startswith("3.1")
    validate(described)


def test_every_address_is_described(described):
    assert set(described["paths"]) == set(addresses()) - {"/api/openapi.json"}


def test_every_operation_says_what_it_takes_and_answers(described):
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (path, method)
            token = [{"jwtAuth": []}] if path.startswith("/csv/") else []
            known = [] if path in OPEN_TO_ALL else [{"bearerAuth": []}, {"apiKeyAuth": []}, *token]
            assert operation.get("security", []) == known, path
            for status, answer in operation["responses"].items():
                csv = status == "200" and (path.startswith("/csv/") or path.endswith("/csv"))
                kind = "text/csv" if csv else "application/json"
                if path.endswith("/content") and method == "get" and status == "200":
                    kind = "application/pdf"
                assert status == "204" or answer["content"][kind]["schema"], (path, method, status)


def test_examples_are_what_their_schemas_say(described):
    checked = 0
    for operation in operations(described):
        bodies = [operation.get("requestBody"), *operation["responses"].values()]
        contents = [
            body["content"].get("application/json", {}) for body in bodies if body and "content" in body
        ]
        for content in contents:
            for example in content.get("examples", {}).values():
                conforms(described, content["schema"], example["value"])
                checked += 1
    assert checked >= 20


def test_answers_are_what_their_schemas_say(described):
    mm = Integration().settle()
    event = mm.make_event()
    assignment = mm.assign(event)["workScheduleEventAssignmentRef"]
    machine, bulk = (
        f"/machines/{mm.station.machine_ref}",
        {"workScheduleRefs": "all", "startRRule": NOON_DAILY},
    )
    once = {"workScheduleEventRef": event, "startAt": "2027-01-01T00:00:00Z"}
    again = {"workScheduleEventRef": event, "startRRule": NOON_DAILY, "endRRule": HALF_PAST}
    at = "/work-schedules/events/{eventRef}", "/work-schedules/{workScheduleRef}/event-assignments"
    for method, template, address, body, query in (
        ("POST", "/work-schedules/events", None, {"name": "Tea", "eventType": "break"}, {}),
        ("GET", "/work-schedules/events", None, None, {"includeAssignments": "true"}),
        ("GET", at[0], f"/work-schedules/events/{event}", None, {"includeAssignments": "true"}),
        ("PATCH", at[0], f"/work-schedules/events/{event}", {"name": "Late tea"}, {}),
        ("POST", f"{at[0]}/assignments", f"/work-schedules/events/{event}/assignments", bulk, {}),
        ("POST", at[1], f"{mm.schedule}/event-assignments", again, {}),
        ("GET", at[1], f"{mm.schedule}/event-assignments", None, {"includeEvent": "true"}),
        ("GET", at[1] + "/{assignmentRef}", f"{mm.schedule}/event-assignments/{assignment}", None, {}),
        ("PATCH", at[1] + "/{assignmentRef}", f"{mm.schedule}/event-assignments/{assignment}", {}, {}),
        (
            "POST",
            "/work-schedules/{workScheduleRef}/event-instances",
            f"{mm.schedule}/event-instances",
            once,
            {},
        ),
        ("GET", "/machines/event-instances", None, None, DAY),
        ("GET", "/machines/{machineRef}/event-instances", f"{machine}/event-instances", None, DAY),
        ("GET", "/machines/{machineRef}/scheduled-time", f"{machine}/scheduled-time", None, DAY),
        ("DELETE", at[1] + "/{assignmentRef}", f"{mm.schedule}/event-assignments/{assignment}", None, {}),
        ("DELETE", at[0], f"/work-schedules/events/{event}", None, {}),
    ):
        responses = described["paths"][template][method.lower()]["responses"]
        answer = mm.does(method, address or template, body, **query)
        conforms(described, responses["200"]["content"]["application/json"]["schema"], answer)


def operations(described):
    """All of them."""
    return [operation for path in described["paths"].values() for operation in path.values()]


def conforms(described, schema, value):
    """The value is what the schema says, and has nothing that it does not."""
    closed = {
        name: component | ({"additionalProperties": False} if component.get("type") == "object" else {})
        for name, component in described["components"]["schemas"].items()
    }
    jsonschema.Draft202012Validator(schema | {"components": {"schemas": closed}}).validate(value)


def test_two_types_of_one_name_are_refused(monkeypatch):
    monkeypatch.setattr(openapi, "_components", {})
    openapi.reference(msgspec.defstruct("Twin", [("one", int)]))
    openapi.reference(msgspec.defstruct("Twin", [("one", int)]))
    with pytest.raises(TypeError, match="Two types are called Twin"):
        openapi.reference(msgspec.defstruct("Twin", [("other", int)]))
