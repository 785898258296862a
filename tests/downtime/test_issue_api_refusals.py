"""What Busroot's issue API refuses, how, and that nothing is done then."""

import json
from datetime import timedelta

import pytest
from django.utils.timezone import now

from downtime.models import Issue, IssueEvent
from mesproject.accounts import tokens
from mesproject.accounts.models import ApiKey
from tests.downtime.busroot import Program
from tests.make import make_cause, make_issue, make_operator, make_station, make_user

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    return make_station("M1")


@pytest.fixture
def program(station):
    return Program(station.company)


@pytest.fixture
def ann(station):
    return make_operator(company=station.company, initials="ANN")


@pytest.fixture
def issue(station):
    """A stop that goes on and has been explained."""
    return make_issue(
        station, started_at=now() - 5 * MINUTE, cause=make_cause("JAM", company=station.company)
    )


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"type": "estimate", "estimatedTime": -5}, 400, "estimatedTime"),
        ({"type": "estimate", "estimatedTime": 10**9}, 400, "estimatedTime"),
        ({"type": "estimate"}, 400, "estimatedTime"),
        ({"type": "cause", "causeCode": "NONE"}, 400, "causeCode"),
        ({"type": "cause"}, 400, "causeCode"),
        ({"type": "cause", "causeCode": "OLD"}, 409, None),
        ({"type": "note", "text": "x" * 2001}, 400, "text"),
        ({"type": "note", "text": " "}, 400, "text"),
        ({"type": "note"}, 400, "text"),
        ({"type": "dance"}, 400, "type"),
        ({"type": "acknowledge", "operator": "NOBODY"}, 400, "operator"),
        ({"type": "acknowledge", "colour": "red"}, 400, "colour"),
        ({"type": "split", "causeCode": "JAM", "nextCauseCode": "JAM"}, 400, "splitAt"),
        (
            {"type": "split", "causeCode": "JAM", "nextCauseCode": "JAM", "splitAt": "2026-01-01T00:00:00Z"},
            409,
            None,
        ),
        ({"type": "merge", "nextIssueId": 10**18}, 400, "nextIssueId"),
        ({"type": "close"}, 409, None),
        ({"type": "reopen"}, 409, None),
    ],
)
def test_an_event_that_cannot_be_is_refused_and_nothing_is_done(station, program, body, status, field):
    make_cause("JAM", company=station.company)
    make_cause("OLD", company=station.company, archived_at=now())
    issue = make_issue(station, started_at=now() - 5 * MINUTE)
    answer = program.post(f"issue/{issue.pk}/event", body, status=status)
    assert answer["isSuccess"] is False
    assert answer["message"]
    assert answer.get("field") == field
    assert not IssueEvent.objects.exists()


def test_the_second_to_acknowledge_is_told_who_was_first(station, ann, program):
    issue = make_issue(station, started_at=now() - 5 * MINUTE)
    program.post(f"issue/{issue.pk}/event", {"type": "acknowledge", "operator": "ANN"})
    answer = program.post(f"issue/{issue.pk}/event", {"type": "acknowledge"}, status=409)
    assert (answer["code"], answer["message"]) == ("already_answered", "Already answered by ANN.")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"type": "party"}, 400, "type"),
        ({"stationCode": "M" * 33}, 400, "stationCode"),
        ({"stationCode": "M 1"}, 400, "stationCode"),
        ({"stationCode": "NONE"}, 404, None),
        ({"startAt": "yesterday"}, 400, "startAt"),
        ({"startAt": "2026-03-11T12:00:00"}, 400, "startAt"),
        ({"startAt": "2099-01-01T00:00:00Z"}, 400, "startAt"),
        ({"startAt": "0001-01-01T00:00:00+14:00"}, 400, "startAt"),
        ({"endAt": "2020-01-01T00:00:00Z"}, 400, "endAt"),
    ],
)
def test_an_issue_that_cannot_be_is_refused(station, program, body, status, field):
    whole = {"type": "help", "stationCode": "M1", "startAt": "2025-05-29T13:40:45.831Z"} | body
    assert program.post("issue", whole, status=status).get("field") == field
    assert not Issue.objects.exists()


@pytest.mark.parametrize(
    ("code", "body", "status", "field"),
    [
        ("NONE", {"code": "X"}, 404, None),
        ("OTHER", {"code": "X"}, 404, None),
        ("A", {"code": "B"}, 409, "code"),
        ("A", {"code": "OLD"}, 409, "code"),
        ("OLD", {"code": "X"}, 404, None),
        ("A", {"code": ""}, 400, "code"),
        ("A", {"code": "x" * 51}, 400, "code"),
        ("A", {"description": " "}, 400, "description"),
        ("A", {"parentCauseCode": "B"}, 400, "parentCauseCode"),
        ("A", {"parentReasonCode": "OTHER"}, 400, "parentReasonCode"),
        ("A", {"colour": "red"}, 400, "colour"),
    ],
)
def test_a_change_of_a_cause_that_cannot_be_is_refused(station, program, code, body, status, field):
    make_cause("OTHER")
    a = make_cause("A", company=station.company)
    make_cause("B", parent=a)
    make_cause("OLD", company=station.company, archived_at=now())
    response = program.client.patch(f"/api/issue/cause/{code}", body, "application/json")
    assert (response.status_code, response.json().get("field")) == (status, field), response.content
    a.refresh_from_db()
    assert (a.code, a.parent) == ("A", None)


def test_a_cause_that_cannot_be_is_refused(station, program):
    make_cause("OTHER")
    for code, parent in (("A", None), ("B", "A"), ("C", "B")):
        program.post("issue/cause", {"code": code, "description": code, "parentCauseCode": parent})
    for body, field in (
        ({"code": "A", "description": "A", "parentCauseCode": "C"}, "parentCauseCode"),
        ({"code": "A", "description": "A", "parentReasonCode": "A"}, "parentReasonCode"),
        ({"code": "X" * 51, "description": "X"}, "code"),
        ({"code": "X", "description": " "}, "description"),
        ({"code": "X", "description": "X", "parentCauseCode": "OTHER"}, "parentCauseCode"),
        (
            {"code": "X", "description": "X", "parentCauseCode": "A", "parentReasonCode": "B"},
            "parentReasonCode",
        ),
    ):
        assert program.post("issue/cause", body, status=400)["field"] == field
    assert [cause["code"] for cause in program.get("issue/cause")["results"]] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("address", "query", "status", "field"),
    [
        ("issue/ongoing", {}, 400, "stationcodes"),
        ("issue/ongoing", {"stationcodes": "M1,NONE"}, 404, None),
        ("issue/csv", {"rangecode": "today"}, 400, "plantcode"),
        ("issue/unreported-downtime/count", {"stationcodes": "M1"}, 400, "rangecode"),
        ("issue", {"limit": 1001}, 400, "limit"),
        ("issue", {"after": "nonsense"}, 400, "after"),
        ("issue", {"rangecode": "soon"}, 400, "rangecode"),
        ("issue", {"station": "M1"}, 400, "station"),
        ("issue", {"plantcode": "none"}, 404, None),
        ("issue/999999999999999999999", {}, 404, None),
        ("reason", {"type": "fun"}, 400, "type"),
    ],
)
def test_a_question_that_cannot_be_answered_names_the_parameter(
    station, program, address, query, status, field
):
    assert program.get(address, status=status, **query).get("field") == field


def test_another_company_s_issue_is_not_there(program):
    theirs = make_issue(make_station())
    program.get(f"issue/{theirs.pk}", status=404)
    program.post(f"issue/{theirs.pk}/event", {"type": "acknowledge"}, status=404)
    assert program.get("issue", id=theirs.pk)["results"] == []
    program.get("issue/ongoing", status=404, stationcodes=theirs.station.code)


def test_a_key_of_some_stations_knows_of_no_other(issue, station):
    make_station("M2", group=station.group)
    limited = Program(station.company, station_codes=["M2"])
    limited.get(f"issue/{issue.pk}", status=404)
    assert limited.get("issue")["results"] == []
    limited.get("issue/ongoing", status=404, stationcodes="M1,M2")
    limited.post(
        "issue", {"type": "help", "stationCode": "M1", "startAt": "2025-05-29T13:40:45Z"}, status=404
    )


def test_a_key_that_only_reads_changes_nothing(issue, station):
    reader = Program(station.company, ApiKey.Scope.READ)
    reader.get("issue")
    reader.post(f"issue/{issue.pk}/event", {"type": "watch"}, status=403)
    reader.post("issue/cause", {"code": "X", "description": "X"}, status=403)
    assert reader.client.delete("/api/issue/cause/JAM").status_code == 403


def test_json_that_is_none_is_refused(issue, program):
    for body in ("{", json.dumps([1]), "\xff"):
        assert program.post(f"issue/{issue.pk}/event", body, status=400)["field"] == "body"


@pytest.mark.parametrize(("role", "status"), [("operator", 403), ("supervisor", 200)])
@pytest.mark.parametrize("step", ["exclude", "reopen"])
def test_what_counts_as_downtime_is_not_decided_by_operators(client, issue, role, status, step):
    pair = tokens.log_in(make_user(role, company=issue.station.company), at=now())
    answer = client.post(
        f"/api/issue/{issue.pk}/event",
        json.dumps({"type": step}),
        "application/json",
        headers={"Authorization": f"Bearer {pair.access}"},
    )
    assert answer.status_code == status
    assert ("Supervisors decide" in answer.content.decode()) == (status == 403)
    assert IssueEvent.objects.count() == (status == 200)
