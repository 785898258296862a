"""What a person is shown of a recurrence before it is saved."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.recurrence import read
from scheduling.upcoming import duration, upcoming

BERLIN = ZoneInfo("Europe/Berlin")
MARCH, OCTOBER = datetime(2026, 3, 27, 12, tzinfo=UTC), datetime(2026, 10, 23, 12, tzinfo=UTC)


def rule(text):
    return read(text, default_start=datetime(2026, 1, 1))


def shown(text, *, since, ends="", minutes=None, most=3):
    found = upcoming(
        rule(text), rule(ends) if ends else None, timedelta(minutes=minutes) if minutes else None,
        tz=BERLIN, since=since, most=most,
    )  # fmt: skip
    return [
        (f"{one.start:%a %d %H:%M}", f"{one.end:%H:%M}", duration(one.length), " ".join(map(str, one.notes)))
        for one in found
    ]


def test_twenty_are_shown_of_a_rule_that_is_rare():
    found = upcoming(rule("FREQ=YEARLY"), tz=BERLIN, since=MARCH)
    assert [one.start.year for one in found] == list(range(2027, 2047))


def test_a_start_in_the_gap_is_explained():
    assert shown("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", since=MARCH, minutes=30) == [
        ("Sat 28 02:30", "03:00", "30 min", ""),
        ("Sun 29 03:00", "03:30", "30 min",
         "The clock skips 02:30 on this day: it begins at the first time after the gap."),
        ("Mon 30 02:30", "03:00", "30 min", ""),
    ]  # fmt: skip


def test_a_start_that_comes_twice_is_explained():
    found = shown("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", since=OCTOBER, minutes=15)
    assert found[1] == (
        "Sun 25 02:30", "02:45", "15 min", "The clock shows 02:30 twice on this day: it begins at the first."
    )  # fmt: skip


def test_a_night_that_is_longer_than_it_looks_says_so():
    night = shown("FREQ=DAILY;BYHOUR=22", ends="FREQ=DAILY;BYHOUR=6", since=OCTOBER)
    assert night[1] == ("Sat 24 22:00", "06:00", "9 h", "The clock goes back by 1 h in between.")


def test_a_rule_that_is_over_shows_nothing():
    assert shown("FREQ=DAILY;COUNT=3", since=MARCH) == []


def test_what_has_begun_and_goes_on_is_shown():
    assert (
        shown("DTSTART:20260327T110000\nRRULE:FREQ=DAILY;COUNT=1", since=MARCH, minutes=180)[0][0]
        == "Fri 27 11:00"
    )


def test_lengths_are_told_in_the_units_of_people():
    assert [duration(timedelta(minutes=m)) for m in (0, 45, 60, 1470, 2880)] == [
        "0 min", "45 min", "1 h", "1 d 30 min", "2 d"
    ]  # fmt: skip


def test_a_break_that_the_clock_skips_is_not_one_until_the_next_day():
    for start, end in ((30, 60), (15, 45)):
        ends = "FREQ=DAILY;BYHOUR=3" if end == 60 else f"FREQ=DAILY;BYHOUR=2;BYMINUTE={end}"
        found = shown(f"FREQ=DAILY;BYHOUR=2;BYMINUTE={start}", ends=ends, since=MARCH)
        assert [(day[:6], lasts) for day, _, lasts, _ in found] == [
            ("Sat 28", "30 min"), ("Mon 30", "30 min"), ("Tue 31", "30 min"),
        ]  # fmt: skip
