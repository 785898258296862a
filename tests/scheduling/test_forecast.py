"""Ends from quantities and quantities from ends, against somebody who watches each minute go by."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.windows import Window, difference
from scheduling.forecast import (
    Estimate,
    PlannedTime,
    Standing,
    Turn,
    estimate,
    expected,
    real_pace,
    rest,
    standing,
    targets,
)
from scheduling.wall_clock import local_to_utc
from tests.scheduling.clocks import BERLIN, LORD_HOWE, MINUTE

HOUR = 60 * MINUTE
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
# Three days around each kind of change, on a wall that shows half hours, too.
NIGHTS = [
    (BERLIN, date(2026, 3, 28)),
    (BERLIN, date(2026, 10, 24)),
    (LORD_HOWE, date(2026, 4, 4)),
    (LORD_HOWE, date(2026, 10, 3)),
    (BERLIN, date(2026, 7, 1)),
]
minutes = st.integers(0, 24 * 60 - 1)


@st.composite
def plans(draw):
    """A shift and a break of each day over a night on which the clock may change, as windows of planned time."""
    tz, first = draw(st.sampled_from(NIGHTS))
    begin, length = draw(minutes), draw(st.integers(1, 20 * 60))
    pause, pause_length = draw(minutes), draw(st.integers(0, 120))

    def daily(minute, minutes):
        for day in range(-1, 4):
            wall = datetime.combine(first + timedelta(days=day), time()) + minute * MINUTE
            yield Window(local_to_utc(wall, tz), local_to_utc(wall + minutes * MINUTE, tz))

    planned = difference(daily(begin, length), daily(pause, pause_length))
    start = local_to_utc(datetime.combine(first, time()), tz) + draw(st.integers(0, 2 * 24 * 60)) * MINUTE
    return planned, start


def minute_by_minute(planned, start, until):
    """The minutes of a stretch that are planned, watched one by one."""
    at = start
    while at < until:
        if any(at in window for window in planned):
            yield at
        at += MINUTE


@given(plans(), st.integers(1, 400), st.integers(1, 7))
def test_a_quantity_ends_when_its_minutes_have_gone_by(plan, quantity, pace):
    planned, start = plan
    seen = list(minute_by_minute(planned, start, start + timedelta(days=6)))
    needed = quantity * pace
    wanted = seen[needed - 1] + MINUTE if len(seen) >= needed else None
    found = estimate(PlannedTime(planned), pace * MINUTE, start=start, quantity=quantity, end=None)
    assert found == Estimate(wanted, quantity)


@given(plans(), st.integers(0, 3 * 24 * 60), st.integers(1, 7))
def test_an_end_makes_what_its_minutes_allow(plan, length, pace):
    planned, start = plan
    end = start + length * MINUTE
    seen = len(list(minute_by_minute(planned, start, end)))
    found = estimate(PlannedTime(planned), pace * MINUTE, start=start, quantity=None, end=end)
    assert found.end == end
    assert found.quantity == pytest.approx(seen / pace)


@given(plans(), st.integers(1, 500))
def test_there_and_back_is_where_one_began(plan, work):
    planned, start = plan
    known = PlannedTime(planned)
    end = known.after(start, work * MINUTE)
    assert end is None or known.between(start, end) == work * MINUTE


def test_neither_quantity_nor_end_goes_on():
    time = PlannedTime([Window(NOON, NOON + HOUR)])
    assert estimate(time, MINUTE, start=NOON, quantity=None, end=None) == Estimate(None, None)


def test_without_a_pace_only_what_is_fixed_is_known():
    time = PlannedTime([Window(NOON, NOON + HOUR)])
    assert estimate(time, None, start=NOON, quantity=5, end=None) == Estimate(None, 5)


def test_a_quantity_beyond_all_plans_has_no_end():
    time = PlannedTime([Window(NOON, NOON + HOUR)])
    assert estimate(time, HOUR, start=NOON, quantity=1e300, end=None) == Estimate(None, 1e300)


def test_a_run_in_which_nothing_was_made_yet_is_taken_at_the_ideal_pace():
    assert real_pace(MINUTE, made=0, worked=9 * HOUR) == MINUTE
    assert real_pace(MINUTE, made=3, worked=3 * MINUTE) == MINUTE
    assert real_pace(MINUTE, made=10, worked=20 * MINUTE) == 2 * MINUTE


def test_the_rest_is_made_after_the_break():
    time = PlannedTime([Window(NOON, NOON + HOUR), Window(NOON + 2 * HOUR, NOON + 3 * HOUR)])
    half_past = NOON + 30 * MINUTE
    found = rest(time, MINUTE, since=half_past, made=20, quantity=65, end=None)
    assert found == Estimate(NOON + 2 * HOUR + 15 * MINUTE, 65)
    assert rest(time, MINUTE, since=half_past, made=20, quantity=None, end=NOON + HOUR).quantity == 50
    assert rest(time, MINUTE, since=half_past, made=70, quantity=65, end=None).end == half_past


@pytest.mark.parametrize(
    ("late", "stands"),
    [
        (-31, Standing.AHEAD),
        (-30, Standing.ON_TIME),
        (30, Standing.ON_TIME),
        (31, Standing.AT_RISK),
        (None, Standing.AT_RISK),
    ],
)
def test_a_run_of_ten_hours_may_be_half_an_hour_off(late, stands):
    expected = None if late is None else NOON + late * MINUTE
    assert standing(expected, NOON, length=10 * HOUR) is stands


def test_what_promised_nothing_is_never_late():
    assert standing(NOON, None, length=HOUR) is None


def test_targets_of_hours_add_up_to_the_quantity():
    time = PlannedTime([Window(NOON, NOON + 90 * MINUTE), Window(NOON + 2 * HOUR, NOON + 4 * HOUR)])
    edges = [NOON + n * 30 * MINUTE for n in range(9)]
    found = [one.target for one in targets(time, MINUTE, edges, start=NOON + 15 * MINUTE, quantity=130)]
    assert found == [15, 30, 30, 0, 30, 25, 0, 0]


DAY = PlannedTime([Window(NOON, NOON + 4 * HOUR), Window(NOON + 20 * HOUR, NOON + 28 * HOUR)])


def test_a_queued_run_begins_when_the_one_before_has_ended():
    running = Turn(MINUTE, quantity=120, begun=NOON, since=NOON + HOUR, made=30, worked=HOUR)
    one, other = expected(DAY, [running, Turn(MINUTE, quantity=60)], now=NOON + HOUR)
    assert one.pace == 2 * MINUTE  # thirty in an hour: the other ninety take three
    assert one.end == NOON + 4 * HOUR
    assert (other.start, other.end) == (NOON + 20 * HOUR, NOON + 21 * HOUR)  # in the next shift


def test_it_does_not_begin_before_it_is_planned_unless_it_has_priority():
    later = NOON + 2 * HOUR
    [planned] = expected(DAY, [Turn(MINUTE, 60, planned_start=later)], now=NOON)
    [first] = expected(DAY, [Turn(MINUTE, 60, planned_start=later, is_prioritised=True)], now=NOON)
    assert (planned.start, planned.end) == (later, later + HOUR)
    assert (first.start, first.end) == (NOON, NOON + HOUR)


def test_what_goes_on_until_somebody_ends_it_ends_when_the_next_is_planned():
    turns = [Turn(MINUTE, begun=NOON, since=NOON), Turn(MINUTE, 30, planned_start=NOON + HOUR)]
    one, other = expected(DAY, turns, now=NOON)
    assert (one.end, one.quantity, one.standing) == (None, None, None)
    assert (other.start, other.end) == (NOON + HOUR, NOON + HOUR + 30 * MINUTE)


def test_setup_comes_before_the_first_unit():
    [queued] = expected(DAY, [Turn(MINUTE, 60, setup=30 * MINUTE)], now=NOON)
    assert queued.end == NOON + 90 * MINUTE
    half_way = Turn(MINUTE, 60, setup=30 * MINUTE, left=10 * MINUTE, begun=NOON, since=NOON + 20 * MINUTE)
    [running] = expected(DAY, [half_way], now=NOON + 20 * MINUTE)
    assert running.end == NOON + 90 * MINUTE
    assert running.due == NOON + 90 * MINUTE
    assert running.standing is Standing.ON_TIME


def test_behind_what_has_no_end_in_sight_nothing_has_one():
    turns = [Turn(HOUR, 1000), Turn(MINUTE, 1), Turn(MINUTE)]
    assert [(one.start, one.end) for one in expected(DAY, turns, now=NOON)] == [(NOON, None)] + [
        (None, None)
    ] * 2


def test_a_run_that_has_made_all_ends_now():
    turn = Turn(MINUTE, 60, begun=NOON, since=NOON + HOUR, made=61, worked=HOUR)
    [done] = expected(DAY, [turn], now=NOON + HOUR + MINUTE)
    assert done.end == NOON + HOUR + MINUTE


def test_where_nothing_is_planned_nobody_is_late():
    [one] = expected(PlannedTime([]), [Turn(MINUTE, 60, planned_end=NOON)], now=NOON + HOUR)
    assert (one.end, one.standing) == (None, None)


@given(plans(), st.lists(st.tuples(st.integers(1, 300), st.integers(1, 5)), min_size=1, max_size=4))
def test_runs_of_a_list_end_as_if_each_minute_were_watched(plan, orders):
    planned, now = plan
    seen = minute_by_minute(planned, now, now + timedelta(days=6))
    turns = [Turn(pace * MINUTE, quantity) for quantity, pace in orders]
    for (quantity, pace), one in zip(orders, expected(PlannedTime(planned), turns, now=now), strict=True):
        minutes = list(islice(seen, quantity * pace))
        if len(minutes) < quantity * pace:
            assert one.end is None
            break
        assert (one.start, one.end) == (minutes[0], minutes[-1] + MINUTE)
