"""The demo's operators: believable, and the same for the same stop whoever asks."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesproject.demo import people, plan
from production.windows import Window

OPENED = datetime(2026, 3, 11, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
MAZAK = plan.station("MAZAK-2")


def stops(count=400):
    """Silences, ten minutes apart, each with the instant at which it is raised."""
    begin = OPENED - timedelta(days=3)
    return [
        (begin + n * timedelta(minutes=10), begin + n * timedelta(minutes=10) + timedelta(minutes=5))
        for n in range(count)
    ]


def test_the_same_stop_is_answered_the_same_way_twice():
    for silent, raised in stops(50):
        assert people.answers(MAZAK, silent, raised, BERLIN) == people.answers(MAZAK, silent, raised, BERLIN)


def test_answers_come_after_the_stop_was_raised_in_order_and_before_long():
    for silent, raised in stops():
        times = [step.at for step in people.answers(MAZAK, silent, raised, BERLIN)]
        assert all(raised < at <= raised + people.SLOWEST for at in times)
        assert times == sorted(times)


def test_most_stops_are_explained_and_some_are_left_open():
    verbs = Counter(
        tuple(sorted({step.verb for step in people.answers(MAZAK, *stop, BERLIN)})) for stop in stops()
    )
    explained = sum(n for done, n in verbs.items() if "explain" in done)
    assert 0.7 < explained / 400 < 0.9
    assert verbs[()] > 10
    for verb in ("estimate", "escalate", "note"):
        assert any(verb in done for done in verbs)


def test_each_step_can_be_told_from_every_other():
    keys = [step.key for stop in stops() for step in people.answers(MAZAK, *stop, BERLIN)]
    assert len(keys) == len(set(keys))


def test_causes_and_reasons_are_those_of_the_plant():
    known = {plan.cause_code(text) for below in plan.CAUSES.values() for text in below}
    known |= {plan.cause_code(text) for text in plan.CAUSES}
    assert {code for usual in plan.USUAL.values() for code in usual} <= known


def test_causes_have_codes_of_their_own():
    texts = [text for top, below in plan.CAUSES.items() for text in (top, *below)]
    assert len({plan.cause_code(text) for text in texts}) == len(texts)


@pytest.mark.parametrize(
    ("wall", "shift"),
    [("05:59", "Night"), ("06:00", "Early"), ("13:59", "Early"), ("14:00", "Late"), ("22:00", "Night")],
)
def test_shifts_change_on_the_plant_s_clock(wall, shift):
    at = datetime.fromisoformat(f"2026-07-01T{wall}").replace(tzinfo=BERLIN).astimezone(UTC)
    assert people.shift_at(at, BERLIN) == shift


def test_somebody_stands_at_every_station_all_the_time():
    first, last = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, 12, tzinfo=UTC)
    turns = list(people.turns(plan.MILLING, Window(first, last), BERLIN))
    assert all(before.end == after.start for (before, _), (after, _) in pairwise(turns))
    # The clock is put forward in the second night.
    assert sorted(turn.duration / timedelta(hours=1) for turn, _ in turns)[:2] == [7, 8]
    assert {by for _, by in turns} == {"AB", "GH", "MN"}


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 86_400), max_size=4))
def test_bad_parts_are_the_same_however_the_day_is_cut(cuts):
    tape = MAZAK.tape(OPENED)
    day = Window(OPENED - timedelta(days=1), OPENED)
    edges = sorted({day.start, day.end, *(day.start + timedelta(seconds=cut) for cut in cuts)})
    pieces = [
        part for a, b in pairwise(edges) for part in people.bad_parts(MAZAK, tape, Window(a, b), BERLIN)
    ]
    whole = list(people.bad_parts(MAZAK, tape, day, BERLIN))
    assert sorted(part.key for part in pieces) == sorted(part.key for part in whole)


def test_a_few_parts_in_a_hundred_are_bad():
    tape = MAZAK.tape(OPENED)
    week = Window(OPENED - timedelta(days=7), OPENED)
    bad, made = len(list(people.bad_parts(MAZAK, tape, week, BERLIN))), len(list(tape.parts(week)))
    assert 0.01 < bad / made < 0.05
