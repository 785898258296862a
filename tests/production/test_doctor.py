"""What is wrong with a connection is told by the last messages that came over it."""

from datetime import timedelta

import pytest

from production.doctor import clock_of, findings, gaps_of, missing_frames
from production.heard import Became, Heard
from tests.make import NOON

SECOND = timedelta(seconds=1)
STORED = Became("M1", "stored")


def heard(seconds_ago, *, ahead=None, became=STORED, **more):
    at = NOON - seconds_ago * SECOND
    sent = None if ahead is None else at + ahead * SECOND
    return Heard(at, "mqtt", "topic", b"{}", sent, became=[became], **more)


def codes(messages, **more):
    return [finding.code for finding in findings(messages, now=NOON, **more)]


def test_nothing_was_ever_heard():
    assert codes([]) == ["never"]


def test_all_is_well():
    assert codes([heard(1, ahead=0, seq=2), heard(6, ahead=0, seq=1)]) == ["well"]


@pytest.mark.parametrize(("seconds", "code"), [(599, "well"), (601, "silent")])
def test_silence_is_told_after_ten_minutes(seconds, code):
    assert codes([heard(seconds)]) == [code]


def test_a_sign_of_life_by_another_way_counts():
    assert codes([heard(3600)], last_seen=NOON) == ["well"]
    assert codes([], last_seen=NOON - timedelta(hours=1)) == ["silent"]


def test_what_is_refused_is_told_with_its_most_frequent_reason():
    wrong = Became("M9", "refused", "unknown_station", "No station has the code 'M9'.")
    other = Became("M1", "refused", "bad_value", "No.")
    [finding] = findings([heard(1, became=wrong), heard(2, became=wrong), heard(3, became=other)], now=NOON)
    assert finding.figures == {"code": "unknown_station", "number": 2, "of": 3, "reason": wrong.reason}


def test_a_mistake_that_was_mended_is_none_any_more():
    wrong = Became("M1", "refused", "bad_value", "No.")
    assert codes([*(heard(n) for n in range(20)), heard(30, became=wrong)]) == ["well"]


def test_frames_without_pins_are_told():
    assert codes([heard(1, became=Became("", "ignored", "not_mapped", "Map one."))], frames=True) == [
        "ignored"
    ]


def test_a_sender_that_only_repeats_itself_is_told():
    assert codes([heard(n, became=Became("M1", "duplicate")) for n in range(3)]) == ["all_repeated"]


def test_the_clock_is_the_one_of_the_message_that_was_held_up_least():
    messages = [heard(1, ahead=-400), heard(2, ahead=-2), heard(3, ahead=-90)]
    assert clock_of(messages).ahead == -2 * SECOND
    assert codes(messages) == ["well"]


@pytest.mark.parametrize(("ahead", "code"), [(31, "clock_ahead"), (30, "well"), (-31, "clock_behind")])
def test_a_clock_that_is_wrong_is_told(ahead, code):
    assert codes([heard(1, ahead=ahead)]) == [code]


def test_a_clock_that_drifts_is_told_with_how_much():
    messages = [heard(60 * n, ahead=20 - n) for n in range(20)]
    clock = clock_of(messages)
    assert clock.ahead == 20 * SECOND
    assert 40 * SECOND < clock.per_hour < 80 * SECOND
    assert codes(messages) == ["clock_drifts"]


def test_messages_that_are_held_up_a_little_are_no_clock_that_drifts():
    messages = [heard(20 * n, ahead=-n / 12) for n in range(20)]
    assert clock_of(messages).per_hour is None
    assert codes(messages) == ["well"]


def test_there_is_no_clock_and_no_trend_where_nothing_tells_of_them():
    assert clock_of([heard(1)]) is None
    assert clock_of([heard(1, ahead=0)]).per_hour is None


def test_numbers_that_are_missing_are_named():
    messages = [heard(n, seq=seq, boot="a") for n, seq in enumerate([30, 28, 24, 23])]
    [gap] = gaps_of(messages)
    assert (gap.missing, gap.numbers) == (4, ("25–27", "29"))
    assert codes(messages) == ["numbers_missing"]


def test_after_a_restart_numbers_begin_anew():
    assert gaps_of([heard(1, seq=1, boot="b"), heard(2, seq=900, boot="a")]) == []


def test_each_station_has_its_own_numbers():
    others = [heard(3, seq=8, became=Became("M2", "stored"))]
    assert gaps_of([heard(1, seq=2), heard(2, seq=1), *others]) == []


def test_frames_that_did_not_come_are_counted():
    assert missing_frames([heard(n) for n in (0, 5, 10.4, 30, 35)]) == 3
    assert codes([heard(n) for n in (0, 5, 10, 30, 35)], frames=True) == ["frames_missing"]
