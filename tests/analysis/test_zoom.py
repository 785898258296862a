"""From a day to a minute, and back."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from mesproject.analysis.zoom import cell_length, inside, marks, moves
from production.windows import Window
from scheduling.wall_clock import shop_day_window

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START = datetime(2026, 3, 11, tzinfo=UTC)
DAY = Window(START, START + 24 * HOUR)
NOON = START + 12 * HOUR
LYON = ZoneInfo("Europe/Paris")


def test_closer_is_the_middle_half():
    assert moves(DAY, DAY).closer == Window(START + 6 * HOUR, START + 18 * HOUR)


def test_wider_stays_inside_the_day():
    seen = Window(START, START + 16 * HOUR)
    assert moves(seen, DAY).wider == DAY


def test_the_whole_day_goes_nowhere_but_closer():
    went = moves(DAY, DAY)
    assert (went.wider, went.earlier, went.later) == (None, None, None)


def test_half_a_window_to_the_side_and_no_further_than_the_day():
    seen = Window(START + HOUR, START + 5 * HOUR)
    went = moves(seen, DAY)
    assert went.later == Window(START + 3 * HOUR, START + 7 * HOUR)
    assert went.earlier == Window(START, START + 4 * HOUR)


def test_a_minute_is_the_closest():
    seen, levels = DAY, 0
    while closer := moves(seen, DAY).closer:
        seen, levels = closer, levels + 1
    assert seen.duration == MINUTE
    assert levels < 15


def test_closer_and_wider_lead_back_to_the_same_middle():
    seen = Window(NOON - HOUR, NOON + HOUR)
    assert moves(moves(seen, DAY).closer, DAY).wider == seen


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Window(START - HOUR, START + HOUR), Window(START, START + HOUR)),
        (Window(NOON, NOON + timedelta(seconds=1)), Window(NOON, NOON + MINUTE)),
        (Window(DAY.end - timedelta(seconds=1), DAY.end), Window(DAY.end - MINUTE, DAY.end)),
        (Window(DAY.end + HOUR, DAY.end + 2 * HOUR), Window(DAY.start, DAY.start + MINUTE)),
    ],
)
def test_what_is_asked_for_is_kept_inside_the_day(asked, found):
    assert inside(asked, DAY) == found


def test_a_day_has_sums_of_quarters_and_an_hour_of_minutes():
    assert cell_length(DAY) == 15 * MINUTE
    assert cell_length(Window(NOON, NOON + HOUR)) == MINUTE
    assert cell_length(Window(NOON, NOON + MINUTE)) == timedelta(seconds=10)


def test_marks_are_round_times_of_the_plants_clock():
    tz = ZoneInfo("Asia/Kathmandu")  # 5:45 ahead of UTC
    labels = [mark.label for mark in marks(Window(NOON, NOON + 2 * HOUR), tz)]
    assert labels[:3] == ["17:50", "18:00", "18:10"]


def test_the_smallest_window_is_marked_in_seconds():
    assert [mark.label for mark in marks(Window(NOON, NOON + MINUTE), LYON)][:2] == ["13:00:00", "13:00:05"]


@pytest.mark.parametrize(
    ("day", "hours", "first"),
    [
        (date(2026, 3, 29), 23, ["00:00", "04:00"]),  # two o'clock is skipped
        (date(2026, 10, 25), 25, ["00:00", "02:00", "02:00", "04:00"]),
        (date(2026, 7, 1), 24, ["00:00", "02:00", "04:00"]),
    ],
)
def test_a_day_is_as_long_as_the_clock_makes_it(day, hours, first):
    window = shop_day_window(day, tz=LYON, day_start=time(0))
    labels = [mark.label for mark in marks(window, LYON)]
    assert window.duration == hours * HOUR
    assert labels[: len(first)] == first
    assert labels[-1] == "22:00"
    assert moves(window, window).closer.duration == window.duration / 2


def test_an_hour_that_the_clock_shows_twice_is_marked_twice():
    twice = Window(datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC))
    assert [mark.label for mark in marks(twice, LYON)].count("02:00") == 2
