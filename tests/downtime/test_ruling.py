"""Rules answer stops: when, with which trace, again with late data; and a person's word always wins."""

from datetime import time

import pytest

from downtime import engine
from downtime.models import Issue
from downtime.models.events import Who
from downtime.splitting import merge, split
from production.models import StationLive
from tests.downtime.minutes import made, minutes, say, steps, stop, tick
from tests.make import (
    NOON,
    make_cause,
    make_error_code,
    make_job_run,
    make_operator,
    make_pattern,
    make_rule,
    make_sku,
    make_station,
)

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


@pytest.fixture
def tool(station):
    return make_cause("TOOL", company=station.company, description="Tool change")


@pytest.fixture
def ann(station):
    return Who(operator=make_operator(company=station.company, initials="ANN"))


# When


def test_a_stop_is_answered_as_it_is_raised_and_says_by_which_rule(station, jam):
    rule = make_rule(jam, name="E17 is a jam", error_codes="E17")
    made(station, 0)
    say(station, 0.5, error_code="E17: Feeder")
    tick(3)
    assert stop().cause == jam
    assert steps() == [("rule", "JAM", "Rule 1: E17 is a jam")]
    event = stop().events.get(kind="rule")
    assert (event.rule, event.by, event.at) == (rule, "Floorlight", NOON + minutes(3))


def test_an_error_that_holds_since_before_the_stop_counts_and_one_that_is_gone_does_not(station, jam):
    make_rule(jam, error_codes="E17")
    say(station, -1, error_code="E17")
    made(station, 0)
    tick(2)
    assert stop().cause == jam
    say(station, 3, error_code="")
    made(station, 4)
    tick(7)
    assert [issue.cause for issue in Issue.objects.order_by("started_at")] == [jam, None]


def test_an_error_that_comes_while_the_station_stands_still_is_heard(station, jam):
    make_rule(jam, error_codes="E17")
    made(station, 0)
    tick(2)
    assert stop().cause is None
    say(station, 5, error_code="E17")
    assert tick(5.01) == 1
    assert stop().cause == jam


def test_where_a_length_is_asked_the_clock_answers(station, jam):
    make_rule(jam, at_least_ms=600_000)
    made(station, 0)
    tick(2)
    live = StationLive.objects.get()
    assert (stop().cause, live.deadline) == (None, NOON + minutes(10))
    assert tick(10) == 1
    assert stop().cause == jam


def test_a_short_stop_is_answered_when_it_is_over(station, jam):
    make_rule(jam, at_most_ms=300_000)
    made(station, 0)
    tick(2)
    assert stop().cause is None
    made(station, 4)
    tick(4.1)
    assert (stop().cause, steps()) == (jam, [("rule", "JAM", "Rule 1: Rule of JAM")])


@pytest.mark.parametrize(
    ("conditions", "answered"),
    [
        ({"shifts": "Early, Day"}, True), ({"shifts": "Late"}, False), ({"before": "running"}, True),
        ({"before": "not_planned"}, False), ({"mode": "production_cycle"}, True), ({"mode": "power"}, False),
        ({"from_time": time(13), "until_time": time(14)}, True), ({"until_time": time(12, 30)}, False),
        ({"setup": True}, False), ({"setup": False}, True),
    ],
)  # fmt: skip
def test_what_the_model_knows_can_be_asked(jam, conditions, answered):
    station = make_station(company=jam.company, cycle_time_ms=60_000)
    station.plant.timezone = "Europe/Paris"  # noon in UTC is one o'clock there
    station.plant.save()
    make_pattern(follows=station)
    make_rule(jam, **conditions)
    made(station, -1, -0.5, 0)
    tick(2)
    assert stop().cause == (jam if answered else None)


def test_a_stop_that_begins_with_the_shift_follows_time_without_a_plan(station, jam):
    other = make_station(company=station.company)
    make_pattern(("Day", 12 * 60, 60), follows=other)
    make_rule(jam, before="not_planned", shifts="day", name="Start of shift")
    made(other, -5)
    tick(5)
    assert stop().cause == jam


def test_setup_and_sku_are_those_of_the_run(station, jam, tool):
    sku = make_sku(company=station.company)
    run = make_job_run(station, sku=sku, actual_start=NOON - minutes(5), starts_in_setup=True)
    make_rule(tool, setup=True, skus=[sku])
    make_rule(jam, skus=[sku])
    made(station, 0)
    tick(2)
    assert stop().cause == tool
    run.production_start = NOON - minutes(1)
    run.save()
    StationLive.objects.update(deadline=NOON)
    tick(2.5)
    assert stop().cause == jam


def test_stations_and_groups_narrow_a_rule(station, jam):
    other = make_station(company=station.company)
    make_pattern(follows=other)
    make_rule(jam, stations=[other])
    make_error_code("E1", jam, group=station.group)
    for one in (station, other):
        made(one, 0)
    tick(2)
    assert {issue.station: issue.cause for issue in Issue.objects.all()} == {station: None, other: jam}
    say(station, 3, error_code="E1")
    tick(4)
    assert Issue.objects.get(station=station).events.get(kind="rule").text == "Error code E1"


# Whose word counts


def test_a_person_overrides_a_rule_and_no_rule_answers_again(station, jam, tool, ann):
    make_rule(jam)
    made(station, 0)
    tick(2)
    stop().explain(tool, by=ann, at=NOON + minutes(3), seen=jam)
    made(station, 5)
    tick(5.1)
    made(station, 0.2, now=6)  # the stop turns out to begin later
    tick(6)
    assert (stop().cause, stop().started_at) == (tool, NOON + minutes(0.2))
    assert [kind for kind, *_ in steps()] == ["rule", "cause"]


def test_a_person_who_was_choosing_is_not_refused_because_a_rule_answered_meanwhile(station, jam, tool, ann):
    make_rule(jam)
    made(station, 0)
    tick(2)
    stop().explain(tool, by=ann, at=NOON + minutes(3), seen=None)
    assert stop().cause == tool


@pytest.mark.parametrize("step", ["reopen", "exclude"])
def test_what_a_person_takes_back_or_excludes_is_left_to_people(step, station, jam, ann):
    make_rule(jam)
    made(station, 0)
    tick(2)
    getattr(stop(), step)(by=ann, at=NOON + minutes(3))
    made(station, 5)
    StationLive.objects.update(dirty_from=NOON)
    tick(6)
    assert [kind for kind, *_ in steps()] == ["rule", step]
    assert stop().cause == (None if step == "reopen" else jam)


def test_parts_of_a_stop_are_left_to_people(station, jam, tool, ann):
    make_rule(jam)
    made(station, 0)
    tick(6)
    later = split(stop(), NOON + minutes(3), before=tool, after=tool, by=ann, at=NOON + minutes(6))
    StationLive.objects.update(deadline=NOON)
    tick(7)
    assert {issue.cause for issue in Issue.objects.all()} == {tool}
    merge(Issue.objects.exclude(pk=later.pk).get(), later, by=ann, at=NOON + minutes(8))
    StationLive.objects.update(deadline=NOON)
    tick(9)
    assert Issue.objects.valid().get().cause == tool


# Late data


def test_late_data_changes_the_answer_and_each_change_is_on_record(station, jam, tool):
    make_rule(tool, error_codes="E9")
    make_rule(jam, at_most_ms=600_000)
    made(station, 0, 8)
    tick(8.1)
    assert stop().cause == jam
    say(station, 4, error_code="E9", now=8.2)
    tick(8.2)
    assert stop().cause == tool
    assert [code for _, code, _ in steps()] == ["JAM", "TOOL"]


def test_an_answer_that_no_longer_holds_is_taken_back(station, jam):
    make_rule(jam, at_least_ms=600_000)
    made(station, 0, 12)
    tick(13)
    assert stop().cause == jam
    made(station, 5, 6, now=14)
    tick(14)
    assert set(Issue.objects.values_list("cause", flat=True)) == {None}


def test_a_stop_that_was_none_is_forgotten_although_a_rule_had_answered(station, jam):
    make_rule(jam)
    made(station, 0, 3)
    tick(3.1)
    assert stop().cause == jam
    made(station, 1, 2, now=4)
    tick(4)
    assert not Issue.objects.exists()


def test_asked_twice_it_says_nothing_twice(station, jam):
    make_rule(jam)
    made(station, 0, 4)
    for minute in (4.1, 4.1, 4.2):
        StationLive.objects.update(deadline=NOON, dirty_from=NOON)
        tick(minute)
    assert len(steps()) == 1
    engine.rebuild(station, now=NOON + minutes(5))
    assert (stop().cause, len(steps())) == (jam, 1)
