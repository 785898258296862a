"""Where a station ran below its pace, as the timeline of a shift shows it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now

from mesproject.reports import timeline
from mesproject.reports.glance import glances
from mesproject.reports.slow import cell_of, slow_spans
from production.models import StationLive
from production.windows import Window
from tests.make import make_job, make_job_run, make_pattern, make_sku, make_station
from tests.reports.test_facts import say, settle

NINE = datetime(2026, 3, 11, 9, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
HOUR = Window(NINE, NINE + 60 * MINUTE)


def at_a_pace(*spans):
    """A unit each so many seconds, from one minute to another."""
    return [
        (NINE + start * MINUTE + n * seconds * SECOND, 1.0)
        for start, end, seconds in spans
        for n in range((end - start) * 60 // seconds)
    ]


def slow(made, running=(HOUR,), length=5 * MINUTE):
    found = slow_spans(HOUR, running, made, lambda _: 10 * SECOND, length)
    return [((one.start - NINE) // MINUTE, (one.end - NINE) // MINUTE) for one in found]


def test_cells_below_four_fifths_of_the_pace_are_slow_and_joined():
    assert slow(at_a_pace((0, 20, 10), (20, 40, 15), (40, 60, 12))) == [(20, 40)]


def test_what_stood_still_is_not_slow_and_what_ran_on_is_judged_by_its_running_time():
    ran = [Window(NINE, NINE + 22 * MINUTE), Window(NINE + 33 * MINUTE, HOUR.end)]
    assert slow(at_a_pace((0, 22, 10), (33, 60, 10)), ran) == []


def test_a_cell_that_is_not_over_tells_nothing():
    short = Window(NINE, NINE + 7 * MINUTE)
    assert slow_spans(short, [short], [], lambda _: 10 * SECOND, 5 * MINUTE) == [
        Window(NINE, NINE + 5 * MINUTE)
    ]


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 5), (30, 5), (31, 15), (180, 30), (361, None)])
def test_a_cell_holds_ten_units_or_there_is_none(seconds, minutes):
    assert cell_of(seconds * SECOND) == (minutes and minutes * MINUTE)


@pytest.mark.django_db
def test_the_timeline_of_a_shift_tells_it_apart():
    station = make_station(cycle_time_ms=20_000, stop_multiplier=9)
    make_pattern(follows=station)
    began = now() - 60 * MINUTE
    make_job_run(
        station,
        job=make_job(company=station.company, sku=make_sku(company=station.company, cycle_time_ms=20_000)),
        actual_start=began,
    )
    seconds = [*range(0, 1800, 20), *range(1800, 3600, 40)]
    say(station, *(began + second * SECOND for second in seconds), good=1.0)
    settle(now=now())
    StationLive.objects.filter(station=station).update(last_output_at=now())
    [glance] = glances([type(station).objects.in_place().get()], now=now())
    drawn = [bar.state for bar in timeline.of_shift(glance).bars]
    assert drawn.count("slow") == 1
    assert drawn.index("slow") > drawn.index("running")
