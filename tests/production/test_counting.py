"""What running counts mean: the table of docs/algorithms/counters.md, and what no station can have made."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.counters import Counters, Jump, Rule, count, one
from production.messages import Row
from tests.make import NOON

MINUTE = timedelta(minutes=1)
RESET, ROLLOVER = Rule(), Rule("rollover", 100)
TEN_A_MINUTE = Rule(max_per_minute=10)


def readings(*totals):
    """A reading a minute."""
    return [Row(NOON + n * MINUTE, n, good_total=float(total)) for n, total in enumerate(totals)]


def counted(rule, *totals):
    """The units made, and what counting remembers in the end."""
    made, state = 0.0, Counters()
    for units, after in count(readings(*totals), lambda _: rule, Counters()):
        made, state = made + units.good, after
    return made, state


@pytest.mark.parametrize(
    ("rule", "totals", "made"),
    [
        (RESET, (10, 12, 12, 15), 5),
        (ROLLOVER, (10, 12, 12, 15), 5),
        (RESET, (98, 99, 1), 1 + 1),
        (ROLLOVER, (98, 99, 1), 1 + 2),
        (RESET, (1000, 995, 1001), 1),
        (RESET, (2379, 0, 2380), 1),
        (Rule("delta"), (3, 3, 4), 10),
    ],
)
def test_readings_become_units(rule, totals, made):
    units, state = counted(rule, *totals)
    assert (units, state.jump) == (made, None)


@given(st.sampled_from([8, 16, 24, 32]), st.data())
def test_a_counter_of_any_width_wraps_anywhere(bits, data):
    size = 2**bits
    start, steps = data.draw(st.integers(0, size - 1)), data.draw(st.lists(st.integers(0, size - 1)))
    totals = [start]
    for step in steps:
        totals.append((totals[-1] + step) % size)
    assert counted(Rule("rollover", size), *totals)[0] == sum(steps)


@pytest.mark.parametrize("rule", [TEN_A_MINUTE, Rule("rollover", 100_000, max_per_minute=10)])
def test_a_jump_beyond_what_the_station_can_make_is_not_counted_and_remembered(rule):
    made, state = counted(rule, 100, 105, 70_000, 70_004)
    assert made == 5 + 4
    assert state.jump == Jump(NOON + 2 * MINUTE, 105, 70_000)
    assert str(state.jump) == "105 → 70000"


def test_a_new_start_at_a_number_that_the_station_cannot_have_made_is_a_jump_too():
    assert counted(TEN_A_MINUTE, 5000, 3)[0] == 3
    made, state = counted(TEN_A_MINUTE, 5000, 1500, 1501)
    assert (made, state.jump) == (1, Jump(NOON + MINUTE, 5000, 1500))


def test_a_counter_that_wraps_too_early_began_anew_and_not_beyond_belief():
    rule = Rule("rollover", 65_536, max_per_minute=10)
    assert counted(rule, 65_530, 4)[0] == 10
    assert counted(rule, 30_000, 4)[0] == 4
    assert counted(rule, 60_000, 50_000)[0] == 0


def test_a_long_silence_makes_a_large_rise_believable():
    rows = [Row(NOON, 1, good_total=0.0), Row(NOON + timedelta(hours=2), 2, good_total=1200.0)]
    assert sum(units.good for units, _ in count(rows, lambda _: TEN_A_MINUTE, Counters())) == 1200


def test_without_a_largest_rate_everything_is_believed():
    assert counted(RESET, 0, 10**9)[0] == 10**9


def test_rejects_jump_as_good_units_do():
    _, state = one(Row(NOON, 1, bad_total=5.0), TEN_A_MINUTE, Counters())
    units, state = one(Row(NOON + MINUTE, 2, bad_total=500.0), TEN_A_MINUTE, state)
    assert (units.bad, state.jump) == (0, Jump(NOON + MINUTE, 5, 500))
