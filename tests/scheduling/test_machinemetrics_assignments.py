"""MachineMetrics' assignments: when a definition recurs on work schedules."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.timezone import now

from scheduling.models import EventAssignment, ShiftPattern
from scheduling.writing import write_ahead
from tests.make import assign, make_event, make_event_assignment, make_pattern, make_plant, make_station
from tests.scheduling.machinemetrics import ASSIGNMENT, EVENT, HALF_PAST, NOON_DAILY, Integration, refused

pytestmark = pytest.mark.django_db
EVENTS = "/work-schedules/events"


@pytest.fixture
def mm():
    return Integration().settle()


def at(text):
    return datetime.fromisoformat(text)


def test_an_assignment_has_the_fields_of_the_reference(mm):
    event = mm.make_event()
    one = mm.assign(event)
    assert one.keys() == ASSIGNMENT | {"event"}
    assert one["event"].keys() == EVENT
    assert one["workScheduleEventRef"] == one["event"]["workScheduleEventRef"] == event
    assert one["workScheduleRef"] == mm.pattern.pk
    assert one["timeWheelId"] == one["workScheduleEventAssignmentRef"]
    assert (one["machineRef"], one["archivedAt"]) == (None, None)
    assert (one["startRRuleString"], one["endRRuleString"]) == (NOON_DAILY, HALF_PAST)
    assert one["startRRule"]["freq"] == "DAILY"
    assert one["endRRule"]["dtstart"] == "2026-01-01T12:30:00"


def test_next_start_and_end_are_those_of_the_next_occurrence(mm):
    one = mm.assign(mm.make_event())
    start, end = at(one["nextStartAt"]), at(one["nextEndAt"])
    assert now() < start <= now() + timedelta(days=1)
    assert (start.hour, start.minute, end.hour, end.minute) == (12, 0, 12, 30)
    assert now() < end <= start + timedelta(minutes=30)


def test_on_weekdays_the_next_end_is_never_that_of_a_day_without_a_start(mm):
    rule = "DTSTART:20260101T120000\nRRULE:FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=15"
    one = mm.assign(mm.make_event(), startRRule=rule)
    assert at(one["nextEndAt"]) in (
        at(one["nextStartAt"]) + timedelta(minutes=30),
        datetime(now().year, 6, 15, 12, 30, tzinfo=UTC),
    )


def test_what_is_over_has_no_next_start_nor_end(mm):
    over = "DTSTART:20200101T120000\nRRULE:FREQ=DAILY;COUNT=3"
    one = mm.assign(mm.make_event(), startRRule=over, endRRule=None)
    assert (one["nextStartAt"], one["nextEndAt"]) == (None, None)
    assert (one["endRRule"], one["endRRuleString"]) == (None, None)


def test_next_times_are_on_the_clock_of_the_plant_that_follows_the_work_schedule(mm):
    tokyo = make_station(plant=make_plant("Asia/Tokyo", company=mm.company, code="ZZZ"))
    mm.pattern = make_pattern(follows=tokyo)
    assert at(mm.assign(mm.make_event())["nextStartAt"]).hour == 3


def test_a_rule_without_dtstart_starts_at_todays_midnight_of_the_plant(mm):
    mm.plant.timezone = "Pacific/Auckland"
    mm.plant.save()
    one = mm.assign(mm.make_event(), startRRule="FREQ=DAILY;BYHOUR=12", endRRule="FREQ=DAILY;BYHOUR=13")
    today = now().astimezone(mm.plant.tz).date()
    assert one["startRRuleString"] == f"DTSTART:{today:%Y%m%d}T000000\nRRULE:FREQ=DAILY;BYHOUR=12"
    assert one["endRRule"]["dtstart"] == f"{today}T00:00:00"


def test_an_end_rule_without_dtstart_begins_where_and_on_the_clock_on_which_its_starts_do(mm):
    starts = "DTSTART;TZID=Asia/Tokyo:20260105T120000\nRRULE:FREQ=DAILY"
    one = mm.assign(mm.make_event(), startRRule=starts, endRRule="FREQ=DAILY;BYHOUR=13")
    assert one["endRRuleString"] == "DTSTART;TZID=Asia/Tokyo:20260105T000000\nRRULE:FREQ=DAILY;BYHOUR=13"
    assert at(one["nextEndAt"]).hour == 4


def test_stored_rules_are_canonical(mm):
    one = mm.assign(mm.make_event(), startRRule="rrule:byday=fr,mo;freq=weekly;interval=1")
    assert one["startRRuleString"].endswith("\nRRULE:FREQ=WEEKLY;BYDAY=MO,FR")


@pytest.mark.parametrize(
    ("rule", "kind", "wall"),
    [
        ("DTSTART:20260101T023000\nRRULE:FREQ=DAILY", "gap", "T02:30:00"),
        ("DTSTART:20260101T023000\nRRULE:FREQ=DAILY", "fold", "T02:30:00"),
    ],
)
def test_an_answer_tells_of_starts_that_the_clock_skips_or_shows_twice(mm, rule, kind, wall):
    mm.plant.timezone = "Europe/Berlin"
    mm.plant.save()
    one = mm.assign(mm.make_event(), startRRule=rule, endRRule=None)
    notes = [note for note in one["clockNotes"] if note["kind"] == kind]
    assert notes[0].keys() == {"rule", "kind", "wall", "at", "message"}
    assert notes[0]["rule"] == "startRRule"
    assert notes[0]["wall"].endswith(wall)
    assert at(notes[0]["at"]).hour == (1 if kind == "gap" else 0)


# A company holiday


def test_a_company_holiday_needs_no_rule_and_is_on_its_date(mm):
    event = mm.make_event(eventType="custom-holiday", customHolidayDate="2030-06-03")
    one = mm.does("POST", f"{mm.schedule}/event-assignments", {"workScheduleEventRef": event})["assignment"]
    assert one["startRRuleString"] == "DTSTART;VALUE=DATE:20300603\nRRULE:FREQ=DAILY;COUNT=1"
    assert (one["nextStartAt"], one["nextEndAt"]) == ("2030-06-03T00:00:00Z", "2030-06-04T00:00:00Z")
    moved = mm.does("PATCH", f"{EVENTS}/{event}", {"customHolidayDate": "2030-06-10"})["event"]
    assert moved["assignments"][0]["nextStartAt"] == "2030-06-10T00:00:00Z"


def test_a_company_holiday_with_a_rule_recurs_from_its_date_on(mm):
    event = mm.make_event(eventType="custom-holiday", customHolidayDate="2030-06-03")
    one = mm.assign(event, startRRule="FREQ=YEARLY", endRRule=None)
    assert one["startRRuleString"] == "DTSTART:20300603T000000\nRRULE:FREQ=YEARLY"
    moved = mm.does("PATCH", f"{EVENTS}/{event}", {"customHolidayDate": "2030-06-10"})["event"]
    assert moved["assignments"][0]["startRRuleString"] == one["startRRuleString"]


@pytest.mark.parametrize("kind", ["break", "holiday", "maintenance"])
def test_everything_else_needs_a_rule(mm, kind):
    body = {"workScheduleEventRef": mm.make_event(eventType=kind)}
    refused(mm.ask("POST", f"{mm.schedule}/event-assignments", body), 400, "startRRule")


# Lists and single ones


def test_a_list_has_the_active_assignments_of_the_work_schedule(mm):
    event = mm.make_event()
    kept, gone = mm.assign(event), mm.assign(event)
    make_event_assignment(make_pattern(company=mm.company))
    address = f"{mm.schedule}/event-assignments"
    mm.does("DELETE", f"{address}/{gone['workScheduleEventAssignmentRef']}")
    (one,) = mm.does("GET", address)["assignments"]
    assert one.keys() == ASSIGNMENT
    assert one["workScheduleEventAssignmentRef"] == kept["workScheduleEventAssignmentRef"]
    both = mm.does("GET", address, includeArchived="true", includeEvent="true")["assignments"]
    assert [one["archivedAt"] is None for one in both] == [True, False]
    assert both[1]["nextStartAt"] is None
    assert both[0]["event"].keys() == EVENT


def test_one_assignment_is_found_only_under_its_own_work_schedule(mm):
    ref = mm.assign(mm.make_event())["workScheduleEventAssignmentRef"]
    other = make_pattern(company=mm.company)
    assert "event" not in mm.does("GET", f"{mm.schedule}/event-assignments/{ref}")["assignment"]
    got = mm.does("GET", f"{mm.schedule}/event-assignments/{ref}", includeEvent="true")["assignment"]
    assert got["event"]["name"] == "Lunch"
    for method in ("GET", "PATCH", "DELETE"):
        refused(mm.ask(method, f"/work-schedules/{other.pk}/event-assignments/{ref}", {}), 404)


def test_an_update_changes_the_rules_that_are_sent(mm):
    address = (
        f"{mm.schedule}/event-assignments/{mm.assign(mm.make_event())['workScheduleEventAssignmentRef']}"
    )
    later = "DTSTART:20260101T121500\nRRULE:FREQ=DAILY"
    one = mm.does("PATCH", address, {"startRRule": later})["assignment"]
    assert (one["startRRuleString"], one["endRRuleString"]) == (later, HALF_PAST)
    one = mm.does("PATCH", address, {"endRRule": None})["assignment"]
    assert (one["startRRuleString"], one["endRRuleString"]) == (later, None)
    before = one["updatedAt"]
    assert mm.does("PATCH", address, {})["assignment"]["updatedAt"] == before


def test_an_archived_assignment_is_not_changed(mm):
    address = (
        f"{mm.schedule}/event-assignments/{mm.assign(mm.make_event())['workScheduleEventAssignmentRef']}"
    )
    gone = mm.does("DELETE", address)["assignment"]
    assert gone["archivedAt"]
    assert mm.does("DELETE", address)["assignment"]["archivedAt"] == gone["archivedAt"]
    assert refused(mm.ask("PATCH", address, {"startRRule": NOON_DAILY}), 400)["code"] == "Archived"


# Many at once


def test_all_means_every_active_work_schedule_of_the_company(mm):
    second = make_pattern(company=mm.company)
    archived = make_pattern(company=mm.company)
    ShiftPattern.objects.filter(pk=archived.pk).update(archived_at=now())
    make_pattern()
    body = {"workScheduleRefs": "all", "startRRule": NOON_DAILY}
    made = mm.does("POST", f"{EVENTS}/{mm.make_event()}/assignments", body)["assignments"]
    assert [one["workScheduleRef"] for one in made] == [mm.pattern.pk, second.pk]
    assert all(one.keys() == ASSIGNMENT | {"event"} for one in made)
    assert len({one["timeWheelId"] for one in made}) == 2


def test_a_list_is_assigned_whole_or_not_at_all(mm):
    second, theirs = make_pattern(company=mm.company), make_pattern()
    address = f"{EVENTS}/{mm.make_event()}/assignments"
    body = {"workScheduleRefs": [mm.pattern.pk, theirs.pk], "startRRule": NOON_DAILY}
    refused(mm.ask("POST", address, body), 400, "workScheduleRefs")
    assert not EventAssignment.objects.exists()
    body["workScheduleRefs"] = [second.pk, mm.pattern.pk, second.pk]
    assert len(mm.does("POST", address, body)["assignments"]) == 2


def test_archived_work_schedules_are_not_assigned(mm):
    event = mm.make_event()
    ShiftPattern.objects.filter(pk=mm.pattern.pk).update(archived_at=now())
    body = {"workScheduleEventRef": event, "startRRule": NOON_DAILY}
    refused(mm.ask("POST", f"{mm.schedule}/event-assignments", body), 400, "workScheduleRef")
    bulk = {"workScheduleRefs": [mm.pattern.pk], "startRRule": NOON_DAILY}
    refused(mm.ask("POST", f"{EVENTS}/{event}/assignments", bulk), 400, "workScheduleRefs")


# What it does to plans


@pytest.mark.parametrize("through", ["own", "group", "later"])
def test_whoever_follows_the_work_schedule_has_the_event_at_once(mm, through):
    station = make_station(plant=mm.plant)
    mm.pattern = make_pattern(company=mm.company)
    tomorrow = now().date() + timedelta(days=1)
    valid_from = tomorrow if through == "later" else date(2000, 1, 1)
    assign(mm.pattern, station.group if through == "group" else station, valid_from=valid_from)
    while write_ahead(now=now()):
        pass
    mm.assign(mm.make_event())
    day = tomorrow + timedelta(days=5)
    (one,) = mm.instances(f"{day}T00:00:00Z", f"{day + timedelta(days=1)}T00:00:00Z", station.machine_ref)
    assert (one["startAt"], one["endAt"]) == (f"{day}T12:00:00Z", f"{day}T12:30:00Z")


@pytest.mark.parametrize("number", [1, 20])
def test_a_list_costs_the_same_for_any_number(mm, number, django_assert_num_queries):
    event = make_event(company=mm.company)
    mm.does("GET", f"{mm.schedule}/event-assignments")
    for _ in range(number):
        make_event_assignment(mm.pattern, event=event)
    with django_assert_num_queries(4):  # the key, the work schedule, its assignments, its clock
        mm.does("GET", f"{mm.schedule}/event-assignments", includeEvent="true")
