"""An administrator sets up a plant: what is asked, what is refused, and with which words."""

from datetime import date, time

import pytest

from mesproject.accounts.models import Device
from production.models import Plant, Sku, Station, StationLive
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
    make_pattern,
    make_plant,
    make_sku,
    make_station,
)


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
