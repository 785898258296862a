"""MachineMetrics' work schedule event definitions: every operation, field for field."""

from datetime import date

import pytest
from auditlog.models import LogEntry

from scheduling.models import EventAssignment, ScheduleEvent
from tests.make import make_event, make_event_assignment, make_pattern
from tests.scheduling.machinemetrics import ASSIGNMENT, EVENT, NOON_DAILY, Integration, refused

pytestmark = pytest.mark.django_db
EVENTS = "/work-schedules/events"


@pytest.fixture
def mm():
    return Integration()


def names(answer):
    return [event["name"] for event in answer["events"]]


def test_a_definition_is_created_with_the_fields_of_the_reference(mm):
    body = {
        "name": "string", "eventType": "break", "description": "string", "customHolidayDate": "2019-08-24"
    }  # fmt: skip
    event = mm.does("POST", EVENTS, body)["event"]
    assert event.keys() == EVENT | {"assignments"}
    assert body.items() <= event.items()
    assert event["companyId"] == mm.company.pk
    assert (event["archivedAt"], event["assignments"]) == (None, [])
    stored = ScheduleEvent.objects.get(pk=event["workScheduleEventRef"])
    assert (stored.company, stored.custom_holiday_date) == (mm.company, date(2019, 8, 24))


@pytest.mark.parametrize("kind", ["break", "holiday", "maintenance", "non-production"])
def test_every_type_but_a_company_holiday_needs_a_name_only(mm, kind):
    event = mm.does("POST", EVENTS, {"name": "Tea", "eventType": kind})["event"]
    assert (event["eventType"], event["description"], event["customHolidayDate"]) == (kind, None, None)


def test_a_company_holiday_needs_its_date(mm):
    body = {"name": "Jubilee", "eventType": "custom-holiday"}
    assert refused(mm.ask("POST", EVENTS, body), 400)["code"] == "HolidayWithoutDate"
    assert not ScheduleEvent.objects.exists()
    assert mm.does("POST", EVENTS, body | {"customHolidayDate": "2026-06-01"})


def test_a_list_has_active_definitions_without_assignments(mm):
    make_event(company=mm.company, name="Lunch")
    make_event(company=mm.company, name="Easter", event_type="holiday")
    mm.does("DELETE", f"{EVENTS}/{mm.make_event(name='Old')}")
    answer = mm.does("GET", EVENTS)
    assert names(answer) == ["Easter", "Lunch"]
    assert all(event.keys() == EVENT for event in answer["events"])


def test_a_list_is_filtered_by_type_and_can_hold_archived_ones(mm):
    make_event(company=mm.company, name="Easter", event_type="holiday")
    mm.does("DELETE", f"{EVENTS}/{mm.make_event(name='Old')}")
    assert names(mm.does("GET", EVENTS, eventType="holiday")) == ["Easter"]
    assert names(mm.does("GET", EVENTS, eventType="break")) == []
    assert names(mm.does("GET", EVENTS, eventType="break", includeArchived="true")) == ["Old"]


def test_assignments_are_nested_where_they_are_asked_for(mm):
    event = mm.settle().make_event()
    kept, gone = mm.assign(event), mm.assign(event)
    mm.does("DELETE", f"{mm.schedule}/event-assignments/{gone['workScheduleEventAssignmentRef']}")
    for address, key in ((EVENTS, "events"), (f"{EVENTS}/{event}", "event")):
        for archived, expected in (("false", [kept]), ("true", [kept, gone])):
            answer = mm.does("GET", address, includeAssignments="true", includeArchived=archived)[key]
            nested = (answer[0] if key == "events" else answer)["assignments"]
            assert [one["workScheduleEventAssignmentRef"] for one in nested] == [
                one["workScheduleEventAssignmentRef"] for one in expected
            ]
            assert all(one.keys() == ASSIGNMENT for one in nested)
    assert "assignments" not in mm.does("GET", f"{EVENTS}/{event}")["event"]


def test_an_update_changes_what_is_sent_and_nothing_else(mm):
    event = mm.make_event(description="Canteen")
    assert mm.does("PATCH", f"{EVENTS}/{event}", {"name": "Dinner"})["event"]["description"] == "Canteen"
    assert mm.does("PATCH", f"{EVENTS}/{event}", {"description": None})["event"]["description"] is None
    changed = mm.does("PATCH", f"{EVENTS}/{event}", {"eventType": "holiday"})["event"]
    assert (changed["name"], changed["eventType"]) == ("Dinner", "holiday")
    assert changed["updatedAt"] > changed["createdAt"]


def test_a_company_holiday_cannot_lose_its_date(mm):
    event = mm.make_event(eventType="custom-holiday", customHolidayDate="2026-06-01")
    assert refused(mm.ask("PATCH", f"{EVENTS}/{event}", {"customHolidayDate": None}), 400)
    lunch = mm.make_event()
    assert refused(mm.ask("PATCH", f"{EVENTS}/{lunch}", {"eventType": "custom-holiday"}), 400)
    assert ScheduleEvent.objects.get(pk=lunch).event_type == "break"


def test_archiving_takes_the_active_assignments_along(mm):
    event = mm.settle().make_event()
    mm.assign(event)
    answer = mm.does("DELETE", f"{EVENTS}/{event}")["event"]
    assert answer["archivedAt"]
    assert [one["archivedAt"] for one in answer["assignments"]] == [answer["archivedAt"]]
    assert not EventAssignment.objects.active().exists()
    assert mm.does("DELETE", f"{EVENTS}/{event}")["event"] == answer


def test_what_is_archived_is_read_and_not_changed(mm):
    event = mm.settle().make_event()
    mm.does("DELETE", f"{EVENTS}/{event}")
    assert mm.does("GET", f"{EVENTS}/{event}")["event"]["archivedAt"]
    assert refused(mm.ask("PATCH", f"{EVENTS}/{event}", {"name": "New"}), 400)["code"] == "Archived"
    body = {"workScheduleEventRef": event, "startRRule": NOON_DAILY}
    refused(mm.ask("POST", f"{mm.schedule}/event-assignments", body), 400, "workScheduleEventRef")
    bulk = {"workScheduleRefs": "all", "startRRule": NOON_DAILY}
    assert refused(mm.ask("POST", f"{EVENTS}/{event}/assignments", bulk), 400)["code"] == "Archived"


def test_the_audit_log_tells_of_every_change(mm):
    event = mm.settle().make_event()
    mm.assign(event)
    mm.does("PATCH", f"{EVENTS}/{event}", {"name": "Dinner"})
    mm.does("DELETE", f"{EVENTS}/{event}")
    told = LogEntry.objects.filter(
        content_type__app_label="scheduling", additional_data__company=mm.company.pk
    )
    kinds = ["scheduleevent", "eventassignment", "scheduleevent", "scheduleevent", "eventassignment"]
    rows = told.filter(content_type__model__in=set(kinds)).order_by("pk")
    assert list(rows.values_list("content_type__model", flat=True)) == kinds


@pytest.mark.parametrize("number", [1, 20])
def test_a_list_costs_the_same_for_any_number(mm, number, django_assert_num_queries):
    mm.does("GET", EVENTS)
    for _ in range(number):
        pattern = make_pattern(company=mm.company)
        make_event_assignment(pattern)
    with django_assert_num_queries(2):  # the key, the definitions
        mm.does("GET", EVENTS)
    with django_assert_num_queries(
        5
    ):  # assignments, whose plant's clock they are on, the company's first plant
        mm.does("GET", EVENTS, includeAssignments="true")
