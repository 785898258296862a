"""The heatmap that wall, desktop and API share: what each cell is, how full, and that it adds up."""

from datetime import timedelta

import pytest

from mesproject.reports.asking import Question, production
from mesproject.reports.definition import DEFAULT
from mesproject.reports.measures import total
from mesproject.reports.metrics import METRICS
from mesproject.reports.utilisation import Cell, Look, heat
from production.windows import Window
from tests.make import NOON, make_company, make_group, make_pattern, make_station
from tests.reports.busroot import HOUR, MINUTE, SIX, Floor

pytestmark = pytest.mark.django_db
QUARTER = 15 * MINUTE
MORNING = Window(SIX, SIX + 8 * HOUR)


@pytest.fixture
def floor():
    return Floor().work()


def test_cells_are_what_the_station_did(floor):
    [row, _] = heat(floor.stations, MORNING, QUARTER, DEFAULT, now=NOON)
    at = {cell.window.start: cell for cell in row.cells}
    assert at[SIX + 2.5 * HOUR].look is Look.UNPRODUCTIVE
    assert at[SIX + 5 * HOUR].look is Look.PRODUCTIVE
    assert at[NOON].look is Look.FUTURE
    assert [cell.window for cell in row.cells] == [
        Window(SIX + n * QUARTER, SIX + (n + 1) * QUARTER) for n in range(32)
    ]


def test_the_share_of_a_row_is_that_of_reports(floor):
    for row in heat(floor.stations, MORNING, QUARTER, DEFAULT, now=NOON):
        sums = total(m for _, m in production(Question([row.station], MORNING, now=NOON)))
        assert row.share == pytest.approx(METRICS["shift_utilization"].compute(sums, DEFAULT))


def test_what_is_to_come_is_not_known_though_something_runs_now(floor):
    [row, _] = heat(floor.stations, MORNING, QUARTER, DEFAULT, now=NOON + 5 * MINUTE)
    present = next(cell for cell in row.cells if NOON in cell.window)
    assert present.window.end == NOON + QUARTER
    assert all(cell.look is Look.FUTURE for cell in row.cells if cell.window.start > NOON)


def test_a_time_that_has_not_begun_is_all_future(floor):
    tomorrow = Window(NOON + 24 * HOUR, NOON + 26 * HOUR)
    [row, _] = heat(floor.stations, tomorrow, HOUR, DEFAULT, now=NOON)
    assert [cell.look for cell in row.cells] == [Look.FUTURE] * 2
    assert row.share is None


@pytest.mark.parametrize(
    ("share", "level"), [(None, None), (0.0, 0), (0.01, 1), (0.25, 2), (0.99, 4), (1.0, 4)]
)
def test_a_level_is_idle_or_a_quarter(share, level):
    assert Cell(Window(SIX, NOON), Look.PRODUCTIVE, share).level == level


@pytest.mark.parametrize("number", [1, 30])
def test_thirty_stations_take_as_many_queries_as_one(number, django_assert_max_num_queries):
    group = make_group(company=make_company())
    make_pattern(follows=group)
    made = [make_station(group=group) for _ in range(number)]
    found = list(type(made[0]).objects.of(group.plant.company).in_place().select_related("plan"))
    with django_assert_max_num_queries(16):
        heat(found, Window(NOON - timedelta(hours=24), NOON), QUARTER, DEFAULT, now=NOON)
