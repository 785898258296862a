"""When runs are expected to end, as it is kept for screens and programs."""

from datetime import timedelta

import pytest

from mesproject.schedule.forecasting import refresh
from mesproject.schedule.models import Forecast
from scheduling.writing import write_ahead
from tests.make import NOON, make_job, make_job_run, make_pattern, make_sku, make_station
from tests.reports.test_facts import say, settle

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def station_of_the_day():
    """One that works from ten to six; a unit takes a minute."""
    station = make_station(stop_multiplier=100)
    make_pattern(("Day", 600, 480), follows=station)
    return station


def queued(station, **kwargs):
    return make_job_run(station, **{"actual_start": None} | kwargs)


def of(run):
    return Forecast.objects.get(run=run)


def test_a_run_ends_at_its_own_pace_and_the_next_follows():
    station = station_of_the_day()
    run = make_job_run(station, planned_start=NOON, planned_end=NOON + HOUR, planned_quantity=60)
    following = queued(station, planned_start=NOON + 10 * MINUTE, planned_quantity=30)
    say(station, *(NOON + minute * MINUTE for minute in range(0, 41, 2)), good=1.0)
    now = NOON + 40 * MINUTE + SECOND
    settle(now=now)
    refresh(now=now)
    found = of(run)
    assert (found.made, found.standing) == (21, "at-risk")
    assert found.pace_ms == pytest.approx(120_000, rel=0.05)
    assert abs(found.end - (NOON + 115 * MINUTE)) < 2 * MINUTE
    assert of(following).start == found.end
    assert of(following).end == found.end + 30 * MINUTE


def test_what_is_not_made_today_ends_tomorrow():
    run = queued(station_of_the_day(), planned_start=NOON + 5 * HOUR, planned_quantity=120)
    refresh(now=NOON)
    assert of(run).end == NOON + 23 * HOUR
    assert of(run).standing == "on-time"


def test_written_plans_and_rules_give_the_same_end():
    run = queued(station_of_the_day(), planned_quantity=1000)
    refresh(now=NOON)
    before = of(run).end
    write_ahead(now=NOON)
    refresh(now=NOON + SECOND)
    assert of(run).end == before + SECOND


def test_expected_times_are_believed_before_ideal_ones():
    station = station_of_the_day()
    job = make_job(company=station.company, ideal_part_time_ms=30_000, expected_part_time_ms=60_000)
    run = queued(station, job=job, planned_quantity=60, expected_setup_ms=1_800_000)
    refresh(now=NOON)
    assert of(run).end == NOON + 90 * MINUTE


def test_a_run_that_ended_or_was_withdrawn_is_expected_no_more():
    station = station_of_the_day()
    ended, gone = make_job_run(station), queued(station)
    refresh(now=NOON)
    assert Forecast.objects.count() == 2
    ended.actual_end = NOON + MINUTE
    ended.save()
    gone.delete()
    refresh(now=NOON + MINUTE)
    assert not Forecast.objects.exists()


def test_as_many_queries_for_any_number(django_assert_num_queries):
    for _ in range(3):
        station = station_of_the_day()
        make_job_run(station)
        queued(station, planned_quantity=5, sku=make_sku(company=station.company))
    write_ahead(now=NOON)
    with django_assert_num_queries(8):
        assert refresh(now=NOON + 40 * 24 * HOUR) == 6


def test_without_runs_nothing_is_asked():
    assert refresh(now=NOON) == 0
