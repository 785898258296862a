"""The tick: stops out of silence, no signal apart from stops, and late data that re-decides both."""

from datetime import timedelta

import pytest

from downtime import engine
from downtime.models import Issue, IssueEvent, Slice
from downtime.models.issues import Who
from production.ingest import Parcel, record
from production.messages import Message
from production.models import StationLive
from scheduling.writing import write_ahead
from tests.make import NOON, make_cause, make_job_run, make_pattern, make_sku, make_station

pytestmark = pytest.mark.django_db


def minutes(n):
    return timedelta(minutes=n)


@pytest.fixture
def station():
    """Around the clock, a unit a minute: silence of 90 seconds is a stop."""
    station = make_station(cycle_time_ms=60_000)
    make_pattern(follows=station)
    return station


def say(station, at, *, now=None, **what):
    message = Message(at=at, **what)
    parcel = Parcel(station.company_id, station.code, message, "mqtt")
    record([parcel], received_at=now or at, quarantine=False)


def made(station, *ats, now=None):
    for at in ats:
        say(station, at, good=1.0, now=now)


def live(station):
    return StationLive.objects.get(station=station)


def states(station):
    found = Slice.objects.filter(station=station).order_by("start")
    return [(s.state, (s.start - NOON) / minutes(1), s.end and (s.end - NOON) / minutes(1)) for s in found]


def test_a_stop_starts_at_the_last_output_and_is_raised_when_its_deadline_passes(station):
    made(station, NOON, NOON + minutes(1))
    engine.tick(now=NOON + minutes(2))
    assert live(station).status == "running"
    assert live(station).deadline == NOON + minutes(2.5)
    assert not Issue.objects.exists()
    engine.tick(now=NOON + minutes(2.5) + timedelta(milliseconds=1))
    issue = Issue.objects.get()
    assert (issue.started_at, issue.raised_at, issue.ended_at) == (
        NOON + minutes(1),
        NOON + minutes(2.5),
        None,
    )
    assert (live(station).status, live(station).since) == ("stopped", NOON + minutes(1))


def test_a_stop_ends_with_the_next_output(station):
    made(station, NOON)
    engine.tick(now=NOON + minutes(5))
    made(station, NOON + minutes(7))
    assert engine.tick(now=NOON + minutes(7.01)) == 1
    issue = Issue.objects.get()
    assert issue.ended_at == NOON + minutes(7)
    assert [event.kind for event in issue.events.all()] == ["raised", "ended"]
    assert states(station) == [("stopped", 0, 7), ("running", 7, None)]


@pytest.mark.parametrize("ahead", [0, 2])
def test_a_stop_ends_although_the_sender_s_clock_runs_ahead(station, ahead):
    made(station, NOON)
    engine.tick(now=NOON + minutes(5))
    made(station, NOON + minutes(7), now=NOON + minutes(7 - ahead))
    engine.tick(now=NOON + minutes(7 - ahead))
    assert live(station).status == "stopped"
    engine.tick(now=NOON + minutes(7.01))
    assert (live(station).status, Issue.objects.get().ended_at) == ("running", NOON + minutes(7))


def test_the_tick_leaves_a_station_alone_until_its_deadline(station):
    made(station, NOON)
    assert engine.tick(now=NOON + minutes(0.1)) == 1
    made(station, NOON + minutes(1))
    assert engine.tick(now=NOON + minutes(1.2)) == 0


def test_nothing_outside_planned_production_is_a_stop():
    station = make_station(cycle_time_ms=60_000)
    made(station, NOON)
    engine.tick(now=NOON + minutes(60))
    assert live(station).status == "not_planned"
    assert not Issue.objects.exists()


def test_a_silent_device_is_no_signal_and_never_a_stop(station):
    station.heartbeat_ms = 30_000
    station.save()
    made(station, NOON)
    engine.tick(now=NOON + minutes(10))
    assert states(station) == [("no_signal", 0, None)]
    assert not Issue.objects.exists()


def test_a_stop_ends_where_the_signal_is_lost_and_goes_on_as_the_same_when_it_returns(station):
    station.heartbeat_ms = 60_000
    station.save()
    made(station, NOON)
    for minute in (1, 2, 3, 4, 5, 10, 11, 12, 13):
        say(station, NOON + minutes(minute), rssi=-70.0)
        engine.tick(now=NOON + minutes(minute))
    assert states(station) == [("stopped", 0, 5), ("no_signal", 5, 10), ("stopped", 10, None)]
    assert Issue.objects.get().started_at == NOON


def test_lost_availability_is_no_signal(station):
    made(station, NOON)
    say(station, NOON + minutes(1), available=False)
    engine.tick(now=NOON + minutes(9))
    assert states(station) == [("running", 0, 1), ("no_signal", 1, None)]
    say(station, NOON + minutes(10), available=True)
    engine.tick(now=NOON + minutes(10.5))
    assert live(station).status == "running"


def test_a_short_standstill_is_a_micro_stop_and_asks_nobody(station):
    station.micro_stop_ms = 300_000
    station.save()
    made(station, NOON)
    engine.tick(now=NOON + minutes(4))
    made(station, NOON + minutes(4))
    engine.tick(now=NOON + minutes(5))
    engine.tick(now=NOON + minutes(9.01))
    assert states(station) == [("micro_stop", 0, 4), ("stopped", 4, None)]
    assert Issue.objects.get().started_at == NOON + minutes(4)


def test_late_output_shows_that_a_stop_was_none(station):
    made(station, NOON)
    engine.tick(now=NOON + minutes(3))
    assert Issue.objects.exists()
    made(station, NOON + minutes(1), NOON + minutes(2), now=NOON + minutes(3))
    engine.tick(now=NOON + minutes(3.1))
    assert not Issue.objects.exists()
    assert states(station) == [("running", 0, None)]


def test_late_output_moves_a_stop_and_keeps_what_a_person_said_about_it(station):
    made(station, NOON)
    engine.tick(now=NOON + minutes(5))
    cause = make_cause(company=station.company)
    Issue.objects.get().explain(cause, by=Who(), at=NOON + minutes(5))
    made(station, NOON + minutes(1), now=NOON + minutes(6))
    engine.tick(now=NOON + minutes(6))
    issue = Issue.objects.get()
    assert (issue.started_at, issue.cause) == (NOON + minutes(1), cause)


def test_an_answered_stop_that_was_none_is_withdrawn_and_kept(station):
    made(station, NOON)
    engine.tick(now=NOON + minutes(2))
    Issue.objects.get().acknowledge(by=Who(), at=NOON + minutes(2))
    made(station, NOON + minutes(1), now=NOON + minutes(2))
    engine.tick(now=NOON + minutes(2.2))
    issue = Issue.objects.get()
    assert issue.withdrawn_at is not None
    assert issue.events.last().kind == IssueEvent.Kind.WITHDRAWN
    assert not Issue.objects.open().exists()


def test_utilisation_counts_from_the_moment_it_stopped_being_productive(station):
    station.detection, station.utilisation_threshold_ms = "utilisation", 180_000
    station.save()
    say(station, NOON, productive=True)
    say(station, NOON + minutes(30), productive=False)
    engine.tick(now=NOON + minutes(32))
    assert live(station).status == "running"
    engine.tick(now=NOON + minutes(33.1))
    assert states(station) == [("running", 0, 30), ("stopped", 30, None)]


def test_process_speed_below_its_threshold_is_a_stop(station):
    station.detection, station.speed_threshold, station.utilisation_threshold_ms = "process_speed", 10, 60_000
    station.save()
    for minute, speed in enumerate([12.0, 11.0, 3.0, 2.0, 0.0]):
        say(station, NOON + minutes(minute), speed=speed)
    engine.tick(now=NOON + minutes(4))
    assert states(station) == [("running", 0, 2), ("stopped", 2, None)]


def test_power_below_its_threshold_is_a_stop(station):
    station.detection, station.power_threshold_kw, station.utilisation_threshold_ms = "power", 6, 60_000
    station.save()
    for minute, meter in enumerate([100.0, 100.2, 100.4, 100.41, 100.42, 100.43]):
        say(station, NOON + minutes(minute), kwh_total=meter)
    engine.tick(now=NOON + minutes(5))
    assert states(station) == [("running", 0, 2), ("stopped", 2, None)]


def test_a_station_that_is_off_never_stops(station):
    station.detection = "off"
    station.save()
    made(station, NOON)
    engine.tick(now=NOON + minutes(100))
    assert not Issue.objects.exists()


def test_the_cycle_time_of_what_is_made_decides(station):
    sku = make_sku(company=station.company, cycle_time_ms=600_000, stop_multiplier=2)
    make_job_run(station, sku=sku, actual_start=NOON - minutes(60))
    made(station, NOON)
    engine.tick(now=NOON + minutes(19))
    assert not Issue.objects.exists()
    engine.tick(now=NOON + minutes(20.1))
    assert Issue.objects.get().raised_at == NOON + minutes(20)


def test_a_count_of_four_units_may_take_four_cycle_times(station):
    sku = make_sku(company=station.company, cycle_time_ms=60_000, units_per_count=4)
    make_job_run(station, sku=sku, actual_start=NOON - minutes(60))
    made(station, NOON)
    engine.tick(now=NOON + minutes(6))
    assert not Issue.objects.exists()
    engine.tick(now=NOON + minutes(6.1))
    assert Issue.objects.get().raised_at == NOON + minutes(6)


def test_a_break_cuts_a_stop_that_stays_one_issue():
    station = make_station(cycle_time_ms=60_000)
    make_pattern(("Morning", 6 * 60, 6 * 60 + 5), ("Late", 12 * 60 + 15, 6 * 60), follows=station)
    made(station, NOON)
    for minute in (3, 6, 15.5, 18):
        engine.tick(now=NOON + minutes(minute))
    made(station, NOON + minutes(20))
    engine.tick(now=NOON + minutes(20.1))
    expected = [("stopped", 0, 5), ("not_planned", 5, 15), ("stopped", 15, 20), ("running", 20, None)]
    assert states(station) == expected
    issue = Issue.objects.get()
    assert (issue.started_at, issue.ended_at) == (NOON, NOON + minutes(20))


def test_two_ticks_at_once_raise_one_stop(station):
    made(station, NOON)
    engine.tick(now=NOON + minutes(5))
    StationLive.objects.update(deadline=NOON)
    engine.tick(now=NOON + minutes(5))
    assert Issue.objects.count() == 1


def test_a_tick_costs_the_same_queries_however_many_stations_are_due(station, django_assert_num_queries):
    def due(count):
        stations = [make_station(company=station.company, group=station.group) for _ in range(count)]
        for each in stations:
            make_pattern(follows=each)
            made(each, NOON, NOON + minutes(1))
        write_ahead(now=NOON)
        engine.tick(now=NOON + minutes(1.1))

    due(1)
    with django_assert_num_queries(19):
        engine.tick(now=NOON + minutes(5))
    due(10)
    with django_assert_num_queries(19):
        assert engine.tick(now=NOON + minutes(6)) == 10
    assert Issue.objects.count() == 11
