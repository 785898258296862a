"""Rules in people's words, and back."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.recurrence import read, write
from scheduling.recurrence_words import Repeats, Said, in_words, said

START = datetime(2026, 1, 1, 10)  # a Thursday


def words(text):
    return in_words(read(text, default_start=START))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("FREQ=DAILY", "Every day at 10:00, from 1 Jan 2026"),
        ("FREQ=DAILY;INTERVAL=3;UNTIL=20260131", "Every 3 days at 10:00, from 1 Jan 2026 until 31 Jan 2026"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "On weekdays at 10:00, from 1 Jan 2026"),
        ("FREQ=DAILY;BYDAY=SA,SU", "On Saturday and Sunday at 10:00, from 1 Jan 2026"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR", "Every 2 weeks on Mon, Wed and Fri at 10:00, from 1 Jan 2026"),
        ("FREQ=WEEKLY", "On Thursday at 10:00, from 1 Jan 2026"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on the last day at 10:00, from 1 Jan 2026"),
        ("FREQ=MONTHLY;BYDAY=2TU", "Every month on the second Tuesday at 10:00, from 1 Jan 2026"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "Every month on the last Friday at 10:00, from 1 Jan 2026"),
        ("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY", "Every year on 25 December, all day, from 25 Dec 2026"),
        ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY;COUNT=1", "Once, on 24 Dec 2026, all day"),
        ("FREQ=DAILY;BYHOUR=12;BYMINUTE=30", "Every day at 12:30, from 1 Jan 2026"),
        ("FREQ=DAILY;BYHOUR=9,15", "By a rule: daily, from 1 Jan 2026"),
        ("FREQ=YEARLY;BYWEEKNO=20", "By a rule: yearly, from 1 Jan 2026"),
    ],
)  # fmt: skip
def test_a_rule_is_told_in_words(text, sentence):
    assert words(text) == sentence


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;COUNT=5",
        "FREQ=DAILY;BYHOUR=9",  # the first would be a day earlier
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "DTSTART;TZID=Europe/Berlin:20260101T100000\nRRULE:FREQ=DAILY",
        "DTSTART:20260101T100030\nRRULE:FREQ=DAILY",
        "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=YEARLY;BYMONTH=5",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
    ],
)
def test_what_words_do_not_reach_is_not_said_wrongly(text):
    assert said(read(text, default_start=START)) is None


days = st.dates(date(2000, 1, 1), date(2060, 12, 31))
sentences = st.builds(
    Said,
    repeats=st.sampled_from(Repeats),
    first=days,
    at=st.none() | st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    every=st.integers(1, 30),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found))),
    month_day=st.integers(1, 28) | st.just(-1),
    place=st.sampled_from([1, 2, 3, 4, -1]),
    weekday=st.integers(0, 6),
)


@given(sentences)
def test_what_is_said_is_the_same_after_it_was_a_text(sentence):
    rule = sentence.rule()
    again = read(write(rule), default_start=START)
    assert again == rule
    assert said(again).rule() == rule
