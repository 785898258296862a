"""MachineMetrics' event instances and scheduled time: right at once after a change, and for any window."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.timezone import now

from production.models import Station, StationLive
from scheduling.models import EventInstance, Recomputation, StationPlan
from scheduling.writing import HORIZON, write_ahead
from tests.make import (
    assign,
    make_event_assignment,
    make_job_run,
    make_pattern,
    make_plant,
    make_station,
)
from tests.scheduling.machinemetrics import INSTANCE, Integration, refused

pytestmark = pytest.mark.django_db
EVENTS, MINUTE, HOUR, DAY = "/work-schedules/events", *(timedelta(minutes=m) for m in (1, 60, 1440))


@pytest.fixture
def mm():
    return Integration().settle()


@pytest.fixture
def tomorrow():
    return now().date() + DAY


def iso(at):
    return at.isoformat().replace("+00:00", "Z")


def of_day(day, clock="00:00"):
    return f"{day}T{clock}:00Z"


def written(mm):
    while write_ahead(now=now()):
        pass
    return mm


def times(instances):
    return [(one["startAt"], one["endAt"]) for one in instances]


# Instances of one machine


def test_an_instance_has_the_fields_of_the_reference(mm, tomorrow):
    assignment = mm.assign(mm.make_event())
    (one,) = mm.instances(of_day(tomorrow), of_day(tomorrow + DAY))
    assert one.keys() == INSTANCE
    row = EventInstance.objects.get(pk=one["instanceId"])
    assert row.station == mm.station
    assert one["machineRef"] == mm.station.machine_ref
    assert one["workScheduleRef"] == mm.pattern.pk
    assert one["workScheduleEventRef"] == assignment["workScheduleEventRef"]
    assert one["workScheduleEventAssignmentRef"] == assignment["workScheduleEventAssignmentRef"]
    assert (one["companyId"], one["eventType"]) == (mm.company.pk, "break")
    assert times([one]) == [(of_day(tomorrow, "12:00"), of_day(tomorrow, "12:30"))]


@pytest.mark.parametrize(
    ("start", "end", "is_there"),
    [
        ("12:00", "12:30", True),
        ("11:59", "12:00", False),
        ("11:59", "12:01", True),
        ("12:29", "13:00", True),
        ("12:30", "13:00", False),
        ("12:10", "12:20", True),
    ],
)
def test_the_start_of_a_window_is_inclusive_and_its_end_exclusive(mm, tomorrow, start, end, is_there):
    mm.assign(mm.make_event())
    found = mm.instances(of_day(tomorrow, start), of_day(tomorrow, end))
    assert times(found) == [(of_day(tomorrow, "12:00"), of_day(tomorrow, "12:30"))] * is_there


@pytest.mark.parametrize("is_written", [False, True])
def test_a_change_is_seen_at_once(mm, tomorrow, is_written):
    day = tomorrow + 20 * DAY
    event = mm.make_event()
    if is_written:
        written(mm)
    address = f"{mm.schedule}/event-assignments/{mm.assign(event)['workScheduleEventAssignmentRef']}"
    if is_written:
        written(mm)

    def found():
        instances = mm.instances(of_day(day), of_day(day + DAY))
        assert all(one["instanceId"] for one in instances)
        return [(one["eventType"], one["startAt"][11:16], one["endAt"][11:16]) for one in instances]

    assert found() == [("break", "12:00", "12:30")]
    mm.does("PATCH", address, {"startRRule": "DTSTART:20260101T110000\nRRULE:FREQ=DAILY"})
    assert found() == [("break", "11:00", "12:30")]
    mm.does("PATCH", f"{EVENTS}/{event}", {"eventType": "non-production"})
    assert found() == [("non-production", "11:00", "12:30")]
    mm.does("DELETE", f"{EVENTS}/{event}")
    assert found() == []


def test_a_change_leaves_the_instances_of_the_past(mm):
    yesterday = now().date() - DAY
    event = mm.make_event()
    mm.assign(event)
    written(mm)
    StationPlan.objects.update(written_from=now() - 60 * DAY)
    before = mm.instances(of_day(yesterday), of_day(yesterday + DAY))
    mm.does("PATCH", f"{EVENTS}/{event}", {"name": "Dinner", "eventType": "holiday"})
    mm.does("DELETE", f"{EVENTS}/{event}")
    assert mm.instances(of_day(yesterday), of_day(yesterday + DAY)) == before
    assert before


def test_numbers_stay_when_a_worker_writes_and_when_others_change(mm, tomorrow):
    mm.assign(mm.make_event())
    window = of_day(tomorrow), of_day(tomorrow + 30 * DAY)
    before = mm.instances(*window)
    written(mm)
    mm.assign(mm.make_event(), startRRule="DTSTART:20260101T150000\nRRULE:FREQ=DAILY", endRRule=None)
    known = {one["instanceId"]: one for one in mm.instances(*window)}
    assert len(before) == 30
    assert [known[one["instanceId"]] for one in before] == before


def test_beyond_the_horizon_the_answer_is_right_and_has_no_number(mm):
    mm.assign(mm.make_event())
    day = (now() + HORIZON).date() + 30 * DAY
    (one,) = mm.instances(of_day(day), of_day(day + DAY))
    assert one.keys() == INSTANCE
    assert one["instanceId"] is None
    assert times([one]) == [(of_day(day, "12:00"), of_day(day, "12:30"))]
    assert not EventInstance.objects.filter(start_at__gte=now() + HORIZON + DAY).exists()


def test_an_archived_machine_tells_of_its_past_only_as_far_as_it_is_asked(mm, tomorrow):
    mm.assign(mm.make_event())
    Station.objects.filter(pk=mm.station.pk).update(archived_at=now())
    assert len(mm.instances(of_day(tomorrow), of_day(tomorrow + DAY))) == 1
    many = mm.does("GET", "/machines/event-instances", startAt=of_day(tomorrow), endAt=of_day(tomorrow + DAY))
    assert many == {"instances": []}


@pytest.mark.parametrize(("zone", "hour"), [("Europe/Berlin", {"10", "11"}), ("Asia/Kolkata", {"06"})])
def test_a_wall_time_is_that_of_the_machines_plant(mm, tomorrow, zone, hour):
    there = make_station(plant=make_plant(zone, company=mm.company))
    assign(mm.pattern, there, valid_from=date(2000, 1, 1))
    mm.assign(mm.make_event())
    (one,) = mm.instances(of_day(tomorrow), of_day(tomorrow + DAY), there.machine_ref)
    assert one["startAt"][11:13] in hour


def test_a_plus_that_was_not_escaped_is_a_plus(mm, tomorrow):
    mm.assign(mm.make_event())
    window = f"{tomorrow}T13:00:00+01:00", f"{tomorrow}T14:00:00+01:00"
    assert len(mm.instances(*window)) == 1


# Of many machines


def test_many_machines_are_asked_by_their_numbers(mm, tomorrow):
    second = make_station(plant=mm.plant)
    third = make_station(plant=mm.plant)
    for station in (second, third):
        assign(mm.pattern, station, valid_from=date(2000, 1, 1))
    mm.assign(mm.make_event())
    window = {"startAt": of_day(tomorrow), "endAt": of_day(tomorrow + DAY)}
    every = [mm.station, second, third]
    for asked, expected in (
        ({}, every),
        ({"machineRefs": second.machine_ref}, [second]),
        ({"machineRefs": f"{third.machine_ref},%20{mm.station.machine_ref}"}, [mm.station, third]),
    ):
        found = mm.does("GET", "/machines/event-instances", **window, **asked)["instances"]
        assert [one["machineRef"] for one in found] == [station.machine_ref for station in expected]


def test_a_key_that_is_limited_to_stations_sees_only_these(mm, tomorrow):
    second = make_station(plant=mm.plant)
    assign(mm.pattern, second, valid_from=date(2000, 1, 1))
    mm.assign(mm.make_event())
    limited = Integration(company=mm.company, station_codes=[second.code])
    window = {"startAt": of_day(tomorrow), "endAt": of_day(tomorrow + DAY)}
    found = limited.does("GET", "/machines/event-instances", **window)["instances"]
    assert [one["machineRef"] for one in found] == [second.machine_ref]
    for what in ("event-instances", "scheduled-time"):
        refused(limited.ask("GET", f"/machines/{mm.station.machine_ref}/{what}", **window), 404)
    named = limited.ask("GET", "/machines/event-instances", **window, machineRefs=mm.station.machine_ref)
    refused(named, 400, "machineRefs")


# One-off instances


def one_off(mm, **fields):
    body = {
        "workScheduleEventRef": mm.make_event(eventType="maintenance", name="Oil"),
        "startAt": iso(now() + HOUR), "endAt": iso(now() + 2 * HOUR),
    }  # fmt: skip
    return mm.ask("POST", f"{mm.schedule}/event-instances", body | fields)


def test_a_one_off_is_for_all_active_machines_of_the_work_schedule(mm):
    second, gone, elsewhere = (make_station(plant=mm.plant) for _ in range(3))
    assign(mm.pattern, second.group, valid_from=date(2000, 1, 1))
    assign(mm.pattern, gone, valid_from=date(2000, 1, 1))
    Station.objects.filter(pk=gone.pk).update(archived_at=now())
    assign(make_pattern(company=mm.company), elsewhere, valid_from=date(2000, 1, 1))
    answer = one_off(mm).json()["instances"]
    assert [one["machineRef"] for one in answer] == [mm.station.machine_ref, second.machine_ref]
    assert all(one.keys() == INSTANCE for one in answer)
    assert (answer[0]["workScheduleEventAssignmentRef"], answer[0]["eventType"]) == (None, "maintenance")
    start = datetime.fromisoformat(answer[0]["startAt"])
    assert mm.instances(iso(start), iso(start + MINUTE)) == answer[:1]


def test_who_follows_the_work_schedule_from_a_later_day_on_is_not_meant_before(mm):
    later = make_station(plant=mm.plant)
    assign(mm.pattern, later, valid_from=now().date() + 10 * DAY)
    assert len(one_off(mm).json()["instances"]) == 1
    far = {"startAt": iso(now() + 12 * DAY), "endAt": None}
    assert len(one_off(mm, **far).json()["instances"]) == 2


def test_a_one_off_is_for_one_machine_which_must_follow_the_work_schedule(mm):
    second = make_station(plant=mm.plant)
    (one,) = one_off(mm, machineRef=mm.station.machine_ref).json()["instances"]
    assert one["machineRef"] == mm.station.machine_ref
    refused(one_off(mm, machineRef=second.machine_ref), 400, "machineRef")
    assert EventInstance.objects.filter(one_off=True).count() == 1


def test_a_one_off_may_have_no_end(mm, tomorrow):
    (one,) = one_off(mm, endAt=None).json()["instances"]
    assert one["endAt"] is None
    far = tomorrow + 1000 * DAY
    assert mm.instances(of_day(far), of_day(far + DAY)) == [one]


def test_a_one_off_is_linked_to_an_assignment_that_fits(mm):
    assignment = mm.assign(mm.make_event())
    event, ref = assignment["workScheduleEventRef"], assignment["workScheduleEventAssignmentRef"]
    fits = one_off(mm, workScheduleEventRef=event, workScheduleEventAssignmentRef=ref).json()["instances"]
    assert [one["workScheduleEventAssignmentRef"] for one in fits] == [ref]
    refused(one_off(mm, workScheduleEventAssignmentRef=ref), 400, "workScheduleEventAssignmentRef")
    other = make_event_assignment(make_pattern(company=mm.company)).pk
    wrong = one_off(mm, workScheduleEventRef=event, workScheduleEventAssignmentRef=other)
    refused(wrong, 400, "workScheduleEventAssignmentRef")
    mm.does("DELETE", f"{mm.schedule}/event-assignments/{ref}")
    gone = one_off(mm, workScheduleEventRef=event, workScheduleEventAssignmentRef=ref)
    refused(gone, 400, "workScheduleEventAssignmentRef")


def test_a_one_off_that_has_begun_is_a_statement_about_the_past_and_is_told(mm):
    start = (now() - 3 * HOUR).replace(microsecond=0)
    assert one_off(mm, startAt=iso(start), endAt=iso(start + HOUR)).status_code == 200
    told = Recomputation.objects.get()
    assert (told.company, told.since) == (mm.company, start)
    assert mm.key.name in told.asked_by
    assert "Oil" in told.reason
    assert told.changed[mm.station.code] == {"before_ms": 3_600_000, "after_ms": 0}
    assert StationLive.objects.get(station=mm.station).dirty_from == start


def test_a_one_off_that_is_to_come_is_no_recomputation(mm):
    assert one_off(mm).status_code == 200
    assert not Recomputation.objects.exists()


def test_a_limited_key_enters_one_offs_on_its_own_machines_only(mm):
    second = make_station(plant=mm.plant)
    assign(mm.pattern, second, valid_from=date(2000, 1, 1))
    limited = Integration(company=mm.company, station_codes=[second.code])
    limited.pattern = mm.pattern
    body = {"workScheduleEventRef": mm.make_event(), "startAt": iso(now()), "endAt": None}
    made = limited.does("POST", f"{mm.schedule}/event-instances", body)["instances"]
    assert [one["machineRef"] for one in made] == [second.machine_ref]
    named = limited.ask(
        "POST", f"{mm.schedule}/event-instances", body | {"machineRef": mm.station.machine_ref}
    )
    refused(named, 400, "machineRef")


# Scheduled time


def scheduled(mm, start, end):
    return mm.does("GET", f"/machines/{mm.station.machine_ref}/scheduled-time", startAt=start, endAt=end)


def test_scheduled_time_is_what_breaks_leave_of_shifts(tomorrow):
    mm = Integration().settle("UTC", ("Early", 360, 480), ("Late", 840, 480))
    mm.assign(mm.make_event())
    answer = scheduled(mm, of_day(tomorrow), of_day(tomorrow + DAY))
    assert answer["scheduledTimeMs"] == (16 * 60 - 30) * 60_000
    assert answer["shifts"] == [
        {"name": "Early", "scheduledTimeMs": 450 * 60_000, "shiftTimeMs": 480 * 60_000},
        {"name": "Late", "scheduledTimeMs": 480 * 60_000, "shiftTimeMs": 480 * 60_000},
    ]
    assert answer["eventTypes"] == [{"eventType": "break", "durationMs": 30 * 60_000}]
    told = [(i["startAt"][11:16], i["endAt"][11:16], i["kind"], i["shift"]) for i in answer["intervals"]]
    assert told == [
        ("06:00", "12:00", "production", "Early"),
        ("12:00", "12:30", "break", "Early"),
        ("12:30", "14:00", "production", "Early"),
        ("14:00", "22:00", "production", "Late"),
    ]
    assert [i["scheduled"] for i in answer["intervals"]] == [True, False, True, True]
    assert answer["intervals"][1]["reason"] == "Lunch"


def test_intervals_are_cut_to_the_window_and_add_up(tomorrow):
    mm = Integration().settle("UTC", ("Early", 360, 480))
    mm.assign(mm.make_event())
    answer = scheduled(mm, of_day(tomorrow, "07:15"), of_day(tomorrow, "12:10"))
    assert [i["durationMs"] for i in answer["intervals"]] == [285 * 60_000, 10 * 60_000]
    assert answer["scheduledTimeMs"] == sum(i["durationMs"] for i in answer["intervals"] if i["scheduled"])
    assert answer["shifts"][0]["shiftTimeMs"] == sum(i["durationMs"] for i in answer["intervals"])


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 28), 7), (date(2027, 10, 31), 9)])
def test_a_night_shift_lasts_what_the_clock_says(day, hours):
    mm = Integration().settle("Europe/Berlin", ("Night", 1320, 480))
    eve = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - DAY
    assert scheduled(mm, iso(eve), iso(eve + DAY))["scheduledTimeMs"] == hours * 3_600_000


def test_a_machine_without_a_pattern_has_nothing_scheduled(mm, tomorrow):
    station = make_station(plant=mm.plant)
    window = {"startAt": of_day(tomorrow), "endAt": of_day(tomorrow + DAY)}
    answer = mm.does("GET", f"/machines/{station.machine_ref}/scheduled-time", **window)
    assert (answer["scheduledTimeMs"], answer["intervals"]) == (0, [])


def test_where_runs_decide_only_time_that_a_run_covers_is_scheduled(mm):
    Station.objects.filter(pk=mm.station.pk).update(assume_all_shift_time_planned=False)
    begun = (now() - 5 * HOUR).replace(microsecond=0)
    make_job_run(mm.station, actual_start=begun, actual_end=begun + HOUR)
    answer = scheduled(mm, iso(begun - HOUR), iso(begun + 3 * HOUR))
    assert answer["scheduledTimeMs"] == 3_600_000
    assert answer["eventTypes"] == [{"eventType": "no-run", "durationMs": 3 * 3_600_000}]


# What it costs


@pytest.mark.parametrize("number", [1, 20])
def test_instances_cost_the_same_for_any_number_of_machines(mm, tomorrow, number, django_assert_num_queries):
    for _ in range(number):
        assign(mm.pattern, make_station(group=mm.station.group), valid_from=date(2000, 1, 1))
    mm.assign(mm.make_event())
    written(mm)
    window = {"startAt": of_day(tomorrow), "endAt": of_day(tomorrow + 31 * DAY)}
    # The key, its machines, is it written, how far, shifts, events, their rows, one-offs.
    with django_assert_num_queries(8):
        assert len(mm.does("GET", "/machines/event-instances", **window)["instances"]) == 31 * (number + 1)


def test_scheduled_time_costs_five_queries(mm, tomorrow, django_assert_num_queries):
    written(mm).does("GET", EVENTS)
    with django_assert_num_queries(5):  # the key, the machine, how far is written, shifts, events
        scheduled(mm, of_day(tomorrow), of_day(tomorrow + 31 * DAY))
