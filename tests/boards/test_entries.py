"""Entries out of a tablet's outbox: late, twice, refused, and about stops that have become others meanwhile."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from downtime.models import Issue, IssueEvent
from downtime.models.issues import Who
from downtime.splitting import merge, split
from production.models import Entry, SignOn, StationLive
from production.sign_ons import Hand, sign_on
from quality.models import Reject
from tests.entries import enter, headers, step, stood_still
from tests.make import (
    make_cause,
    make_issue,
    make_job_run,
    make_operator,
    make_reject_reason,
    make_station,
    make_user,
)
from tests.screens import SCRIPT, enrolled, person

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def station():
    station = make_station()
    StationLive.objects.create(station=station, status="stopped", since=now() - HOUR)
    return station


@pytest.fixture
def issue(station):
    return make_issue(station, started_at=now() - HOUR)


@pytest.fixture
def tablet(station):
    return enrolled(station.company)


@pytest.fixture
def cause(station):
    return make_cause(company=station.company, description="Coil change")


def test_what_was_said_without_network_counts_from_when_it_was_said(issue, tablet):
    said = now() - 40 * MINUTE
    answer = enter(tablet, step(issue, "acknowledge"), said)
    assert (answer.status_code, answer.json(), answer["X-Entry"]) == (200, {"stored": True}, "stored")
    issue.refresh_from_db()
    assert abs(issue.acknowledged_at - said) < timedelta(milliseconds=1)
    entry = Entry.objects.get()
    assert (entry.at, entry.device.kind, entry.user) == (issue.acknowledged_at, "tablet", None)
    assert entry.received_at > said
    assert issue.updated_at >= entry.received_at  # else screens that are up to date would not look again


def test_the_same_entry_again_changes_nothing(issue, tablet):
    key = uuid.uuid4()
    for _ in range(3):
        answer = enter(tablet, step(issue, "note"), key=key, text="Bearing is hot")
        assert answer["X-Entry"] == "stored"
    assert IssueEvent.objects.count() == Entry.objects.count() == 1


def test_the_same_entry_again_is_no_error_in_the_database(issue, tablet):
    key, refused = uuid.uuid4(), []

    def watch(execute, sql, params, many, context):
        try:
            return execute(sql, params, many, context)
        except DatabaseError as error:
            refused.append(error)
            raise

    with connection.execute_wrapper(watch):
        for _ in range(2):
            enter(tablet, step(issue, "acknowledge"), key=key)
    assert (refused, Entry.objects.count()) == ([], 1)


def test_a_page_that_enters_the_same_again_looks_again(issue, tablet):
    told = headers(now()) | SCRIPT
    first, second = (tablet.post(step(issue, "acknowledge"), headers=told) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 204)
    assert b'id="panel"' in first.content
    assert second["HX-Trigger"] == "changed"


@pytest.mark.django_db(transaction=True)
def test_ten_at_the_same_time_are_one(station, issue, tablet):
    told = headers(now())
    answers = []

    def send():
        client = enrolled_again(tablet)
        answers.append(client.post(step(issue, "note"), {"text": "Hot"}, headers=told)["X-Entry"])
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(10)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert answers == ["stored"] * 10
    assert IssueEvent.objects.count() == Entry.objects.count() == 1


def enrolled_again(tablet):
    client = Client()
    client.cookies = tablet.cookies
    return client


def test_a_refused_entry_leaves_no_trace_and_may_come_again(issue, tablet, cause):
    key = uuid.uuid4()
    answer = enter(tablet, step(issue, "cause"), key=key, cause=0)
    assert answer.status_code == 422
    assert "valid choice" in answer.json()["detail"]
    assert Entry.objects.count() == 0
    assert enter(tablet, step(issue, "cause"), key=key, cause=cause.pk)["X-Entry"] == "stored"
    assert Issue.objects.get().cause == cause


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"X-Entry-At": "soon"}, 400), ({"X-Entry-At": "9" * 30}, 400), ({"X-Entry-Key": "x"}, 400),
        ({"X-Entry-At": "-1"}, 400), ({"X-Entry-By": "x" * 90}, 400), ({"X-Entry-By": "user-1"}, 401),
        ({"X-Entry-At": "1000"}, 422), ({"X-Entry-At": str(2**42)}, 422),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_a_sentence(issue, tablet, changed, status):
    answer = tablet.post(step(issue, "acknowledge"), headers=headers(now()) | changed)
    assert answer.status_code == status
    assert answer.json()["detail"].endswith(".")
    assert not IssueEvent.objects.exists()


def test_an_entry_is_never_sent_in_somebody_else_s_name(station, issue):
    ann, bob = (make_user("operator", company=station.company) for _ in range(2))
    client = person(station.company)
    client.force_login(bob)
    assert enter(client, step(issue, "acknowledge"), by=f"user-{ann.pk}").status_code == 401
    assert enter(client, step(issue, "acknowledge"), by=f"user-{bob.pk}").status_code == 200
    assert Issue.objects.get().owner_user == bob


def test_what_is_not_there_and_what_is_not_allowed_are_told(station, issue, tablet):
    gone = enter(tablet, f"/stops/{uuid.uuid4()}/note/", text="x")
    assert (gone.status_code, gone.json()["detail"]) == (404, "What this was about is not there any more.")
    looks = make_user("read_only", company=station.company)
    client = person(station.company)
    client.force_login(looks)
    answer = enter(client, step(issue, "note"), by=f"user-{looks.pk}", text="x")
    assert (answer.status_code, answer.json()["detail"][:9]) == (403, "Your role")


def test_who_was_signed_on_then_has_said_it(station, issue, tablet):
    ann, bob = (make_operator(company=station.company, initials=name) for name in ("ANN", "BOB"))
    sign_on(station, ann, at=now() - 50 * MINUTE, by=Hand())
    sign_on(station, bob, at=now() - 20 * MINUTE, by=Hand())
    enter(tablet, step(issue, "note"), now() - 30 * MINUTE, text="Hot")
    assert IssueEvent.objects.get().operator == ann


def test_where_nobody_was_known_it_is_asked_and_not_lost(station, issue, tablet):
    ann = make_operator(company=station.company, initials="ANN")
    key, said = uuid.uuid4(), now() - 30 * MINUTE
    answer = enter(tablet, step(issue, "note"), said, key, text="Hot")
    assert (answer.status_code, answer["X-Entry"]) == (409, "asked")
    assert answer.json()["question"] == "Who entered it?"
    assert [choice["fields"]["operator"] for choice in answer.json()["choices"]] == [str(ann.pk), "0"]
    enter(tablet, step(issue, "note"), said, key, text="Hot", operator=ann.pk)
    assert IssueEvent.objects.get().operator == ann
    assert abs(SignOn.objects.get().started_at - said) < timedelta(milliseconds=1)


def test_a_sign_on_that_comes_late_ends_where_the_next_one_came(station, tablet):
    ann, bob = (make_operator(company=station.company, initials=name) for name in ("ANN", "BOB"))
    sign_on(station, bob, at=now() - 20 * MINUTE, by=Hand())
    said = now() - 50 * MINUTE
    enter(tablet, f"/operator/{station.uuid}/", said, operator=ann.pk)
    first, second = SignOn.objects.order_by("started_at")
    assert (first.operator, second.operator) == (ann, bob)
    assert first.ends_at == second.started_at


def test_a_sign_off_without_a_number_is_of_whoever_was_there(station, tablet):
    ann = make_operator(company=station.company, initials="ANN")
    sign_on(station, ann, at=now() - 50 * MINUTE, by=Hand())
    said = now() - 10 * MINUTE
    enter(tablet, f"/operator/{station.uuid}/", said, off="present")
    assert abs(SignOn.objects.get().ends_at - said) < timedelta(milliseconds=1)


def test_a_reject_belongs_to_what_ran_when_it_was_declared(station, tablet):
    burr = make_reject_reason(company=station.company)
    run = make_job_run(station, actual_start=now() - HOUR, actual_end=now() - 30 * MINUTE)
    said = now() - 40 * MINUTE
    enter(tablet, f"/rejects/of/{station.uuid}/", said, key=None, reason=burr.pk, quantity=2)
    assert not Reject.objects.exists()  # a reject has a key of its own
    fields = {"reason": burr.pk, "quantity": 2, "key": uuid.uuid4()}
    assert tablet.post(f"/rejects/of/{station.uuid}/", fields, headers=headers(said))["X-Entry"] == "stored"
    reject = Reject.objects.get()
    assert (reject.job_run, abs(reject.at - said) < timedelta(milliseconds=1)) == (run, True)


def test_runs_begin_and_end_when_they_did(station, tablet):
    run = make_job_run(station, actual_start=None)
    began, ended = now() - 50 * MINUTE, now() - 20 * MINUTE
    path = reverse("schedule:station-runs", args=[station.uuid])
    enter(tablet, path, began, verb="start", chosen=run.pk)
    enter(tablet, path, ended, verb="end", chosen=run.pk)
    run.refresh_from_db()
    assert abs(run.actual_start - began) < timedelta(milliseconds=1)
    assert abs(run.actual_end - ended) < timedelta(milliseconds=1)


def test_an_issue_raised_without_network_began_when_it_was_raised(station, tablet):
    said = now() - 30 * MINUTE
    enter(tablet, f"/stops/of/{station.uuid}/raise/", said, kind="material")
    assert abs(Issue.objects.get().started_at - said) < timedelta(milliseconds=1)


@pytest.fixture
def parts(station, issue, cause):
    """The stop, split by somebody else while the tablet was away."""
    other = make_cause(company=station.company, description="Crane")
    stood_still(issue)
    later = split(issue, now() - 30 * MINUTE, before=other, after=other, by=Who(), at=now())
    return issue, later


def test_a_stop_that_was_split_meanwhile_is_a_question(issue, parts, tablet, cause):
    answer = enter(tablet, step(issue, "cause"), now() - 45 * MINUTE, cause=cause.pk, seen="")
    assert answer.status_code == 409
    said = answer.json()
    assert said["question"] == "The stop was split meanwhile. Which part is it for?"
    assert [choice["address"] for choice in said["choices"][:-1]] == [step(part, "cause") for part in parts]
    chosen = said["choices"][1]
    again = enter(tablet, chosen["address"], now() - 45 * MINUTE, **chosen["fields"])
    assert again["X-Entry"] == "stored"
    assert [part.cause.description for part in Issue.objects.order_by("started_at")] == [
        "Crane",
        "Coil change",
    ]


def test_stops_that_came_later_are_none_of_its_parts(station, issue, cause, tablet):
    Issue.objects.update(ended_at=now() - 20 * MINUTE)
    issue.refresh_from_db()
    stood_still(issue)
    split(issue, now() - 40 * MINUTE, before=cause, after=cause, by=Who(), at=now())
    make_issue(station, started_at=now() - 10 * MINUTE)
    other = make_cause(company=station.company, description="Crane")
    answer = enter(tablet, step(issue, "cause"), now() - MINUTE, cause=other.pk, seen="").json()
    assert len(answer["choices"]) == 3  # each part, or as it is


def test_even_where_the_first_part_has_the_cause_that_was_seen(station, issue, tablet, cause):
    first = make_cause(company=station.company, description="First")
    Issue.objects.update(cause=first)
    stood_still(issue)
    split(issue, now() - 30 * MINUTE, before=first, after=first, by=Who(), at=now())
    answer = enter(tablet, step(issue, "cause"), cause=cause.pk, seen=first.pk, last=0)
    assert answer.status_code == 409
    assert len(answer.json()["choices"]) == 3  # each part, or as it is


def test_a_stop_that_was_joined_meanwhile_is_a_question(issue, parts, tablet, cause):
    first, later = parts
    merge(first, later, by=Who(), at=now())
    answer = enter(tablet, step(later, "cause"), cause=cause.pk, seen="")
    assert answer.json()["question"].startswith("The stop is part of another one by now.")
    assert [choice["address"] for choice in answer.json()["choices"]] == [step(first, "cause"), ""]


def test_another_answer_meanwhile_is_a_question(station, issue, tablet, cause):
    issue.explain(make_cause(company=station.company, description="Crane"), by=Who(), at=now())
    answer = enter(tablet, step(issue, "cause"), cause=cause.pk, seen="").json()
    assert answer["question"] == "By now it is “Crane”. Which is right?"
    words = [(choice["label"].rpartition(": ")[2], choice.get("hint")) for choice in answer["choices"]]
    assert words == [("Coil change", "by now: Crane"), ("Leave it as it is", None)]


def test_who_was_slower_to_have_it_in_hand_is_only_told(station, issue, tablet):
    issue.acknowledge(by=Who(operator=make_operator(company=station.company, initials="MK")), at=now())
    Entry.objects.all().delete()
    answer = enter(tablet, step(issue, "acknowledge"), operator="0").json()
    assert (answer["detail"], answer["choices"]) == ("Already answered by MK.", [])
