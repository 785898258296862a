"""Busroot's issues over HTTP: the samples of its manual shape for shape, and what is refused how."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.utils.timezone import now

from downtime.models import AnswerBook, Issue, Photo
from downtime.models.answers import in_force
from downtime.models.events import Who
from downtime.ruling import settle
from production.models import Station
from tests.downtime.busroot import Program
from tests.make import (
    make_cause,
    make_device,
    make_issue,
    make_job_run,
    make_operator,
    make_plant,
    make_rule,
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


@pytest.mark.parametrize("address", ["issue/cause", "reason"])
def test_a_cause_gets_another_code_and_its_history_and_rules_go_with_it(address, issue, program):
    rule = make_rule(issue.cause, name="Feeder")
    body = {"code": "JAM-2", "description": "Jammed", "parentCauseCode": None}
    response = program.client.patch(f"/api/{address}/JAM", body, "application/json")
    assert response.status_code == 200
    assert response.json()["result"]["code"] == "JAM-2"
    [told] = program.get("issue", id=issue.pk)["results"]
    assert (told["causeCode"], told["events"][-1]["causeCode"]) == ("JAM-2", "JAM-2")
    assert told["causeBreadcrumb"] == [{"code": "JAM-2", "description": "Jammed", "parentCauseCode": None}]
    assert [one.cause for one in in_force(rule.company).rules] == [issue.cause_id]


def test_what_is_left_out_of_a_change_stays(issue, program):
    response = program.client.patch("/api/issue/cause/JAM", {"code": "JAM"}, "application/json")
    told = response.json()["result"]
    assert (told["code"], told["description"], told["parentCauseCode"]) == ("JAM", "Jam", "MECH")


def test_rules_go_out_of_use_and_come_back_with_their_cause(issue, program):
    rule = make_rule(issue.cause)
    program.client.delete("/api/issue/cause/JAM")
    assert not in_force(rule.company)
    program.post("issue/cause", {"code": "JAM", "description": "Jam"})
    assert in_force(rule.company)
    assert [book.why for book in AnswerBook.objects.all()[:2]] == ["Cause Jam restored", "Cause Jam archived"]
    assert AnswerBook.objects.first().by.startswith("API key integration")


def test_an_answer_of_a_rule_is_told_as_such(station, program):
    stop = make_issue(station, started_at=now() - 5 * MINUTE, ended_at=now() - MINUTE)
    make_rule(make_cause("JAM", company=station.company, description="Jam"), name="Feeder")
    place = Station.objects.in_place().get(pk=station.pk)
    settle([stop], {station.pk: place}, now=now())
    [told] = program.get("issue", id=stop.pk)["results"]
    assert (told["hasCause"], told["causeCode"], told["ragStatus"]) == (True, "JAM", "green")
    assert told["statusText"] == "Over: Jam (by a rule)"
    [event] = told["events"]
    assert (event["type"], event["causeCode"], event["operatorInitials"], event["userEmail"]) == (
        "rule", "JAM", None, None,
    )  # fmt: skip
    program.post(f"issue/{stop.pk}/event", {"type": "cause", "causeCode": "JAM"})
    assert program.get("issue", id=stop.pk)["results"][0]["statusText"] == "Over: Jam"


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


def test_the_steps_of_an_issue_are_told_with_what_was_written_down_and_where(issue, ann, program):
    tablet, _ = make_device("tablet", company=issue.station.company, name="tablet-1")
    issue.note("Second time today.", by=Who(operator=ann, device=tablet), at=now())
    Photo.objects.create(event=issue.events.last(), content=b"jpeg", width=1, height=1)
    program.post(f"issue/{issue.pk}/event", {"type": "watch"})
    told = program.get(f"issue/{issue.pk}/event")["results"]
    in_issue = program.get(f"issue/{issue.pk}")["result"]["events"]
    assert [{name: event[name] for name in EVENT} for event in told] == in_issue
    note, watch = told[-2:]
    assert (note["text"], note["device"], note["hasPhoto"]) == ("Second time today.", "tablet-1", True)
    assert (watch["apiKey"], watch["device"], watch["text"], watch["hasPhoto"]) == (
        "integration",
        None,
        None,
        False,
    )


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
