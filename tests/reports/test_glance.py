"""The numbers of a station's shift, as every screen shows them."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from downtime import engine
from mesproject.boards.hour_rows import hour_rows
from mesproject.boards.lines import line_of
from mesproject.reports import tails
from mesproject.reports.asking import Question, production
from mesproject.reports.definition import DEFAULT
from mesproject.reports.definitions import KpiDefinition
from mesproject.reports.facts import refresh
from mesproject.reports.glance import AHEAD, BEHIND, Glance, glances
from mesproject.reports.intervals import intervals
from mesproject.reports.measures import total
from mesproject.reports.metrics import METRICS
from mesproject.reports.models import FactMark
from production.models import Station
from production.windows import Window
from scheduling.planned import plans
from scheduling.writing import write_ahead
from tests.make import (
    NOON,
    assign,
    make_cause,
    make_company,
    make_group,
    make_issue,
    make_job_run,
    make_pattern,
    make_reject,
    make_sku,
    make_station,
)  # fmt: skip
from tests.reports import histories
from tests.reports.test_facts import say, settle

pytestmark = pytest.mark.django_db
DOWNTIME, EFFICIENCY = METRICS["downtime"], METRICS["efficiency"]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TEN = NOON - 2 * HOUR  # when the shift of these tests begins


@pytest.fixture
def station():
    """A unit a minute, from ten to six, with sixty made by noon."""
    station = make_station(cycle_time_ms=60_000)
    make_pattern(("Day", 600, 480), follows=station)
    work(station)
    return station


def work(station, begin=TEN):
    """A unit every two minutes up to noon, which is no stop yet."""
    Station.objects.filter(pk=station.pk).update(stop_multiplier=5)
    say(station, *(begin + minute * MINUTE for minute in range(0, 120, 2)), good=1.0)
    engine.tick(now=NOON)


def glance_at(station, now=NOON) -> Glance:
    [found] = glances([Station.objects.in_place().get(pk=station.pk)], now=now)
    return found


def test_a_shift_is_told_by_what_was_made_and_what_should_have_been(station):
    glance = glance_at(station)
    assert (glance.good, glance.target, glance.due) == (60, 120, 480)
    assert glance.efficiency == 0.5
    assert glance.behind == 60


def test_rejects_by_hand_move_from_good_to_bad_and_a_slip_moves_back(station):
    make_reject(station, quantity=3, at=NOON - HOUR)
    make_reject(station, quantity=4, at=NOON - HOUR, undone_at=NOON)
    make_reject(station, quantity=5, at=TEN - HOUR)
    glance = glance_at(station)
    assert (glance.good, glance.bad) == (57, 3)


def test_downtime_is_the_time_stopped_in_the_shift(station):
    engine.tick(now=NOON + HOUR)
    assert glance_at(station, now=NOON + HOUR).downtime == 62 * MINUTE


def test_a_run_sets_the_pace_from_its_start_on(station):
    sku = make_sku(company=station.company, cycle_time_ms=30_000)
    make_job_run(station, sku=sku, actual_start=NOON - HOUR)
    assert glance_at(station).target == 60 + 120


def test_a_cycle_time_is_that_of_a_unit_however_many_one_count_is_worth(station):
    sku = make_sku(company=station.company, cycle_time_ms=30_000, units_per_count=2)
    make_job_run(station, sku=sku, actual_start=NOON - HOUR)
    assert glance_at(station).target == 60 + 120


def two_days_behind(station) -> Glance:
    """At ten to two of the day after tomorrow; facts know the morning of today, and nothing since."""
    settle(now=NOON)
    begin, now = TEN + 48 * HOUR, NOON + 50 * HOUR - 10 * MINUTE
    say(station, *(begin + minute * MINUTE for minute in range(0, 230, 2)), good=1.0)
    engine.tick(now=now)
    return glance_at(station, now)


def test_a_shift_is_told_though_its_facts_are_days_behind(station):
    glance = two_days_behind(station)
    assert (glance.good, glance.target, glance.due) == (115, 230, 480)
    assert not glance.is_being_summed
    hour_by_hour(glance, glance.measures, 0)
    assert [(row.made, row.plan) for row in hour_rows(glance)] == [(30, 60), (30, 60), (30, 60), (25, 50)]
    settle(now=glance.now)
    after = glance_at(station, glance.now)
    assert (after.measures, after.due) == (glance.measures, glance.due)


def test_a_number_that_is_not_known_yet_is_none_and_not_nothing(station, monkeypatch):
    # More stations are behind than one look may sum.
    monkeypatch.setattr(tails, "MOST", timedelta())
    glance = two_days_behind(station)
    assert glance.is_being_summed
    told = (
        glance.good,
        glance.bad,
        glance.target,
        glance.due,
        glance.efficiency,
        glance.behind,
        glance.downtime,
    )
    assert told == (None,) * 7
    assert hour_rows(glance) == []
    assert [place.pace for place in line_of([glance]).places] == [None]


def test_what_was_summed_a_minute_ago_is_shown_where_a_look_may_sum_nothing(station, monkeypatch):
    """As in a plant of hundreds of stations that all are silent since the day before."""
    settle(now=NOON)
    monkeypatch.setattr(tails, "MOST", timedelta())
    glance = glance_at(station, NOON + MINUTE)
    assert (glance.good, glance.target) == (60, 120)
    assert glance_at(station, NOON + 3 * MINUTE).is_being_summed


def test_of_several_stations_only_those_are_unknown_whose_facts_are_behind(station, monkeypatch):
    monkeypatch.setattr(tails, "MOST", timedelta(hours=1))
    other = make_station(cycle_time_ms=60_000, group=station.group)
    make_pattern(("Day", 600, 480), follows=other)
    now = two_days_behind(station).now
    say(other, *(now - minute * MINUTE for minute in range(20)), good=1.0)
    engine.tick(now=now)
    FactMark.objects.filter(station=station).update(summed_until=now)
    while refresh(now=now):
        pass
    FactMark.objects.filter(station=station).update(summed_until=NOON)
    both = Station.objects.in_place().filter(pk__in=[station.pk, other.pk]).order_by("pk")
    assert [glance.is_being_summed for glance in glances(list(both), now=now)] == [True, False]


def test_without_a_shift_there_are_no_numbers(station):
    station.patterns.all().delete()
    glance = glance_at(station)
    assert (glance.good, glance.target, glance.efficiency, glance.downtime) == (None, None, None, None)


def test_the_numbers_of_a_shift_stay_until_the_next_begins(station):
    glance = glance_at(station, now=TEN + 20 * HOUR)
    assert glance.is_over
    assert (glance.good, glance.target) == (60, 480)


def test_what_was_made_before_the_shift_is_not_of_it(station):
    say(station, TEN - MINUTE, good=5.0, now=NOON)
    engine.tick(now=NOON)
    assert glance_at(station).good == 60


def test_of_two_shifts_of_one_name_and_day_the_present_one_is_told_alone(station):
    make_pattern(
        ("Own", 480, 120), ("Guest", 600, 60), ("Own", 660, 420), follows=station, valid_from=TEN.date()
    )
    say(station, TEN - HOUR, good=500.0, now=NOON)
    engine.tick(now=NOON)
    glance = glance_at(station)
    assert (glance.shift.name, glance.shift.window.start) == ("Own", NOON - HOUR)
    assert (glance.good, glance.target, glance.due) == (30, 60, 420)
    assert glance.downtime == timedelta()


def test_a_station_that_never_counted_has_no_target():
    station = make_station()
    make_pattern(follows=station)
    say(station, TEN, rssi=-70.0)
    engine.tick(now=NOON)
    assert glance_at(station).target is None


def test_a_station_that_never_spoke_has_no_signal():
    station = make_station()
    glance = glance_at(station)
    assert (glance.status, glance.since) == ("no_signal", None)


def test_a_stop_needs_somebody_until_one_has_it_in_hand_and_again_when_he_is_late(station):
    issue = make_issue(station, started_at=NOON - 10 * MINUTE)
    assert glance_at(station).needs_somebody
    issue.acknowledged_at, issue.estimated_end_at = NOON, NOON + 5 * MINUTE
    issue.save()
    assert not glance_at(station).needs_somebody
    assert glance_at(station, now=NOON + 6 * MINUTE).needs_somebody


def test_issues_are_parted_into_those_that_wait_and_those_that_are_explained(station):
    waiting = make_issue(station, started_at=TEN, ended_at=TEN + HOUR)
    told = make_issue(
        station, started_at=NOON - HOUR, ended_at=NOON, cause=make_cause(company=station.company)
    )
    glance = glance_at(station)
    assert (glance.unexplained, glance.explained, glance.issue) == ([waiting], [told], None)


@pytest.mark.parametrize("number", [1, 40])
def test_forty_stations_take_as_many_queries_as_one(number, django_assert_num_queries):
    company = make_company()
    group = make_group(company=company)
    pattern = make_pattern(("Day", 600, 480), company=company)
    assign(pattern, group, valid_from=TEN.date() - timedelta(days=9))
    for _ in range(number):
        station = make_station(group=group, cycle_time_ms=60_000)
        work(station)
        make_issue(station)
    write_ahead(now=NOON)
    stations = list(Station.objects.of(company).in_place())
    # One station alone is asked in the same question what it is asked, and how much that is.
    with django_assert_num_queries(18 - (number == 1)):
        assert {glance.efficiency for glance in glances(stations, now=NOON)} == {0.5}


# The numbers are those of reports


@pytest.mark.parametrize("seed", range(70, 82))
def test_screens_show_what_reports_say(seed):
    as_reports_say(seed)


@pytest.mark.long
def test_screens_show_what_reports_say_over_hundreds_of_histories():
    assert sum(as_reports_say(seed) for seed in range(6000, 6300)) > 150


def as_reports_say(seed) -> int:
    """How many stations' shifts could be compared, of a history whose facts nobody has summed."""
    compared = 0
    with transaction.atomic():
        one = histories.make(seed)
        histories.tell(one)
        while engine.tick(now=one.end):
            pass
        stations = [station for station in one.as_they_are() if not station.archived_at]
        # By the shop day and shift here, by the window there: two ways through facts.
        for glance in glances(stations, now=one.end):
            if glance.shift is None:
                continue
            answer = production(
                Question([glance.station], glance.shift.window, ("day", "shift"), now=one.end)
            )
            # A shift that somebody ended and then made longer has a hole, in which what was made is not its own.
            mine = (glance.shift.day, glance.shift.name)
            told = total(part for key, part in answer if key == mine)
            if glance.is_being_summed or answer.exact_until < one.end:
                continue
            compared += 1
            assert (glance.measures.planned_ms, glance.measures.stops) == (told.planned_ms, told.stops), seed
            assert glance.downtime == DOWNTIME.compute(told, DEFAULT) * timedelta(milliseconds=1), seed
            assert glance.measures.ideal_units == pytest.approx(told.ideal_units), seed
            if glance.counts:
                assert (glance.good, glance.bad) == pytest.approx((told.good, told.bad)), seed
                assert glance.efficiency == pytest.approx(EFFICIENCY.compute(told, DEFAULT)), seed
            hour_by_hour(glance, told, seed)
        transaction.set_rollback(True)
    return compared


def hour_by_hour(glance, told, seed):
    """The hours of the tablet add up to the same."""
    planned = plans([glance.station], Window(glance.now - BEHIND, glance.now + AHEAD))
    hours = intervals(glance.station, glance.shift, HOUR, planned, now=glance.now)
    made = total(hour.made for hour in hours)
    assert (made.planned_ms, made.good, made.bad) == pytest.approx((told.planned_ms, told.good, told.bad)), (
        seed
    )
    assert DOWNTIME.compute(made, DEFAULT) == DOWNTIME.compute(told, DEFAULT), seed
    if glance.due is not None:
        assert sum(hour.whole for hour in hours) == pytest.approx(glance.due), seed


def test_what_a_station_alone_asks_is_what_it_counts_among_others(station):
    other = make_station(group=station.group)
    cause = make_cause(company=station.company)
    for hours, known in ((1, None), (2, cause), (5, None), (20, cause), (23, None), (26, None)):
        start = NOON - hours * HOUR
        make_issue(station, started_at=start, ended_at=start + MINUTE, cause=known)
    make_issue(station, started_at=NOON - HOUR, silent_since=None, kind="material")
    alone = glance_at(station)
    both = Station.objects.in_place().filter(pk__in=[station.pk, other.pk])
    [among, _] = sorted(glances(list(both), now=NOON), key=lambda one: one.station != station)
    assert [NOON - issue.started_at for issue in alone.asked] == [HOUR, 5 * HOUR, 23 * HOUR]
    assert alone.unexplained_in_a_day == among.unexplained_in_a_day == 3
    assert alone.issues == among.issues
    assert [NOON - issue.started_at for issue in alone.issues] == [HOUR, 2 * HOUR]
    assert len(alone.calls) == len(among.calls) == 1


def test_what_came_with_the_station_is_not_asked_for_again(station, django_assert_num_queries):
    KpiDefinition.objects.create(company=station.company, performance_cap=100)
    beside = ("live__job_run__sku", "live__job_run__job__sku", "company__kpi_definition")
    whole = Station.objects.in_place().select_related("plan", *beside).get(pk=station.pk)
    part = Station.objects.in_place().select_related("plan").get(pk=station.pk)
    with CaptureQueriesContext(connection) as asked:
        [told] = glances([part], now=NOON)
    with django_assert_num_queries(len(asked) - 2):  # its live row, the definition
        [found] = glances([whole], now=NOON)
    assert (found.status, found.good, found.definition) == (told.status, told.good, told.definition)
    assert found.definition != DEFAULT
