"""What is remembered of cells that are over is what would be read anew, whatever comes late and in which order."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mesproject.memory import Memory
from mesproject.reports import paces
from mesproject.reports.counting import beginnings
from mesproject.reports.slow import Ran, slow_in
from production.windows import Window
from tests.make import make_job, make_job_run, make_sku, make_station
from tests.reports.test_facts import say

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 3, 11, 9, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(paces, "KNOWN", Memory(64))


def ran(station, minutes):
    window = Window(NINE, NINE + minutes * MINUTE)
    [(begin, reading)] = beginnings({station.pk: NINE}).values()
    return Ran(station, window, [window], begin, reading)


def slow(stations, minutes):
    return slow_in([ran(station, minutes) for station in stations])


def read_anew(stations, minutes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paces, "KNOWN", Memory(64))
        return slow(stations, minutes)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_remembered_is_what_would_be_read(seed):
    random, said = Random(seed), []
    stations = [
        make_station(cycle_time_ms=10_000, counter=random.choice(["total", "delta"])) for _ in range(2)
    ]
    for station in stations:
        sku = make_sku(company=station.company, cycle_time_ms=random.choice([5_000, 12_000]))
        job = make_job(company=station.company, sku=sku)
        make_job_run(station, job=job, actual_start=NINE + random.randrange(60) * MINUTE)
        for second in range(-300, 3600, 15):
            kind = random.choice(["good", "good_total"])
            amount = float(second // 15 + 20 if kind == "good_total" else random.randrange(3))
            said.append((station, second, {kind: amount}))
    # Most in their order, some much later.
    said.sort(key=lambda one: one[1] + (random.randrange(3000) if random.random() < 0.05 else 0))
    for number, (station, second, what) in enumerate(said):
        say(station, NINE + second * SECOND, **what)
        if number % 40 == 0:
            minutes = max(1, second // 60)
            assert slow(stations, minutes) == read_anew(stations, minutes)
    assert slow(stations, 60) == read_anew(stations, 60)


def test_signals_of_cells_that_are_over_are_read_once():
    station = make_station(cycle_time_ms=10_000)
    say(station, *(NINE + second * SECOND for second in range(0, 1800, 20)), good=1.0)
    assert slow([station], 30) == {station.pk: [Window(NINE, NINE + 30 * MINUTE)]}
    with CaptureQueriesContext(connection) as seen:
        slow([station], 30)
    assert not [one for one in seen if "s.good_total" in one["sql"]]


def test_a_message_that_comes_late_is_counted_in_its_cell():
    station = make_station(cycle_time_ms=10_000)
    for second in range(0, 600, 10):
        if not 300 <= second < 400:
            say(station, NINE + second * SECOND, good=1.0)
    assert slow([station], 10) == {station.pk: [Window(NINE + 5 * MINUTE, NINE + 10 * MINUTE)]}
    say(station, *(NINE + second * SECOND for second in range(300, 400, 10)), good=1.0)
    assert slow([station], 10) == {station.pk: []}


def test_another_pace_of_what_ran_is_another_number():
    station = make_station(cycle_time_ms=10_000)
    sku = make_sku(company=station.company, cycle_time_ms=20_000)
    run = make_job_run(station, job=make_job(company=station.company, sku=sku), actual_start=NINE)
    say(station, *(NINE + second * SECOND for second in range(0, 600, 20)), good=1.0)
    assert slow([station], 10) == {station.pk: []}
    run.cycle_time_ms = 5_000
    run.save()
    assert slow([station], 10) == {station.pk: [Window(NINE, NINE + 10 * MINUTE)]}
