"""Shifts as a person types them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.calendar import CycleShift
from scheduling.shorthand import Unreadable, overlap, parse, span_of


@pytest.mark.parametrize(
    ("line", "days", "start", "minutes"),
    [
        ("Early 06:00-14:00 Mon-Fri", [0, 1, 2, 3, 4], 360, 480),
        ("Night 22:00-06:00 Sun-Thu", [0, 1, 2, 3, 6], 1320, 480),
        ("Weekend 6:00 – 18:00 Sat, Sun", [5, 6], 360, 720),
        ("All day 00:00-24:00", list(range(7)), 0, 1440),
        ("Late shift 14:00-22:00 monday tuesday", [0, 1], 840, 480),
        ("Bridge 06:00-14:00 Fri-Mon", [0, 4, 5, 6], 360, 480),
        ("From midnight 24:00-08:00 Tue", [1], 0, 480),
    ],
)
def test_a_line_is_one_shift_on_each_of_its_days(line, days, start, minutes):
    shifts = parse(line)
    assert [shift.day for shift in shifts] == days
    assert {(shift.start_minute, shift.minutes) for shift in shifts} == {(start, minutes)}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("Early", "is not a shift"),
        ("06:00-14:00", "is not a shift"),
        ("Early 25:00-14:00", "is no time of day"),
        ("Early 06:61-14:00", "is no time of day"),
        ("Early 06:02-14:00", "steps of five minutes"),
        ("Early 06:00-14:00 Mo-Fr", "is no weekday"),
        ("Early 06:00-14:00 Noday", "is no weekday"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line, complaint):
    with pytest.raises(Unreadable, match=complaint):
        parse(line)


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(text):
    try:
        shifts = parse(text)
    except Unreadable:
        return
    assert all(0 <= s.start_minute < 1440 and 5 <= s.minutes <= 1440 for s in shifts)


def test_no_minutes_from_a_time_to_itself_are_a_whole_day():
    assert span_of(360, 360) == 1440


def test_the_week_is_a_ring():
    sunday_night, monday = CycleShift("N", 6, 1320, 480), CycleShift("E", 0, 300, 480)
    assert overlap([monday, sunday_night]) == (sunday_night, monday)
    assert overlap([CycleShift("E", 0, 360, 480), sunday_night]) is None
    assert overlap([sunday_night]) is None


def test_shifts_that_touch_do_not_overlap():
    assert overlap(parse("Early 06:00-14:00\nLate 14:00-22:00\nNight 22:00-06:00")) is None


def test_a_cycle_of_any_length_is_a_ring():
    last_night, first_day = CycleShift("N", 3, 1080, 720), CycleShift("D", 0, 300, 720)
    assert overlap([first_day, last_night], days=4) == (last_night, first_day)
    assert overlap([first_day, last_night], days=5) is None
    assert overlap([CycleShift("All day", 0, 360, 1440)], days=1) is None


def test_two_shifts_of_one_start_overlap():
    one, other = CycleShift("A", 2, 360, 5), CycleShift("B", 2, 360, 480)
    assert overlap([one, other]) == (one, other)


cycles = st.lists(
    st.builds(
        CycleShift,
        name=st.just("S"),
        day=st.integers(0, 3),
        start_minute=st.integers(0, 287).map(lambda n: n * 5),
        minutes=st.integers(1, 288).map(lambda n: n * 5),
    ),
    max_size=5,
)


@given(cycles, st.integers(4, 6))
def test_shifts_overlap_if_they_share_five_minutes_of_the_ring(cycle, days):
    taken = [
        (shift.day * 288 + shift.start_minute // 5 + step) % (days * 288)
        for shift in cycle
        for step in range(shift.minutes // 5)
    ]
    assert (overlap(cycle, days) is None) == (len(set(taken)) == len(taken))
