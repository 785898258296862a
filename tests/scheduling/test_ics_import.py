"""Reading a stranger's calendar file: which whole days it means, and what is refused at once."""

import time
from contextlib import suppress
from datetime import date, timedelta

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st

from scheduling.ics_import import BadCalendar, days_of

TODAY = date(2026, 11, 21)
FIRST = "UID:1\r\nSUMMARY:New Year\r\nDTSTART;VALUE=DATE:20260101\r\n"


def ics(*events):
    inside = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inside}END:VCALENDAR\r\n".encode()


def days(*events):
    return days_of(ics(*events), today=TODAY).days


def refused(data):
    """What is wrong with it, and how long that took, the best of three."""
    took = []
    for _ in range(3):
        begun = time.process_time()
        with pytest.raises(BadCalendar) as caught:
            days_of(data, today=TODAY)
        took.append(time.process_time() - begun)
    return caught.value, min(took)


# What is read


def test_a_yearly_day_is_read_a_year_back_and_ten_ahead():
    assert days(FIRST + "RRULE:FREQ=YEARLY") == {
        date(year, 1, 1): "New Year" for year in range(2026, 2037) if year < 2037
    }


def test_exceptions_additions_and_changed_occurrences_are_honoured():
    found = days(
        FIRST + "RRULE:FREQ=YEARLY;UNTIL=20300101\r\nEXDATE;VALUE=DATE:20270101\r\nRDATE;VALUE=DATE:20270104",
        "UID:1\r\nSUMMARY:New Year (moved)\r\nRECURRENCE-ID;VALUE=DATE:20280101\r\nDTSTART;VALUE=DATE:20280103",
    )
    assert found == {
        date(2026, 1, 1): "New Year",
        date(2027, 1, 4): "New Year",
        date(2028, 1, 3): "New Year (moved)",
        date(2029, 1, 1): "New Year",
        date(2030, 1, 1): "New Year",
    }


def test_a_cancelled_event_and_a_cancelled_occurrence_are_no_holidays():
    found = days(
        FIRST + "RRULE:FREQ=YEARLY;COUNT=2",
        "UID:1\r\nRECURRENCE-ID;VALUE=DATE:20270101\r\nDTSTART;VALUE=DATE:20270101\r\nSTATUS:CANCELLED",
        "UID:2\r\nSUMMARY:Never\r\nDTSTART;VALUE=DATE:20260301\r\nSTATUS:CANCELLED",
    )
    assert found == {date(2026, 1, 1): "New Year"}


def test_of_two_versions_of_an_event_the_newer_counts():
    newer = FIRST.replace("20260101", "20260102") + "SEQUENCE:2"
    assert list(days(newer, FIRST + "SEQUENCE:1")) == [date(2026, 1, 2)]


@pytest.mark.parametrize("ends", ["DTEND;VALUE=DATE:20260104", "DURATION:P3D"])
def test_an_event_of_some_days_is_all_of_them(ends):
    assert list(days(FIRST + ends)) == [date(2026, 1, day) for day in (1, 2, 3)]


@pytest.mark.parametrize("start", ["DTSTART:20260101T000000", "DTSTART;TZID=Europe/Berlin:20260101T000000"])
def test_from_midnight_to_midnight_is_a_whole_day(start):
    assert list(days(f"UID:1\r\n{start}\r\nDTEND;TZID=Europe/Berlin:20260102T000000")) == [date(2026, 1, 1)]


def test_parts_of_days_are_left_out_and_told():
    found = days_of(
        ics("UID:9\r\nSUMMARY:Meeting\r\nDTSTART:20260101T100000Z\r\nDTEND:20260101T110000Z", FIRST),
        today=TODAY,
    )
    assert (list(found.days), found.left_out) == ([date(2026, 1, 1)], ["Meeting"])


def test_names_are_unfolded_unescaped_and_joined():
    found = days(
        'UID:1\r\nSUMMARY;LANGUAGE="de:DE":Silvester\\, halb\r\n  Tag\r\nDTSTART;VALUE=DATE:20261231',
        "UID:2\r\nSUMMARY:Inventory\\nall day\r\nDTSTART;VALUE=DATE:20261231",
        "UID:3\r\nSUMMARY:" + "x" * 200 + "\r\nDTSTART;VALUE=DATE:20261230",
    )
    assert found[date(2026, 12, 31)] == "Silvester, halb Tag; Inventory all day"
    assert len(found[date(2026, 12, 30)]) == 64


def test_alarms_and_zones_inside_a_file_are_passed_over():
    alarm = "BEGIN:VALARM\r\nTRIGGER:-PT1H\r\nSUMMARY:Alarm\r\nEND:VALARM"
    assert days(FIRST + alarm) == {date(2026, 1, 1): "New Year"}
    rule = b"BEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\n"
    zone = b"BEGIN:VTIMEZONE\r\n" + rule + b"END:VTIMEZONE\r\n"
    data = ics(FIRST).replace(b"BEGIN:VEVENT", zone + b"BEGIN:VEVENT", 1)
    assert list(days_of(data, today=TODAY).days) == [date(2026, 1, 1)]


RULES = st.builds(
    "FREQ={};INTERVAL={}{}".format,
    st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY"]),
    st.integers(1, 4),
    st.sampled_from(["", ";COUNT=7", ";UNTIL=20290601"]),
)


@given(
    st.dates(date(2024, 1, 1), date(2028, 12, 28)),
    RULES,
    st.integers(1, 5),
    st.lists(st.integers(0, 6), max_size=3),
)
def test_a_second_reader_finds_the_same_days(start, rule, length, gone):
    left = "".join(f"EXDATE;VALUE=DATE:{start + timedelta(7 * n):%Y%m%d}\r\n" for n in gone)
    text = ics(
        f"UID:1\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:X\r\nDTSTART;VALUE=DATE:{start:%Y%m%d}\r\n"
        f"DTEND;VALUE=DATE:{start + timedelta(length):%Y%m%d}\r\nRRULE:{rule}\r\n{left}"
    )
    span = (date(2025, 11, 1), date(2036, 11, 1))
    theirs = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(*span)
    wanted = {event["DTSTART"].dt + timedelta(n) for event in theirs for n in range(length)}
    assert set(days_of(text, today=TODAY).days) == {day for day in wanted if span[0] <= day < span[1]}


# What is refused


def made_of(count, *lines):
    return ics(*(f"UID:{n}\r\nDTSTART;VALUE=DATE:20260101\r\n" + "\r\n".join(lines) for n in range(count)))


BAD = {
    "50 MB": (b"BEGIN:VCALENDAR\r\n" * 3_000_000, "file"),
    "two million empty lines": (b"BEGIN:VCALENDAR\r\n" + b"\n" * 2_000_000, "file"),
    "one line of 2 MB": (b"BEGIN:VCALENDAR\r\n" + b"X" * 2_000_000, "file"),
    "a line of folds": (b"BEGIN:VCALENDAR\r\nX:" + b"\r\n " * 39_000 + b"Y" * 1_900_000, "file"),
    "quotes that never close": (b"BEGIN:VCALENDAR\r\n" + b'X;A="' + b":" * 1_900_000, "file"),
    "many quotes": (b"BEGIN:VCALENDAR\r\n" + b'X;A="' + b'":"' * 600_000, "file"),
    "100,000 exceptions": (ics(FIRST + "EXDATE;VALUE=DATE:" + ",".join(["20260102"] * 100_000)), "EXDATE"),
    "100,000 additions": (ics(FIRST + "RDATE;VALUE=DATE:" + ",".join(["20260102"] * 100_000)), "EXDATE"),
    "exceptions all over": (made_of(1_900, "EXDATE:" + ",".join(["20260102"] * 100)), "EXDATE"),
    "10,000 events": (made_of(10_000), "file"),
    "2,000 rules": (made_of(2_000, "RRULE:FREQ=YEARLY"), "RRULE"),
    "200 daily rules": (made_of(200, "RRULE:FREQ=DAILY"), "file"),
    "every second": (ics(FIRST + "RRULE:FREQ=SECONDLY"), "FREQ"),
    "every hour": (ics(FIRST + "RRULE:FREQ=HOURLY"), "FREQ"),
    "interval 0": (ics(FIRST + "RRULE:FREQ=DAILY;INTERVAL=0"), "INTERVAL"),
    "a billion times": (ics(FIRST + "RRULE:FREQ=DAILY;COUNT=1000000000"), "COUNT"),
    "never": (ics(FIRST + "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "RRULE"),
    "a list of a thousand": (ics(FIRST + "RRULE:FREQ=YEARLY;BYYEARDAY=" + ",".join(["1"] * 1000)), ""),
    "since year 1": (ics("UID:1\r\nDTSTART;VALUE=DATE:00010101\r\nRRULE:FREQ=DAILY"), "DTSTART"),
    "32nd of May": (ics("UID:1\r\nDTSTART;VALUE=DATE:20260532"), "DTSTART"),
    "ends before it starts": (ics(FIRST + "DTEND;VALUE=DATE:20251201"), "DTEND"),
    "lasts for years": (ics(FIRST + "DTEND;VALUE=DATE:20360101"), "DTEND"),
    "year-long, each day": (ics(FIRST + "DTEND;VALUE=DATE:20261231\r\nRRULE:FREQ=DAILY"), "file"),
    "no start": (ics("UID:1"), "DTSTART"),
    "two rules": (ics(FIRST + "RRULE:FREQ=DAILY\r\nRRULE:FREQ=YEARLY"), "RRULE"),
    "EXRULE": (ics(FIRST + "EXRULE:FREQ=YEARLY"), "EXRULE"),
    "this and future": (
        ics(FIRST, "UID:1\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260101\r\nDTSTART;VALUE=DATE:20260102"),
        "RECURRENCE-ID",
    ),
    "nothing": (b"", "file"),
    "another kind of file": (b"PK\x03\x04" + b"\x00" * 100, "file"),
    "not UTF-8": (ics(FIRST).replace(b"New", b"N\xe9w"), "file"),
    "cut off": (ics(FIRST)[:-30], "file"),
    "nested wrongly": (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", "file"),
    "nested deeply": (b"BEGIN:VCALENDAR\r\n" * 39_000, "file"),
}


@pytest.mark.parametrize("kind", BAD)
def test_nonsense_is_refused_at_once_with_the_field_named(kind):
    data, field = BAD[kind]
    error, took = refused(data)
    assert error.field.startswith(field)
    assert 0 < len(str(error)) < 300
    assert took < 0.3  # 0.1 s on an idle machine, see docs/holidays.md


LINES = [
    *FIRST.split("\r\n"), "BEGIN:VEVENT", "END:VEVENT", "RRULE:FREQ=DAILY", "EXDATE:x", "DTEND:20260102",
    "RECURRENCE-ID:20260101", "DURATION:P1D", "\x00", '";:',
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES)), st.binary())
def test_whatever_a_file_holds_it_is_read_or_refused(lines, rest):
    for data in (ics("\r\n".join(lines)), b"BEGIN:VCALENDAR\r\n" + rest, rest):
        with suppress(BadCalendar):
            days_of(data, today=TODAY)
