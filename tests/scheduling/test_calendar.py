"""The shifts of a week on the wall clock, and what they become in UTC."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from production.windows import Window, total, union
from scheduling.calendar import (
    Attendance,
    CycleShift,
    Shift,
    Version,
    current,
    joined,
    shifts,
    shifts_by_version,
)
from tests.scheduling.clocks import (
    BERLIN,
    CASABLANCA,
    HAVANA,
    HOUR,
    LORD_HOWE,
    MIDNIGHT,
    SAMOA,
    SIX,
    ST_JOHNS,
    TROLL,
    day_starts,
    instants,
    lengths,
    span,
    zones,
)

AROUND_THE_CLOCK = [
    CycleShift(name, day, start, 480)
    for day in range(7)
    for name, start in (("Early", 360), ("Late", 840), ("Night", 1320))
]


def nightly(start_minute=22 * 60, minutes=480):
    return [CycleShift("Night", day, start_minute, minutes) for day in range(7)]


def the_shift_of(day, week, tz, day_start=MIDNIGHT):
    noon = datetime.combine(day, time(12), UTC)
    found = shifts(week, tz=tz, day_start=day_start, within=Window(noon - 48 * HOUR, noon + 48 * HOUR))
    return next(shift for shift in found if shift.day == day)


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        (BERLIN, date(2026, 3, 28), 7),
        (BERLIN, date(2026, 10, 24), 9),
        (BERLIN, date(2026, 7, 1), 8),
        (LORD_HOWE, date(2026, 4, 4), 8.5),
        (LORD_HOWE, date(2026, 10, 3), 7.5),
        (TROLL, date(2026, 3, 28), 6),
        (TROLL, date(2026, 10, 24), 10),
        (CASABLANCA, date(2026, 2, 14), 9),  # Ramadan begins: the clock goes back
        (CASABLANCA, date(2026, 3, 21), 7),
        (ST_JOHNS, date(2006, 10, 28), 9),  # 00:01 back to 23:01
        (HAVANA, date(2026, 3, 7), 7),  # midnight itself is skipped
        (ZoneInfo("UTC"), date(2026, 3, 28), 8),
    ],
)
def test_a_night_shift_lasts_what_the_wall_clock_says(zone, night, hours):
    assert the_shift_of(night, nightly(), zone).window.duration == hours * HOUR


def test_the_day_that_samoa_skipped_has_no_shift_and_breaks_no_other():
    within = span((2011, 12, 28), (2012, 1, 2))
    found = shifts(AROUND_THE_CLOCK, tz=SAMOA, day_start=MIDNIGHT, within=within)
    assert date(2011, 12, 30) not in {shift.day for shift in found}
    assert total(shift.window.clip(within) for shift in found) == within.duration


def test_a_night_shift_belongs_to_the_shop_day_in_which_it_starts():
    midnight_shift = [CycleShift("Night", 3, 30, 330)]  # Thursday 00:30
    assert the_shift_of(date(2026, 3, 11), midnight_shift, BERLIN, SIX).window.start == datetime(
        2026, 3, 11, 23, 30, tzinfo=UTC
    )


def test_shifts_that_overlap_the_window_come_whole():
    within = span((2026, 3, 11, 23), (2026, 3, 11, 23, 1))
    [night] = shifts(nightly(), tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=within)
    assert night.window == span((2026, 3, 11, 22), (2026, 3, 12, 6))


def test_a_shift_that_only_touches_the_window_is_left_out():
    assert not shifts(
        nightly(), tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=span((2026, 3, 11, 6), (2026, 3, 11, 22))
    )


def test_where_two_shifts_overlap_the_later_start_wins():
    week = [CycleShift("Early", 2, 360, 600), CycleShift("Late", 2, 840, 480)]
    early, late = shifts(
        week, tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=span((2026, 3, 11), (2026, 3, 12))
    )
    assert early.window.end == late.window.start == datetime(2026, 3, 11, 14, tzinfo=UTC)


def test_a_shift_is_cut_the_same_whether_or_not_the_other_is_asked_for():
    week = [CycleShift("Early", 2, 360, 600), CycleShift("Late", 2, 840, 480)]
    [early] = shifts(
        week, tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=span((2026, 3, 11), (2026, 3, 11, 7))
    )
    assert early.window.end == datetime(2026, 3, 11, 14, tzinfo=UTC)


def test_a_new_version_holds_from_its_shop_day_on():
    """The old night shift starts on the last old day, and ends where the new early shift begins."""
    versions = [
        Version(date(2026, 3, 1), nightly()),
        Version(date(2026, 3, 12), [CycleShift("Early", 3, 300, 480)]),
    ]
    within = span((2026, 3, 11, 12), (2026, 3, 13))
    found = shifts_by_version(versions, tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=within)
    assert [(s.name, s.window) for s in found] == [
        ("Night", span((2026, 3, 11, 22), (2026, 3, 12, 5))),
        ("Early", span((2026, 3, 12, 5), (2026, 3, 12, 13))),
    ]


def test_before_the_first_version_there_is_no_shift():
    versions = [Version(date(2026, 3, 12), nightly())]
    within = span((2026, 3, 1), (2026, 3, 12))
    assert not shifts_by_version(versions, tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=within)


weeks = st.lists(
    st.builds(
        CycleShift,
        name=st.sampled_from("ABC"),
        day=st.integers(0, 6),
        start_minute=st.integers(0, 287).map(lambda n: n * 5),
        minutes=st.integers(1, 288).map(lambda n: n * 5),
    ),
    max_size=25,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(weeks, zones, day_starts, instants, lengths)
def test_shifts_never_overlap_and_come_in_order(week, tz, day_start, start, length):
    found = shifts(week, tz=tz, day_start=day_start, within=Window(start, start + length))
    assert all(a.window.end <= b.window.start for a, b in pairwise(found))
    assert all(shift.window.start < shift.window.end for shift in found)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(weeks, zones, day_starts, instants, lengths, lengths)
def test_shifts_do_not_depend_on_the_window_they_are_asked_for(week, tz, day_start, start, left, right):
    middle = start + left
    asked = {"tz": tz, "day_start": day_start}
    whole = shifts(week, **asked, within=Window(start, middle + right))
    halves = (
        shifts(week, **asked, within=Window(start, middle)),
        shifts(week, **asked, within=Window(middle, middle + right)),
    )
    assert whole == [*halves[0], *(s for s in halves[1] if s not in halves[0])]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(weeks, instants, lengths)
def test_where_no_clock_jumps_cutting_loses_no_time_of_shifts_that_end_in_order(week, start, length):
    """Without nesting, the time covered is the union of what the pattern says."""
    within = Window(start, start + length)
    found = shifts(week, tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=within)
    said = [
        Window(begin, begin + timedelta(minutes=shift.minutes))
        for n in range(-3, length.days + 4)
        for begin_of_day in [datetime.combine((start + timedelta(days=n)).date(), time(), UTC)]
        for shift in week
        if shift.day == begin_of_day.weekday()
        for begin in [begin_of_day + timedelta(minutes=shift.start_minute)]
    ]
    ordered = sorted(said)
    if all(a.start < b.start and a.end <= b.end for a, b in pairwise(ordered)):
        assert union(w for s in found if (w := s.window.clip(within))) == union(
            w for s in said if (w := s.clip(within))
        )


def test_a_shift_keeps_its_attendance_and_team():
    week = [CycleShift("Ghost", 2, 1320, 480, Attendance.UNATTENDED, "Blue")]
    [ghost] = shifts(
        week, tz=ZoneInfo("UTC"), day_start=SIX, within=span((2026, 3, 11, 23), (2026, 3, 12, 1))
    )
    assert (ghost.attendance, ghost.team) == ("unattended", "Blue")


def in_a_cycle(days, anchor, *cycle_shifts):
    """The days of March 2026 on which a cycle has its shifts."""
    versions = [Version(date(2026, 1, 1), cycle_shifts, days, anchor)]
    within = span((2026, 3, 1), (2026, 4, 1))
    found = shifts_by_version(versions, tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=within)
    return [shift.day.day for shift in found]


@pytest.mark.parametrize("anchor", [date(2026, 3, 5), date(2026, 2, 23), date(2027, 1, 19), date(1970, 1, 8)])
def test_a_cycle_repeats_from_its_anchor_into_both_directions(anchor):
    """All of these dates are a multiple of ten days apart."""
    shift = CycleShift("Day", 2, 360, 480)
    assert (anchor - date(2026, 3, 5)).days % 10 == 0
    assert in_a_cycle(10, anchor, shift) == [7, 17, 27]


def test_without_an_anchor_the_days_of_a_week_are_weekdays():
    versions = [Version(date(2026, 1, 1), [CycleShift("Sunday", 6, 360, 480)])]
    within = span((2026, 3, 1), (2026, 3, 9))
    found = shifts_by_version(versions, tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=within)
    assert [shift.day for shift in found] == [date(2026, 3, 1), date(2026, 3, 8)]


def test_a_shift_runs_over_the_end_of_its_cycle():
    first, last = CycleShift("First", 0, 480, 240), CycleShift("Last", 3, 1200, 720)
    versions = [Version(date(2026, 1, 1), [first, last], 4, date(2026, 3, 1))]
    found = shifts_by_version(
        versions, tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=span((2026, 3, 4, 12), (2026, 3, 5, 12))
    )
    assert [(s.name, s.window) for s in found] == [
        ("Last", span((2026, 3, 4, 20), (2026, 3, 5, 8))),
        ("First", span((2026, 3, 5, 8), (2026, 3, 5, 12))),
    ]


@pytest.mark.parametrize(
    ("zone", "skipped"),
    [("Pacific/Honolulu", []), ("Pacific/Kiritimati", []), ("Pacific/Apia", [date(2011, 12, 30)])],
)
def test_the_longest_shift_is_found_from_every_hour_of_it(zone, skipped):
    """A day long, far from UTC, and over the date line; a minute is asked for at a time."""
    week = [CycleShift("All day", day, 21 * 60, 1440) for day in range(7)]
    hours = [datetime(2011, 12, 27, tzinfo=UTC) + n * HOUR for n in range(7 * 24)]
    found = [
        shifts(week, tz=ZoneInfo(zone), day_start=MIDNIGHT, within=Window(hour, hour + HOUR / 60))
        for hour in hours
    ]
    assert all(len(one) == 1 and hour in one[0].window for one, hour in zip(found, hours, strict=True))
    days = [one[0].day for one in found]
    everyday = [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
    assert sorted(set(days)) == [day for day in everyday if day not in skipped]


def test_a_window_may_end_between_two_seconds():
    start = datetime(2026, 3, 11, 22, tzinfo=UTC)
    instant = Window(start - timedelta(microseconds=1), start + timedelta(microseconds=1))
    assert len(shifts(nightly(), tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=instant)) == 1
    before = Window(start - HOUR, start)
    assert not shifts(nightly(), tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=before)


def test_a_window_without_length_has_no_shift():
    night = span((2026, 3, 11, 23), (2026, 3, 11, 23))
    assert not shifts(nightly(), tz=ZoneInfo("UTC"), day_start=MIDNIGHT, within=night)


def test_pieces_of_one_name_and_day_are_one_shift_with_breaks():
    def shift(name, start, end, day=11):
        window = Window(datetime(2026, 3, day, start, tzinfo=UTC), datetime(2026, 3, day, end, tzinfo=UTC))
        return Shift(name, window, date(2026, 3, day))

    early, after_break, late = shift("Early", 6, 10), shift("Early", 11, 14), shift("Late", 14, 22)
    tomorrow = shift("Early", 6, 10, day=12)
    whole, second, third = joined([early, after_break, late, tomorrow])
    assert whole.window == Window(early.window.start, after_break.window.end)
    assert (second, third) == (late, tomorrow)
    in_the_break = datetime(2026, 3, 11, 10, 30, tzinfo=UTC)
    assert current([early, after_break], in_the_break) == whole
    assert current([late], in_the_break) is None
    assert len(joined([early, replace(after_break, team="Blue")])) == 2
