"""What people change of the past reaches the sums: kinds of causes and reasons, SKUs, jobs, and runs of long ago."""

from datetime import timedelta

import pytest

from downtime.models import Issue
from downtime.models.issues import Who
from mesproject.reports.models import DayFact, DowntimeFact
from production.effects import apply, effect_of
from production.models import Station, StationLive
from tests.make import (
    NOON,
    make_cause,
    make_event_assignment,
    make_job,
    make_job_run,
    make_pattern,
    make_reject,
    make_reject_reason,
    make_sku,
    make_station,
)
from tests.reports.test_facts import measures, say, settle

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LATER = NOON + 2 * HOUR
STOPPED = 3_600_000  # a stop begins with the last sign of work


@pytest.fixture
def station():
    """A day's shift, a unit a minute, a break from one to two."""
    station = make_station(cycle_time_ms=60_000)
    pattern = make_pattern(("Day", 360, 1080), follows=station)
    make_event_assignment(pattern, "DTSTART:20260101T130000\nRRULE:FREQ=DAILY", minutes=60)
    return Station.objects.get(pk=station.pk)


@pytest.fixture
def tree(station):
    """A changeover, and below it what says nothing of itself."""
    top = make_cause("changeover", company=station.company, kind="setup")
    return top, make_cause("tools", parent=top)


def stopped(station, cause=None):
    """One unit at noon, then nothing."""
    say(station, NOON, good=1.0)
    settle(now=NOON + HOUR)
    if cause:
        Issue.objects.get().explain(cause, by=Who(), at=NOON + HOUR)
        settle(now=NOON + HOUR)
    found = measures()
    return found["stop_ms"], found["planned_stop_ms"], found["setup_ms"], found["stops"]


def test_a_stop_is_what_its_cause_says_or_the_one_above(station, tree):
    assert stopped(station) == (STOPPED, 0, 0, 1)
    assert stopped(station, tree[1]) == (0, 0, STOPPED, 0)
    assert measures()["target_units"] == 0


def test_a_planned_stop_is_no_failure_but_still_a_stop_with_a_cause(station):
    cause = make_cause(company=station.company, kind="planned")
    assert stopped(station, cause) == (0, STOPPED, 0, 0)
    lost = DowntimeFact.objects.get()
    assert (lost.cause_id, lost.records, lost.amount) == (cause.pk, 1, STOPPED)


def test_the_most_specific_cause_that_says_something_wins(station, tree):
    tree[1].kind = "unplanned"
    tree[1].save()
    assert stopped(station, tree[1]) == (STOPPED, 0, 0, 1)


def test_another_kind_holds_for_stops_of_the_past(station, tree):
    stopped(station, tree[1])
    tree[0].kind = "planned"
    tree[0].save()
    assert StationLive.objects.get().sums_from == NOON
    settle(now=NOON + HOUR)
    assert (measures()["setup_ms"], measures()["planned_stop_ms"]) == (0, STOPPED)


def test_another_place_in_the_tree_holds_for_stops_of_the_past(station, tree):
    stopped(station, tree[1])
    tree[1].parent = None
    tree[1].save()
    settle(now=NOON + HOUR)
    assert (measures()["setup_ms"], measures()["stop_ms"]) == (0, STOPPED)


def test_a_cause_that_only_gets_another_name_sums_nothing_anew(station, tree):
    stopped(station, tree[1])
    tree[1].description = "Change tools"
    tree[1].save()
    assert StationLive.objects.get().sums_from is None


def test_rejects_are_what_their_reason_says_and_machines_say_only_that_units_do_not_conform(station):
    say(station, NOON, good=9.0, bad=2.0)
    rework = make_reject_reason(company=station.company, kind="rework")
    make_reject(station, quantity=3, reason=rework)
    settle(now=NOON + MINUTE)
    found = measures()
    assert (found["bad"], found["scrap"], found["nonconform"], found["rework"]) == (5, 0, 2, 3)
    rework.kind = "scrap"
    rework.save()
    settle(now=NOON + MINUTE)
    found = measures()
    assert (found["bad"], found["scrap"], found["nonconform"], found["rework"]) == (5, 3, 2, 0)


def test_units_made_in_a_break_are_work_outside_planned_time(station):
    say(station, NOON, good=1.0)
    say(station, NOON + 90 * MINUTE, good=3.0)
    settle(now=LATER)
    assert measures()["run_outside_ms"] == 3 * 60_000


def test_what_planned_time_did_not_make_is_lost_at_the_value_of_what_ran(station):
    make_job_run(station, sku=make_sku(company=station.company, value="2.00"), actual_end=NOON + HOUR / 2)
    say(station, NOON, good=10.0)
    make_reject(station, quantity=1)
    settle(now=NOON + HOUR)
    found = measures()
    # Half an hour of a unit a minute; of the other half no value is known.
    assert (found["value"], found["lost_value"]) == (pytest.approx(18), pytest.approx((30 - 9) * 2))


def test_another_value_of_an_sku_is_summed_anew_and_nothing_decided(station):
    sku = make_sku(company=station.company, value="2.00")
    make_job_run(station, sku=sku)
    say(station, NOON, good=10.0)
    settle(now=NOON + HOUR)
    sku.value = 3
    sku.save()
    apply([effect_of(sku, ["value"])], at=NOON + HOUR)
    assert StationLive.objects.get().dirty_from is None
    settle(now=NOON + HOUR)
    assert measures()["value"] == 30


def test_another_cycle_time_of_an_sku_decides_and_sums_what_was_made_of_it_anew(station):
    sku = make_sku(company=station.company, cycle_time_ms=60_000)
    make_job_run(station, sku=sku, actual_end=NOON + HOUR)
    say(station, *(NOON + minute * MINUTE for minute in range(0, 60, 10)), good=1.0)
    settle(now=LATER)
    assert (measures()["stops"], measures()["ideal_ms"]) == (6, 6 * 60_000)
    sku.cycle_time_ms = 600_000
    sku.save()
    apply([effect_of(sku, ["cycle_time_ms"])], at=LATER)
    settle(now=LATER)
    assert (measures()["stops"], measures()["ideal_ms"]) == (0, 6 * 600_000)


def test_another_part_time_of_a_job_sums_its_runs_anew(station):
    job = make_job(company=station.company, ideal_part_time_ms=60_000)
    make_job_run(station, job=job)
    say(station, NOON, good=2.0)
    settle(now=NOON + MINUTE)
    job.expected_part_time_ms = 90_000
    job.save()
    apply([effect_of(job, ["expected_part_time_ms"])], at=NOON + MINUTE)
    settle(now=NOON + MINUTE)
    assert measures()["expected_ms"] == 180_000


def test_output_made_before_a_run_was_entered_is_attributed_to_it(station):
    say(station, NOON, good=2.0)
    say(station, NOON + 20 * MINUTE, good=3.0)
    settle(now=NOON + HOUR)
    assert measures(DayFact, run_id=0)["good"] == 5
    sku = make_sku(company=station.company, cycle_time_ms=30_000, units_per_count=2, value="1.00")
    run = make_job_run(station, sku=sku, actual_start=NOON + 10 * MINUTE)
    apply([effect_of(run)], at=NOON + HOUR)
    settle(now=NOON + HOUR)
    assert measures(DayFact, run_id=0)["good"] == 2
    of_run = measures(DayFact, run_id=run.pk)
    assert (of_run["good"], of_run["ideal_ms"], of_run["value"]) == (6, 6 * 30_000, 6)
