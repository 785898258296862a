"""Reading and writing rules, the nights on which clocks jump, and the spans of events."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from production.windows import Window
from scheduling.recurrence import (
    BadRule,
    Recurrence,
    as_object,
    moved_by_clock,
    next_after,
    occurrences,
    read,
    spans,
    write,
)

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 1, 5, 6)


def make_rule(text: str, start: datetime = START) -> Recurrence:
    return read(text, default_start=start)


def make_window(start: str, end: str, tz: ZoneInfo = BERLIN) -> Window:
    begin, finish = (datetime.fromisoformat(at).replace(tzinfo=tz).astimezone(UTC) for at in (start, end))
    return Window(begin, finish)


def shown(found: list[datetime], tz: ZoneInfo = BERLIN) -> list[str]:
    return [f"{at.astimezone(tz):%m-%d %H:%M %z}" for at in found]


def span(window: Window, tz: ZoneInfo = BERLIN) -> str:
    return f"{window.start.astimezone(tz):%d %H:%M}-{window.end.astimezone(tz):%d %H:%M}"


@pytest.mark.parametrize(
    "text",
    [
        "DTSTART:20240101T120000\nRRULE:FREQ=WEEKLY;BYDAY=MO",
        "RRULE:FREQ=WEEKLY;BYDAY=MO\r\nDTSTART:20240101T120000\r\n",
        "DTSTART:20240101T120000\\nRRULE:FREQ=WEEKLY;BYDAY=MO",
        "dtstart:20240101t120000\nrrule:freq=weekly;byday=mo;interval=1;wkst=mo;",
        "DTSTART:20240101T120000 FREQ=WEEKLY;BYDAY=MO,MO",
        "BYDAY=MO;FREQ=WEEKLY\nDTSTART;VALUE=DATE-TIME:20240101T120000",
    ],
)
def test_one_rule_is_read_however_it_is_laid_out(text):
    assert write(make_rule(text)) == "DTSTART:20240101T120000\nRRULE:FREQ=WEEKLY;BYDAY=MO"


@pytest.mark.parametrize(
    "line",
    [
        "DTSTART;TZID=America/New_York:20240101T120000",
        "DTSTART:20240101T120000Z",
        "DTSTART;VALUE=DATE:20240101",
    ],
)
def test_a_rule_keeps_the_clock_it_names(line):
    assert write(make_rule(f"{line}\nFREQ=DAILY")) == f"{line}\nRRULE:FREQ=DAILY"


def test_a_rule_can_be_said_in_json():
    rule = make_rule(
        "DTSTART;TZID=Asia/Tokyo:20240101T120000\nFREQ=MONTHLY;BYDAY=-1FR,MO;BYMONTH=3,1;COUNT=9"
    )
    said = as_object(rule)
    assert said["freq"] == "MONTHLY"
    assert said["byweekday"] == ["MO", "-1FR"]
    assert (said["dtstart"], said["tzid"]) == ("2024-01-01T12:00:00", "Asia/Tokyo")
    assert (said["bymonth"], said["count"], said["until"]) == ([1, 3], 9, None)


def test_until_in_utc_is_refused_of_a_local_start_and_says_what_to_write():
    with pytest.raises(BadRule, match="without the Z") as refused:
        make_rule("FREQ=DAILY;UNTIL=20260201T000000Z")
    assert refused.value.field == "UNTIL"


def test_until_in_utc_counts_on_the_clock_of_the_start():
    rule = make_rule("DTSTART;TZID=Europe/Berlin:20260601T060000\nFREQ=DAILY;UNTIL=20260603T040000Z")
    assert rule.until == datetime(2026, 6, 3, 6)
    assert len(occurrences(rule, tz=ZoneInfo("UTC"), within=make_window("2026-01-01", "2027-01-01"))) == 3


def test_until_in_the_hour_that_is_shown_twice_keeps_its_first_showing():
    # 01:10 UTC is 02:10 for the second time; 02:30 for the first time was before it.
    rule = make_rule("DTSTART;TZID=Europe/Berlin:20261020T023000\nFREQ=DAILY;UNTIL=20261025T011000Z")
    found = occurrences(rule, tz=BERLIN, within=make_window("2026-10-01", "2026-11-30"))
    assert shown(found)[-1] == "10-25 02:30 +0200"
    assert read(write(rule), default_start=START) == rule


def test_until_as_a_date_includes_that_day():
    rule = make_rule("FREQ=DAILY;UNTIL=20260106")
    assert len(occurrences(rule, tz=BERLIN, within=make_window("2026-01-01", "2026-02-01"))) == 2


def test_a_start_that_the_rule_does_not_name_is_no_occurrence():
    rule = make_rule("FREQ=WEEKLY;BYDAY=WE;COUNT=1")  # from a Monday on
    assert shown(occurrences(rule, tz=BERLIN, within=make_window("2026-01-01", "2027-01-01"))) == [
        "01-07 06:00 +0100"
    ]


def test_a_start_in_the_gap_is_its_end_and_says_so():
    rule, night = (
        make_rule("FREQ=DAILY", START.replace(hour=2, minute=30)),
        make_window("2026-03-28", "2026-03-31"),
    )
    assert shown(occurrences(rule, tz=BERLIN, within=night)) == [
        "03-28 02:30 +0100", "03-29 03:00 +0200", "03-30 02:30 +0200",
    ]  # fmt: skip
    (moved,) = moved_by_clock(rule, tz=BERLIN, within=night)
    assert (moved.kind, moved.wall) == ("gap", datetime(2026, 3, 29, 2, 30))
    assert moved.at == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_of_two_showings_the_first_is_taken_and_said():
    rule, night = (
        make_rule("FREQ=DAILY", START.replace(hour=2, minute=30)),
        make_window("2026-10-25", "2026-10-26"),
    )
    assert shown(occurrences(rule, tz=BERLIN, within=night)) == ["10-25 02:30 +0200"]
    assert [moved.kind for moved in moved_by_clock(rule, tz=BERLIN, within=night)] == ["fold"]


def test_two_starts_in_one_gap_are_one_instant():
    rule = make_rule("FREQ=DAILY;BYHOUR=2;BYMINUTE=15,45")
    assert shown(occurrences(rule, tz=BERLIN, within=make_window("2026-03-29", "2026-03-30"))) == [
        "03-29 03:00 +0200"
    ]


def test_a_window_takes_its_start_and_leaves_its_end():
    rule = make_rule("FREQ=DAILY")
    found = occurrences(rule, tz=BERLIN, within=make_window("2026-02-01T06:00", "2026-02-02T06:00"))
    assert shown(found) == ["02-01 06:00 +0100"]


def test_the_next_occurrence_is_later_however_far_away():
    rule = make_rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO")
    assert shown([next_after(rule, datetime(2026, 1, 1, tzinfo=UTC), tz=BERLIN)]) == ["02-29 06:00 +0100"]
    daily = make_rule("FREQ=DAILY;COUNT=2")
    first = next_after(daily, datetime(1980, 1, 1, tzinfo=UTC), tz=BERLIN)
    second = next_after(daily, first, tz=BERLIN)
    assert shown([first, second]) == ["01-05 06:00 +0100", "01-06 06:00 +0100"]
    assert next_after(daily, second, tz=BERLIN) is None
    assert next_after(daily, second - timedelta(microseconds=1), tz=BERLIN) == second


def test_each_start_pairs_with_the_next_end():
    starts, ends = make_rule("FREQ=DAILY;BYHOUR=6,12"), make_rule("FREQ=DAILY;BYHOUR=7,13")
    found = spans(starts, ends, None, tz=BERLIN, within=make_window("2026-02-02T06:30", "2026-02-03"))
    assert [span(each) for each in found] == ["02 06:00-02 07:00", "02 12:00-02 13:00"]


def test_a_night_pairs_across_midnight_and_across_the_clocks():
    starts, ends = make_rule("FREQ=DAILY;BYHOUR=22"), make_rule("FREQ=DAILY;BYHOUR=6")
    found = spans(starts, ends, None, tz=BERLIN, within=make_window("2026-10-25", "2026-10-25T01:00"))
    assert [(span(each), each.duration) for each in found] == [("24 22:00-25 06:00", timedelta(hours=9))]


def test_a_span_that_began_long_before_the_window_is_there_and_whole():
    starts, ends = make_rule("FREQ=MONTHLY;BYMONTHDAY=1"), make_rule("FREQ=MONTHLY;BYMONTHDAY=28")
    found = spans(starts, ends, None, tz=BERLIN, within=make_window("2026-02-27", "2026-02-28"))
    assert [span(each) for each in found] == ["01 06:00-28 06:00"]


def test_no_span_is_longer_than_31_days():
    starts, ends = (
        make_rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=1"),
        make_rule("FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1"),
    )
    within = make_window("2026-02-20", "2026-02-21")
    assert [each.duration for each in spans(starts, ends, None, tz=BERLIN, within=within)] == [
        timedelta(days=31)
    ]
    assert not spans(starts, ends, None, tz=BERLIN, within=make_window("2026-03-10", "2026-03-11"))
    (cut,) = spans(starts, None, timedelta(days=90), tz=BERLIN, within=within)
    assert cut.duration == timedelta(days=31)


def test_after_the_last_end_a_start_has_its_own_length():
    starts, ends = make_rule("FREQ=DAILY"), make_rule("FREQ=DAILY;BYHOUR=7;COUNT=1")
    within = make_window("2026-01-01", "2026-01-07")
    found = spans(starts, ends, timedelta(minutes=10), tz=BERLIN, within=within)
    assert [span(each) for each in found] == ["05 06:00-05 07:00", "06 06:00-06 06:10"]


def test_an_event_without_end_or_length_is_the_rest_of_its_day():
    holiday = make_rule("DTSTART;VALUE=DATE:20260329\nFREQ=YEARLY")
    (found,) = spans(holiday, None, None, tz=BERLIN, within=make_window("2026-03-29", "2026-04-30"))
    assert (span(found), found.duration) == ("29 00:00-30 00:00", timedelta(hours=23))
    late = make_rule("DTSTART:20260601T230000Z\nFREQ=YEARLY")  # 01:00 in Berlin
    (rest,) = spans(late, None, None, tz=BERLIN, within=make_window("2026-06-01", "2026-06-30"))
    assert span(rest) == "02 01:00-03 00:00"


def test_whole_days_of_a_length_are_those_of_the_calendar():
    rule = make_rule("DTSTART:20261024T220000\nFREQ=YEARLY")
    within = make_window("2026-10-24", "2026-10-27")
    assert [span(each) for each in spans(rule, None, timedelta(days=1), tz=BERLIN, within=within)] == [
        "24 22:00-25 22:00"
    ]
    (hours,) = spans(rule, None, timedelta(hours=8), tz=BERLIN, within=within)
    assert hours.duration == timedelta(hours=8)


def test_a_day_that_the_calendar_skips_has_no_span():
    apia = ZoneInfo("Pacific/Apia")
    daily = make_rule("DTSTART;VALUE=DATE:20111229\nFREQ=DAILY")
    found = spans(daily, None, None, tz=apia, within=make_window("2011-12-29", "2012-01-02", apia))
    assert [span(each, apia) for each in found] == [
        "29 00:00-31 00:00",
        "31 00:00-01 00:00",
        "01 00:00-02 00:00",
    ]


def test_overlapping_spans_stay_as_they_are():
    found = spans(
        make_rule("FREQ=DAILY;BYHOUR=6,7"), None, timedelta(hours=2), tz=BERLIN,
        within=make_window("2026-02-02", "2026-02-03"),
    )  # fmt: skip
    assert [span(each) for each in found] == ["02 06:00-02 08:00", "02 07:00-02 09:00"]
