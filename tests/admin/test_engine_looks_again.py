"""What an administrator changes makes the engine look again, from then on which it concerns."""

from datetime import UTC, date, datetime, timedelta

from production.live import ensure
from production.models import Job, JobRun, Plant, Sku, Station, StationLive
from scheduling.models import ShiftPattern
from tests.admin.one_of_each import address
from tests.admin.posting import send, split
from tests.make import NOON, make_job, make_job_run, make_pattern, make_station

HOUR = timedelta(hours=1)


def dirty_from(station):
    return StationLive.objects.filter(station=station).values_list("dirty_from", flat=True).first()


def deadline(station):
    return StationLive.objects.filter(station=station).values_list("deadline", flat=True).first()


def test_a_run_that_moves_makes_the_engine_look_again_from_its_earlier_start(admin_client, company):
    run = make_job_run(make_station(company=company), actual_start=NOON)
    send(admin_client, address(JobRun, "change", run.pk), split("actual_start", NOON + HOUR))
    assert dirty_from(run.station) == NOON


def test_a_run_that_moves_to_another_station_concerns_both(admin_client, company):
    run, other = make_job_run(make_station(company=company)), make_station(company=company)
    send(admin_client, address(JobRun, "change", run.pk), {"station": other.pk})
    assert dirty_from(run.station) == dirty_from(other) == NOON


def test_a_run_that_is_deleted_makes_the_engine_look_again(admin_client, company):
    run = make_job_run(make_station(company=company))
    admin_client.post(address(JobRun, "delete", run.pk), {"post": "yes"})
    assert dirty_from(run.station) == NOON


def test_runs_deleted_by_action_make_the_engine_look_again(admin_client, company):
    run = make_job_run(make_station(company=company))
    chosen = {"action": "delete_selected", "_selected_action": [run.pk], "post": "yes"}
    admin_client.post(address(JobRun, "changelist"), chosen)
    assert dirty_from(run.station) == NOON


def test_a_run_that_is_only_planned_changes_nothing_yet(admin_client, company):
    run = make_job_run(make_station(company=company), actual_start=None, planned_start=NOON)
    send(admin_client, address(JobRun, "change", run.pk), {"planned_quantity": "5"})
    assert deadline(run.station) is None


def test_new_settings_of_a_station_hold_from_now_on(admin_client, company):
    station = make_station(company=company)
    send(admin_client, address(Station, "change", station.pk), {"stop_multiplier": "3"})
    assert dirty_from(station) is None
    assert deadline(station) is not None


def test_a_page_that_is_saved_without_a_change_wakes_nobody(admin_client, company):
    station = make_station(company=company)
    send(admin_client, address(Station, "change", station.pk), {})
    assert deadline(station) is None


def test_the_pace_of_an_sku_concerns_each_station_since_it_first_made_it(admin_client, company):
    early, late, idle = (make_station(company=company) for _ in range(3))
    run = make_job_run(late)
    make_job_run(early, sku=run.sku, actual_start=NOON - HOUR, actual_end=NOON)
    send(admin_client, address(Sku, "change", run.sku_id), {"cycle_time_ms": "5"})
    assert (dirty_from(early), dirty_from(late)) == (NOON - HOUR, NOON)
    assert deadline(idle) is None


def test_the_value_of_an_sku_concerns_sums_alone(admin_client, company):
    station, idle = make_station(company=company), make_station(company=company)
    run = make_job_run(station)
    ensure([station.pk, idle.pk])
    send(admin_client, address(Sku, "change", run.sku_id), {"value": "5"})
    assert dict(StationLive.objects.values_list("station", "sums_from")) == {station.pk: NOON, idle.pk: None}
    assert dirty_from(station) is None


def test_the_part_time_of_a_job_concerns_the_stations_that_ever_ran_it(admin_client, company):
    station = make_station(company=company)
    run = make_job_run(station, job=make_job(company=company), actual_end=NOON + HOUR)
    send(admin_client, address(Job, "change", run.job_id), {"ideal_part_time_ms": "5"})
    assert dirty_from(station) == NOON


def test_a_shift_that_changes_moves_the_past_of_all_who_follow(admin_client, company):
    station = make_station(company=company)
    pattern = make_pattern(
        ("Early", 360, 480), days=range(1), follows=station.group, valid_from=date(2026, 3, 1)
    )
    send(admin_client, address(ShiftPattern, "change", pattern.pk), {"shifts-0-end": "13:00"})
    assert dirty_from(station) == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_pattern_followed_earlier_moves_the_past_from_the_earlier_day(admin_client, company):
    station = make_station(company=company)
    pattern = make_pattern(follows=station, valid_from=date(2026, 3, 10))
    changed = {"patterns-0-valid_from": "2026-03-01"}
    send(admin_client, address(Station, "change", station.pk), changed)
    assert dirty_from(station) == datetime(2026, 3, 1, tzinfo=UTC)
    assert pattern.assignments.get().valid_from == date(2026, 3, 1)


def test_a_pattern_no_longer_followed_moves_the_past(admin_client, company):
    station = make_station(company=company)
    make_pattern(follows=station, valid_from=date(2026, 3, 10))
    send(admin_client, address(Station, "change", station.pk), {"patterns-0-DELETE": "on"})
    assert dirty_from(station) == datetime(2026, 3, 10, tzinfo=UTC)


def test_shifts_typed_into_a_pattern_move_the_past(admin_client, company):
    station = make_station(company=company)
    pattern = make_pattern(("Early", 360, 480), days=range(5), follows=station, valid_from=date(2026, 3, 1))
    send(admin_client, address(ShiftPattern, "change", pattern.pk), {"quick": "Late 14:00-22:00 Mon"})
    assert dirty_from(station) == datetime(2026, 3, 1, tzinfo=UTC)


def test_another_clock_moves_the_plants_whole_past(admin_client, company):
    station = make_station(company=company)
    plant = station.group.plant
    send(admin_client, address(Plant, "change", plant.pk), {"name": "Another name"})
    assert dirty_from(station) is None
    send(admin_client, address(Plant, "change", plant.pk), {"day_start": "06:00"})
    assert dirty_from(station) == datetime(2000, 1, 1, tzinfo=UTC)
