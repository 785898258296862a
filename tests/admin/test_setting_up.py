"""An administrator sets up a plant: what is asked, what is refused, and with which words."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from mesproject.accounts.models import Device
from production.live import ensure
from production.models import Job, JobRun, Plant, Sku, Station, StationLive
from scheduling.models import PatternShift, ShiftPattern
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, send
from tests.make import (
    NOON,
    assign,
    make_cause,
    make_device,
    make_group,
    make_issue,
    make_job,
    make_job_run,
    make_pattern,
    make_plant,
    make_sku,
    make_station,
)

HOUR = timedelta(hours=1)


def split(name, at):
    return {f"{name}_0": at.strftime("%Y-%m-%d"), f"{name}_1": at.strftime("%H:%M:%S")}


def dirty_from(station):
    return StationLive.objects.filter(station=station).values_list("dirty_from", flat=True).first()


def deadline(station):
    return StationLive.objects.filter(station=station).values_list("deadline", flat=True).first()


def test_a_new_row_belongs_to_the_company_of_who_makes_it(admin_client, company):
    new = {"name": "Lyon", "code": "LYO", "timezone": "Europe/Paris", "day_start": "06:00:00"}
    assert send(admin_client, address(Plant, "add"), new).status_code == 302
    plant = Plant.objects.get(code="LYO")
    assert (plant.company, plant.day_start) == (company, time(6))


def test_a_company_cannot_be_slipped_in(admin_client, company):
    other = make_plant().company
    new = {"name": "Lyon", "code": "LYO", "timezone": "UTC", "day_start": "06:00", "company": other.pk}
    send(admin_client, address(Plant, "add"), new)
    assert Plant.objects.get(code="LYO").company == company


@pytest.mark.parametrize("model", [Plant, Sku, ShiftPattern])
def test_a_code_that_is_taken_is_refused_with_a_sentence(model, admin_client, company):
    make = {Plant: make_plant, Sku: make_sku, ShiftPattern: make_pattern}[model]
    make(company=company, code="A1")
    refused = send(admin_client, address(model, "add"), {"code": "A1", "name": "x", "title": "x"})
    assert any("code already" in error for error in errors_of(refused))


def test_the_same_code_in_another_company_is_no_obstacle(admin_client, company):
    make_plant(code="LYO")
    new = {"name": "Lyon", "code": "LYO", "timezone": "UTC", "day_start": "06:00"}
    assert send(admin_client, address(Plant, "add"), new).status_code == 302


def test_a_station_gets_its_machine_number_from_the_system(admin_client, company):
    group = make_group(company=company)
    make_station(group=group)
    new = {"name": "Mill", "code": "M1", "group": group.pk}
    assert send(admin_client, address(Station, "add"), new).status_code == 302
    station = Station.objects.get(code="M1")
    assert (station.company, station.machine_ref) == (company, 2)


def test_a_station_cannot_be_put_into_another_companys_group(admin_client):
    refused = send(
        admin_client, address(Station, "add"), {"name": "Mill", "code": "M1", "group": make_group().pk}
    )
    assert any("valid choice" in error for error in errors_of(refused))


def test_a_station_code_that_is_taken_is_refused_with_a_sentence(admin_client, company):
    station = make_station(company=company)
    new = {"name": "x", "code": station.code, "group": station.group_id}
    assert errors_of(send(admin_client, address(Station, "add"), new)) == [
        "There is a station with this code already."
    ]


def test_a_counter_that_wraps_needs_its_modulus(admin_client, company):
    station = make_station(company=company)
    refused = send(admin_client, address(Station, "change", station.pk), {"counter": "rollover"})
    assert errors_of(refused) == ["A counter that wraps needs its modulus."]


def test_a_time_zone_that_is_none_is_refused(admin_client):
    new = {"name": "Lyon", "code": "LYO", "timezone": "Europe/Lyon", "day_start": "06:00"}
    assert errors_of(send(admin_client, address(Plant, "add"), new)) == [
        "Use a name such as Europe/Berlin or America/New_York."
    ]


# Shift patterns


def test_a_week_can_be_typed_in_one_go(admin_client, company):
    new = {
        "title": "Two shifts",
        "code": "2S",
        "quick": "Early 06:00-14:00 Mon-Fri\nLate 14:00-22:00 Mon-Fri",
    }
    assert send(admin_client, address(ShiftPattern, "add"), new).status_code == 302
    assert (
        PatternShift.objects.filter(pattern__code="2S", pattern__company=company, minutes=480).count() == 10
    )


def test_a_line_that_is_no_shift_is_shown_with_an_example(admin_client):
    refused = send(
        admin_client, address(ShiftPattern, "add"), {"title": "x", "code": "x", "quick": "Early 6-14"}
    )
    assert errors_of(refused) == ["“Early 6-14” is not a shift. Write for example: Early 06:00-14:00 Mon-Fri"]


def test_shifts_are_edited_as_times_of_day(admin_client, company):
    pattern = make_pattern(("Night", 22 * 60, 480), days=range(1), company=company)
    send(admin_client, address(ShiftPattern, "change", pattern.pk), {"shifts-0-end": "05:30"})
    assert pattern.shifts.get().minutes == 450


def test_a_shift_from_a_time_to_the_same_time_is_a_whole_day(admin_client, company):
    pattern = make_pattern(("All", 360, 480), days=range(1), company=company)
    send(admin_client, address(ShiftPattern, "change", pattern.pk), {"shifts-0-end": "06:00"})
    assert pattern.shifts.get().minutes == 24 * 60


def test_shifts_that_overlap_are_refused_also_over_the_end_of_the_week(admin_client, company):
    pattern = make_pattern(("Night", 22 * 60, 480), days=[6], company=company)
    PatternShift.objects.create(pattern=pattern, name="Early", day=0, start_minute=360, minutes=480)
    refused = send(admin_client, address(ShiftPattern, "change", pattern.pk), {"shifts-0-start": "05:00"})
    assert errors_of(refused) == ["Night Sun 22:00 and Early Mon 05:00 overlap."]


def test_a_pattern_is_for_a_group_or_a_station_not_both(admin_client, company):
    station = make_station(company=company)
    pattern = make_pattern(company=company)
    both = {
        "assignments-TOTAL_FORMS": "1",
        "assignments-0-station": station.pk,
        "assignments-0-group": station.group_id,
        "assignments-0-valid_from": "2026-01-01",
        "assignments-0-pattern": pattern.pk,
    }
    assert errors_of(send(admin_client, address(ShiftPattern, "change", pattern.pk), both)) == [
        "Choose either a group or a station."
    ]


# Job runs


def test_a_run_that_overlaps_another_is_refused_with_a_sentence(admin_client, company):
    station, sku = make_station(company=company), make_sku(company=company)
    make_job_run(station, actual_start=NOON, actual_end=NOON + HOUR)
    new = {"station": station.pk, "sku": sku.pk, **split("actual_start", NOON + HOUR / 2)}
    assert errors_of(send(admin_client, address(JobRun, "add"), new)) == [
        "Another run is on this station at that time."
    ]


def test_a_run_may_begin_when_the_last_one_ends(admin_client, company):
    station, sku = make_station(company=company), make_sku(company=company)
    make_job_run(station, actual_start=NOON, actual_end=NOON + HOUR)
    new = {"station": station.pk, "sku": sku.pk, **split("actual_start", NOON + HOUR)}
    assert send(admin_client, address(JobRun, "add"), new).status_code == 302


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        ({"actual_start": NOON, "actual_end": NOON - HOUR}, "The end must be after the start."),
        ({"planned_start": NOON, "planned_end": NOON}, "The planned end must be after the planned start."),
        ({"planned_end": NOON}, "An end needs a start."),
        ({}, "Say when it is planned to start, or when it did."),
    ],
)
def test_times_that_make_no_sense_are_refused_with_a_sentence(times, sentence, admin_client, company):
    new = {"station": make_station(company=company).pk, "sku": make_sku(company=company).pk}
    for name, at in times.items():
        new |= split(name, at)
    assert sentence in errors_of(send(admin_client, address(JobRun, "add"), new))


def test_a_run_of_nothing_is_refused(admin_client, company):
    new = {"station": make_station(company=company).pk, **split("actual_start", NOON)}
    assert errors_of(send(admin_client, address(JobRun, "add"), new)) == ["Choose a job or an SKU."]


def test_times_are_on_the_plants_clock(admin_client, company):
    station = make_station(plant=make_plant("Asia/Tokyo", company=company))
    new = {"station": station.pk, "sku": make_sku(company=company).pk, **split("actual_start", NOON)}
    page = send(admin_client, address(JobRun, "add"), new)
    assert page.status_code == 302
    assert JobRun.objects.get(station=station).actual_start == NOON - 9 * HOUR
    assert b"times in Asia/Tokyo" in admin_client.get("/admin/").content


# The engine looks again


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


# Archiving and deleting


def test_a_station_is_archived_and_restored(admin_client, company):
    station = make_station(company=company)
    chosen = {"action": "archive", "_selected_action": [station.pk]}
    admin_client.post(address(Station, "changelist"), chosen)
    assert station not in admin_client.get(address(Station, "changelist")).context["cl"].queryset
    archive = address(Station, "changelist") + "?state=marked"
    assert station in admin_client.get(archive).context["cl"].queryset
    admin_client.post(archive, {"action": "restore", "_selected_action": [station.pk]})
    station.refresh_from_db()
    assert station.archived_at is None


def test_what_is_archived_is_not_offered_for_new_choices(admin_client, company):
    make_cause("OLD", company=company, archived_at=NOON)
    make_cause("NEW", company=company)
    asked = {"app_label": "downtime", "model_name": "issue", "field_name": "cause", "term": ""}
    found = admin_client.get("/admin/autocomplete/", asked).json()["results"]
    assert [row["text"] for row in found] == ["Cause NEW"]


def test_what_history_refers_to_cannot_be_deleted_and_the_page_says_what_to_do(admin_client, company):
    issue = make_issue(make_station(company=company))
    page = admin_client.post(address(Station, "delete", issue.station_id), {"post": "yes"})
    assert "cannot be deleted: issues refer to it" in page.content.decode()
    assert "Archive it instead" in page.content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [issue.station_id]}
    page = admin_client.post(address(Station, "changelist"), chosen)
    assert "Archive them instead" in page.content.decode()
    assert Station.objects.filter(pk=issue.station_id).exists()


def test_a_station_that_nothing_refers_to_can_be_deleted(admin_client, company):
    station = make_station(company=company)
    admin_client.post(address(Station, "delete", station.pk), {"post": "yes"})
    assert not Station.objects.filter(pk=station.pk).exists()


# The list of what is still to be set up


def test_a_new_company_is_told_what_to_do_next(admin_client, company):
    page = admin_client.get("/admin/").content.decode()
    assert "To the first stop" in page
    assert 'href="/set-up/plant/"' in page
    make_plant(company=company)
    assert '✓ <a href="/set-up/plant/">' in admin_client.get("/admin/").content.decode()


def test_a_company_that_is_set_up_is_left_alone(admin_client, company, django_assert_max_num_queries):
    station = make_station(company=company)
    assign(make_pattern(company=company), station, valid_from=date(2026, 1, 1))
    make_cause(company=company)
    from tests.make import make_api_key

    make_api_key(company=company)
    make_sku(company=company)
    make_device(Device.Kind.TABLET, company=company, last_seen_at=NOON)
    StationLive.objects.create(station=station, last_seen_at=NOON)
    with django_assert_max_num_queries(8):
        page = admin_client.get("/admin/").content.decode()
    assert "To the first stop" not in page


def test_only_groups_of_the_own_company_count(admin_client):
    make_station()
    steps = admin_client.get("/admin/").content.decode().split("fl-steps")[1].split("</ol>")[0]
    assert steps.count("✓") == 1  # the company's name


# Help, and order


def test_every_help_is_about_a_field_that_there_is():
    from django.apps import apps

    from mesproject.accounts.admin_help import HELP

    for name in HELP:
        model, _, field = name.rpartition(".")
        assert not apps.get_model(model)._meta.get_field(field).help_text, name


def test_fields_are_explained_where_they_are_filled_in(admin_client):
    page = admin_client.get(address(Sku, "add")).content.decode()
    assert "what files, messages and other programs know it by" in page


def test_every_list_stands_under_the_task_for_which_it_is(admin_client):
    from django.contrib import admin

    from mesproject.adminsite import TASKS

    named = [name for _, names in TASKS for name in names]
    assert len(named) == len(set(named))
    page = admin_client.get("/admin/").context["app_list"]
    assert {model._meta.object_name for model in admin.site._registry} <= set(named)
    assert [part["name"] for part in page] == [title for title, _ in TASKS]
