"""What is planned, by whomever."""

from datetime import timedelta

import pytest

from production import planning, runs
from production.models import JobRun, SkuGroup, SkuGroupMember, StationLive
from tests.make import NOON, make_job_run, make_sku, make_station

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def planned(station=None, **kwargs):
    """A run of an SKU, not stored yet."""
    station = station or make_station()
    sku = kwargs.pop("sku", None) or make_sku(company=station.company)
    return JobRun(**{"station": station, "sku": sku, "planned_start": NOON + HOUR} | kwargs)


def test_the_same_product_at_the_same_time_is_planned_once():
    run = planning.put(planned(), at=NOON)
    with pytest.raises(planning.Duplicate):
        planning.put(planned(run.station, sku=run.sku), at=NOON)
    planning.put(planned(run.station, sku=run.sku, planned_start=NOON + 2 * HOUR), at=NOON)
    planning.put(run, at=NOON)  # it is no duplicate of itself


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("planned_end", {"planned_end": NOON}),
        ("planned_quantity", {"planned_quantity": -1}),
        ("planned_start", {"planned_start": NOON + timedelta(days=80 * 365)}),
        ("planned_start", {"planned_start": None, "planned_end": NOON}),
        ("starts_by_plan", {"planned_start": None, "starts_by_plan": True}),
        ("ends_by_plan", {"ends_by_plan": True}),
        ("ends_on_quantity", {"ends_on_quantity": True}),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_its_value(field, values):
    with pytest.raises(planning.BadPlan) as refused:
        planning.put(planned(**values), at=NOON)
    assert refused.value.field == field
    assert not JobRun.objects.exists()


def test_a_change_of_the_plan_does_not_undo_a_start():
    run = planning.put(planned(), at=NOON)
    seen_before = JobRun.objects.get(pk=run.pk)
    runs.start(run, at=NOON, now=NOON)
    seen_before.planned_quantity = 5
    planning.put(seen_before, at=NOON)
    run.refresh_from_db()
    assert (run.actual_start, run.planned_quantity) == (NOON, 5)


def test_another_product_for_a_run_that_began_is_that_of_all_it_made():
    run = make_job_run(actual_start=NOON - HOUR)
    run.sku = make_sku(company=run.station.company)
    planning.put(run, at=NOON)
    assert StationLive.objects.get(station=run.station).dirty_from == NOON - HOUR


def test_a_run_that_began_stays_on_its_station():
    run = make_job_run()
    run.station = make_station(company=run.station.company)
    with pytest.raises(planning.HasBegun):
        planning.put(run, at=NOON)


def test_only_what_has_not_begun_is_withdrawn():
    run = planning.put(planned(), at=NOON)
    planning.withdraw(run)
    assert not JobRun.objects.exists()
    with pytest.raises(planning.HasBegun):
        planning.withdraw(make_job_run())


def test_what_nobody_entered_is_recorded_where_nothing_else_ran():
    station = make_station()
    make_job_run(station, actual_start=NOON)
    run = planned(station, planned_start=None)
    planning.record(run, start=NOON - HOUR, end=NOON, at=NOON + HOUR)
    assert StationLive.objects.get(station=station).dirty_from == NOON - HOUR
    with pytest.raises(planning.Overlaps):
        planning.record(planned(station), start=NOON - HOUR / 2, end=NOON + HOUR, at=NOON + HOUR)


def test_a_group_counts_by_its_multipliers_and_shares_its_cycle_time():
    station = make_station()
    group = SkuGroup.objects.create(
        company=station.company, code="PAIR", name="Left and right", default_cycle_time_ms=30_000
    )
    run = JobRun(station=station)
    with pytest.raises(planning.BadPlan):
        planning.product(station.company, run, of=group)
    for multiplier in (1, 2):
        SkuGroupMember.objects.create(
            group=group, sku=make_sku(company=station.company), multiplier=multiplier
        )
    planning.product(station.company, run, of=group, order="WO-7")
    planning.put(run, at=NOON)
    assert (run.effective_units_per_count, run.effective_cycle_time_ms) == (3, 10_000)
    assert (run.job.name, run.job.part) == ("WO-7", "PAIR")


def test_prioritised_runs_come_first_then_those_planned_earlier():
    station = make_station()
    late = planning.put(planned(station, planned_start=NOON + 3 * HOUR), at=NOON)
    early = planning.put(planned(station, planned_start=NOON + HOUR), at=NOON)
    someday = planning.put(planned(station, planned_start=None), at=NOON)
    first = planning.put(planned(station, planned_start=NOON + 9 * HOUR, prioritised_at=NOON), at=NOON)
    assert list(JobRun.objects.queued()) == [first, early, late, someday]


def test_ad_hoc_runs_are_made_only_where_both_allow_them():
    station = make_station()
    sku = make_sku(company=station.company)
    with pytest.raises(planning.NotAllowed):
        planning.ad_hoc(station, sku, at=NOON)
    station.allow_ad_hoc = True
    assert planning.ad_hoc(station, sku, at=NOON).sku == sku
    sku.allow_ad_hoc = False
    with pytest.raises(planning.NotAllowed):
        planning.ad_hoc(station, sku, at=NOON)
