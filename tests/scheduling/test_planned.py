"""Which shifts a station has, and which of their time is planned production."""

from datetime import UTC, date, datetime, timedelta

import pytest

from production.models import Station
from production.windows import Window, total
from scheduling.planned import next_boundary, planned, shifts_of
from tests.make import (
    NOON,
    assign,
    make_company,
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
    return [shift.name for shift in shifts_of(asked(station), within)[station.pk]]


def hours(station, within=DAY):
    return total(planned(asked(station), within)[station.pk]) / HOUR


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
    assert shifts_of(asked(station), DAY) == {station.pk: []}
    assert planned(asked(station), DAY) == {station.pk: []}


def test_shifts_lie_on_the_clock_of_each_stations_plant():
    company = make_company()
    here, there = (make_station(plant=make_plant(zone, company=company)) for zone in ("Asia/Tokyo", "UTC"))
    for station in (here, there):
        make_pattern(("Early", 360, 480), follows=station)
    found = shifts_of(asked(here, there), DAY)
    assert found[there.pk][0].window.start - found[here.pk][0].window.start == 9 * HOUR


def test_all_shift_time_is_planned_where_the_station_assumes_so():
    station = make_station()
    make_pattern(("Early", 360, 480), ("Late", 840, 480), follows=station)
    assert planned(asked(station), DAY)[station.pk] == [
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
    with django_assert_num_queries(2):
        shifts_of(found, DAY)
    with django_assert_num_queries(3):
        planned(found, DAY)


def test_stations_that_follow_the_same_patterns_share_one_list():
    group = make_group()
    make_pattern(follows=group)
    one, other = make_station(group=group), make_station(group=group)
    found = shifts_of(asked(one, other), DAY)
    assert found[one.pk] is found[other.pk]


def test_the_next_boundary_is_the_first_start_or_end_to_come():
    windows = [Window(NOON, NOON + HOUR), Window(NOON + 2 * HOUR, NOON + 3 * HOUR)]
    assert next_boundary(windows, NOON - HOUR) == NOON
    assert next_boundary(windows, NOON) == NOON + HOUR
    assert next_boundary(windows, NOON + HOUR) == NOON + 2 * HOUR
    assert next_boundary(windows, NOON + 3 * HOUR) is None
