"""A stop's life in people's hands: acknowledge, estimate, escalate, explain, note."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from downtime.errors import AlreadyAnswered, IssueWithdrawn
from downtime.models import Issue
from downtime.models.issues import Who
from tests.make import NOON, make_cause, make_issue, make_operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue():
    return make_issue()


@pytest.fixture
def ann(issue):
    return Who(operator=make_operator(company=issue.station.company, initials="ANN"))


@pytest.fixture
def bob(issue):
    return Who(operator=make_operator(company=issue.station.company, initials="BOB"))


def test_the_first_to_acknowledge_owns_the_stop_and_the_second_is_told_who(issue, ann, bob):
    issue.acknowledge(by=ann, at=NOON)
    with pytest.raises(AlreadyAnswered, match="Already answered by ANN"):
        issue.acknowledge(by=bob, at=NOON)
    issue.refresh_from_db()
    assert issue.owner_name == "ANN"
    assert [(event.kind, event.by) for event in issue.events.all()] == [("acknowledge", "ANN")]


def test_the_second_cause_given_unseen_changes_nothing(issue, ann, bob):
    jam, tool = (make_cause(company=issue.station.company) for _ in range(2))
    issue.explain(jam, by=ann, at=NOON)
    with pytest.raises(AlreadyAnswered, match="ANN"):
        issue.explain(tool, by=bob, at=NOON)
    issue.refresh_from_db()
    assert issue.cause == jam
    issue.explain(tool, by=bob, at=NOON, seen=jam)
    assert issue.cause == tool
    assert issue.events.count() == 2


def test_the_same_step_sent_again_changes_nothing(issue, ann, bob):
    key = uuid.uuid4()
    for _ in range(2):
        issue.acknowledge(by=ann, at=NOON, key=key)
    cause, other = make_cause(company=issue.station.company), uuid.uuid4()
    for _ in range(2):
        issue.explain(cause, by=bob, at=NOON, key=other)
    assert issue.events.count() == 2


def test_a_later_estimate_replaces_an_earlier_one_and_both_are_on_record(issue, ann):
    for minutes in (5, 20):
        issue.estimate(NOON + timedelta(minutes=minutes), by=ann, at=NOON)
    assert issue.estimated_end_at == NOON + timedelta(minutes=20)
    assert issue.events.filter(kind="estimate").count() == 2


def test_a_withdrawn_stop_takes_no_answer(issue, ann):
    Issue.objects.update(withdrawn_at=NOON)
    cause = make_cause(company=issue.station.company)
    for step in (
        lambda: issue.acknowledge(by=ann, at=NOON),
        lambda: issue.explain(cause, by=ann, at=NOON),
        lambda: issue.note("hm", by=ann, at=NOON),
    ):
        with pytest.raises(IssueWithdrawn):
            step()
    assert not issue.events.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_acknowledge_at_once_exactly_one_wins():
    issue = make_issue()
    people = [Who(operator=make_operator(company=issue.station.company)) for _ in range(12)]

    def try_it(who):
        try:
            Issue.objects.get(pk=issue.pk).acknowledge(by=who, at=NOON)
        except AlreadyAnswered:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(try_it, people)) == 1
    assert issue.events.count() == 1
