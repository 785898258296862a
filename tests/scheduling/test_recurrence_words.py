"""Rules in people's words, and back."""

from datetime import date, datetime, time

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from mesproject.formats import spoken
from scheduling.recurrence import read, write
from scheduling.recurrence_words import Repeats, Said, in_words, said

START = datetime(2026, 1, 1, 10)  # a Thursday


def words(text):
    return str(in_words(read(text, default_start=START)))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("FREQ=DAILY", "Every day, at 10:00, from 2026-01-01"),
        ("FREQ=DAILY;INTERVAL=3;UNTIL=20260131", "Every 3 days, at 10:00, from 2026-01-01 until 2026-01-31"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "On weekdays, at 10:00, from 2026-01-01"),
        ("FREQ=DAILY;BYDAY=SA,SU", "Every week: Saturday, Sunday, at 10:00, from 2026-01-01"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "Every 2 weeks: Monday, Friday, at 10:00, from 2026-01-01"),
        ("FREQ=WEEKLY", "Every week: Thursday, at 10:00, from 2026-01-01"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on the last day, at 10:00, from 2026-01-01"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "Every month on day 15, at 10:00, from 2026-01-01"),
        ("FREQ=MONTHLY;BYDAY=2TU", "Every month: second Tuesday, at 10:00, from 2026-01-01"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "Every month: last Friday, at 10:00, from 2026-01-01"),
        ("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY", "Every year: 25 December, all day, from 2026-12-25"),
        ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY;COUNT=1", "Once, on 2026-12-24, all day"),
        ("FREQ=DAILY;BYHOUR=12;BYMINUTE=30", "Every day, at 12:30, from 2026-01-01"),
        ("FREQ=DAILY;BYHOUR=9,15", "By a rule: daily, from 2026-01-01"),
        ("FREQ=YEARLY;BYWEEKNO=20", "By a rule: yearly, from 2026-01-01"),
    ],
)  # fmt: skip
def test_a_rule_is_told_in_words(text, sentence):
    assert words(text) == sentence


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Jeden Monat am zweiten Dienstag, um 10:00, ab 2026-01-01"),
        ("pl", "Co miesiąc: wtorek (drugi), o 10:00, od 2026-01-01"),
        ("zh-hans", "每月第二个星期二，10:00，2026-01-01 起"),
    ],
)
def test_it_is_told_in_the_readers_language(language, sentence):
    with translation.override(language):
        assert spoken(in_words(read("FREQ=MONTHLY;BYDAY=2TU", default_start=START))) == sentence


def test_a_month_is_named_as_it_is_behind_a_day():
    rule = read("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY", default_start=START)
    with translation.override("pl"):
        assert spoken(in_words(rule)) == "Co rok: 25 grudnia, cały dzień, od 2026-12-25"


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
