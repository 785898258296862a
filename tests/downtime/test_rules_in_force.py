"""Which rules hold for a stop, whom they do not concern, and what they cost a tick."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from downtime.models import Issue
from downtime.models.answers import AnswerBook, AnswerRule, publish
from production.models import StationLive
from scheduling.writing import write_ahead
from tests.downtime.minutes import made, minutes, stop, tick
from tests.make import NOON, make_cause, make_pattern, make_rule, make_station

pytestmark = pytest.mark.django_db


@pytest.fixture
def station():
    """Around the clock, a unit a minute: silence of 90 seconds is a stop."""
    station = make_station(cycle_time_ms=60_000)
    make_pattern(follows=station)
    return station


@pytest.fixture
def jam(station):
    return make_cause("JAM", company=station.company, description="Jam")


# What is in force


def test_a_rule_answers_stops_that_begin_after_it_was_switched_on(station, jam):
    made(station, 0)
    tick(2)
    make_rule(jam, at=NOON + minutes(3))
    StationLive.objects.update(deadline=NOON, dirty_from=NOON)
    tick(4)
    assert stop().cause is None
    made(station, 5)
    tick(8)
    assert Issue.objects.order_by("started_at").last().cause == jam


def test_switched_off_it_answers_no_more_and_what_it_answered_stays(station, jam):
    rule = make_rule(jam)
    made(station, 0, 4)
    tick(4.1)
    AnswerRule.objects.filter(pk=rule.pk).update(on=False)
    publish(station.company, at=NOON + minutes(4), by="ann", why="off")
    StationLive.objects.update(dirty_from=NOON)
    tick(8)
    assert [issue.cause for issue in Issue.objects.order_by("started_at")] == [jam, None]


def test_what_comes_to_the_same_is_not_put_into_force_again(station, jam):
    make_rule(jam)
    assert publish(station.company, at=NOON, by="ann", why="again") is None
    assert AnswerBook.objects.count() == 1


def test_a_cause_that_was_deleted_since_is_given_to_nobody(station, jam):
    rule = make_rule(jam)
    rule.delete()
    jam.delete()
    made(station, 0)
    tick(2)
    assert stop().cause is None


def test_facts_are_summed_anew_from_an_answer_on(station, jam):
    make_rule(jam, at_least_ms=600_000)
    made(station, 0)
    tick(2)
    StationLive.objects.update(sums_from=None)
    tick(10)
    assert StationLive.objects.get().sums_from == NOON


def test_screens_are_told(station, jam):
    make_rule(jam, at_least_ms=600_000)
    made(station, 0)
    tick(2)
    version = StationLive.objects.get().version
    tick(10)
    assert StationLive.objects.get().version == version + 1


def test_another_company_is_not_answered(station, jam):
    make_rule(jam)
    other = make_station(cycle_time_ms=60_000)
    make_pattern(follows=other)
    made(other, 0)
    make_rule(make_cause(company=other.company), error_codes="E1")
    tick(2)
    assert stop().cause is None


# What it costs


def make_stops(station, count):
    for _ in range(count):
        one = make_station(company=station.company, group=station.group)
        make_pattern(follows=one)
        made(one, 0, 1)
    write_ahead(now=NOON)
    tick(1.1)


@pytest.mark.parametrize(("rules", "queries"), [(0, 19), (1, 23), (2, 28)])
def test_a_tick_costs_the_same_however_many_stops_rules_answer(
    station, jam, rules, queries, django_assert_num_queries
):
    """Without rules what it always costs; with one which stops, by which book, the answer and its event."""
    if rules:
        make_rule(jam, at_least_ms=120_000)
    if rules > 1:
        make_rule(jam, error_codes="E9", shifts="Day", setup=False, before="running")
    make_stops(station, 1)
    with django_assert_num_queries(queries):
        tick(5)
    make_stops(station, 10)
    with django_assert_num_queries(queries):
        assert tick(6) == 10
    assert set(Issue.objects.values_list("cause", flat=True)) == {jam.pk if rules else None}


def test_where_nothing_stands_still_rules_cost_one_query(station, jam, django_assert_num_queries):
    def look():
        StationLive.objects.update(deadline=NOON)
        with CaptureQueriesContext(connection) as asked:
            tick(0.2)
        return len(asked)

    made(station, 0)
    tick(0.1)
    before = look()
    make_rule(jam, error_codes="E9")
    assert look() == before + 1
