"""Which rule answers a stop: conditions, order, lengths of time, and what error codes mean. No database."""

from datetime import time, timedelta

import pytest

from downtime.answering import INSTANT, Book, Code, Decision, Rule, Stopped, decide, matches

JAM, LUNCH, TOOL = 1, 2, 3


def minutes(n):
    return timedelta(minutes=n)


def rule(cause=JAM, **conditions):
    return Rule(pk=cause * 10, name=f"Rule of {cause}", cause=cause, **conditions)


def stop(**known):
    defaults = {"station": 7, "group": 4, "mode": "production_cycle", "began": time(10), "length": minutes(5)}
    return Stopped(**defaults | {"over": False} | known)


def cause(book, stop):
    answer = decide(book, stop).answer
    return answer and answer.cause


@pytest.mark.parametrize(
    ("conditions", "fits", "fails"),
    [
        ({"stations": (7, 8)}, {}, {"station": 9}),
        ({"groups": (4,)}, {}, {"group": 5}),
        ({"skus": (2,)}, {"sku": 2}, {"sku": None}),
        ({"error_codes": ("E17",)}, {"errors": ["E17"]}, {"errors": ["E170"]}),
        ({"error_codes": ("E17",)}, {"errors": ["E3", "e17: Spindle overload"]}, {"errors": []}),
        ({"error_codes": ("AL-*", "E1")}, {"errors": ["AL-204"]}, {"errors": ["XAL-204"]}),
        ({"alarm_text": "overload"}, {"errors": ["E17: Spindle OVERLOAD"]}, {"errors": ["E17: Door open"]}),
        ({"error_codes": ("E1",), "alarm_text": "axis 2"}, {"errors": ["E1: Axis 2"]}, {"errors": ["E9: Axis 2"]}),
        ({"before": "not_planned"}, {"before": "not_planned"}, {"before": "running"}),
        ({"mode": "production_cycle"}, {}, {"mode": "power"}),
        ({"setup": True}, {"setup": True}, {"setup": False}),
        ({"setup": False}, {"setup": False}, {"setup": True}),
        ({"shifts": ("Early", "Night")}, {"shift": "night"}, {"shift": "Late"}),
        ({"from_time": time(9), "until_time": time(11)}, {"began": time(9)}, {"began": time(11)}),
        ({"from_time": time(22), "until_time": time(6)}, {"began": time(23, 59)}, {"began": time(6)}),
        ({"from_time": time(22), "until_time": time(6)}, {"began": time(5, 59, 59)}, {"began": time(21, 59)}),
        ({"from_time": time(9)}, {"began": time(23, 59)}, {"began": time(8, 59)}),
        ({"until_time": time(9)}, {"began": time(0)}, {"began": time(9)}),
    ],
)  # fmt: skip
def test_a_condition_holds_or_does_not(conditions, fits, fails):
    book = Book((rule(**conditions),))
    assert cause(book, stop(**fits)) == JAM
    assert cause(book, stop(**fails)) is None


def test_all_conditions_of_a_rule_must_hold():
    book = Book((rule(stations=(7,), error_codes=("E17",)),))
    assert cause(book, stop(errors=["E17"])) == JAM
    assert cause(book, stop(errors=["E17"], station=8)) is None
    assert cause(book, stop()) is None


def test_the_first_rule_that_holds_answers_and_is_named():
    book = Book((rule(TOOL, error_codes=("E9",)), rule(JAM), rule(LUNCH)))
    assert decide(book, stop()).answer.said == "Rule 2: Rule of 1"
    assert decide(book, stop(errors=["E9"])).answer.rule == TOOL * 10


def test_without_rules_nothing_is_answered():
    assert decide(Book(), stop(errors=["E17"])) == Decision()
    assert not Book()


def test_a_length_that_is_not_reached_is_waited_for_and_no_later_rule_answers():
    book = Book((rule(LUNCH, at_least_ms=600_000), rule(JAM)))
    assert decide(book, stop(length=minutes(9.9))) == Decision(again_at=minutes(10))
    assert cause(book, stop(length=minutes(10))) == LUNCH
    assert cause(book, stop(length=minutes(9.9), over=True)) == JAM


def test_a_stop_is_short_when_it_is_over_and_long_as_soon_as_it_is():
    book = Book((rule(JAM, at_most_ms=300_000), rule(TOOL)))
    assert decide(book, stop(length=minutes(5))) == Decision(again_at=minutes(5) + INSTANT)
    assert cause(book, stop(length=minutes(5), over=True)) == JAM
    assert cause(book, stop(length=minutes(5) + INSTANT)) == TOOL


def test_a_rule_for_lengths_between_waits_for_one_end_and_then_for_the_other():
    book = Book((rule(JAM, at_least_ms=120_000, at_most_ms=300_000),))
    assert decide(book, stop(length=minutes(1))).again_at == minutes(2)
    assert decide(book, stop(length=minutes(3))).again_at == minutes(5) + INSTANT
    assert [cause(book, stop(length=minutes(n), over=True)) for n in (1, 2, 5, 6)] == [None, JAM, JAM, None]


def test_a_rule_whose_other_conditions_fail_is_not_waited_for():
    book = Book((rule(LUNCH, at_least_ms=600_000, stations=(8,)), rule(JAM)))
    assert cause(book, stop(length=minutes(1))) == JAM


def test_an_error_code_means_a_cause_where_no_rule_says_otherwise():
    book = Book((rule(LUNCH, shifts=("Early",)),), (Code("E17", JAM),))
    assert decide(book, stop(errors=["E17: Overload"])).answer.said == "Error code E17"
    assert decide(book, stop(errors=["E17: Overload"])).answer.rule is None
    assert cause(book, stop(errors=["E17"], shift="Early")) == LUNCH
    assert cause(book, stop(errors=["E18"])) is None


def test_the_first_error_that_has_a_meaning_counts():
    book = Book((), (Code("E17", JAM), Code("E9", TOOL)))
    assert cause(book, stop(errors=["E0", "E9", "E17"])) == TOOL


def test_the_nearest_place_and_the_most_exact_code_win():
    everywhere, line, machine = Code("E1*", 1), Code("E17", 2, group=4), Code("E*", 3, station=7)
    book = Book((), (everywhere, line, machine, Code("E17", 4, group=5)))
    assert cause(book, stop(errors=["E17"])) == 3
    assert cause(book, stop(errors=["E17"], station=8)) == 2
    assert cause(book, stop(errors=["E18"], station=8)) == 1
    assert cause(Book((), (Code("E*", 1), Code("E17*", 2), Code("E17", 3))), stop(errors=["E17"])) == 3
    assert cause(Book((), (Code("E*", 1), Code("E17*", 2))), stop(errors=["E175"])) == 2


@pytest.mark.parametrize(
    ("pattern", "error", "fits"),
    [
        ("E17", "E17", True), ("E17", "e17", True), ("E17", "E17: hot", True), ("E17", "E17 hot", False),
        ("E17: hot", "E17: hot", True), ("E1*", "E17: hot", True), ("17", "E17", False),
    ],
)  # fmt: skip
def test_a_code_is_compared_without_the_text_behind_it(pattern, error, fits):
    assert matches(pattern, error) == fits
