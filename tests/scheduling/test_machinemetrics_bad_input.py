"""Whatever is sent to the MachineMetrics addresses: a refusal in the documented words, and nothing stored."""

import json
import time
from datetime import date, timedelta

import pytest
from django.utils.timezone import now

from mesproject.accounts.models import ApiKey
from scheduling.models import EventAssignment, EventInstance, Recomputation, ScheduleEvent
from tests.make import make_event_assignment, make_pattern, make_station
from tests.scheduling.machinemetrics import NOON_DAILY, Integration, refused

pytestmark = pytest.mark.django_db
EVENTS = "/work-schedules/events"
HUGE = 10**40
FINE = [
    *(("name", text) for text in ("1", "1_000")),
    *(("description", text) for text in (None, "", " ", "1", "1_000")),
    ("customHolidayDate", None),
]
WRONG = [
    None, True, False, 1.5, "", " ", "1", "1_000", [], [-1], {}, {"a": 1}, HUGE, -1, 0, "\0", "x" * 10_000
]  # fmt: skip


@pytest.fixture
def mm():
    return Integration().settle()


def stored():
    tables = ScheduleEvent, EventAssignment, EventInstance, Recomputation
    return [list(table.objects.order_by("pk").values()) for table in tables]


def check(mm, method, path, body, field=None, **query):
    """Refused as documented; nothing changed."""
    before = stored()
    told = refused(mm.ask(method, path, body, **query), 400, field)
    assert stored() == before
    return told


# Bodies

NO_JSON = [
    b"", b"{", b"nonsense", b"{}}", b'{"name": NaN}', b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"\x00",
    b"[" * 100_000, b'{"a":' * 50_000,
]  # fmt: skip


@pytest.mark.parametrize("body", NO_JSON, ids=range(len(NO_JSON)))
@pytest.mark.parametrize("path", [EVENTS, "{schedule}/event-assignments", "{schedule}/event-instances"])
def test_a_body_that_is_no_json(mm, path, body):
    told = check(mm, "POST", path.format(schedule=mm.schedule), body)
    assert told["message"] in ("Problem parsing JSON", "Validation Error")


@pytest.mark.parametrize("body", [[], [{}], None, 1, "x", True])
def test_a_body_that_is_no_object(mm, body):
    check(mm, "POST", EVENTS, json.dumps(body).encode())


def test_another_content_type_is_no_json(mm):
    answer = mm.client.post(EVENTS, {"name": "Tea", "eventType": "break"}, headers=mm.headers)
    assert refused(answer, 400)["message"] == "Problem parsing JSON"


def test_a_body_of_many_megabytes(mm):
    assert refused(mm.ask("POST", EVENTS, b" " * 6_000_000), 413)["code"]


@pytest.mark.parametrize("field", ["name", "eventType", "description", "customHolidayDate"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_definition_with_a_wrong_value(mm, method, field, subtests):
    path = f"{EVENTS}/{mm.make_event()}" if method == "PATCH" else EVENTS
    body = {"name": "Tea", "eventType": "break"} if method == "POST" else {}
    for value in WRONG:
        with subtests.test(value=repr(value)[:20]):
            if (field, value) not in FINE:
                check(mm, method, path, body | {field: value}, field)


@pytest.mark.parametrize("body", [{}, {"name": "Tea"}, {"eventType": "break"}])
def test_a_definition_with_a_missing_field(mm, body):
    check(mm, "POST", EVENTS, body, "name" if "name" not in body else "eventType")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x" * 65}, {"name": "a\nb"}, {"name": "\u202e"}, {"eventType": "Break"}, {"eventType": "lunch"},
        {"description": "x" * 256}, {"customHolidayDate": "2026-05-32"}, {"customHolidayDate": "0001-01-01"},
        {"customHolidayDate": "9999-12-31"}, {"customHolidayDate": "24.12.2026"},
        {"customHolidayDate": "2026-05-01T00:00:00Z"}, {"customHolidayDate": "٢٠٢٦-٠٥-٠١"},
    ],
    ids=repr,
)  # fmt: skip
def test_a_definition_with_a_value_that_is_not_allowed(mm, body):
    (field,) = body
    told = check(mm, "POST", EVENTS, {"name": "Tea", "eventType": "break"} | body, field)
    assert len(told["message"]) > 20


@pytest.mark.parametrize("field", ["nmae", "companyId", "archivedAt", "workScheduleEventRef"])
def test_a_field_that_is_not_known_is_not_ignored(mm, field):
    told = check(mm, "PATCH", f"{EVENTS}/{mm.make_event()}", {field: 1}, field)
    assert "customHolidayDate" in told["message"]


# Rules

BOMBS = [
    "FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=1000000000",
    "FREQ=DAILY;BYHOUR=" + ",".join(["1"] * 1000), "DTSTART:00010101T000000\nRRULE:FREQ=DAILY",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;UNTIL=20301231T000000Z", "FREQ=YEARLY;BYMONTHDAY=32",
    "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYMINUTE=0,15,30,45",
    "DTSTART;TZID=Mars/Olympus:20260101T000000\nRRULE:FREQ=DAILY", "", "nonsense", "\0", "FREQ=DAILY\0",
    "FREQ=DAILY;" * 10_000, "RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "FREQ=DAILY\nEXDATE:20260101T000000",
    "DTSTART:20260532T000000\nRRULE:FREQ=DAILY",
]  # fmt: skip


@pytest.mark.parametrize("field", ["startRRule", "endRRule"])
@pytest.mark.parametrize("through", ["one", "bulk", "update"])
def test_a_rule_that_is_not_allowed(mm, through, field, subtests):
    event = mm.make_event()
    ref = mm.assign(event)["workScheduleEventAssignmentRef"]
    method, path, body = {
        "one": ("POST", f"{mm.schedule}/event-assignments", {"workScheduleEventRef": event}),
        "bulk": ("POST", f"{EVENTS}/{event}/assignments", {"workScheduleRefs": "all"}),
        "update": ("PATCH", f"{mm.schedule}/event-assignments/{ref}", {}),
    }[through]
    for rule in (*BOMBS, 1, True, [], {}, HUGE):
        with subtests.test(rule=repr(rule)[:40]):
            told = check(mm, method, path, body | {"startRRule": NOON_DAILY, field: rule}, field)
            assert len(told["message"]) > 20


def test_a_bomb_is_refused_within_a_tenth_of_a_second(mm, subtests):
    address = f"{mm.schedule}/event-assignments"
    event = mm.make_event()
    for rule in BOMBS:
        with subtests.test(rule=repr(rule)[:40]):
            body = {"workScheduleEventRef": event, "startRRule": rule}
            assert min(seconds(mm, address, body) for _ in range(3)) < 0.1


def seconds(mm, address, body):
    """How long a refusal takes."""
    begun = time.process_time()
    refused(mm.ask("POST", address, body), 400)
    return time.process_time() - begun


def test_a_refused_rule_names_the_part_at_fault(mm):
    body = {"workScheduleEventRef": mm.make_event(), "startRRule": "FREQ=DAILY;INTERVAL=0"}
    told = check(mm, "POST", f"{mm.schedule}/event-assignments", body, "startRRule")
    assert told["code"] == "InvalidRRule"
    assert told["message"].startswith("INTERVAL: ")
    assert "1 to 366" in told["message"]


def test_a_start_rule_cannot_be_taken_away(mm):
    ref = mm.assign(mm.make_event())["workScheduleEventAssignmentRef"]
    check(mm, "PATCH", f"{mm.schedule}/event-assignments/{ref}", {"startRRule": None}, "startRRule")


# References


def test_a_wrong_reference_of_an_event(mm, subtests):
    path, body = f"{mm.schedule}/event-assignments", {"startRRule": NOON_DAILY}
    for value in WRONG:
        with subtests.test(value=repr(value)[:20]):
            check(mm, "POST", path, body | {"workScheduleEventRef": value}, "workScheduleEventRef")


LISTS = ["ALL", "none", [None], ["all"], [True], [HUGE], [1.0], [0], [[1]]]


def test_wrong_references_of_work_schedules(mm, subtests):
    path, body = f"{EVENTS}/{mm.make_event()}/assignments", {"startRRule": NOON_DAILY}
    for value in [*WRONG, *LISTS]:
        with subtests.test(value=repr(value)[:20]):
            check(mm, "POST", path, body | {"workScheduleRefs": value}, "workScheduleRefs")


def test_more_work_schedules_than_a_list_may_have(mm):
    body = {"startRRule": NOON_DAILY, "workScheduleRefs": [mm.pattern.pk] * 1001}
    check(mm, "POST", f"{EVENTS}/{mm.make_event()}/assignments", body, "workScheduleRefs")


@pytest.mark.parametrize("field", ["workScheduleEventRef", "workScheduleEventAssignmentRef", "machineRef"])
def test_a_one_off_with_a_wrong_reference(mm, field, subtests):
    body = {"workScheduleEventRef": mm.make_event(), "startAt": now().isoformat()}
    for value in [*WRONG[1:], 2**31, 2**63 - 1]:
        with subtests.test(value=repr(value)[:20]):
            check(mm, "POST", f"{mm.schedule}/event-instances", body | {field: value}, field)


@pytest.mark.parametrize("ref", ["x", "-1", "1.0", "1_000", "٣", "%00", "1%0A", "true", "9" * 65])
def test_a_reference_in_the_address_that_is_no_number(mm, ref):
    window = {"startAt": "2026-03-11T00:00:00Z", "endAt": "2026-03-12T00:00:00Z"}
    refused(mm.ask("GET", f"{EVENTS}/{ref}"), 400, "eventRef")
    refused(mm.ask("GET", f"/work-schedules/{ref}/event-assignments"), 400, "workScheduleRef")
    refused(mm.ask("GET", f"{mm.schedule}/event-assignments/{ref}"), 400, "assignmentRef")
    refused(mm.ask("GET", f"/machines/{ref}/event-instances", **window), 400, "machineRef")
    refused(mm.ask("GET", f"/machines/{ref}/scheduled-time", **window), 400, "machineRef")


@pytest.mark.parametrize("ref", [0, 2**31 - 1, 2**31, 2**63 - 1, 2**63, HUGE])
def test_a_reference_in_the_address_that_nobody_has(mm, ref):
    window = {"startAt": "2026-03-11T00:00:00Z", "endAt": "2026-03-12T00:00:00Z"}
    for method in ("GET", "PATCH", "DELETE"):
        refused(mm.ask(method, f"{EVENTS}/{ref}", {}), 404)
        refused(mm.ask(method, f"{mm.schedule}/event-assignments/{ref}", {}), 404)
    refused(mm.ask("POST", f"{EVENTS}/{ref}/assignments", {}), 404)
    for method in ("GET", "POST"):
        refused(mm.ask(method, f"/work-schedules/{ref}/event-assignments", {}), 404)
    refused(mm.ask("POST", f"/work-schedules/{ref}/event-instances", {}), 404)
    refused(mm.ask("GET", f"/machines/{ref}/event-instances", **window), 404)
    refused(mm.ask("GET", f"/machines/{ref}/scheduled-time", **window), 404)


# Windows and instants

MOMENTS = [
    "", "x", "2026-03-11", "2026-03-11T00:00:00", "2026-02-30T00:00:00Z", "2026-05-32T00:00:00Z", "1773187200",
    "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "1969-12-31T00:00:00Z", "2101-01-01T00:00:00Z",
    "2026-03-11T00:00:00%2B25:00", "2026-03-11T00:00:00%20Europe/Berlin", "%00", "true", "2026-03-11T24:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("field", ["startAt", "endAt"])
@pytest.mark.parametrize("what", ["{machine}/event-instances", "{machine}/scheduled-time", "event-instances"])
def test_a_window_with_a_wrong_instant(mm, what, field, subtests):
    path = "/machines/" + what.format(machine=mm.station.machine_ref)
    for moment in MOMENTS:
        with subtests.test(moment=moment):
            window = {"startAt": "2026-03-11T00:00:00Z", "endAt": "2026-03-12T00:00:00Z"} | {field: moment}
            check(mm, "GET", path, None, field, **window)


@pytest.mark.parametrize(
    ("start", "end", "what"),
    [
        ("2026-03-11T00:00:00Z", "2026-03-11T00:00:00Z", "event-instances"),
        ("2026-03-11T00:00:00Z", "2026-03-10T00:00:00Z", "event-instances"),
        ("2026-03-11T00:00:00Z", "2026-04-11T00:00:01Z", "event-instances"),
        ("2026-03-11T00:00:00Z", "2026-03-10T00:00:00Z", "scheduled-time"),
        ("2026-03-11T00:00:00Z", "2027-06-01T00:00:00Z", "scheduled-time"),
    ],
)
def test_a_window_that_is_empty_or_too_long(mm, start, end, what):
    path = f"/machines/{mm.station.machine_ref}/{what}"
    check(mm, "GET", path, None, "endAt", startAt=start, endAt=end)


def test_a_window_of_31_days_is_not_too_long(mm):
    assert mm.instances("2026-03-11T00:00:00Z", "2026-04-11T00:00:00Z") == []


@pytest.mark.parametrize("year", [1971, 2099])
def test_the_first_and_the_last_window_that_may_be_asked(year):
    mm = Integration().settle(valid_from=date(1970, 1, 1))
    mm.assign(mm.make_event(), startRRule="DTSTART:19700101T120000\nRRULE:FREQ=DAILY", endRRule=None)
    assert len(mm.instances(f"{year}-01-01T00:00:00Z", f"{year}-02-01T00:00:00Z")) == 31


def test_a_window_without_its_end(mm):
    path = f"/machines/{mm.station.machine_ref}/event-instances"
    check(mm, "GET", path, None, "endAt", startAt="2026-03-11T00:00:00Z")
    check(mm, "GET", path, None, "startAt")


@pytest.mark.parametrize(
    "refs", ["", ",", "1,", "x", "1;2", "1,-2", "1_0", "%00", "1e3", "true", "9" * 30, "2147483648"]
)
def test_wrong_machine_refs(mm, refs):
    window = {"startAt": "2026-03-11T00:00:00Z", "endAt": "2026-03-12T00:00:00Z"}
    check(mm, "GET", "/machines/event-instances", None, "machineRefs", machineRefs=refs, **window)


@pytest.mark.parametrize("value", ["yes", "", "0", "1", "TRUE", "null", "[]", "%00"])
@pytest.mark.parametrize("field", ["includeArchived", "includeAssignments"])
def test_a_switch_is_true_or_false(mm, field, value):
    check(mm, "GET", EVENTS, None, field, **{field: value})


def test_an_unknown_type_is_no_filter(mm):
    check(mm, "GET", EVENTS, None, "eventType", eventType="lunch")


@pytest.mark.parametrize(
    ("start", "end"),
    [(1, 1), (1, 0), (-401 * 24, 1), (-401 * 24, None), (24 * 365 * 80, None)],
)
def test_a_one_off_that_ends_before_it_starts_or_began_long_ago(mm, start, end):
    at = [None if hours is None else (now() + timedelta(hours=hours)).isoformat() for hours in (start, end)]
    body = {
        "workScheduleEventRef": mm.make_event(),
        "startAt": at[0],
        "endAt": at[0] if start == end else at[1],
    }
    check(mm, "POST", f"{mm.schedule}/event-instances", body, "endAt" if start == 1 else "startAt")


# What is another company's


def test_references_of_another_company_in_a_body(mm):
    theirs = make_event_assignment(make_pattern(follows=make_station()))
    body = {"workScheduleEventRef": theirs.event_id, "startRRule": NOON_DAILY, "startAt": now().isoformat()}
    one_off = {name: body[name] for name in ("workScheduleEventRef", "startAt")}
    recurring = {name: body[name] for name in ("workScheduleEventRef", "startRRule")}
    check(mm, "POST", f"{mm.schedule}/event-assignments", recurring, "workScheduleEventRef")
    check(mm, "POST", f"{mm.schedule}/event-instances", one_off, "workScheduleEventRef")
    linked = one_off | {"workScheduleEventRef": mm.make_event(), "workScheduleEventAssignmentRef": theirs.pk}
    check(mm, "POST", f"{mm.schedule}/event-instances", linked, "workScheduleEventAssignmentRef")


# Who may

ADDRESSES = {
    "GET": [EVENTS, f"{EVENTS}/1", "/work-schedules/1/event-assignments", "/work-schedules/1/event-assignments/1",
            "/machines/event-instances", "/machines/1/event-instances", "/machines/1/scheduled-time"],
    "POST": [EVENTS, f"{EVENTS}/1/assignments", "/work-schedules/1/event-assignments",
             "/work-schedules/1/event-instances"],
    "PATCH": [f"{EVENTS}/1", "/work-schedules/1/event-assignments/1"],
    "DELETE": [f"{EVENTS}/1", "/work-schedules/1/event-assignments/1"],
}  # fmt: skip
CALLS = [(method, path) for method, paths in ADDRESSES.items() for path in paths]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_request_without_a_good_key_is_401(mm, method, path):
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic abc"}):
        mm.headers = headers
        answer = mm.ask(method, path, {})
        assert refused(answer, 401)["error"] == "invalid_token"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scope", ApiKey.Scope)
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_read_looks_and_write_changes(scope, method, path):
    answer = Integration(scope).ask(method, path, {})
    may = scope in (ApiKey.Scope.WRITE, ApiKey.Scope.ADMIN) or (
        scope == ApiKey.Scope.READ and method == "GET"
    )
    assert (answer.status_code != 403) is may
    if not may:
        assert "scope" in refused(answer, 403)["message"]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_key_limited_to_stations_changes_nothing_that_is_for_all(method, path):
    answer = Integration(station_codes=["M1"]).ask(method, path, {})
    forbidden = method != "GET" and not path.endswith("event-instances")
    assert (answer.status_code == 403) is forbidden


@pytest.mark.parametrize("method", ["PUT", "TRACE", "POST"])
def test_a_method_that_is_not_there_is_405_in_the_same_words(mm, method):
    assert refused(mm.ask(method, f"{EVENTS}/1", {}), 405)["code"] == "MethodNotAllowed"
