"""What becomes of the time in which a station is set up: in facts, on screens, and in what is asked."""

from datetime import timedelta

import pytest
from django.db.models import Sum

from downtime.escalation import escalate_due
from downtime.models import Issue
from downtime.models.issues import Who
from downtime.rag import Rag
from downtime.standing import colour_of, words_of
from mesproject.reports.glance import glances
from mesproject.reports.models import DowntimeFact, ShiftFact
from mesproject.reports.tally import IN_SETUP
from mesproject.reports.timeline import of_shift
from production import runs
from production.models import Station
from tests.make import NOON, make_cause, make_event_assignment, make_job_run, make_pattern, make_station
from tests.reports.test_facts import say, settle

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def station():
    """Around the clock, a unit a minute: one a minute until noon, and nothing for forty minutes then."""
    station = make_station(cycle_time_ms=60_000)
    make_pattern(follows=station)
    say(station, *(NOON + minute * MINUTE for minute in range(-30, 1)), good=1.0)
    say(station, *(NOON + minute * MINUTE for minute in range(40, 60)), good=1.0)
    return Station.objects.in_place().get(pk=station.pk)


def in_setup(station, *, since, until=None, **kwargs):
    """A run that was set up from one minute after noon to another."""
    over = until and NOON + until * MINUTE
    kwargs |= {"starts_in_setup": True, "production_start": over}
    return make_job_run(station, actual_start=NOON + since * MINUTE, **kwargs)


def minutes(name):
    return (ShiftFact.objects.aggregate(sum=Sum(name))["sum"] or 0) / 60_000


def lost():
    return {
        cause: ms / 60_000
        for cause, ms in DowntimeFact.objects.values_list("cause_id").annotate(ms=Sum("amount"))
    }


def test_a_stop_while_the_station_is_set_up_is_setup_and_nobody_is_asked(station):
    in_setup(station, since=2, until=38)
    settle(now=NOON + HOUR)
    assert (minutes("setup_ms"), minutes("stop_ms"), minutes("uncategorized_ms")) == (40, 0, 0)
    assert minutes("stops") == 0
    assert lost() == {IN_SETUP: 40}
    assert not Issue.objects.unexplained().exists()
    issue = Issue.objects.for_screens().get()
    assert not issue.is_unexplained
    assert (colour_of(issue, now=NOON), words_of(issue, now=NOON)) == (Rag.GREEN, "Over: setup")


def test_what_reaches_far_over_it_is_asked_about_and_only_what_lies_in_it_is_setup(station):
    in_setup(station, since=2, until=20)
    settle(now=NOON + HOUR)
    assert (minutes("setup_ms"), minutes("stop_ms"), minutes("uncategorized_ms")) == (18, 22, 22)
    assert lost() == {IN_SETUP: 18, 0: 22}
    assert Issue.objects.for_screens().get().is_unexplained


def test_a_person_who_says_why_is_right(station):
    in_setup(station, since=2, until=38)
    settle(now=NOON + HOUR)
    cause = make_cause(company=station.company)
    Issue.objects.get().explain(cause, by=Who(), at=NOON + HOUR)
    settle(now=NOON + HOUR)
    assert (minutes("setup_ms"), minutes("stop_ms")) == (0, 40)
    assert lost()[cause.pk] == 40


def test_an_end_of_setup_that_is_told_late_moves_the_sums(station):
    run = in_setup(station, since=2)
    settle(now=NOON + HOUR)
    assert minutes("setup_ms") == 40
    runs.end_setup(run, at=NOON + 12 * MINUTE, now=NOON + HOUR)
    settle(now=NOON + HOUR)
    assert (minutes("setup_ms"), minutes("uncategorized_ms")) == (10, 30)


def test_a_run_that_is_started_in_setup_late_takes_the_stop_from_before_its_edge_too(station):
    settle(now=NOON + HOUR)
    assert (minutes("setup_ms"), minutes("uncategorized_ms")) == (0, 40)
    run = make_job_run(station, actual_start=None)
    runs.start(run, at=NOON + 4 * MINUTE, now=NOON + HOUR, in_setup=True)
    runs.end_setup(run, at=NOON + 39 * MINUTE, now=NOON + HOUR)
    settle(now=NOON + HOUR)
    assert (minutes("setup_ms"), minutes("uncategorized_ms")) == (40, 0)
    runs.tell_end(run, at=NOON + 10 * MINUTE, now=NOON + HOUR)
    settle(now=NOON + HOUR)
    assert (minutes("setup_ms"), minutes("uncategorized_ms")) == (6, 34)


def test_what_is_made_while_setting_up_ends_nothing_and_is_work(station):
    run = in_setup(station, since=-10)
    settle(now=NOON + HOUR)
    assert run.is_in_setup
    assert (minutes("good"), minutes("run_ms")) == (51 / 60_000, 50)


def test_screens_say_setup_since_when_and_how_long_it_was_to_take(station):
    in_setup(station, since=-2, expected_setup_ms=20 * 60_000)
    settle(now=NOON + 12 * MINUTE)
    [glance] = glances([station], now=NOON + 12 * MINUTE)
    assert (glance.state, glance.state_since) == ("setup", NOON - 2 * MINUTE)
    assert not glance.setup.is_over
    assert not glance.needs_somebody
    assert glance.unexplained_in_a_day == 0
    assert "setup" in {bar.state for bar in of_shift(glance).bars}
    [glance] = glances([station], now=NOON + 30 * MINUTE)
    assert glance.setup.is_over


def test_a_break_is_no_part_of_its_length(station):
    pattern = make_pattern(follows=station, valid_from=NOON.date())
    make_event_assignment(pattern, "DTSTART:20260101T120500\nRRULE:FREQ=DAILY", minutes=10, name="Tea")
    in_setup(station, since=0)
    settle(now=NOON + 20 * MINUTE)
    [glance] = glances([station], now=NOON + 20 * MINUTE)
    assert glance.setup.length == 10 * MINUTE


def test_the_clock_calls_nobody_to_a_station_that_is_set_up(station):
    run = in_setup(station, since=2)
    settle(now=NOON + 30 * MINUTE)
    Issue.objects.update(escalate_at=NOON + 10 * MINUTE)
    assert escalate_due(now=NOON + 30 * MINUTE) == 0
    runs.end_setup(run, at=NOON + 20 * MINUTE, now=NOON + 30 * MINUTE)
    assert escalate_due(now=NOON + 30 * MINUTE) == 1
