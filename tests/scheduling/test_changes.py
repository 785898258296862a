"""What a date has otherwise than its cycle says: extra, cancelled, moved and longer shifts."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from production.windows import Window
from scheduling.calendar import Attendance, CycleShift, DayChange, Version, shifts_by_version
from tests.scheduling.clocks import BERLIN, HOUR, MIDNIGHT, SIX, day_starts, span, zones

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 3, day) for day in (9, 10, 11, 12))
EARLY, LATE, NIGHT = 360, 840, 1320
AROUND_THE_CLOCK = [
    CycleShift(name, day, start, 480, team=name[0])
    for day in range(7)
    for name, start in (("Early", EARLY), ("Late", LATE), ("Night", NIGHT))
]
DAYS_ONLY = [CycleShift("Early", day, EARLY, 480, Attendance.OPTIONAL, "Blue") for day in range(5)]
UTC_ZONE = type(BERLIN)("UTC")


def on(day, *changes, week=DAYS_ONLY, tz=UTC_ZONE, day_start=MIDNIGHT, days=1):
    """The shifts that touch a date, as name, start and hours; times are those of UTC."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = shifts_by_version(
        [Version(date(2026, 1, 1), week)],
        tz=tz, day_start=day_start, within=Window(begin, begin + timedelta(days=days)), changes=changes,
    )  # fmt: skip
    return [(s.name, f"{s.window.start:%d %H:%M}", s.window.duration / HOUR) for s in found]


def test_an_extra_shift_comes_to_the_others():
    saturday = date(2026, 3, 14)
    extra = DayChange.extra(CycleShift("Saturday", 0, EARLY, 300), saturday)
    assert on(saturday, extra) == [("Saturday", "14 06:00", 5)]
    assert on(date(2026, 3, 21), extra) == []


def test_an_extra_shift_cuts_the_one_it_begins_in():
    extra = DayChange.extra(CycleShift("Trial", 0, 720, 60), WEDNESDAY)
    assert on(WEDNESDAY, extra) == [("Early", "11 06:00", 6), ("Trial", "11 12:00", 1)]


def test_the_day_of_an_extra_shift_counts_from_its_date():
    extra = DayChange.extra(CycleShift("Saturday", 3, EARLY, 300), WEDNESDAY)
    assert on(date(2026, 3, 14), extra) == [("Saturday", "14 06:00", 5)]


def test_a_cancelled_shift_does_not_take_place_and_the_others_do():
    cancelled = DayChange.cancelled(WEDNESDAY, LATE)
    names = [name for name, _, _ in on(WEDNESDAY, cancelled, week=AROUND_THE_CLOCK, days=2)]
    assert names == ["Night", "Early", "Night", "Early", "Late", "Night"]


def test_a_cancelled_shift_cuts_nothing():
    week = [CycleShift("Long", 2, EARLY, 720), CycleShift("Late", 2, LATE, 480)]
    assert on(WEDNESDAY, DayChange.cancelled(WEDNESDAY, LATE), week=week) == [("Long", "11 06:00", 12)]


def test_a_cancelled_date_keeps_the_night_shift_that_began_the_day_before():
    found = on(WEDNESDAY, DayChange.cancelled(WEDNESDAY), week=AROUND_THE_CLOCK)
    assert found == [("Night", "10 22:00", 8)]


@pytest.mark.parametrize(
    ("to", "to_minute", "minutes", "expected"),
    [
        (WEDNESDAY, 480, None, [("Early", "11 08:00", 8)]),
        (WEDNESDAY, 300, 600, [("Early", "11 05:00", 10)]),
        (THURSDAY, 960, None, [("Early", "12 06:00", 8), ("Early", "12 16:00", 8)]),
        (date(2027, 3, 11), 960, 60, [("Early", "11 06:00", 8), ("Early", "11 16:00", 1)]),
    ],
)
def test_a_moved_shift_takes_place_at_its_new_time_only(to, to_minute, minutes, expected):
    moved = DayChange.moved(WEDNESDAY, EARLY, to=to, to_minute=to_minute, minutes=minutes)
    assert on(to, moved) == expected
    if to != WEDNESDAY:
        assert on(WEDNESDAY, moved) == []


def test_a_moved_shift_keeps_its_team_and_attendance():
    moved = DayChange.moved(WEDNESDAY, EARLY, to=WEDNESDAY, to_minute=600)
    [shift] = shifts_by_version(
        [Version(date(2026, 1, 1), DAYS_ONLY)], tz=BERLIN, day_start=SIX,
        within=span((2026, 3, 11), (2026, 3, 12)), changes=[moved],
    )  # fmt: skip
    assert (shift.attendance, shift.team) == (Attendance.OPTIONAL, "Blue")
    assert shift.window == span((2026, 3, 11, 9), (2026, 3, 11, 17))


@pytest.mark.parametrize(
    ("before", "after", "start", "hours"),
    [
        (0, 120, "06:00", 10),
        (60, 0, "05:00", 9),
        (60, 120, "05:00", 11),
        (-60, 0, "07:00", 7),
        (0, 1200, "06:00", 24),
    ],
)
def test_overtime_begins_earlier_or_ends_later_and_lasts_a_day_at_most(before, after, start, hours):
    week = [CycleShift("Early", 2, EARLY, 480)]
    overtime = DayChange.overtime(WEDNESDAY, EARLY, before=before, after=after)
    assert on(WEDNESDAY, overtime, week=week) == [("Early", f"11 {start}", hours)]


def test_overtime_of_a_night_shift_follows_the_wall_clock():
    """22:00 to 07:00 over the end of daylight saving: nine hours on the wall, ten that pass."""
    week = [CycleShift("Night", 5, NIGHT, 480)]
    overtime = DayChange.overtime(date(2026, 10, 24), NIGHT, after=60)
    assert on(date(2026, 10, 25), overtime, week=week, tz=BERLIN) == [("Night", "24 20:00", 10)]


@pytest.mark.parametrize(
    "change",
    [
        DayChange.cancelled(WEDNESDAY, LATE),
        DayChange.moved(WEDNESDAY, LATE, to=THURSDAY, to_minute=0),
        DayChange.overtime(WEDNESDAY, EARLY + 5, after=60),
        DayChange.cancelled(date(2026, 3, 14)),
        DayChange.moved(date(2025, 12, 31), EARLY, to=WEDNESDAY, to_minute=0),  # before the first version
    ],
)
def test_a_change_of_a_shift_that_is_not_there_changes_nothing(change):
    assert on(WEDNESDAY, change, days=5) == on(WEDNESDAY, days=5)


def test_of_two_changes_of_one_shift_the_last_counts():
    cancelled = DayChange.cancelled(WEDNESDAY)
    longer = DayChange.overtime(WEDNESDAY, EARLY, after=60)
    assert on(WEDNESDAY, cancelled, longer) == [("Early", "11 06:00", 9)]
    assert on(WEDNESDAY, longer, cancelled) == []


def test_a_change_speaks_of_what_the_cycle_says_not_of_another_change():
    moved = DayChange.moved(TUESDAY, EARLY, to=WEDNESDAY, to_minute=LATE)
    cancelled = DayChange.cancelled(WEDNESDAY, LATE)
    assert on(WEDNESDAY, moved, cancelled) == [("Early", "11 06:00", 8), ("Early", "11 14:00", 8)]


def test_a_change_holds_in_whichever_version_holds():
    versions = [Version(date(2026, 1, 1), DAYS_ONLY), Version(WEDNESDAY, AROUND_THE_CLOCK)]
    cancelled = DayChange.cancelled(WEDNESDAY, EARLY)
    found = shifts_by_version(
        versions,
        tz=UTC_ZONE,
        day_start=MIDNIGHT,
        within=span((2026, 3, 10), (2026, 3, 12)),
        changes=[cancelled],
    )
    assert [(s.name, s.day) for s in found] == [("Early", TUESDAY), ("Late", WEDNESDAY), ("Night", WEDNESDAY)]


def test_the_changes_of_a_version_are_its_own():
    """A station that changes its schedule on Wednesday: what the old one has otherwise holds no longer."""
    versions = [
        Version(
            date(2026, 1, 1), DAYS_ONLY, changes=[DayChange.cancelled(day) for day in (TUESDAY, WEDNESDAY)]
        ),
        Version(WEDNESDAY, DAYS_ONLY, changes=[DayChange.extra(CycleShift("Extra", 0, LATE, 60), TUESDAY)]),
    ]
    found = shifts_by_version(
        versions, tz=UTC_ZONE, day_start=MIDNIGHT, within=span((2026, 3, 9), (2026, 3, 12))
    )
    assert [(s.name, s.day) for s in found] == [("Early", MONDAY), ("Early", WEDNESDAY)]


def test_changes_for_all_versions_count_after_those_of_a_version():
    """A station's own exception has the last word over that of its schedule."""
    longer = DayChange.overtime(WEDNESDAY, EARLY, after=60)
    version = Version(date(2026, 1, 1), DAYS_ONLY, changes=[DayChange.cancelled(WEDNESDAY)])
    within = span((2026, 3, 11), (2026, 3, 12))
    [early] = shifts_by_version([version], tz=UTC_ZONE, day_start=MIDNIGHT, within=within, changes=[longer])
    assert early.window.duration == 9 * HOUR


def test_a_change_of_the_small_hours_belongs_to_the_schedule_of_its_shop_day():
    """With a day from 06:00 the shift of Wednesday 00:30 is Tuesday's, so Tuesday's schedule changes it."""
    week = [CycleShift("Small hours", day, 30, 300) for day in range(7)]
    change = DayChange.overtime(WEDNESDAY, 30, after=30)
    versions = [Version(date(2026, 1, 1), week, changes=[change]), Version(WEDNESDAY, week)]
    found = shifts_by_version(versions, tz=UTC_ZONE, day_start=SIX, within=span((2026, 3, 11), (2026, 3, 13)))
    assert [(s.day, s.window.duration) for s in found] == [(TUESDAY, 5.5 * HOUR), (WEDNESDAY, 5 * HOUR)]


def test_of_a_hundred_thousand_changes_those_of_the_date_matter():
    changes = [DayChange.cancelled(MONDAY + timedelta(days=n % 900 - 450), n % 1440) for n in range(100_000)]
    assert on(WEDNESDAY, *changes) == on(WEDNESDAY, *(c for c in changes if c.on == WEDNESDAY))


minutes = st.integers(0, 287).map(lambda n: n * 5)
spans = st.integers(1, 288).map(lambda n: n * 5)
dates = st.integers(-6, 12).map(lambda n: date(2026, 3, 24) + timedelta(days=n))


def cycle_shifts(days):
    return st.builds(
        CycleShift,
        name=st.sampled_from("ABC"),
        day=st.integers(0, days - 1),
        start_minute=minutes,
        minutes=spans,
    )


changes = st.one_of(
    st.builds(DayChange.extra, cycle_shifts(2), dates),
    st.builds(DayChange.cancelled, dates, minutes | st.none()),
    st.builds(DayChange.moved, dates, minutes, to=dates, to_minute=minutes, minutes=spans | st.none()),
    st.builds(DayChange.overtime, dates, minutes, before=spans, after=spans),
)


@st.composite
def histories(draw):
    """Up to three versions of cycles of up to nine days, with changes that often meet a shift."""
    starts = sorted({date(2026, 1, 1), *draw(st.lists(dates, max_size=2))})
    versions = []
    for start in starts:
        days = draw(st.integers(1, 9))
        week = draw(st.lists(cycle_shifts(days), max_size=8))
        versions.append(Version(start, week, days, draw(dates), draw(st.lists(changes, max_size=2))))
    named = [shift.start_minute for version in versions for shift in version.shifts] or [0]
    aimed = st.builds(DayChange.overtime, dates, st.sampled_from(named), after=spans)
    return versions, draw(st.lists(changes | aimed, max_size=6))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), zones, day_starts, st.lists(st.integers(0, 20 * 24), min_size=3, max_size=3, unique=True))
def test_an_answer_does_not_depend_on_the_window_asked(history, tz, day_start, hours):
    versions, changed = history
    first, middle, last = (datetime(2026, 3, 14, tzinfo=UTC) + n * HOUR for n in sorted(hours))

    def asked(*ends):
        return shifts_by_version(versions, tz=tz, day_start=day_start, within=Window(*ends), changes=changed)

    whole, one, other = asked(first, last), asked(first, middle), asked(middle, last)
    assert whole == [*one, *(shift for shift in other if shift not in one)]
    assert all(a.window.end <= b.window.start for a, b in pairwise(whole))
    assert all(s.window.start < s.window.end and s.window.clip(Window(first, last)) for s in whole)
