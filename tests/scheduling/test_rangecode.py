"""Range codes: what each means on any clock, and that nothing else means anything."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from production.windows import Window
from scheduling.calendar import Shift
from scheduling.rangecode import BadRange, Clock, resolve
from scheduling.wall_clock import shop_day

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)  # a Wednesday
BERLIN = Clock(ZoneInfo("Europe/Berlin"), time(6))
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
]
CLOCKS = st.builds(
    Clock, st.sampled_from(ZONES).map(ZoneInfo), st.integers(0, 23).map(lambda hour: time(hour))
)
NOWS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 1), timezones=st.just(UTC))


def days(code, now=NOW, clock=BERLIN):
    return resolve(code, now=now, clock=clock).days


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("today", "2026-03-11", "2026-03-11"),
        ("yesterday", "2026-03-10", "2026-03-10"),
        ("this-week", "2026-03-09", "2026-03-15"),
        ("last-week", "2026-03-02", "2026-03-08"),
        ("this-month", "2026-03-01", "2026-03-31"),
        ("last-month", "2026-02-01", "2026-02-28"),
        ("last-7-days", "2026-03-05", "2026-03-11"),
        ("last-1-days", "2026-03-11", "2026-03-11"),
        ("2025-W07", "2025-02-10", "2025-02-16"),
        ("2026-W01", "2025-12-29", "2026-01-04"),
        ("2026-W53", "2026-12-28", "2027-01-03"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("2025-02-14", "2025-02-14", "2025-02-14"),
        ("2025-02-01/2025-02-14", "2025-02-01", "2025-02-14"),
        ("2025-W07/2025-W09", "2025-02-10", "2025-03-02"),
        ("2024/2025", "2024-01-01", "2025-12-31"),
    ],
)
def test_codes_of_days(code, first, last):
    assert days(code) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("code", "start", "end"),
    [
        ("2025-02-14T06:00Z/2025-02-14T14:00Z", "2025-02-14T06:00Z", "2025-02-14T14:00Z"),
        ("2025-02-14T06:00:30+01:00/2025-02-14T14:00+0100", "2025-02-14T05:00:30Z", "2025-02-14T13:00Z"),
        ("2025-02-14T06:00 01:00/2025-02-14T14:00Z", "2025-02-14T05:00Z", "2025-02-14T14:00Z"),
        ("2025-07-14T06:00/2025-07-14T14:00", "2025-07-14T04:00Z", "2025-07-14T12:00Z"),
        # 02:30 does not exist, and is twice.
        ("2026-03-29T02:30/2026-03-29T04:00", "2026-03-29T01:00Z", "2026-03-29T02:00Z"),
        ("2026-10-25T02:30/2026-10-25T04:00", "2026-10-25T00:30Z", "2026-10-25T03:00Z"),
        ("last-3-hours", "2026-03-11T09:00Z", "2026-03-11T12:00Z"),
    ],
)
def test_codes_of_instants(code, start, end):
    found = resolve(code, now=NOW, clock=BERLIN)
    assert found.days is None
    assert found.window == Window(datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize(
    "code",
    [
        "", " ", "tomorrow", "Today", "last-0-days", "last-99999-days", "last-x-days", "2025-13", "2025-00",
        "2025-02-29", "2025-W00", "2025-W53", "25-02-14", "2025-2-14", "2025-02-14T06:00Z", "2025-02-14/2025-02-13",
        "1999", "2101", "2000/2100", "9999-12", "9999-W52", "0000-01-01", "/", "2025/", "/2025", "2025/2026/2027",
        "2025-02-14T25:00/2026",
        "2025-02-14T06:00Z/2025-02-14T06:00Z", "2025-02-14T14:00Z/2025-02-14T06:00Z", "today/yesterday",
        "٢٠٢٥", "2025-02-14T06:00+99:99/2025-02-15T06:00Z", "x" * 10_000, "2025-02-14\n", "\x00",
        "0001-01-01T00:00+23:00/2025-01-01T00:00Z", "2025-02-14T06:00Z/9999-12-31T23:59-23:00", "this-shift",
    ],
)  # fmt: skip
def test_nothing_else_means_anything(code):
    if code == "2025-02-14\n":  # blanks around a code are none of it
        assert days(code) == (date(2025, 2, 14), date(2025, 2, 14))
        return
    with pytest.raises(BadRange) as refused:
        resolve(code, now=NOW, clock=BERLIN)
    assert len(str(refused.value)) < 700


@given(st.text(max_size=40) | st.from_regex(r"[0-9W/T:Z+-]{1,30}", fullmatch=True), NOWS, CLOCKS)
def test_any_text_is_a_range_or_refused(code, now, clock):
    try:
        found = resolve(code, now=now, clock=clock)
    except BadRange:
        return
    assert found.window.start < found.window.end


@given(NOWS, CLOCKS)
def test_today_contains_now_and_follows_yesterday(now, clock):
    today, yesterday = (resolve(code, now=now, clock=clock) for code in ("today", "yesterday"))
    assert now in today.window
    assert yesterday.window.end == today.window.start
    # 24 hours but where the clock was set.
    assert 22 * HOUR <= today.window.duration <= 26 * HOUR


@given(NOWS, CLOCKS, st.sampled_from(["week", "month"]))
def test_weeks_and_months_contain_now_and_follow_each_other(now, clock, name):
    this, last = (resolve(f"{word}-{name}", now=now, clock=clock) for word in ("this", "last"))
    assert now in this.window
    assert last.window.end == this.window.start


@given(NOWS, CLOCKS)
def test_a_week_is_its_seven_days_by_whatever_name(now, clock):
    this = resolve("this-week", now=now, clock=clock)
    year, week, _ = clock.day(now).isocalendar()
    assert resolve(f"{year}-W{week:02}", now=now, clock=clock) == this
    first, last = this.days
    assert (first.weekday(), last - first) == (0, 6 * DAY)
    each = [resolve((first + n * DAY).isoformat(), now=now, clock=clock).window for n in range(7)]
    assert [one.end for one in each[:-1]] == [one.start for one in each[1:]]
    assert (each[0].start, each[-1].end) == (this.window.start, this.window.end)


@given(NOWS, CLOCKS, st.integers(1, 400))
def test_the_last_days_end_with_today(now, clock, number):
    assume(now - number * DAY > datetime(2000, 1, 10, tzinfo=UTC))
    found, today = (resolve(code, now=now, clock=clock) for code in (f"last-{number}-days", "today"))
    assert (found.days[1] - found.days[0]).days + 1 == number
    assert found.window.end == today.window.end


@given(NOWS, CLOCKS)
def test_an_instant_of_a_day_s_range_has_that_shop_day(now, clock):
    found = resolve("today", now=now, clock=clock)
    for at in (found.window.start, found.window.end - timedelta(seconds=1)):
        assert shop_day(at, tz=clock.tz, day_start=clock.day_start) == found.days[0]


def shift(start, hours=8, name="Early"):
    at = NOW.replace(hour=0) + start * HOUR
    return Shift(name, Window(at, at + hours * HOUR), at.date())


@pytest.mark.parametrize(
    ("now", "this", "last"),
    [
        (12, (6, 14), (-2, 6)),
        (6, (6, 14), (-2, 6)),
        (15, (6, 14), (-2, 6)),
        (23, (22, 30), (6, 14)),
        (5, (-2, 6), (-18, -10)),
    ],
)
def test_shifts_are_the_one_of_now_and_the_one_before(now, this, last):
    at = NOW.replace(hour=0)
    shifts = [shift(-18), shift(-2, name="Night"), shift(6), shift(22, name="Night")]
    for code, (start, end) in (("this-shift", this), ("last-shift", last)):
        found = resolve(code, now=at + now * HOUR, clock=BERLIN, shifts=lambda: shifts)
        assert found.window == Window(at + start * HOUR, at + end * HOUR)


def test_a_shift_s_pieces_are_one_shift():
    shifts = [shift(6, 4), shift(11, 3)]
    assert resolve("this-shift", now=NOW, clock=BERLIN, shifts=lambda: shifts).window == shift(6).window
    with pytest.raises(BadRange):
        resolve("last-shift", now=NOW, clock=BERLIN, shifts=lambda: shifts)
