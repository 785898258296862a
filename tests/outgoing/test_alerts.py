"""Who is told of a stop, and when: after a delay, outside quiet time, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta

import pytest
from django.db import connection

from downtime import engine
from downtime.escalation import escalate_due
from downtime.models import Issue
from downtime.models.issues import Who
from downtime.splitting import merge, split
from mesproject.accounts.models import OutboxMessage, Role
from mesproject.outgoing import alerts
from mesproject.outgoing.models import Notice
from mesproject.outgoing.quiet import is_quiet
from production.models import Station
from tests.entries import stood_still
from tests.make import (
    NOON,
    make_cause,
    make_group,
    make_issue,
    make_operator,
    make_pattern,
    make_plant,
    make_station,
    make_subscription,
    make_user,
)
from tests.reports.test_facts import say

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def subscriber(station, role=Role.SUPERVISOR, **wanted):
    user = make_user(role, company=station.company, email="ann@example.com")
    return make_subscription(user, **({"alerts": True, "alert_after": 5} | wanted))


@pytest.fixture
def station():
    return make_station("M1", name="Press 1")


def subjects():
    return list(OutboxMessage.objects.order_by("pk").values_list("subject", flat=True))


def test_a_mail_is_in_the_language_of_whom_it_is_for(station):
    make_issue(station)
    for language in ("de", ""):
        user = make_user(company=station.company, email=f"{language}@example.com", language=language)
        make_subscription(user, alerts=True)
    station.company.language = "fr"
    station.company.save()
    alerts.tell(now=NOON + 5 * MINUTE)
    assert subjects() == ["Press 1: Stillstand seit 5 min", "Press 1 : arrêté depuis 5 min"]
    assert 'lang="de"' in OutboxMessage.objects.get(recipient="de@example.com").html


def test_a_stop_is_told_once_it_has_lasted_as_long_as_one_wants_to_wait(station):
    subscriber(station)
    make_issue(station)
    assert alerts.tell(now=NOON + 4 * MINUTE) == 0
    assert alerts.tell(now=NOON + 5 * MINUTE) == 1
    assert alerts.tell(now=NOON + 6 * MINUTE) == 0
    [mail] = OutboxMessage.objects.all()
    assert (mail.recipient, mail.subject) == ("ann@example.com", "Press 1: stopped for 5 min")
    assert "stopped since 12:00 (UTC), 5 min so far" in mail.body
    assert "Press 1" in mail.html


def test_a_stop_that_is_over_before_the_delay_is_not_told(station):
    subscriber(station)
    make_issue(station, ended_at=NOON + 4 * MINUTE)
    assert alerts.tell(now=NOON + 30 * MINUTE) == 0


def test_a_stop_that_late_data_took_back_is_not_told(station):
    subscriber(station)
    make_issue(station, withdrawn_at=NOON)
    assert alerts.tell(now=NOON + 30 * MINUTE) == 0


def test_a_micro_stop_is_told_to_nobody():
    station = make_station(cycle_time_ms=60_000, micro_stop_ms=600_000)
    make_pattern(follows=station)
    subscriber(station, alert_after=0)
    Station.objects.filter(pk=station.pk).update(stop_multiplier=1)
    say(station, NOON, good=1.0)
    say(station, NOON + 8 * MINUTE, good=1.0)
    engine.tick(now=NOON + 8 * MINUTE)
    assert alerts.tell(now=NOON + 8 * MINUTE) == 0


def test_a_stop_of_yesterday_is_no_news_to_who_subscribes_today(station):
    make_issue(station)
    subscriber(station)
    assert alerts.tell(now=NOON + timedelta(days=2)) == 0


def test_stops_that_are_new_together_are_told_in_one_mail(station):
    subscriber(station)
    for _ in range(3):
        make_issue(make_station(group=station.group))
    assert alerts.tell(now=NOON + 10 * MINUTE) == 1
    make_issue(station)
    assert alerts.tell(now=NOON + 11 * MINUTE) == 1
    assert subjects() == ["Waiting at 3 stations", "Press 1: stopped for 11 min"]


def test_two_things_that_are_the_matter_at_one_station_are_told_as_one_station_s(station):
    subscriber(station)
    make_issue(station)
    make_issue(station, kind="quality", silent_since=None)
    assert alerts.tell(now=NOON + 10 * MINUTE) == 1
    assert subjects() == ["Press 1: stopped for 10 min"]
    assert "Quality since 12:00" in OutboxMessage.objects.get().body


def test_only_chosen_plants_and_groups_are_told(station):
    mine = make_group(plant=make_plant(company=station.company))
    subscriber(station, groups=[mine])
    make_issue(station)
    assert alerts.tell(now=NOON + 10 * MINUTE) == 0
    make_issue(make_station("M2", group=mine, name="Press 2"))
    assert alerts.tell(now=NOON + 10 * MINUTE) == 1
    assert subjects() == ["Press 2: stopped for 10 min"]


def test_what_somebody_raised_by_hand_is_told_by_its_name_and_what_is_excluded_is_not(station):
    subscriber(station)
    make_issue(station, kind="safety", silent_since=None)
    make_issue(make_station(group=station.group), excluded_at=NOON)
    assert alerts.tell(now=NOON + 10 * MINUTE) == 1
    assert subjects() == ["Press 1: Safety for 10 min"]


def test_another_company_s_people_are_told_nothing(station):
    subscriber(make_station())
    make_issue(station)
    assert alerts.tell(now=NOON + 10 * MINUTE) == 0


@pytest.mark.parametrize("missing", [{"is_active": False}, {"email": ""}])
def test_who_has_left_or_has_no_address_is_told_nothing(station, missing):
    user = make_user(company=station.company, **({"email": "ann@example.com"} | missing))
    make_subscription(user, alerts=True)
    make_issue(station)
    assert alerts.tell(now=NOON + 10 * MINUTE) == 0


def test_in_quiet_time_nothing_is_told_until_it_ends_and_only_what_still_stands():
    station = make_station(plant=make_plant("Europe/Berlin"))  # noon is one o'clock there
    subscriber(station, quiet_from=time(12), quiet_until=time(14))
    make_issue(station)
    over = make_issue(make_station(group=station.group))
    assert alerts.tell(now=NOON + 59 * MINUTE) == 0
    Issue.objects.filter(pk=over.pk).update(ended_at=NOON + 58 * MINUTE)
    assert alerts.tell(now=NOON + 60 * MINUTE) == 1
    assert subjects() == [f"{station.name}: stopped for 1 h 00 min"]
    mail = OutboxMessage.objects.get()
    assert "stopped since 13:00 (Europe/Berlin)" in mail.body
    assert "since <b>13:00</b>" in mail.html


@pytest.mark.parametrize(
    ("at", "start", "end", "quiet"),
    [
        (time(23), time(22), time(6), True), (time(5, 59), time(22), time(6), True),
        (time(6), time(22), time(6), False), (time(12), time(22), time(6), False),
        (time(12), time(12), time(13), True), (time(13), time(12), time(13), False),
        (time(12), None, None, False), (time(12), time(12), time(12), False),
    ],
)  # fmt: skip
def test_quiet_time_may_reach_over_midnight(at, start, end, quiet):
    assert is_quiet(at, start, end) is quiet


def test_a_call_for_help_reaches_who_answers_for_the_floor_each_time_somebody_calls(station):
    make_user(Role.SUPERVISOR, company=station.company, email="boss@example.com")
    make_user(Role.OPERATOR, company=station.company, email="op@example.com")
    issue = make_issue(station)
    issue.escalate(by=Who(operator=make_operator(company=station.company, initials="ANN")), at=NOON + MINUTE)
    assert alerts.tell(now=NOON + 12 * MINUTE) == 1
    assert alerts.tell(now=NOON + 13 * MINUTE) == 0
    mail = OutboxMessage.objects.get(key__startswith="escalations")
    assert (mail.recipient, mail.subject) == ("boss@example.com", "Press 1: help needed, stopped for 12 min")
    assert "help asked for by ANN" in mail.body
    Issue.objects.filter(pk=issue.pk).update(escalated_at=NOON + 20 * MINUTE)
    assert alerts.tell(now=NOON + 21 * MINUTE) == 1


def test_whom_the_clock_calls_it_calls_in_one_mail_that_says_why(station):
    make_user(Role.SUPERVISOR, company=station.company, email="boss@example.com")
    make_user(Role.SUPERVISOR, company=station.company, email="chef@example.com", language="de")
    for _ in range(3):
        make_issue(make_station(group=station.group), escalate_at=NOON + 10 * MINUTE)
    assert escalate_due(now=NOON + 10 * MINUTE) == 3
    assert alerts.tell(now=NOON + 12 * MINUTE) == 2
    mail = OutboxMessage.objects.get(recipient="chef@example.com")
    assert "Floorlight (Niemand hat gesagt, wann es weitergeht.)" in mail.body
    mail = OutboxMessage.objects.get(recipient="boss@example.com")
    assert mail.subject == "Help needed at 3 stations"
    assert "help asked for by Floorlight (Nobody has said when it is back.)" in mail.body


def test_an_estimate_that_has_run_out_is_told_as_one_that_was(station):
    subscriber(station, escalations=True)
    issue = make_issue(station, escalated_at=NOON + 5 * MINUTE, estimated_end_at=NOON + 10 * MINUTE)
    alerts.tell(now=NOON + 5 * MINUTE)
    assert "  back at 12:10" in OutboxMessage.objects.get().body
    Issue.objects.filter(pk=issue.pk).update(escalated_at=NOON + 10 * MINUTE)
    alerts.tell(now=NOON + 10 * MINUTE)
    assert "  was to be back at 12:10" in OutboxMessage.objects.latest("pk").body


def test_who_is_called_for_help_gets_no_alert_beside_it(station):
    subscriber(station, escalations=True)
    make_issue(station, escalated_at=NOON)
    assert alerts.tell(now=NOON + 10 * MINUTE) == 1
    assert alerts.tell(now=NOON + 11 * MINUTE) == 0


def test_names_are_text_in_html(station):
    Station.objects.filter(pk=station.pk).update(name="<b>Press</b> & co")
    subscriber(station)
    make_issue(station)
    alerts.tell(now=NOON + 10 * MINUTE)
    mail = OutboxMessage.objects.get()
    assert "&lt;b&gt;Press&lt;/b&gt; &amp; co" in mail.html
    assert "<b>Press</b> & co" in mail.body


def test_what_people_were_told_is_asked_once_for_all(station, django_assert_num_queries):
    for _ in range(5):
        subscriber(station)
        make_issue(make_station(group=station.group))
    alerts.tell(now=NOON + 10 * MINUTE)
    # savepoint twice, lock, issues, what was told; users, subscriptions and their places
    with django_assert_num_queries(9):
        assert alerts.tell(now=NOON + 11 * MINUTE) == 0


@pytest.mark.django_db(transaction=True)
def test_many_tellers_at_once_tell_once(station):
    subscriber(station)
    make_issue(station)

    def tell(_):
        try:
            return alerts.tell(now=NOON + 10 * MINUTE)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(tell, range(12))) == 1
    assert OutboxMessage.objects.count() == Notice.objects.count() == 1


def test_notices_are_forgotten_long_after_they_matter(station):
    subscriber(station)
    make_issue(station)
    alerts.tell(now=NOON + 10 * MINUTE)
    alerts.forget(now=NOON + timedelta(days=20))
    assert Notice.objects.count() == 1
    alerts.forget(now=NOON + timedelta(days=40))
    assert Notice.objects.count() == 0


def test_a_stop_that_is_cut_and_joined_is_not_told_again(station):
    subscriber(station, escalations=True, alert_after=1)
    issue, by = make_issue(station), Who(operator=make_operator(company=station.company))
    stood_still(issue)
    issue.escalate(by=by, at=NOON + 3 * MINUTE)
    boss = make_user(company=station.company, email="bob@example.com")
    make_subscription(boss, alerts=True, alert_after=1)
    assert alerts.tell(now=NOON + 4 * MINUTE) == 2
    causes = {name: make_cause(company=station.company) for name in ("before", "after")}
    later = split(issue, NOON + 2 * MINUTE, **causes, by=by, at=NOON + 5 * MINUTE)
    assert alerts.tell(now=NOON + 8 * MINUTE) == 0
    merge(issue, later, by=by, at=NOON + 9 * MINUTE)
    assert alerts.tell(now=NOON + 10 * MINUTE) == 0
    issue.escalate(by=by, at=NOON + 11 * MINUTE)
    assert alerts.tell(now=NOON + 12 * MINUTE) == 1
