"""Each event of an issue is told to the webhooks that asked for it, once."""

import json
from datetime import timedelta

import pytest

from downtime.models import IssueEvent
from downtime.models.issues import Who
from mesproject.accounts.models import Endpoint, OutboxMessage
from mesproject.outgoing import hooks
from mesproject.outgoing.models import FreshEvent
from tests.make import NOON, make_cause, make_endpoint, make_issue, make_operator, make_station

pytestmark = pytest.mark.django_db
Type = Endpoint.Type


@pytest.fixture
def issue():
    return make_issue(make_station("M1"))


def calls(endpoint):
    return [json.loads(message.body) for message in endpoint.messages.order_by("pk")]


def live(issue):
    """What happens to a stop in its life."""
    ann = Who(operator=make_operator(company=issue.station.company, initials="ANN"))
    IssueEvent.objects.bulk_create([IssueEvent(issue=issue, kind="raised", at=NOON)])
    issue.acknowledge(by=ann, at=NOON)
    issue.escalate(by=ann, at=NOON + timedelta(minutes=1))
    issue.note("hm", by=ann, at=NOON + timedelta(minutes=1))
    issue.explain(make_cause("JAM", company=issue.station.company), by=ann, at=NOON + timedelta(minutes=2))
    issue.events.create(kind="ended", at=NOON + timedelta(minutes=3))


def test_each_event_is_told_once_in_its_order(issue):
    endpoint = make_endpoint(company=issue.station.company)
    live(issue)
    later = NOON + timedelta(minutes=5)
    assert hooks.tell(now=later) == 6
    assert hooks.tell(now=later) == 0
    told = calls(endpoint)
    assert [call["type"] for call in told] == list(Type.values)
    assert told[1]["data"]["by"] == "ANN"
    assert told[3]["data"]["cause"] == {"code": "JAM", "description": "Cause JAM"}
    assert told[0]["timestamp"] == "2026-03-11T12:00:00Z"
    assert (told[0]["data"]["station"], told[0]["data"]["issue"]) == ("M1", str(issue.uuid))


def test_only_what_was_asked_for_is_told(issue):
    endpoint = make_endpoint(company=issue.station.company, types=[Type.ESCALATED])
    live(issue)
    hooks.tell(now=NOON)
    assert [call["type"] for call in calls(endpoint)] == ["issue.escalated"]


def test_another_company_s_webhook_is_told_nothing(issue):
    endpoint = make_endpoint()
    live(issue)
    hooks.tell(now=NOON)
    assert calls(endpoint) == []


def test_where_nobody_listens_nothing_is_kept(issue):
    make_endpoint(company=issue.station.company, disabled_at=NOON)
    live(issue)
    assert FreshEvent.objects.count() == 0


def test_what_happened_long_ago_is_no_news(issue):
    endpoint = make_endpoint(company=issue.station.company)
    live(issue)
    assert hooks.tell(now=NOON + timedelta(days=2)) == 6
    assert calls(endpoint) == []


def test_events_of_a_stop_that_was_none_are_told_to_nobody(issue):
    make_endpoint(company=issue.station.company)
    issue.events.create(kind="raised", at=NOON)
    issue.delete()
    assert hooks.tell(now=NOON) == 1
    assert OutboxMessage.objects.count() == 0


def test_it_asks_as_much_for_many_events_as_for_one(issue, django_assert_num_queries):
    make_endpoint(company=issue.station.company)
    for _ in range(20):
        other = make_issue(make_station(company=issue.station.company))
        IssueEvent.objects.bulk_create([IssueEvent(issue=other, kind="raised", at=NOON)])
    with django_assert_num_queries(9):
        hooks.tell(now=NOON)
