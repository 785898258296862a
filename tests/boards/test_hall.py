"""One look at a station serves every board that shows it, and shows what a look of its own would."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from downtime import engine
from mesproject.boards.hall import Hall
from mesproject.boards.hour_rows import hour_rows
from mesproject.reports import glance
from mesproject.reports.timeline import of_shift
from production.models import Station, StationLive
from tests.make import NOON, make_company, make_group, make_pattern, make_plant, make_station
from tests.reports.test_facts import say

pytestmark = pytest.mark.django_db
FEW, MINUTE = timedelta(seconds=5), timedelta(minutes=1)


@pytest.fixture
def stations():
    """Three presses that worked from ten to noon, with a stop each."""
    group = make_group(plant=make_plant(company=make_company()))
    stations = [make_station(group=group, name=f"Press {n}", cycle_time_ms=60_000) for n in range(3)]
    for n, station in enumerate(stations):
        make_pattern(("Day", 600, 480), follows=station)
        minutes = (*range(-120, -60 - n), *range(-40 + n, 0))
        say(station, *(NOON + minute * MINUTE for minute in minutes), good=1.0)
    engine.tick(now=NOON)
    return stations


@pytest.fixture
def hall(stations):
    return Hall(stations[0].company_id)


@pytest.fixture
def looked_at(hall, monkeypatch):
    """At whom the hall looks anew when these are asked for."""
    seen = []

    def noted(rows, *, now):
        seen.extend(station.name for station in rows)
        return glance.glances(rows, now=now)

    monkeypatch.setattr("mesproject.boards.hall.glances", noted)

    def ask(stations, at=NOON):
        seen.clear()
        hall.glances(ids(stations), at)
        return list(seen)

    return ask


def ids(stations):
    return [station.pk for station in stations]


def test_a_station_is_looked_at_once_for_all_boards(hall, looked_at, stations):
    assert looked_at(stations) == ["Press 0", "Press 1", "Press 2"]
    with CaptureQueriesContext(connection) as seen:
        [found] = hall.glances(ids(stations[1:2]), NOON)
    assert (found.station, len(seen)) == (stations[1], 1)


def test_what_a_station_does_is_news_at_once_and_at_this_station_only(looked_at, stations):
    looked_at(stations)
    StationLive.objects.filter(station=stations[1]).update(status="no_signal")
    assert looked_at(stations) == ["Press 1"]


def test_that_it_counts_is_news_every_few_seconds_and_then_of_all_together(looked_at, stations):
    looked_at(stations)
    for station in stations[1:]:
        say(station, NOON, good=1.0)
    assert looked_at(stations) == []
    assert looked_at(stations[1:2], NOON + FEW) == ["Press 1", "Press 2"]


def test_what_a_board_hangs_on_and_what_it_shows_are_of_the_same_moment(hall, stations):
    """Or else it would show for a minute what was before a count that it says it knows."""
    before, [shown] = hall.counted(ids(stations), NOON), hall.glances(ids(stations[:1]), NOON)
    say(stations[0], NOON, good=1.0)
    late = NOON + FEW - MINUTE / 60
    assert hall.counted(ids(stations), late) == before
    assert hall.glances(ids(stations[:1]), late) == [shown]
    assert hall.counted(ids(stations), NOON + FEW) != before
    [news] = hall.glances(ids(stations[:1]), NOON + FEW)
    assert news.good == shown.good + 1


def test_each_minute_all_that_boards_show_are_looked_at_again(looked_at, stations):
    looked_at(stations)
    assert looked_at(stations[:1], NOON + MINUTE) == ["Press 0", "Press 1", "Press 2"]
    assert looked_at(stations[:1], NOON + 3 * MINUTE) == ["Press 0"], "the others are on no board any more"


def test_who_is_taken_out_of_use_is_shown_no_more(hall, stations):
    hall.glances(ids(stations), NOON)
    Station.objects.filter(pk=stations[0].pk).update(archived_at=NOON)
    shown = hall.glances(ids(stations), NOON + MINUTE)
    assert [one.station for one in shown] == stations[1:]


def test_a_board_of_one_shows_of_the_common_look_what_it_would_see_by_itself(hall, stations):
    for together, station in zip(hall.glances(ids(stations), NOON), stations, strict=True):
        [alone] = glance.glances([station], now=NOON)
        assert together.measures == alone.measures
        assert together.issues == alone.issues
        assert hour_rows(together) == hour_rows(alone)
        assert sum(row.made for row in hour_rows(together)) == together.good > 90


def test_timelines_are_read_for_all_boards_that_draw_one_and_are_what_each_would_read(hall, stations):
    def draw(at):
        return [of_shift(one, hall.course(one)) for one in hall.glances(ids(stations), at)]

    assert draw(NOON) == [of_shift(glance.glances([station], now=NOON)[0]) for station in stations]
    shown = hall.glances(ids(stations), NOON + MINUTE)
    assert hall.course(shown[0])
    with CaptureQueriesContext(connection) as seen:
        assert all(hall.course(one) for one in shown)
    assert len(seen) == 0


def test_a_glance_that_is_no_longer_that_of_the_boards_has_its_course_read_apart(hall, stations):
    [old] = hall.glances(ids(stations[:1]), NOON)
    hall.glances(ids(stations[:1]), NOON + MINUTE)
    assert hall.course(old) is None
