"""Rotations: the sequences that plants know by name, and any other."""

import json
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.windows import Window, total
from scheduling.calendar import CycleShift, Version, joined, shifts_by_version
from scheduling.rotations import TEMPLATES, TWELVE_HOURS, Unworkable, rotation, staggered
from scheduling.shorthand import overlap

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "oee.json"
MONDAY = date(2026, 3, 2)


def golden(case_id):
    return next(case for case in json.loads(GOLDEN.read_text()) if case["id"] == case_id)


def expanded(shifts, days, *, anchor, within, tz="UTC", day_start=time(0)):
    versions = [Version(date(2000, 1, 1), shifts, days, anchor)]
    return shifts_by_version(versions, tz=ZoneInfo(tz), day_start=day_start, within=within)


def minute_of(clock):
    hour, minute = map(int, clock.split(":"))
    return hour * 60 + minute


@pytest.mark.parametrize(
    ("key", "days", "teams", "hours"),
    [
        ("dupont", 28, "ABCD", 42),
        ("pitman", 14, "ABCD", 42),
        ("panama", 28, "ABCD", 42),
        ("four-on-four-off", 16, "ABCD", 42),
        ("dno", 3, "ABC", 56),
        ("metropolitan", 8, "ABCD", 42),
        ("continental", 28, "ABCD", 42),
    ],
)
def test_a_template_has_the_cycle_and_the_hours_it_is_known_for(key, days, teams, hours):
    found = TEMPLATES[key].rotation()
    assert found.days == days
    assert {shift.team for shift in found.shifts} == set(teams)
    assert [found.hours_a_week(team) for team in teams] == [pytest.approx(hours)] * len(teams)


def test_every_template_is_listed_above():
    assert len(TEMPLATES) == 7


@pytest.mark.parametrize("key", TEMPLATES)
def test_at_every_instant_of_a_template_one_team_works(key):
    """Over two cycles, across the start of daylight saving: no gap, no overlap, each with its team."""
    template = TEMPLATES[key].rotation()
    start = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    within = Window(start, start + timedelta(days=2 * template.days))
    found = expanded(
        template.shifts, template.days, anchor=MONDAY, within=within, tz="Europe/Berlin", day_start=time(6)
    )
    assert all(a.window.end == b.window.start for a, b in pairwise(found))
    assert found[0].window.start <= within.start
    assert found[-1].window.end >= within.end
    assert all(shift.team for shift in found)
    assert overlap(template.shifts, template.days) is None


@pytest.mark.parametrize("key", TEMPLATES)
def test_no_team_of_a_template_works_two_shifts_in_a_row(key):
    template = TEMPLATES[key].rotation()
    twice = [*template.shifts, *(s for s in template.shifts if s.day < 2)]
    assert all(a.team != b.team for a, b in pairwise(twice[: len(template.shifts) + 1]))


def test_dupont_as_it_is_published():
    """Four nights, three off, three days, one off, three nights, three off, four days, a week off."""
    mine = [shift for shift in TEMPLATES["dupont"].rotation().shifts if shift.team == "A"]
    assert [(shift.name, shift.day) for shift in mine] == [
        *(("Night", day) for day in range(4)),
        *(("Day", day) for day in range(7, 10)),
        *(("Night", day) for day in range(11, 14)),
        *(("Day", day) for day in range(17, 21)),
    ]


def test_four_twelves_of_pyshift():
    case = golden("pyshift-four-twelves")
    inputs, expected = case["inputs"], case["expected"]
    hours = {name[0]: (name, minute_of(at), length * 60) for name, at, length in inputs["shifts"]}
    anchor = min(date.fromisoformat(start) for _, start in inputs["teams"].values())
    sequences = {}
    for team, (name, start) in inputs["teams"].items():
        on, off = inputs["rotations"][name]
        behind = (date.fromisoformat(start) - anchor).days
        sequences[team] = staggered(name[0] * on + "-" * off, teams="xy", offset=behind)["y"]
    cycle = rotation(sequences, hours)
    within = Window(*(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in inputs["window"]))
    found = expanded(cycle.shifts, cycle.days, anchor=anchor, within=within)
    worked = total(shift.window.clip(within) for shift in found)
    assert worked == timedelta(hours=expected["working_h"])
    assert within.duration - worked == timedelta(hours=expected["non_working_h"])
    by_team = Counter()
    for shift in found:
        by_team[shift.team] += shift.window.duration / within.duration * 100
    assert by_team == dict.fromkeys(inputs["teams"], pytest.approx(expected["team_percent_worked"]))
    for team in sequences:
        assert cycle.hours_a_week(team) == pytest.approx(expected["avg_h_week"])


def test_breaks_of_pyshift_are_gaps_between_the_pieces_of_a_shift():
    case = golden("pyshift-breaks")
    name, at, hours = case["inputs"]["shift"]
    begin, end = minute_of(at), minute_of(at) + hours * 60
    pieces, start = [], begin
    for pause, length in case["inputs"]["breaks"]:
        pieces.append(CycleShift(name, 2, start, minute_of(pause) - start))
        start = minute_of(pause) + length
    pieces.append(CycleShift(name, 2, start, end - start))
    within = Window(datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC))
    found = expanded(pieces, 7, anchor=MONDAY, within=within)
    [whole] = joined(found)
    assert whole.window.duration == timedelta(hours=hours)
    breaks = whole.window.duration - total(piece.window for piece in found)
    assert breaks == timedelta(minutes=case["expected"]["break_min"])


def test_sequences_of_different_lengths_repeat_when_all_of_them_end():
    found = rotation({"A": "D-", "B": "-DD"}, TWELVE_HOURS)
    assert found.days == 6
    assert [shift.day for shift in found.shifts if shift.team == "A"] == [0, 2, 4]
    assert [shift.day for shift in found.shifts if shift.team == "B"] == [1, 2, 4, 5]


def test_a_team_is_behind_the_one_before_it():
    assert staggered("DDNN--", teams="ABC", offset=2) == {"A": "DDNN--", "B": "--DDNN", "C": "NN--DD"}


@pytest.mark.parametrize(
    ("sequences", "complaint"),
    [
        ({}, "at least one day"),
        ({"A": ""}, "at least one day"),
        ({"A": "DDX-"}, "“X” is none of D, N, -"),
        ({"A": "D" * 367}, "at most 366"),
        ({"A": "D" * 19, "B": "D" * 23}, "after 437 days"),
    ],
)
def test_sequences_that_make_no_cycle_are_refused(sequences, complaint):
    with pytest.raises(Unworkable, match=complaint):
        rotation(sequences, TWELVE_HOURS)


@given(st.text("DN-", min_size=1, max_size=28), st.integers(-40, 40), st.integers(1, 4))
def test_every_team_of_a_staggered_sequence_works_the_same(sequence, offset, number):
    teams = "ABCD"[:number]
    found = rotation(staggered(sequence, teams=teams, offset=offset), TWELVE_HOURS)
    assert found.days == len(sequence)
    assert len({found.hours_a_week(team) for team in teams}) == 1
