"""Occurrences that other people and other programs expect: libical's own cases, and real calendars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

from production.windows import Window
from scheduling.recurrence import BadRule, Recurrence, occurrences, read

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "recurrence-oracle"
LIBICAL = DATA / "libical_icalrecur_test.txt"
CALENDARS = sorted((DATA / "ics").glob("*.ics")) if DATA.exists() else []
ANY = datetime(2000, 1, 1)
CLOCK = ZoneInfo("UTC")

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the cases lie beside the checkout")

# What docs/algorithms/recurrence.md says of the cases that do not simply agree.
FINER_THAN_A_DAY = 23  # refused: FREQ=HOURLY, MINUTELY or SECONDLY
# DTSTART is local and UNTIL in UTC: refused, and right as soon as the Z is taken away.
UNTIL_IN_UTC = re.compile(r"(UNTIL=\w+)Z")
# libical leaves this one open; by RFC 5545 it is the 30th of December where that is in week 1.
LEFT_OPEN = {
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30;BYWEEKNO=1;UNTIL=20320101": "20241230,20251230,20301230,20311230"
}

# Rules of the calendars that we refuse, and the part at fault.
REFUSED = {
    "RRULE:": "FREQ",
    "RRULE:FREQ=WEEKLY;BYDAY=TH;WKST=SU;UNTL=20191023": "UNTL",
    "RRULE:FREQ=WEEKLY;UNTIL=20231001;INTERVAL=2;BYDAY=MO": "UNTIL",  # a day before DTSTART
    "RRULE:FREQ=WEEKLY;UNTIL=20240331;COUNT=-1;INTERVAL=4;BYDAY=MO": "COUNT",
    # UNTIL in UTC of an event of whole days
    "RRULE:FREQ=WEEKLY;UNTIL=20200916T230000Z;INTERVAL=2;BYDAY=TH;WKST=MO": "UNTIL",
    "RRULE:FREQ=WEEKLY;UNTIL=20200923T230000Z;INTERVAL=2;BYDAY=TH;WKST=MO": "UNTIL",
}
# Differences by intent: UNTIL as a date, of an event at 12:00, is that whole day to us; and a DTSTART that its
# own rule does not name is no occurrence (a Thursday, of a rule about Mondays).
ONLY_OURS = {"RRULE:FREQ=DAILY;UNTIL=20250920;INTERVAL=2": datetime(2025, 9, 20, 12, tzinfo=UTC)}
ONLY_THEIRS = {"RRULE:FREQ=MONTHLY;COUNT=2;BYDAY=2MO": datetime(2023, 1, 12, 10, tzinfo=UTC)}


def cases() -> list[dict[str, str]]:
    """The blocks of libical's file that have a rule."""
    text = LIBICAL.read_text() if LIBICAL.exists() else ""
    blocks = re.split(r"\n\s*\n", text)
    found = [dict(re.findall(r"^([A-Z-]+):(.*)$", block, re.MULTILINE)) for block in blocks]
    return [case for case in found if "RRULE" in case]


def moments(listed: str) -> list[datetime]:
    return [moment(each) for each in listed.split(",")]


def moment(text: str) -> datetime:
    pattern = "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d"
    return datetime.strptime(text.removesuffix("Z"), pattern).replace(tzinfo=UTC)


def everything(rule: Recurrence, since: datetime | None = None) -> list[datetime]:
    """All occurrences of a rule that ends, or those from some moment on."""
    begin = since or rule.start.replace(tzinfo=UTC)
    return occurrences(rule, tz=CLOCK, within=Window(begin, datetime(2150, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["RRULE"][:60])
def test_libicals_case_agrees_or_is_refused_for_a_reason(case):
    text = f"DTSTART:{case['DTSTART']}\nRRULE:{case['RRULE']}"
    if re.match("FREQ=(HOURLY|MINUTELY|SECONDLY)", case["RRULE"]):
        assert refusal(text).field == "FREQ"
        return
    if UNTIL_IN_UTC.search(text) and not case["DTSTART"].endswith("Z"):
        assert "without the Z" in refusal(text).reason
        text = UNTIL_IN_UTC.sub(r"\1", text)
    rule = read(text, default_start=ANY)
    expected = moments(LEFT_OPEN.get(case["RRULE"], case["INSTANCES"].strip()))
    assert everything(rule) == expected
    if "START-AT" in case:  # begin in the middle
        since = moment(case["START-AT"])
        assert everything(rule, since) == [at for at in expected if at >= since]


def test_all_of_libicals_cases_are_there():
    finer = [case for case in cases() if re.match("FREQ=(HOURLY|MINUTELY|SECONDLY)", case["RRULE"])]
    assert (len(cases()), len(finer)) == (146, FINER_THAN_A_DAY)


def refusal(text: str) -> BadRule:
    with pytest.raises(BadRule) as refused:
        read(text, default_start=ANY)
    return refused.value


def events(path: Path) -> Iterator[tuple[icalendar.Event, list[icalendar.Component]]]:
    """Each event of a calendar that has a rule, with the zones; changes of single occurrences are left out."""
    for calendar in icalendar.Calendar.from_ical(path.read_bytes(), multiple=True):
        zones = calendar.walk("VTIMEZONE")
        for event in calendar.walk("VEVENT"):
            if "RRULE" in event and "RECURRENCE-ID" not in event:
                yield event, zones


def ours(event: icalendar.Event, rule: icalendar.vRecur) -> str:
    """An event's beginning and rule as text."""
    start = event["DTSTART"].dt
    if not isinstance(start, datetime):
        line = f"DTSTART;VALUE=DATE:{start:%Y%m%d}"
    elif start.tzinfo is None or str(start.tzinfo) == "UTC":
        line = f"DTSTART:{start:%Y%m%dT%H%M%S}" + ("Z" if start.tzinfo else "")
    else:
        line = f"DTSTART;TZID={start.tzinfo}:{start:%Y%m%dT%H%M%S}"
    return f"{line}\nRRULE:{rule.to_ical().decode()}"


def theirs(event: icalendar.Event, zones: list[icalendar.Component], rule: icalendar.vRecur, within: Window):
    """The starts by the other program, EXDATE, RDATE and changed occurrences taken out."""
    alone = icalendar.Event(
        {name: event[name] for name in ("UID", "DTSTART", "DTEND", "DURATION") if name in event}
    )
    alone["RRULE"] = rule
    calendar = icalendar.Calendar()
    for component in (*zones, alone):
        calendar.add_component(component)
    found = recurring_ical_events.of(calendar).between(within.start, within.end)
    return sorted({in_utc(each["DTSTART"].dt) for each in found})


def in_utc(start: date) -> datetime:
    start = start if isinstance(start, datetime) else datetime.combine(start, time())
    return start.astimezone(UTC) if start.tzinfo else start.replace(tzinfo=UTC)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", CALENDARS, ids=lambda path: path.stem)
def test_a_real_calendars_rules_agree_with_another_reader(path):
    for event, zones in events(path):
        listed = event["RRULE"] if isinstance(event["RRULE"], list) else [event["RRULE"]]
        for given in listed:
            text = ours(event, given)
            line = text.splitlines()[1]
            if line in REFUSED:
                assert refusal(text).field == REFUSED[line]
                continue
            year = event["DTSTART"].dt.year
            within = Window(datetime(year - 1, 1, 1, tzinfo=UTC), datetime(year + 8, 1, 1, tzinfo=UTC))
            found = occurrences(read(text, default_start=ANY), tz=CLOCK, within=within)
            by_intent = {each[line] for each in (ONLY_OURS, ONLY_THEIRS) if line in each}
            assert set(found) ^ set(theirs(event, zones, given, within)) == by_intent


def test_all_calendars_are_there():
    rules = [event for path in CALENDARS for event, _ in events(path)]
    assert (len(CALENDARS), len(rules)) == (95, 244)
