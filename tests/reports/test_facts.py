"""Facts: what is summed, that it follows every change, and that summing step by step is summing at once."""

from datetime import timedelta

import pytest
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downtime import engine
from downtime.models import Issue
from downtime.models.issues import Who
from mesproject.reports import facts
from mesproject.reports.facts import refresh
from mesproject.reports.measures import FIELDS
from mesproject.reports.models import DayFact, DowntimeFact, FactMark, HourFact, RejectFact, ShiftFact
from production.ingest import Parcel, record
from production.live import look_again
from production.messages import Message
from production.models import Plant, Station
from quality.models import Reject
from tests.make import (
    NOON,
    make_cause,
    make_event_assignment,
    make_job_run,
    make_pattern,
    make_plant,
    make_reject,
    make_reject_reason,
    make_sku,
    make_station,
)

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def say(station, *ats, now=None, **what):
    """The same at each of these instants, heard with the last of them."""
    parcels = [Parcel(station.company_id, station.code, Message(at=at, **what), "mqtt") for at in ats]
    record(parcels, received_at=now or max(ats, default=None), quarantine=False)


def settle(*, now):
    """Let the tick decide, a minute pass, and the sums catch up."""
    engine.tick(now=now)
    assert not engine.is_behind(now=now)
    FactMark.objects.update(summed_until=F("settled_until"))
    while refresh(now=now):
        pass


def measures(facts=ShiftFact, **where):
    return facts.objects.filter(**where).aggregate(**{name: Sum(name) for name in FIELDS})


@pytest.fixture
def station():
    """Early and late shift, a unit a minute, a tea break at ten; day begins at six."""
    station = make_station(cycle_time_ms=60_000, plant=make_plant(day_start="06:00"))
    pattern = make_pattern(("Early", 360, 480), ("Late", 840, 480), follows=station)
    make_event_assignment(pattern, "DTSTART:20260101T100000\nRRULE:FREQ=DAILY", minutes=30, name="Tea")
    return Station.objects.get(pk=station.pk)


def test_an_hour_is_cut_into_what_became_of_it(station):
    say(station, *(NOON + minute * MINUTE for minute in range(30)), good=1.0)
    settle(now=NOON + HOUR)
    found = measures()
    assert (found["planned_ms"], found["run_ms"], found["stop_ms"]) == (3_600_000, 29 * 60_000, 31 * 60_000)
    assert (found["good"], found["ideal_ms"], found["ideal_units"], found["target_units"]) == (
        30, 30 * 60_000, 60, pytest.approx(29),
    )  # fmt: skip
    assert (found["stops"], found["uncategorized_ms"]) == (1, 31 * 60_000)


def test_breaks_are_no_planned_time_and_shifts_lie_on_their_shop_day(station):
    ten = NOON - 2 * HOUR
    say(station, *(ten + minute * MINUTE for minute in range(-60, 120)), good=1.0)
    settle(now=ten + 2 * HOUR)
    early = ShiftFact.objects.get(shift="Early")
    assert (early.day, early.break_ms, early.shift_ms) == (ten.date(), 30 * 60_000, 3 * 3_600_000)
    assert early.planned_ms == early.run_ms + early.stop_ms + early.no_signal_ms + early.micro_stop_ms


def test_a_cause_given_later_moves_the_downtime(station):
    say(station, NOON, good=1.0)
    settle(now=NOON + HOUR)
    assert DowntimeFact.objects.get(cause_id=0).records == 1
    cause = make_cause(company=station.company)
    Issue.objects.get().explain(cause, by=Who(), at=NOON + HOUR)
    settle(now=NOON + HOUR)
    assert [(f.cause_id, f.records) for f in DowntimeFact.objects.all()] == [(cause.pk, 1)]
    assert measures()["uncategorized_ms"] == 0


def test_a_reject_makes_good_units_bad_and_undoing_it_makes_them_good(station):
    say(station, NOON, good=5.0)
    settle(now=NOON + MINUTE)
    reject = make_reject(station, quantity=2)
    settle(now=NOON + MINUTE)
    assert (measures()["good"], measures()["bad"], RejectFact.objects.get().amount) == (3, 2, 2)
    reject.undone_at = NOON
    reject.save()
    settle(now=NOON + MINUTE)
    assert (measures()["good"], measures()["bad"], RejectFact.objects.count()) == (5, 0, 0)


def test_late_signals_change_the_hour_they_belong_to(station):
    say(station, NOON - 3 * HOUR, good=1.0)
    settle(now=NOON)
    say(station, NOON - 2 * HOUR, good=4.0, now=NOON)
    settle(now=NOON)
    assert measures(HourFact, hour=NOON - 2 * HOUR)["good"] == 4
    assert measures(DayFact)["good"] == measures(HourFact)["good"] == 5


def test_units_belong_to_the_run_of_their_time_at_its_pace(station):
    sku = make_sku(company=station.company, cycle_time_ms=30_000, units_per_count=2)
    run = make_job_run(station, sku=sku, actual_start=NOON)
    say(station, NOON - MINUTE, good=1.0)
    say(station, NOON + MINUTE, good=1.0)
    settle(now=NOON + 2 * MINUTE)
    assert measures(DayFact, run_id=run.pk)["good"] == 2
    assert measures(DayFact, run_id=run.pk)["ideal_ms"] == 60_000
    assert measures(DayFact, run_id=0)["good"] == 1


def test_energy_is_the_difference_of_meter_readings(station):
    for minute, kwh in enumerate((100.0, 101.5, 104.0)):
        say(station, NOON + minute * MINUTE, kwh_total=kwh, good=1.0)
    settle(now=NOON + 3 * MINUTE)
    assert measures()["kwh"] == pytest.approx(4.0)


def test_what_changes_before_a_late_reading_of_the_meter_is_still_its_difference(station):
    for minute, kwh in enumerate((100.0, 101.5, 104.0)):
        say(station, NOON + 30 * minute * MINUTE, kwh_total=kwh, good=1.0)
    settle(now=NOON + 3 * HOUR)
    say(station, NOON + 70 * MINUTE, bad=1.0, now=NOON + 3 * HOUR)
    settle(now=NOON + 3 * HOUR)
    assert measures()["kwh"] == pytest.approx(4.0)


def test_units_that_came_too_fast_for_what_ran_then_stay_one_when_it_has_ended(station):
    sku = make_sku(company=station.company, minimum_cycle_time_ms=50_000)
    run = make_job_run(station, sku=sku, actual_start=NOON)
    say(station, *(NOON + second * timedelta(seconds=1) for second in range(0, 600, 30)), good=1.0)
    settle(now=NOON + 11 * MINUTE)
    assert measures()["good"] == 10
    run.actual_end = NOON + 20 * MINUTE
    run.save()
    look_again([station.pk], since=NOON, at=NOON + HOUR)
    settle(now=NOON + HOUR)
    assert measures()["good"] == 10


def test_micro_stops_between_which_a_unit_was_made_are_counted_one_by_one(station):
    Station.objects.update(micro_stop_ms=10 * 60_000)
    say(station, *(NOON + minute * MINUTE for minute in (0, 5, 10, 11)), good=1.0)
    settle(now=NOON + 12 * MINUTE)
    assert (measures()["micro_stops"], measures()["micro_stop_ms"]) == (2, 10 * 60_000)


def test_a_reject_that_is_moved_leaves_the_hour_it_was_in(station):
    say(station, NOON - 5 * HOUR, good=5.0)
    settle(now=NOON + HOUR)
    reject = make_reject(station, at=NOON - 3 * HOUR)
    settle(now=NOON + HOUR)
    reject.at = NOON
    reject.save()
    settle(now=NOON + HOUR)
    assert [fact.hour for fact in RejectFact.objects.all()] == [NOON]


def test_a_change_that_comes_while_facts_are_summed_is_not_forgotten(station, monkeypatch):
    say(station, NOON, good=1.0)
    settle(now=NOON + 2 * HOUR)
    first, reason = make_reject(station, at=NOON + MINUTE), make_reject_reason(company=station.company)

    def told_and_then_changed(questions, told=facts.told):
        answer = told(questions)
        if Reject.objects.count() == 1:
            make_reject(station, at=NOON + HOUR, reason=reason)
        return answer

    monkeypatch.setattr(facts, "told", told_and_then_changed)
    settle(now=NOON + 2 * HOUR)
    assert {fact.reason_id for fact in RejectFact.objects.all()} == {first.reason_id, reason.pk}


def test_a_station_out_of_use_has_no_time_any_more_but_its_past_may_still_change(station):
    say(station, NOON, good=1.0)
    settle(now=NOON + HOUR)
    Station.objects.update(archived_at=NOON + HOUR / 2)
    settle(now=NOON + 3 * HOUR)
    assert measures()["all_ms"] == 30 * 60_000
    assert not refresh(now=NOON + 4 * HOUR)
    Issue.objects.get().explain(make_cause(company=station.company), by=Who(), at=NOON + 3 * HOUR)
    settle(now=NOON + 3 * HOUR)
    assert measures()["uncategorized_ms"] == 0


def test_another_clock_sums_all_hours_anew(station):
    say(station, NOON, good=1.0)
    say(station, NOON + 2 * HOUR, good=1.0)
    settle(now=NOON + 3 * HOUR)
    Plant.objects.update(timezone="Asia/Kolkata")
    settle(now=NOON + 3 * HOUR)
    assert {fact.hour.minute for fact in HourFact.objects.all()} == {30}
    assert measures(HourFact)["all_ms"] == measures()["all_ms"] == 3 * 3_600_000


def stored():
    return {
        fact.__name__: sorted(fact.objects.values_list())
        for fact in (HourFact, DayFact, ShiftFact, DowntimeFact, RejectFact)
    }


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    said=st.lists(
        st.tuples(st.integers(0, 600), st.sampled_from(["good", "bad", "kwh_total", "good_total"])),
        max_size=40,
    ),
    steps=st.lists(st.integers(1, 200), max_size=6),
)
def test_summing_step_by_step_is_summing_at_once(said, steps):
    station = make_station(cycle_time_ms=60_000)
    make_pattern(("Early", 360, 480), ("Late", 840, 480), follows=station)
    station = Station.objects.get(pk=station.pk)
    end = NOON + 21 * HOUR
    now = NOON
    waiting = sorted(said, key=lambda one: one[0] % 7)  # in any order of arrival
    for step in steps:
        now += step * MINUTE
        for minute, what in [one for one in waiting if NOON + one[0] * MINUTE < now]:
            say(station, NOON + minute * MINUTE, now=now, **{what: float(minute + 1)})
        settle(now=now)
    for minute, what in waiting:
        say(station, NOON + minute * MINUTE, now=end, **{what: float(minute + 1)})
    settle(now=end)
    first = stored()
    FactMark.objects.all().delete()
    for fact in (HourFact, DayFact, ShiftFact, DowntimeFact, RejectFact):
        fact.objects.all().delete()
    settle(now=end)
    assert stored() == first
