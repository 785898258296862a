"""Runs that begin and end by themselves, dated to when it happened."""

from datetime import timedelta

import pytest

from mesproject.reports import tails
from mesproject.schedule.turning import turn_over
from production import runs
from production.models import JobRun
from tests.make import NOON, make_job_run, make_pattern, make_reject, make_sku, make_station
from tests.reports.test_facts import say, settle

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def station():
    """A station that is meant to work around the clock."""
    station = make_station()
    make_pattern(follows=station)
    return station


def planned(station, **kwargs):
    return make_job_run(station, **{"actual_start": None} | kwargs)


def times(run):
    run.refresh_from_db()
    return run.actual_start, run.actual_end


def test_runs_begin_and_end_by_plan_however_late_somebody_looks(station):
    first = planned(
        station, planned_start=NOON, planned_end=NOON + HOUR, starts_by_plan=True, ends_by_plan=True
    )
    second = planned(station, planned_start=NOON + 10 * MINUTE, starts_by_plan=True)
    assert turn_over(now=NOON - SECOND) == 0
    assert turn_over(now=NOON + 20 * MINUTE) == 2
    assert times(first) == (NOON, NOON + 10 * MINUTE)  # the second was planned before its end
    assert times(second) == (NOON + 10 * MINUTE, None)
    assert turn_over(now=NOON + 20 * MINUTE) == 0


def test_a_run_ends_at_its_planned_end(station):
    run = make_job_run(station, planned_start=NOON, planned_end=NOON + HOUR, ends_by_plan=True)
    turn_over(now=NOON + 2 * HOUR)
    assert times(run) == (NOON, NOON + HOUR)


def test_what_was_missed_for_long_is_left_to_people(station):
    run = planned(station, planned_start=NOON, starts_by_plan=True)
    assert turn_over(now=NOON + 61 * MINUTE) == 0
    assert times(run) == (None, None)


def test_the_plan_does_not_undo_what_somebody_started_later(station):
    run = planned(station, planned_start=NOON, starts_by_plan=True)
    other = make_job_run(station, actual_start=NOON + MINUTE)
    assert turn_over(now=NOON + 2 * MINUTE) == 0
    assert times(run) == (None, None)
    assert times(other) == (NOON + MINUTE, None)


def make(station, minutes, *, good=1.0, begin=NOON):
    say(station, *(begin + minute * MINUTE for minute in minutes), good=good)
    settle(now=begin + max(minutes) * MINUTE + SECOND)


def test_a_run_ends_with_the_unit_that_completes_it(station):
    run = make_job_run(station, planned_quantity=5, ends_on_quantity=True)
    make(station, range(1, 8))
    assert turn_over(now=NOON + 8 * MINUTE) == 1
    assert times(run) == (NOON, NOON + 5 * MINUTE + timedelta(milliseconds=1))


def test_a_count_of_many_completes_it_as_well(station):
    sku = make_sku(company=station.company, units_per_count=4)
    run = make_job_run(station, sku=sku, planned_quantity=10, ends_on_quantity=True)
    make(station, range(1, 4))
    assert turn_over(now=NOON + 4 * MINUTE) == 1
    assert times(run)[1] == NOON + 3 * MINUTE + timedelta(milliseconds=1)


def test_units_that_were_bad_are_made_again(station):
    run = make_job_run(station, planned_quantity=5, ends_on_quantity=True)
    make_reject(station, at=NOON + 3 * MINUTE + SECOND, quantity=2)
    make(station, range(1, 7))
    assert turn_over(now=NOON + 6 * MINUTE + 2 * SECOND) == 0
    make(station, range(7, 10))
    assert turn_over(now=NOON + 10 * MINUTE) == 1
    assert times(run)[1] == NOON + 7 * MINUTE + timedelta(milliseconds=1)


def test_it_ends_where_it_was_complete_also_when_nobody_looked_for_hours(station):
    run = make_job_run(station, planned_quantity=5, ends_on_quantity=True)
    make(station, range(1, 181))
    assert turn_over(now=NOON + 4 * HOUR) == 1
    assert times(run)[1] == NOON + 5 * MINUTE + timedelta(milliseconds=1)


def test_nothing_is_ended_by_numbers_that_are_being_summed_anew(station, monkeypatch):
    run = make_job_run(station, planned_quantity=170, ends_on_quantity=True)
    make(station, range(1, 181))
    make_reject(station, at=NOON + 30 * MINUTE, quantity=3)
    monkeypatch.setattr(tails, "LONGEST", HOUR)
    assert turn_over(now=NOON + 4 * HOUR) == 0
    settle(now=NOON + 4 * HOUR)
    assert turn_over(now=NOON + 4 * HOUR) == 1
    assert times(run)[1] == NOON + 173 * MINUTE + timedelta(milliseconds=1)


def test_the_program_of_the_machine_starts_the_first_run_in_line(station):
    later = planned(station, planned_start=NOON + 2 * HOUR, start_program="O1234")
    first = planned(station, planned_start=NOON + HOUR, start_program="O1234")
    say(station, NOON - MINUTE, program="O9999")
    assert turn_over(now=NOON) == 0
    say(station, NOON + MINUTE, program="O1234")
    say(station, NOON + 2 * MINUTE, program="O1234")
    assert turn_over(now=NOON + 3 * MINUTE) == 1
    assert times(first) == (NOON + MINUTE, None)
    assert turn_over(now=NOON + 4 * MINUTE) == 0  # that one is on
    runs.end(first, at=NOON + 4 * MINUTE, now=NOON + 5 * MINUTE)
    turn_over(now=NOON + 5 * MINUTE)
    assert times(later) == (NOON + 4 * MINUTE, None)


def test_whoever_starts_something_after_the_program_was_loaded_is_right(station):
    run = planned(station, planned_start=NOON, start_program="O1234")
    say(station, NOON, program="O9999")
    say(station, NOON + MINUTE, program="O1234")
    own = make_job_run(station, actual_start=NOON + 2 * MINUTE)
    assert turn_over(now=NOON + 3 * MINUTE) == 0
    assert times(own)[1] is None
    assert times(run) == (None, None)


def test_stations_out_of_use_start_nothing(station):
    planned(station, planned_start=NOON, starts_by_plan=True)
    station.archived_at = NOON
    station.save()
    assert turn_over(now=NOON + MINUTE) == 0
    assert not JobRun.objects.running().exists()
