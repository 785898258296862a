"""Rules made to keep a server busy: each is answered at once, with the part at fault or with few occurrences."""

import gc
from datetime import UTC, datetime
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from production.windows import Window
from scheduling import recurrence_days
from scheduling.recurrence import BadRule, next_after, occurrences, read
from scheduling.recurrence_days import most_in_a_year

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 1, 5, 6)
YEAR = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
LIMIT = 0.1  # seconds of processor time

SIXTY = ",".join(str(n) for n in range(60))
DAYS = ",".join(str(n) for n in range(1, 32))
HOURS = ",".join(str(n) for n in range(24))
ALL_WEEK = "MO,TU,WE,TH,FR,SA,SU"
PLACES = ",".join(str(n) for n in range(-366, -306))
ALL_DAY_LONG = f"BYHOUR={HOURS};BYMINUTE={SIXTY};BYSECOND={SIXTY}"

REFUSED = [
    ("FREQ=SECONDLY", "FREQ"),
    ("FREQ=MINUTELY;BYSECOND=0", "FREQ"),
    ("FREQ=HOURLY;INTERVAL=1", "FREQ"),
    ("FREQ=", "FREQ"),
    ("", "FREQ"),
    ("FREQ=DAILY;FREQ=SECONDLY", "FREQ"),
    ("INTERVAL=1;COUNT=3", "FREQ"),
    ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
    ("FREQ=DAILY;INTERVAL=-1", "INTERVAL"),
    ("FREQ=DAILY;INTERVAL=367", "INTERVAL"),
    ("FREQ=DAILY;INTERVAL=1e9", "INTERVAL"),
    ("FREQ=DAILY;INTERVAL=" + "9" * 1900, "INTERVAL"),
    ("FREQ=DAILY;INTERVAL=١", "INTERVAL"),
    ("FREQ=DAILY;INTERVAL=1_0", "INTERVAL"),
    ("FREQ=DAILY;COUNT=0", "COUNT"),
    ("FREQ=DAILY;COUNT=1000000000", "COUNT"),
    ("FREQ=DAILY;COUNT=NaN", "COUNT"),
    ("FREQ=DAILY;COUNT=5;UNTIL=20270101", "UNTIL"),
    ("FREQ=DAILY;UNTIL=20270101T000000Z", "UNTIL"),
    ("FREQ=DAILY;UNTIL=20250101", "UNTIL"),
    ("FREQ=DAILY;UNTIL=20270532", "UNTIL"),
    ("FREQ=DAILY;UNTIL=00000000", "UNTIL"),
    ("FREQ=DAILY;BYMONTH=" + ",".join(["1"] * 900), "BYMONTH"),
    ("FREQ=DAILY;BYMONTH=13", "BYMONTH"),
    ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
    ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
    ("FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY"),
    ("FREQ=MONTHLY;BYYEARDAY=200", "BYYEARDAY"),
    ("FREQ=DAILY;BYWEEKNO=20", "BYWEEKNO"),
    ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO"),
    ("FREQ=DAILY;BYDAY=1MO", "BYDAY"),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "BYDAY"),
    ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY"),
    ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
    ("FREQ=WEEKLY;WKST=0", "WKST"),
    ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
    ("FREQ=DAILY;BYSECOND=60", "BYSECOND"),
    ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
    ("FREQ=DAILY;BYEASTER=0", "BYEASTER"),
    ("FREQ=DAILY;" + "X" * 1900, "X" * 20),
    ("X" * 10**6, "RRULE"),
    ("FREQ=DAILY\nEXRULE:FREQ=DAILY", "EXRULE"),
    ("FREQ=DAILY\nRDATE:20260101", "RDATE"),
    ("FREQ=DAILY\nRRULE:FREQ=DAILY", "RRULE"),
    ("DTSTART:00010101T000000\nRRULE:FREQ=DAILY", "DTSTART"),
    ("DTSTART:99991231T235959\nRRULE:FREQ=DAILY", "DTSTART"),
    ("DTSTART:20260532T000000\nRRULE:FREQ=DAILY", "DTSTART"),
    ("DTSTART;TZID=Mars/Olympus:20260101T000000\nFREQ=DAILY", "DTSTART"),
    ("DTSTART;TZID=../../etc/passwd:20260101T000000\nFREQ=DAILY", "DTSTART"),
    ("DTSTART;TZID=Europe:20260101T000000\nFREQ=DAILY", "DTSTART"),
    ("DTSTART;TZID=right/Europe/Berlin:20260101T000000\nFREQ=DAILY", "DTSTART"),
    ("FREQ=DAILY;BYHOUR=0,8,16", "RRULE"),
    (f"FREQ=DAILY;{ALL_DAY_LONG}", "RRULE"),
    (f"FREQ=YEARLY;BYMONTHDAY={DAYS};BYDAY={ALL_WEEK};{ALL_DAY_LONG}", "RRULE"),
    (f"FREQ=YEARLY;{ALL_DAY_LONG}", "RRULE"),
    (f"FREQ=DAILY;COUNT=40;{ALL_DAY_LONG}", "RRULE"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "RRULE"),
    ("FREQ=MONTHLY;BYMONTH=2,4,6,9,11;BYMONTHDAY=31", "RRULE"),
    ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30,31", "RRULE"),
    ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "RRULE"),
    ("FREQ=DAILY;BYHOUR=6;BYSETPOS=2", "RRULE"),
    ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=-2", "RRULE"),
    (f"FREQ=MONTHLY;BYDAY={ALL_WEEK};BYSETPOS=32,{PLACES[: PLACES.rindex(',')]}", "RRULE"),
    (f"FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1,2,3;BYMONTHDAY={DAYS};BYDAY={ALL_WEEK}", "RRULE"),
    ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", "RRULE"),
    ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=7;COUNT=100000", "RRULE"),
    ("FREQ=DAILY;INTERVAL=7;BYDAY=SU;COUNT=100000", "RRULE"),
]

TAKEN = [
    "FREQ=DAILY;COUNT=100000",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=5,17;COUNT=100000",
    f"FREQ=MONTHLY;BYDAY={ALL_WEEK};{ALL_DAY_LONG};BYSETPOS=1,-1",
    f"FREQ=YEARLY;BYDAY={ALL_WEEK};{ALL_DAY_LONG};BYSETPOS={PLACES};COUNT=100000",
    f"FREQ=DAILY;{ALL_DAY_LONG};BYSETPOS=1",
    f"FREQ=DAILY;COUNT=999;BYMINUTE={SIXTY};BYSECOND=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14",
    "FREQ=YEARLY;INTERVAL=366",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
    "FREQ=MONTHLY;INTERVAL=366;BYMONTHDAY=31;COUNT=100000",
    "FREQ=WEEKLY;INTERVAL=366;BYMONTH=2;COUNT=100000",
    "FREQ=WEEKLY;BYMONTH=2;BYSETPOS=1,7;BYDAY=MO,SU;COUNT=100000",
    "DTSTART:19700101T000000\nRRULE:FREQ=DAILY;BYHOUR=0,1;COUNT=100000",
    "DTSTART;TZID=Africa/Casablanca:19700101T000000\nRRULE:FREQ=DAILY;UNTIL=99991231T235959Z",
]


@pytest.fixture(autouse=True)
def nothing_remembered():
    """So that each rule costs what it costs the first time."""
    recurrence_days.forget()
    occurrences(read("FREQ=DAILY", default_start=START), tz=BERLIN, within=YEAR)


@pytest.mark.parametrize(("text", "field"), REFUSED, ids=lambda each: each[:60])
def test_a_bomb_is_refused_at_once_by_the_name_of_its_part(text, field):
    began = process_time()
    with pytest.raises(BadRule) as refused:
        read(text, default_start=START)
    assert process_time() - began < LIMIT
    assert refused.value.field == field
    assert refused.value.reason.endswith(".")
    assert len(refused.value.reason) < 250


@pytest.mark.parametrize("text", TAKEN, ids=lambda each: each[:60])
def test_a_heavy_rule_that_is_allowed_costs_little(text):
    gc.collect()  # of what other tests have left, which is no cost of the rule
    began = process_time()
    rule = read(text, default_start=START)
    found = occurrences(rule, tz=BERLIN, within=YEAR)
    next_after(rule, YEAR.start, tz=BERLIN)
    assert process_time() - began < LIMIT
    assert len(found) <= 1000


@pytest.mark.parametrize("text", TAKEN, ids=lambda each: each[:60])
def test_the_fullest_year_is_not_counted_too_low(text):
    rule = read(text, default_start=START)
    for year in range(rule.start.year, rule.start.year + 5):
        window = Window(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
        assert len(occurrences(rule, tz=ZoneInfo("UTC"), within=window)) <= most_in_a_year(rule) + 2
