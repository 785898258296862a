"""Templates of weeks and rotations, with start times of one's own."""

import pytest

from scheduling.ready_made import READY_MADE, ROTATIONS, WEEKS, starts_of
from scheduling.rotations import TEMPLATES, Unworkable
from scheduling.shorthand import overlap


@pytest.mark.parametrize("key", READY_MADE)
def test_no_template_has_shifts_that_overlap(key):
    filled = READY_MADE[key].filled()
    assert filled.shifts
    assert overlap(filled.shifts, filled.days) is None


@pytest.mark.parametrize("key", ROTATIONS)
def test_a_rotation_with_its_usual_times_is_the_rotation_itself(key):
    assert ROTATIONS[key].filled() == TEMPLATES[key].rotation()


@pytest.mark.parametrize("key", ROTATIONS)
def test_a_rotation_covers_the_clock_whatever_its_start_times(key):
    made = ROTATIONS[key]
    filled = made.filled([90 * n for n in range(1, len(made.hours) + 1)])
    assert sum(shift.minutes for shift in filled.shifts) == filled.days * 24 * 60
    assert overlap(filled.shifts, filled.days) is None


def test_a_week_of_two_shifts_moves_with_its_start_times():
    filled = WEEKS["2-mon-fri"].filled([5 * 60, 11 * 60])
    monday = [(shift.name, shift.start_minute, shift.minutes) for shift in filled.shifts if shift.day == 0]
    assert monday == [("Early", 300, 360), ("Late", 660, 480)]
    assert {shift.day for shift in filled.shifts} == set(range(5))


@pytest.mark.parametrize("starts", [[360], [360, 360], [360, 840, 1320, 1380]])
def test_other_than_one_start_for_each_shift_is_refused(starts):
    with pytest.raises(Unworkable):
        WEEKS["2-mon-fri"].filled(starts)


def test_starts_out_of_order_are_refused():
    with pytest.raises(Unworkable, match="order"):
        WEEKS["3-all-days"].filled([360, 1320, 840])


def test_start_times_are_read_as_people_write_them():
    assert starts_of(" 6:00, 14:00;22:00 ") == [360, 840, 1320]
    assert starts_of("") == []


@pytest.mark.parametrize("text", ["6", "24:00", "06:60", "06:01", "x"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(Unworkable):
        starts_of(text)
