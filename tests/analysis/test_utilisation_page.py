"""The heatmap: cells as the wall and the API show them, rows that lead to their day, days of 23 and 25 hours."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mesproject.analysis import heat_drawing
from mesproject.reports.asking import Question, production
from mesproject.reports.definition import DEFAULT
from mesproject.reports.measures import total
from mesproject.reports.metrics import METRICS
from mesproject.reports.utilisation import NORMAL, heat
from production.windows import Window
from scheduling.wall_clock import shop_day_window
from tests.analysis.desk import make_shift_of
from tests.make import NOON, make_group, make_station
from tests.screens import person

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TEN, EVENING = NOON - 2 * HOUR, NOON + 10 * HOUR
LYON = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("mesproject.analysis.asked.now", lambda: EVENING)


@pytest.fixture
def station():
    """A unit a minute from ten to two, and nothing more up to the end of the shift at six."""
    return make_shift_of(range(240), good=1.0)


@pytest.fixture
def boss(station):
    return person(station.company, "supervisor")


def table(client, figure, **query) -> list[dict[str, str]]:
    answer = client.get("/analysis/utilisation/", query | {"format": "csv", "figure": figure})
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_its_cells_are_those_of_wall_and_api(boss, station):
    rows = table(boss, "cells", range="today")
    day = Window(NOON - 12 * HOUR, NOON + 12 * HOUR)
    [row] = heat([station], day, NORMAL, DEFAULT, now=EVENING)
    assert [one["state"] for one in rows] == [cell.look.value for cell in row.cells]
    assert len(rows) == 96


def test_the_share_of_a_day_is_that_of_every_report(boss, station):
    [row] = table(boss, "heat", range="today")
    said = total(
        m for _, m in production(Question([station], Window(NOON - 12 * HOUR, EVENING), now=EVENING))
    )
    share = METRICS["shift_utilization"].compute(said, DEFAULT)
    assert float(row["share_percent"]) == pytest.approx(100 * share)


def test_of_one_station_there_is_a_row_for_each_day(boss):
    assert len(table(boss, "heat", station="M1", range="last-7-days")) == 7
    page = boss.get("/analysis/utilisation/", {"station": "M1", "range": "last-7-days"}).content.decode()
    assert "/analysis/station/M1/?date=2026-03-11" in page


def test_of_several_stations_there_is_a_row_each_of_one_day(boss, station):
    make_station("M2", group=station.group)
    rows = table(boss, "heat", range="last-7-days")
    assert [row["station"] for row in rows] == ["Machine M1", "Machine M2"]
    assert {row["from"][:10] for row in table(boss, "cells", day="2026-03-09")} == {"2026-03-09"}


def test_cells_may_be_of_five_minutes(boss):
    assert len(table(boss, "cells", range="today", cells="5")) == 288


@pytest.mark.parametrize(
    "query", [{"cells": "7"}, {"day": "1999-01-01"}, {"station": "M1", "range": "last-90-days"}]
)
def test_what_cannot_be_is_refused(boss, station, query):
    make_station("M2", group=make_group(plant=station.plant))
    assert boss.get("/analysis/utilisation/", query).status_code == 400


@pytest.mark.parametrize("query", [{}, {"station": "M1"}])
def test_it_costs_few_queries(boss, query):
    with CaptureQueriesContext(connection) as asked:
        boss.get("/analysis/utilisation/", query)
    assert len(asked) <= 25


def drawn(day, kinds=("a",)):
    """A row of quarters of a day in Lyon, drawn."""
    window = shop_day_window(day, tz=LYON, day_start=time(0))
    quarters = [
        Window(window.start + n * NORMAL, window.start + (n + 1) * NORMAL)
        for n in range(window.duration // NORMAL)
    ]
    cells = [(one, heat_drawing.Look(kinds[n % len(kinds)], 1.0, "x")) for n, one in enumerate(quarters)]
    chart = heat_drawing.drawn([heat_drawing.Row("Row", "", "", LYON, time(0), cells)], words="")
    return [shape for shape in chart.shapes if isinstance(shape, heat_drawing.Rect) and shape.kind in kinds]


def test_neighbours_that_look_alike_are_one_box():
    [box] = drawn(date(2026, 7, 1))
    assert (round(box.x), round(box.width)) == (heat_drawing.NAME, heat_drawing.INSIDE)


def test_an_hour_that_comes_twice_is_drawn_above_itself():
    boxes = drawn(date(2026, 10, 25), ("a", "b"))
    at_two = heat_drawing.NAME + 2 / 24 * heat_drawing.INSIDE
    upper, lower = [box for box in boxes if abs(box.x - at_two) < 0.5]
    assert (upper.height, lower.height) == (heat_drawing.HIGH / 2, heat_drawing.HIGH / 2)
    assert upper.y < lower.y


def test_an_hour_that_is_skipped_stays_empty():
    boxes = drawn(date(2026, 3, 29), ("a", "b"))
    edges = [round((box.x - heat_drawing.NAME) / heat_drawing.INSIDE * 24, 2) for box in boxes]
    assert not [at for at in edges if 2 <= at < 3]
    assert datetime(2026, 3, 29, 1, tzinfo=UTC).astimezone(LYON).hour == 3
