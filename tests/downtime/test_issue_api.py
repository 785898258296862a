"""Busroot's issues over HTTP: the samples of its manual shape for shape, and what is refused how."""

import csv
import io
import json
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from downtime.models import Issue, IssueEvent
from downtime.models.events import Who
from mesproject.accounts.models import ApiKey
from tests.make import (
    make_api_key,
    make_cause,
    make_issue,
    make_job_run,
    make_operator,
    make_plant,
    make_station,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)

EVENT = {
    "id": 1, "downtimeId": 1, "type": "acknowledge", "userId": 1, "estimateEndAt": "text", "notifiedAt": "text",
    "causeCode": "text", "accountId": "text", "createdAt": "text", "updatedAt": "text", "operatorInitials": "text",
    "userEmail": "text",
}  # fmt: skip
RAISED = {
    "id": 1, "type": "stop", "stationCode": "text", "startAt": "text", "endAt": "text", "createdAt": "text",
    "updatedAt": "text", "startNotifiedAt": "text", "endNotifiedAt": "text", "accountId": "text", "excludedAt": "text",
}  # fmt: skip
CAUSE = {"code": "text", "description": "text", "parentCauseCode": "text"}
ISSUE = RAISED | {
    "events": [EVENT], "isAcknowledged": True, "isEstimated": True, "isEscalated": True, "hasCause": True,
    "causeCode": "text", "estimateEndAt": "text", "ragStatus": "red", "statusText": "text", "stationName": "text",
    "causeBreadcrumb": [CAUSE], "startAtTimestamp": 1, "endAtTimestamp": 1, "duration": 1,
    "durationFormatted": "text", "skuCode": "text", "skuName": "text",
}  # fmt: skip


def same_shape(sample, found, where="$"):
    """The same keys in the same order, and values of the same types; null where nothing is known."""
    if isinstance(sample, dict):
        assert list(found) == list(sample), where
        for name in sample:
            same_shape(sample[name], found[name], f"{where}.{name}")
    elif isinstance(sample, list):
        assert found, where
        for one in found:
            same_shape(sample[0], one, f"{where}[]")
    else:
        assert found is None or isinstance(found, type(sample)), (where, found)


class Program:
    """Whoever holds a key."""

    def __init__(self, company, *scopes, **kwargs):
        _, token = make_api_key(*scopes, company=company, **kwargs)
        self.client = Client(headers={"X-API-KEY": token})

    def get(self, address, status=200, **query):
        response = self.client.get(f"/api/{address}", query)
        assert response.status_code == status, response.content
        return response.json()

    def post(self, address, body, status=200):
        response = self.client.post(f"/api/{address}", body, "application/json")
        assert response.status_code == status, response.content
        return response.json()


@pytest.fixture
def plant():
    return make_plant()


@pytest.fixture
def station(plant):
    return make_station("M1", plant=plant)


@pytest.fixture
def program(station):
    return Program(station.company)


@pytest.fixture
def ann(station):
    return make_operator(company=station.company, initials="ANN")


@pytest.fixture
def issue(station, ann):
    """A stop that began five minutes ago, with everything that can be said of it."""
    by, start = Who(operator=ann), now() - 5 * MINUTE
    issue = make_issue(station, started_at=start, job_run=make_job_run(station, actual_start=start))
    issue.acknowledge(by=by, at=start + 3 * MINUTE)
    issue.estimate(now() + 10 * MINUTE, by=by, at=now())
    issue.escalate(by=by, at=now())
    mechanical = make_cause("MECH", company=station.company, description="Mechanical")
    issue.explain(make_cause("JAM", parent=mechanical, description="Jam"), by=by, at=now())
    return issue


# The samples


def test_what_goes_on_is_told_as_in_the_manual(issue, program):
    answer = program.get("issue/ongoing", stationcodes="M1")
    same_shape({"isSuccess": True, "results": [ISSUE]}, answer)
    [told] = answer["results"]
    assert (told["ragStatus"], told["statusText"]) == ("red", "In hand of ANN, back in 10 min, help called")
    assert told["causeBreadcrumb"] == [
        {"code": "MECH", "description": "Mechanical", "parentCauseCode": None},
        {"code": "JAM", "description": "Jam", "parentCauseCode": "MECH"},
    ]
    assert (told["skuCode"], told["causeCode"], told["endAt"]) == (issue.job_run.sku.code, "JAM", None)
    assert [event["type"] for event in told["events"]] == ["acknowledge", "estimate", "escalate", "cause"]
    assert told["events"][0]["operatorInitials"] == "ANN"
    assert 300_000 <= told["duration"] < 310_000
    assert told["durationFormatted"].startswith("5m")


def test_the_list_one_issue_and_the_same_by_its_number_are_told_alike(issue, program):
    answer = program.get("issue", rangecode="last-8-hours", plantcode=issue.station.plant.code)
    same_shape({"isSuccess": True, "results": [ISSUE]}, answer)
    one = program.get(f"issue/{issue.pk}")["result"]
    assert one["id"] == program.get("issue", id=issue.pk)["results"][0]["id"] == answer["results"][0]["id"]


def test_an_issue_is_raised_as_in_the_manual(station, program):
    start = "2025-05-29T13:40:45.831Z"
    body = {"type": "stop", "stationCode": "M1", "startAt": start, "endAt": "2025-05-29T13:50:45.831Z"}
    answer = program.post("issue", body)
    same_shape({"isSuccess": True, "results": [RAISED]}, answer)
    assert (answer["results"][0]["startAt"], answer["results"][0]["accountId"]) == (
        start,
        station.company.code,
    )
    assert not Issue.objects.stops().exists()


def test_unreported_downtime_is_counted_for_each_station_as_in_the_manual(issue, station, program):
    quiet = make_station("M2", group=station.group)
    make_issue(quiet, started_at=now() - 90 * MINUTE, ended_at=now() - 80 * MINUTE)
    answer = program.get("issue/unreported-downtime/count", stationcodes="M1,M2", rangecode="last-24-hours")
    same_shape({"isSuccess": True, "results": [{"stationCode": "text", "count": 1}]}, answer)
    assert {row["stationCode"]: row["count"] for row in answer["results"]} == {"M1": 0, "M2": 1}


def test_causes_are_listed_made_and_deleted_as_in_the_manual(issue, program):
    same_shape({"isSuccess": True, "results": [CAUSE]}, program.get("issue/cause"))
    answer = program.post("issue/cause", {"code": "BELT", "description": "Belt", "parentCauseCode": "MECH"})
    sample = {
        "code": "text", "description": "text", "accountId": "text", "parentCauseCode": "text", "createdAt": "text",
        "updatedAt": "text",
    }  # fmt: skip
    assert set(answer["result"]) == set(sample)
    response = program.client.delete("/api/issue/cause/JAM")
    assert (response.status_code, response.content) == (204, b"")
    issue.refresh_from_db()
    assert issue.cause.code == "JAM", "history keeps it"
    assert [cause["code"] for cause in program.get("issue/cause")["results"]] == ["BELT", "MECH"]
    assert program.client.delete("/api/issue/cause/JAM").status_code == 404
    assert program.client.delete("/api/issue/cause/MECH").status_code == 409


def test_an_event_answers_no_more_than_that_it_was_taken(station, ann, program):
    issue = make_issue(station, started_at=now() - 5 * MINUTE)
    body = {"type": "acknowledge", "operator": "ANN"}
    assert program.post(f"issue/{issue.pk}/event", body) == {"isSuccess": True}
    event = issue.events.get()
    assert (event.kind, event.operator, event.program.company) == ("acknowledge", ann, station.company)


def test_reasons_are_causes_under_both_spellings(station, program):
    made = program.post("reason", {"code": "MEET", "description": "Meeting", "type": ["non-production"]})
    assert made["result"]["type"] == ["non-production"]
    program.post(
        "reason", {"code": "JAM", "description": "Jam", "parentReasonCode": "MEET", "type": ["downtime"]}
    )
    program.post("issue/cause", {"code": "TOOL", "description": "Tool", "parentReasonCode": "JAM"})
    found = {row["code"]: row for row in program.get("reason")["results"]}
    assert found["TOOL"] == {
        "code": "TOOL", "description": "Tool", "parentReasonCode": "JAM", "parentCauseCode": "JAM",
        "type": ["non-production"],
    }  # fmt: skip
    assert [row["code"] for row in program.get("reason", codes="MEET,JAM", type="non-production")["results"]]
    assert program.client.delete("/api/reason/TOOL").status_code == 204


def test_files_have_a_line_for_each_issue_and_cause(issue, program):
    response = program.client.get(
        "/api/issue/csv", {"plantcode": issue.station.plant.code, "rangecode": "last-8-hours"}
    )
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    [line] = csv.DictReader(io.StringIO(text))
    assert (line["causeCode"], line["causeBreadcrumb"]) == ("JAM", "Mechanical > Jam")
    causes = b"".join(program.client.get("/api/issue/cause/csv").streaming_content).decode("utf-8-sig")
    assert causes.splitlines()[0] == '"code","description","parentCauseCode"'


# All verbs


def test_the_whole_life_of_a_stop_over_http(station, program):
    make_cause("JAM", company=station.company)
    issue = make_issue(station, started_at=now() - 5 * MINUTE)
    for body in (
        {"type": "acknowledge"},
        {"type": "estimate", "estimatedTime": 0.5},
        {"type": "watch"},
        {"type": "escalate"},
        {"type": "note", "text": "<b>hot</b>"},
        {"type": "cause", "causeCode": "JAM"},
        {"type": "exclude", "text": "Visitors"},
        {"type": "reopen"},
    ):
        program.post(f"issue/{issue.pk}/event", body)
    assert [event["type"] for event in program.get(f"issue/{issue.pk}")["result"]["events"]] == [
        "acknowledge", "estimate", "watch", "escalate", "note", "cause", "exclude", "reopen",
    ]  # fmt: skip


def test_a_call_is_closed_by_hand_over_http(station, program):
    start = (now() - MINUTE).isoformat()
    made = program.post("issue", {"type": "help", "stationCode": "M1", "startAt": start})
    number = made["results"][0]["id"]
    program.post("issue", {"type": "help", "stationCode": "M1", "startAt": start}, status=409)
    program.post(f"issue/{number}/event", {"type": "close"})
    told = program.get(f"issue/{number}")["result"]
    assert (told["ragStatus"], told["statusText"], told["hasCause"]) == ("green", "Closed", False)


# What is refused


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


# Pages


def test_pages_hold_every_issue_once_and_what_reaches_into_the_range_comes_last(station, program):
    start = datetime.fromisoformat("2026-03-11T12:00:00+00:00")
    for number in range(9):
        begun = start + number * 10 * MINUTE
        make_issue(station, started_at=begun, ended_at=begun + 5 * MINUTE)
    make_issue(station, started_at=start - 9 * MINUTE, ended_at=start - 6 * MINUTE)
    reaching = make_issue(station, started_at=start - 5 * MINUTE, ended_at=start + 2 * MINUTE)
    by_hand = make_issue(
        station,
        kind="maintenance",
        silent_since=None,
        started_at=start - 60 * MINUTE,
        ended_at=start + MINUTE,
    )
    seen, after = [], {}
    while True:
        code = "2026-03-11T12:00Z/2026-03-11T13:15Z"
        answer = program.get("issue", limit=3, rangecode=code, stationcodes="M1", **after)
        seen += [row["id"] for row in answer["results"]]
        if "paging" not in answer:
            break
        after = {"after": answer["paging"]["next"]}
    assert len(seen) == len(set(seen)) == 10
    assert seen[-2:] == [reaching.pk, by_hand.pk]


@pytest.mark.parametrize("stations", [1, 4])
def test_what_goes_on_is_one_statement_and_a_page_two_for_any_number(
    station, program, stations, django_assert_num_queries
):
    for number in range(stations):
        one = make_station(f"X{number}", group=station.group)
        issue = make_issue(one, started_at=now() - 5 * MINUTE)
        issue.note("hm", by=Who(), at=now())
    codes = ",".join(f"X{number}" for number in range(stations))
    program.get("issue/ongoing", stationcodes=codes)  # the key's use is noted once a minute
    with django_assert_num_queries(2):  # the key, and all the rest
        assert len(program.get("issue/ongoing", stationcodes=codes)["results"]) == stations
    with django_assert_num_queries(4):  # the key, its stations, which, and what
        assert len(program.get("issue", limit=10)["results"]) == stations


def test_json_that_is_none_is_refused(issue, program):
    for body in ("{", json.dumps([1]), "\xff"):
        assert program.post(f"issue/{issue.pk}/event", body, status=400)["field"] == "body"
