"""Every example of the API's description works against a fresh demo: who tries it out makes nothing up."""

import json
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import transaction
from django.test import Client
from django.utils.timezone import now

from downtime import engine
from downtime.models import Issue
from mesproject.accounts.models import User
from mesproject.demo import plant
from mesproject.demo.secrets import KNOWN_PASSWORD, Kept
from production.ingest import Parcel, record
from production.messages import Message
from production.models import Station
from scheduling.models import EventAssignment, ScheduleEvent, ShiftPattern
from scheduling.writing import write_ahead
from tests.make import NOON, make_issue

pytestmark = pytest.mark.django_db
TAKEN = {HTTPStatus.OK, HTTPStatus.CREATED}
SPLIT, STOP = "split", "/erp/jobdispatch/stop"


class Visitor:
    """Somebody who tries the demo's API, with the key that its start prints and a token of its administrator."""

    def __init__(self):
        self.company = plant.set_up(now=NOON - timedelta(days=3), timezone="UTC", password=KNOWN_PASSWORD)
        kept = Kept()
        plant.renew_secrets(self.company, kept)
        self.key = {"X-API-KEY": kept.api_key}
        self.token = {}
        login = self.tries("POST", "/api/authenticate", {"username": "admin", "password": KNOWN_PASSWORD})
        self.token = {"Authorization": f"Bearer {login.json()['result']['accessToken']}"}
        self.station = Station.objects.of(self.company).get(code="HURCO-1")
        # In a database of its own the demo's first event and pattern have the number 1.
        self.event = ScheduleEvent.objects.of(self.company).earliest("pk").pk
        self.pattern = ShiftPattern.objects.of(self.company).earliest("pk").pk

    def tries(self, method, path, body=None):
        """The answer, by the way in that docs/busroot.md tells for an address."""
        by_key = not path.startswith("/api/") or path == "/api/signals"
        sent = "" if body is None else json.dumps(body)
        headers = self.key if by_key else self.token
        return Client().generic(method, path, sent, "application/json", headers=headers)

    def tries_example(self, method, path, body):
        """The answer to an example, of which nothing stays."""
        with transaction.atomic():
            answer = self.tries(method, self._filled(path), self._as_here(body))
            transaction.set_rollback(True)
        return answer

    def _filled(self, path):
        """An address about what there is in the demo."""
        assignment = EventAssignment.objects.filter(event=self.event).earliest("pk").pk
        known = {
            "cause": "OTHER", "eventRef": self.event, "workScheduleRef": self.pattern, "assignmentRef": assignment,
        }  # fmt: skip
        if "{number}" in path:
            known["number"] = make_issue(self.station, started_at=now() - timedelta(minutes=5)).pk
        return path.format(**known)

    def _as_here(self, body):
        """A body with the numbers that the demo has here, where others have come before it."""
        if "workScheduleEventRef" not in body:
            return body
        assert body["workScheduleEventRef"] == 1
        return body | {"workScheduleEventRef": self.event}


@pytest.fixture(scope="module")
def described():
    return json.loads(Client().get("/api/openapi.json").content)


@pytest.fixture
def visitor():
    return Visitor()


def bodies(described):
    """Each example of a body: method, address and the body."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                yield method.upper(), path, example["value"]


def the_body(described, wanted):
    """The one example that is wanted."""
    [found] = [body for _, path, body in bodies(described) if wanted in (path, body.get("type"))]
    return found


def test_every_example_of_a_body_is_taken_by_itself(described, visitor):
    alone = [one for one in bodies(described) if one[1] != STOP and one[2].get("type") != SPLIT]
    answers = [(*one, visitor.tries_example(*one)) for one in alone]
    amiss = [(*one, answer.content) for *one, answer in answers if answer.status_code not in TAKEN]
    assert amiss == []
    assert len(alone) >= 30


def test_every_example_of_a_question_is_answered(described, visitor):
    asked = 0
    for path, methods in described["paths"].items():
        if "get" not in methods:
            continue
        parameters = methods["get"].get("parameters", [])
        shown = {
            one["name"]: next(iter(one["examples"].values()))["value"]
            for one in parameters
            if "examples" in one
        }
        if shown and "{" not in path:
            assert {one["name"] for one in parameters if one.get("required")} <= shown.keys()
            query = "&".join(f"{name}={value}" for name, value in shown.items())
            answer = visitor.tries("GET", f"{path}?{query}")
            assert answer.status_code == HTTPStatus.OK, (path, query, answer.content)
            asked += 1
    assert asked >= 20


def test_what_the_examples_make_is_found_at_the_addresses_of_the_examples(described, visitor):
    for path, methods in described["paths"].items():
        parameters = [one for one in methods.get("get", {}).get("parameters", []) if one["in"] == "path"]
        if parameters and "examples" in parameters[0]:
            visitor.tries("POST", path.partition("/{")[0], the_body(described, path.partition("/{")[0]))
            code = next(iter(parameters[0]["examples"].values()))["value"]
            assert visitor.tries("GET", path.format(code=code)).status_code == HTTPStatus.OK, path


def test_the_run_of_the_examples_is_started_and_stopped(described, visitor):
    for path in ("/erp/jobdispatch/start", STOP):
        assert visitor.tries("POST", path, the_body(described, path)).status_code == HTTPStatus.OK


def test_a_stop_is_split_as_in_the_example(described, visitor):
    Station.objects.update(heartbeat_ms=None)  # else its silence is a lost signal
    write_ahead(now=NOON)
    made = Message(at=NOON, good=1.0)
    record([Parcel(visitor.company.pk, "HURCO-1", made, "mqtt")], received_at=NOON, quarantine=False)
    engine.tick(now=NOON + timedelta(hours=1))
    stop = Issue.objects.get(station=visitor.station)
    answer = visitor.tries("POST", f"/api/issue/{stop.pk}/event", the_body(described, SPLIT))
    assert answer.status_code == HTTPStatus.OK, answer.content
    causes = Issue.objects.order_by("started_at").values_list("cause__code", flat=True)
    assert list(causes) == ["TOOL-BROKEN", "WAIT-FOR-MATERIAL"]


def test_a_person_s_token_and_the_demo_s_key_open_what_the_docs_say(visitor):
    assert User.objects.of(visitor.company).get(username="admin")
    reports = {"data": [{"metric": "totalParts"}], "startDay": "2017-07-19", "endDay": "2017-07-19"}
    assert visitor.tries("POST", "/reports/production", reports).status_code == HTTPStatus.OK
    person = Client().post("/reports/production", reports, "application/json", headers=visitor.token)
    assert person.status_code == HTTPStatus.FORBIDDEN
