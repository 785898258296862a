"""Starting and ending turns, by whomever."""

from datetime import timedelta

import pytest

from production import runs
from production.models import JobRun, StationLive
from tests.make import NOON, make_job_run, make_sku, make_station

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def planned(station, **kwargs):
    return make_job_run(station, actual_start=None, planned_start=NOON, **kwargs)


def test_a_second_start_ends_the_first():
    first = make_job_run(actual_start=NOON - MINUTE)
    second = planned(first.station)
    assert runs.start(second, at=NOON, now=NOON)
    first.refresh_from_db()
    assert first.actual_end == second.actual_start == NOON


def test_starting_twice_at_the_same_time_changes_nothing():
    run = planned(make_station())
    assert runs.start(run, at=NOON, now=NOON)
    assert not runs.start(run, at=NOON, now=NOON + MINUTE)
    with pytest.raises(runs.AlreadyStarted):
        runs.start(run, at=NOON + MINUTE, now=NOON + MINUTE)


def test_a_start_in_the_past_takes_what_was_made_since():
    first = make_job_run(actual_start=NOON - 60 * MINUTE)
    second = planned(first.station)
    runs.start(second, at=NOON - 20 * MINUTE, now=NOON)
    first.refresh_from_db()
    live = StationLive.objects.get(station=first.station)
    assert first.actual_end == NOON - 20 * MINUTE
    assert live.dirty_from == live.sums_from == NOON - 20 * MINUTE


def test_a_start_in_the_past_does_not_reach_over_a_later_run():
    later = make_job_run(actual_start=NOON - MINUTE, actual_end=NOON)
    with pytest.raises(runs.LaterRun):
        runs.start(planned(later.station), at=NOON - 5 * MINUTE, now=NOON)


def test_nothing_begins_or_ends_in_the_future():
    run = planned(make_station())
    with pytest.raises(runs.NotYet):
        runs.start(run, at=NOON + 6 * MINUTE, now=NOON)
    runs.start(run, at=NOON + 4 * MINUTE, now=NOON)
    assert run.actual_start == NOON


def test_a_run_ends_once_and_after_its_start():
    run = make_job_run()
    with pytest.raises(runs.EndBeforeStart):
        runs.end(run, at=NOON, now=NOON + MINUTE)
    assert runs.end(run, at=NOON + MINUTE, now=NOON + MINUTE)
    assert not runs.end(run, at=NOON + MINUTE, now=NOON + 2 * MINUTE)
    with pytest.raises(runs.NotRunning):
        runs.end(run, at=NOON + 2 * MINUTE, now=NOON + 2 * MINUTE)


def test_what_was_only_planned_cannot_end():
    with pytest.raises(runs.NotRunning):
        runs.end(planned(make_station()), at=NOON, now=NOON)


def test_runs_of_other_stations_go_on():
    other = make_job_run()
    runs.start(planned(make_station(company=other.station.company)), at=NOON + MINUTE, now=NOON + MINUTE)
    assert JobRun.objects.running().count() == 2


def test_a_run_that_ended_stays_as_it_was():
    station = make_station()
    old = make_job_run(station, actual_start=NOON - 5 * MINUTE, actual_end=NOON - MINUTE)
    runs.start(planned(station, sku=make_sku(company=station.company)), at=NOON, now=NOON)
    old.refresh_from_db()
    assert old.actual_end == NOON - MINUTE
