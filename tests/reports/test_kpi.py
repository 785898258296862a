"""The formulas, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from mesproject.reports.kpi import Pace, downtime, efficiency, target_quantity
from production.windows import Window

SIX = datetime(2026, 3, 11, 6, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def hours(start: float, end: float) -> Window:
    return Window(SIX + start * HOUR, SIX + end * HOUR)


def test_a_target_is_planned_time_over_the_cycle():
    assert target_quantity([hours(0, 8)], [Pace(hours(0, 2), MINUTE)]) == 120


def test_a_break_asks_for_nothing():
    assert target_quantity([hours(0, 1), hours(1.5, 8)], [Pace(hours(0, 2), MINUTE)]) == 90


def test_each_run_asks_at_its_own_pace():
    paces = [Pace(hours(0, 1), MINUTE), Pace(hours(1, 2), 2 * MINUTE)]
    assert target_quantity([hours(0, 8)], paces) == 60 + 30


@pytest.mark.parametrize("planned", [[], [hours(-3, 0)], [hours(2, 9)]])
def test_where_nothing_was_planned_there_is_no_target_and_no_efficiency(planned):
    assert target_quantity(planned, [Pace(hours(0, 2), MINUTE)]) is None
    assert efficiency(5, None) is None


def test_efficiency_over_one_is_shown():
    assert efficiency(132, 120) == pytest.approx(1.1)
    assert efficiency(0, 120) == 0
    assert efficiency(None, 120) is None


def test_stops_that_overlap_count_once_and_only_inside():
    stops = [hours(-1, 0.5), hours(0.25, 1), hours(3, 9)]
    assert downtime(stops, hours(0, 4)) == 2 * HOUR
