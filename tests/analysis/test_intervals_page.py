"""The interval chart: against its target as the API tells it, and from unit to unit with limits of each run."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from downtime import engine
from mesproject.analysis.drawing import Dot
from mesproject.analysis.times_between import between, drawn
from mesproject.reports.cells import cut
from mesproject.reports.cycles import Cycle, cycles
from mesproject.reports.story import Question, told
from production.models import Station
from production.windows import Window
from scheduling.writing import write_ahead
from tests.make import NOON, make_pattern, make_station
from tests.reports.test_facts import say
from tests.screens import person

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
TEN = NOON - 2 * HOUR


def units(*seconds, run=1) -> list[Cycle]:
    return [Cycle(NOON + n * MINUTE, 1000.0 * one, run, True) for n, one in enumerate(seconds)]


def test_what_lies_far_above_most_is_long():
    found = between(units(*[60] * 5, *[62] * 5, 61, 90), [], {1: 55_000.0})
    assert [one.ms for one in found.cycles if found.is_long(one)] == [90_000]
    assert (found.limits[1].median, found.limits[1].specified) == (61_500, 55_000)


def test_each_run_has_limits_of_its_own():
    found = between([*units(*[60] * 10), *units(*[600] * 10, run=2)], [], {})
    assert not [one for one in found.cycles if found.is_long(one)]


def test_few_units_say_nothing_of_what_is_long():
    found = between(units(60, 60, 60, 900), [], {})
    assert found.limits[1].long is None


def test_what_is_off_the_scale_is_drawn_at_its_edge():
    found = between(units(*[60, 61] * 10, 36_000), [], {})
    seen = Window(NOON, NOON + HOUR)
    chart = drawn(found, seen, [], say=str, words="", legend=())
    dots = [shape for shape in chart.shapes if isinstance(shape, Dot)]
    assert dots[-1].kind == "d-long"
    assert dots[-1].y == min(dot.y for dot in dots)
    assert dots[0].y - dots[-1].y > 50


# The page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("mesproject.analysis.asked.now", lambda: NOON + 6 * HOUR)


@pytest.fixture
def station():
    """A unit a minute from ten on, one of them ten seconds late."""
    station = make_station("M1", cycle_time_ms=60_000)
    make_pattern(("Day", 600, 480), follows=station)
    one_is_late = (TEN + minute * MINUTE + (minute == 30) * 10 * SECOND for minute in range(120))
    say(station, *one_is_late, good=1.0)
    write_ahead(now=NOON)
    engine.tick(now=NOON)
    return Station.objects.in_place().get()


@pytest.fixture
def boss(station):
    return person(station.company, "supervisor")


def table(client, figure, **query) -> list[dict[str, str]]:
    answer = client.get("/analysis/intervals/", query | {"format": "csv", "figure": figure})
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_without_a_time_it_is_today_by_the_hour(boss):
    rows = table(boss, "counts")
    assert len(rows) == 18
    at_ten = next(row for row in rows if "T10:00" in row["from"])
    assert (float(at_ten["good"]), float(at_ten["target"]), float(at_ten["difference"])) == (60, 60, 0)


def test_half_hours_are_half_as_long(boss, station):
    rows = table(boss, "counts", interval="30")
    seen = Window(NOON - 12 * HOUR, NOON + 6 * HOUR)
    story = told([Question(station, seen, seen.start)])[station.pk].story
    assert [float(row["good"]) for row in rows] == [
        part.measures.good for part in cut(story, seen, 30 * MINUTE)
    ]


def test_every_unit_is_told_as_cycle_times_know_it(boss, station):
    rows = table(boss, "cycles")
    seen = Window(NOON - 12 * HOUR, NOON + 6 * HOUR)
    known = list(cycles(told([Question(station, seen, seen.start)])[station.pk].story))
    assert [float(row["seconds_per_unit"]) * 1000 for row in rows] == [one.ms for one in known]
    assert [row["is"] for row in rows].count("long") == 1


def test_the_longest_stand_first(boss):
    assert table(boss, "between")[0]["seconds_per_unit"] == "70.0"


def test_a_station_that_counts_nothing_says_what_to_do(station):
    make_station("M0", group=station.group)
    page = (
        person(station.company, "supervisor").get("/analysis/intervals/", {"station": "M0"}).content.decode()
    )
    assert "Choose more time, or a station that counts." in page


@pytest.mark.parametrize("query", [{"range": "last-30-days"}, {"interval": "7"}, {"station": "M9"}])
def test_what_cannot_be_is_refused(boss, query):
    assert boss.get("/analysis/intervals/", query).status_code in (400, 404)


def test_it_costs_few_queries(boss):
    with CaptureQueriesContext(connection) as asked:
        assert boss.get("/analysis/intervals/").status_code == 200
    assert len(asked) <= 25
