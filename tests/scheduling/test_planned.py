"""Which shifts a station has, and which of their time is planned production."""

from datetime import UTC, date, datetime, timedelta

import pytest

from production.models import Station
from production.windows import Window, total
from scheduling.expansion import Kind
from scheduling.models import PatternException
from scheduling.planned import planned, plans
from scheduling.writing import write_ahead
from tests.make import (
    NOON,
    assign,
    make_company,
    make_event_assignment,
    make_group,
    make_job_run,
    make_pattern,
    make_plant,
    make_station,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = Window(datetime(2026, 3, 11, tzinfo=UTC), datetime(2026, 3, 12, tzinfo=UTC))
WEEK = Window(DAY.start, DAY.start + 7 * 24 * HOUR)


def asked(*stations):
    return list(Station.objects.filter(pk__in=[s.pk for s in stations]).in_place())


def names(station, within=DAY):
    return [shift.name for shift in plans(asked(station), within)[station.pk].shifts]


def hours(station, within=DAY):
    return total(plans(asked(station), within)[station.pk].production) / HOUR


def test_a_station_follows_its_groups_pattern():
    station = make_station()
    make_pattern(("Early", 360, 480), ("Late", 840, 480), follows=station.group)
    assert names(station) == ["Early", "Late"]


def test_a_stations_own_pattern_wins_over_its_groups():
    station = make_station()
    make_pattern(("Group", 360, 480), follows=station.group, valid_from=date(2026, 3, 12))
    make_pattern(("Own", 600, 480), follows=station, valid_from=date(2026, 3, 10))
    assert set(names(station, WEEK)) == {"Own"}


def test_until_its_own_pattern_holds_a_station_follows_its_group():
    station = make_station()
    make_pattern(("Group", 360, 480), follows=station.group)
    make_pattern(("Own", 600, 480), follows=station, valid_from=date(2026, 3, 14))
    assert names(station, WEEK) == ["Group"] * 3 + ["Own"] * 4


def test_a_later_version_follows_an_earlier_one():
    station = make_station()
    make_pattern(("Old", 360, 480), follows=station)
    make_pattern(("New", 360, 480), follows=station, valid_from=date(2026, 3, 16))
    assert names(station, WEEK) == ["Old"] * 5 + ["New"] * 2


def test_a_pattern_without_shifts_gives_a_station_no_time():
    station = make_station()
    old = make_pattern(follows=station)
    empty = make_pattern(company=old.company, days=[])
    assign(empty, station, valid_from=date(2026, 3, 11))
    assert names(station, Window(NOON, DAY.end)) == []


def test_a_station_without_a_pattern_has_no_planned_time():
    station = make_station()
    assert names(station) == []
    assert planned(asked(station), DAY) == {station.pk: []}


def test_shifts_lie_on_the_clock_of_each_stations_plant():
    company = make_company()
    here, there = (make_station(plant=make_plant(zone, company=company)) for zone in ("Asia/Tokyo", "UTC"))
    for station in (here, there):
        make_pattern(("Early", 360, 480), follows=station)
    found = plans(asked(here, there), DAY)
    early = [found[station.pk].shifts[0].window.start for station in (here, there)]
    assert early[1] - early[0] == 9 * HOUR


def test_all_shift_time_is_planned_where_the_station_assumes_so():
    station = make_station()
    make_pattern(("Early", 360, 480), ("Late", 840, 480), follows=station)
    assert plans(asked(station), DAY)[station.pk].production == [
        Window(DAY.start + 6 * HOUR, DAY.start + 22 * HOUR)  # shifts that touch are one window
    ]


def test_elsewhere_only_what_a_job_run_covers_is_planned():
    station = make_station(assume_all_shift_time_planned=False)
    make_pattern(("Early", 360, 480), follows=station)
    make_job_run(station, actual_start=DAY.start + 5 * HOUR, actual_end=DAY.start + 7 * HOUR)
    make_job_run(station, actual_start=NOON, actual_end=None)
    assert hours(station) == 1 + 2


def test_a_run_that_has_not_begun_covers_nothing():
    station = make_station(assume_all_shift_time_planned=False)
    make_pattern(follows=station)
    make_job_run(station, actual_start=None, planned_start=DAY.start, planned_end=DAY.end)
    assert hours(station) == 0


def test_planned_time_ends_at_the_window():
    station = make_station()
    make_pattern(follows=station)
    assert hours(station, Window(NOON, NOON + HOUR)) == 1


def test_each_span_says_its_shift_and_its_purpose():
    station = make_station()
    pattern = make_pattern(("Early", 360, 480), follows=station)
    make_event_assignment(pattern, "DTSTART:20260101T100000\nRRULE:FREQ=DAILY", minutes=30, name="Tea")
    spans = planned(asked(station), DAY)[station.pk]
    assert [(span.kind, span.reason, span.window.duration / HOUR) for span in spans] == [
        (Kind.PRODUCTION, "", 4),
        (Kind.BREAK, "Tea", 0.5),
        (Kind.PRODUCTION, "", 3.5),
    ]
    assert {span.shift.name for span in spans} == {"Early"}


def test_a_break_on_a_holiday_is_a_holiday():
    station = make_station()
    pattern = make_pattern(("Early", 360, 480), follows=station)
    make_event_assignment(pattern, "DTSTART:20260101T100000\nRRULE:FREQ=DAILY", minutes=30, name="Tea")
    make_event_assignment(
        pattern, "DTSTART:20260311T000000\nRRULE:FREQ=DAILY;COUNT=1", event_type="holiday", name="Labour"
    )
    assert {span.reason for span in planned(asked(station), DAY)[station.pk]} == {"Labour"}
    assert hours(station) == 0


@pytest.mark.parametrize(
    ("attendance", "run", "kind"),
    [
        ("attended", False, Kind.PRODUCTION),
        ("unattended", True, Kind.UNATTENDED),
        ("optional", False, Kind.OPTIONAL),
        ("optional", True, Kind.PRODUCTION),
    ],
)
def test_attendance_decides_what_shift_time_is(attendance, run, kind):
    station = make_station()
    pattern = make_pattern(follows=station)
    pattern.shifts.update(attendance=attendance)
    if run:
        make_job_run(station, actual_start=DAY.start, actual_end=DAY.end)
    assert {span.kind for span in planned(asked(station), DAY)[station.pk]} == {kind}


def test_an_exception_of_one_station_leaves_the_others():
    group = make_group()
    make_pattern(("Early", 360, 480), follows=group)
    one, other = make_station(group=group), make_station(group=group)
    PatternException.objects.create(station=one, date=date(2026, 3, 11), action="cancelled", replaces=360)
    assert (names(one), names(other)) == ([], ["Early"])


def test_an_exception_of_a_pattern_holds_for_all_who_follow_it():
    station = make_station()
    pattern = make_pattern(("Early", 360, 480), follows=station.group)
    PatternException.objects.create(
        pattern=pattern,
        date=date(2026, 3, 11),
        action="overtime",
        replaces=360,
        start_minute=300,
        minutes=600,
    )
    assert hours(station) == 10


@pytest.mark.parametrize("number", [1, 30])
def test_the_number_of_queries_does_not_grow_with_the_stations(number, django_assert_num_queries):
    company = make_company()
    groups = [make_group(company=company) for _ in range(3)]
    for group in groups:
        make_pattern(follows=group)
    stations = [
        make_station(group=groups[n % 3], assume_all_shift_time_planned=bool(n % 2)) for n in range(number)
    ]
    make_pattern(("Own", 360, 480), follows=stations[0])
    found = asked(*stations)
    with django_assert_num_queries(9):
        planned(found, DAY)
    write_ahead(now=NOON)
    ahead = Window(NOON, NOON + 399 * 24 * HOUR)
    with django_assert_num_queries(4):
        planned(found, ahead)
    with_plans = list(Station.objects.filter(pk__in=[s.pk for s in found]).in_place().select_related("plan"))
    with django_assert_num_queries(3):  # shifts, events, job runs
        planned(with_plans, ahead)
