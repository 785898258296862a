"""Help is called by the clock: once for each deadline, whoever looks and however often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from downtime import engine
from downtime.escalation import escalate_due
from downtime.models import EscalationLimit, Issue, IssueEvent
from downtime.models.events import Who
from mesproject.accounts.models import Role
from production.ingest import Parcel, record
from production.messages import Message
from scheduling.writing import write_ahead
from tests.make import (
    NOON,
    make_group,
    make_issue,
    make_operator,
    make_pattern,
    make_station,
    make_user,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    station = make_station(cycle_time_ms=60_000)
    make_pattern(follows=station)
    write_ahead(now=NOON)
    return station


def limited(station, **minutes):
    limit, _ = EscalationLimit.objects.update_or_create(group=station.group, defaults=minutes)
    return limit


def stopped(station):
    record(
        [Parcel(station.company_id, station.code, Message(at=NOON, good=1.0), "mqtt")],
        received_at=NOON,
        quarantine=False,
    )
    engine.tick(now=NOON + 3 * MINUTE)
    return Issue.objects.get()


def called():
    return list(IssueEvent.objects.filter(kind="escalate").values_list("at", "text"))


def test_a_stop_without_an_estimate_calls_when_the_limit_has_passed_and_once(station):
    limited(station, without_estimate=10)
    issue = stopped(station)
    assert escalate_due(now=NOON + 10 * MINUTE - timedelta(seconds=1)) == 0
    assert [escalate_due(now=NOON + minutes * MINUTE) for minutes in (10, 10, 60)] == [1, 0, 0]
    assert called() == [(NOON + 10 * MINUTE, "Nobody has said when it is back.")]
    issue.refresh_from_db()
    assert issue.escalated_at == NOON + 10 * MINUTE


def test_an_estimate_puts_it_off_and_calls_when_it_has_run_out(station):
    limited(station, without_estimate=10, after_estimate=5)
    issue, ann = stopped(station), Who(operator=make_operator(company=station.company))
    issue.estimate(NOON + 30 * MINUTE, by=ann, at=NOON + 5 * MINUTE)
    assert [escalate_due(now=NOON + minutes * MINUTE) for minutes in (10, 34, 35, 36)] == [0, 0, 1, 0]
    assert called() == [(NOON + 35 * MINUTE, "The estimate has run out.")]
    issue.refresh_from_db()
    issue.estimate(NOON + 60 * MINUTE, by=ann, at=NOON + 40 * MINUTE)
    assert [escalate_due(now=NOON + minutes * MINUTE) for minutes in (64, 65, 66)] == [0, 1, 0]


def test_who_called_by_hand_is_not_called_again_by_the_clock(station):
    limited(station, without_estimate=10)
    stopped(station).escalate(by=Who(), at=NOON + 4 * MINUTE)
    assert escalate_due(now=NOON + 60 * MINUTE) == 0


def test_what_is_over_excluded_or_withdrawn_calls_nobody(station):
    limited(station, without_estimate=10)
    issue = stopped(station)
    issue.exclude(by=Who(), at=NOON + 4 * MINUTE)
    assert escalate_due(now=NOON + 60 * MINUTE) == 0
    issue.reopen(by=Who(), at=NOON + 5 * MINUTE)
    Issue.objects.update(ended_at=NOON + 8 * MINUTE)
    assert escalate_due(now=NOON + 60 * MINUTE) == 0
    Issue.objects.update(ended_at=None, withdrawn_at=NOON)
    assert escalate_due(now=NOON + 60 * MINUTE) == 0


def test_a_limit_that_is_set_or_taken_away_holds_for_what_goes_on(station):
    stopped(station)
    limit = limited(station, without_estimate=10)
    assert Issue.objects.get().escalate_at == NOON + 10 * MINUTE
    limited(station, without_estimate=20)
    assert Issue.objects.get().escalate_at == NOON + 20 * MINUTE
    limit.delete()
    assert Issue.objects.get().escalate_at is None


def test_without_limits_the_clock_calls_nobody(station):
    stopped(station)
    assert escalate_due(now=NOON + timedelta(days=1)) == 0


@pytest.mark.django_db(transaction=True)
def test_however_many_look_at_once_each_deadline_calls_once():
    group = make_group()
    EscalationLimit.objects.create(group=group, without_estimate=1)
    for _ in range(30):
        make_issue(make_station(group=group), escalate_at=NOON)

    def look(_):
        try:
            return escalate_due(now=NOON + 5 * MINUTE)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look, range(8))) == 30
    assert IssueEvent.objects.filter(kind="escalate").count() == 30


def test_limits_are_set_on_the_page_of_their_group(client, station):
    limited(station, without_estimate=10)
    client.force_login(make_user(Role.MEMBER, company=station.company))
    page = client.get(f"/admin/production/stationgroup/{station.group_id}/change/").content.decode()
    assert 'name="escalation-0-without_estimate" value="10"' in page
