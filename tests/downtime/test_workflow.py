"""A stop's life in people's hands: acknowledge, estimate, escalate, explain, note."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from downtime.errors import AlreadyAnswered, IssueWithdrawn
from downtime.models import Issue
from downtime.models.issues import Who
from mesproject.accounts import outbox
from mesproject.accounts.models import OutboxMessage, Role
from tests.make import NOON, make_cause, make_issue, make_operator, make_user

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


def test_an_escalation_reaches_those_who_answer_for_the_floor_once(issue, ann):
    company = issue.station.company
    boss = make_user(Role.SUPERVISOR, company=company, email="boss@example.com")
    make_user(Role.OPERATOR, company=company, email="op@example.com")
    make_user(Role.SUPERVISOR, email="other@example.com")
    issue.escalate(by=ann, at=NOON + timedelta(minutes=12), key=uuid.UUID(int=1))
    issue.escalate(by=ann, at=NOON + timedelta(minutes=13), key=uuid.UUID(int=1))
    assert outbox.deliver(now=NOON + timedelta(hours=1)) == 1
    assert outbox.deliver(now=NOON + timedelta(hours=2)) == 0
    [sent] = mail.outbox
    assert sent.to == [boss.email]
    assert sent.subject == f"{issue.station.name}: help needed, stopped for 12 min"
    assert "ANN asks for help" in sent.body


def test_a_mail_server_that_is_away_means_a_later_attempt(issue, ann, settings):
    make_user(Role.SUPERVISOR, company=issue.station.company, email="boss@example.com")
    issue.escalate(by=ann, at=NOON)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    at = NOON
    for _ in range(outbox.ATTEMPTS):
        at += timedelta(days=1)
        assert outbox.deliver(now=at) == 0
    message = OutboxMessage.objects.get()
    assert (message.state, message.attempts) == ("failed", outbox.ATTEMPTS)
    assert "refused" in message.error


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
