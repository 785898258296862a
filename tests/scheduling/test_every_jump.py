"""Five patterns over every jump of every zone's clock, against a clock that was watched minute by minute.

Nothing here asks the calendar how it knows: the expected shifts are those of the wall, and each wall time
is the first minute at which the watched clock showed it or a later one.
"""

import random
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from production.windows import Window, total
from scheduling.calendar import MONDAY, CycleShift, DayChange, Version, shifts_by_version
from scheduling.rotations import TEMPLATES
from scheduling.wall_clock import shop_day_window
from tests.scheduling.clocks import HOUR, MINUTE, SIX, ZONES, Watched, jumps

EARLY, LATE, NIGHT = 360, 840, 1320
AROUND_THE_CLOCK = [
    CycleShift(name, day, start, 480)
    for day in range(7)
    for name, start in (("Early", EARLY), ("Late", LATE), ("Night", NIGHT))
]
ROTATION = TEMPLATES["dupont"].rotation()
FIRST_DAY = date(1990, 1, 1)
# How long a clock is watched on both sides of a jump: no clock jumps twice in that time.
HOURS = 45


def day_shift(jump_day):
    return Version(FIRST_DAY, [CycleShift("Day", day, 90, 510) for day in range(7)])


def night_shift(jump_day):
    return Version(FIRST_DAY, [CycleShift("Night", day, NIGHT, 480) for day in range(7)])


def around_the_clock(jump_day):
    return Version(FIRST_DAY, AROUND_THE_CLOCK)


def rotation(jump_day):
    return Version(FIRST_DAY, ROTATION.shifts, ROTATION.days)


def week_with_exceptions(jump_day):
    """On the day of the jump and the night before it no shift is as it always is."""
    before = jump_day - timedelta(days=1)
    changes = [
        DayChange.overtime(before, NIGHT, before=30, after=60),
        DayChange.cancelled(jump_day, EARLY),
        DayChange.moved(jump_day, LATE, to=before, to_minute=5),
        DayChange.extra(CycleShift("Extra", 1, 120, 45), before),
    ]
    return Version(FIRST_DAY, AROUND_THE_CLOCK, changes=changes)


PATTERNS = (day_shift, night_shift, around_the_clock, rotation, week_with_exceptions)


def on_the_wall(pattern, jump_day):
    """The shifts around a day, as start and end on the wall and name, the slow and plain way."""
    version = pattern(jump_day)
    before = jump_day - timedelta(days=1)
    found = []
    for day in (jump_day + timedelta(days=n) for n in range(-5, 6)):
        for shift in version.shifts:
            if (day - MONDAY).days % version.days == shift.day:
                start = datetime.combine(day, time()) + shift.start_minute * MINUTE
                found.append((start, start + shift.minutes * MINUTE, shift.name, shift.team))
    if pattern is week_with_exceptions:
        midnight, morning = datetime.combine(before, time()), datetime.combine(jump_day, time())
        night = midnight + NIGHT * MINUTE
        gone = {night, morning + EARLY * MINUTE, morning + LATE * MINUTE}
        found = [one for one in found if one[0] not in gone]
        found.append((night - 30 * MINUTE, night + 540 * MINUTE, "Night", ""))
        found.append((midnight + 5 * MINUTE, midnight + 485 * MINUTE, "Late", ""))
        found.append((morning + 2 * HOUR, morning + 165 * MINUTE, "Extra", ""))
    return sorted(found)


def expected(pattern, jump_day, clock):
    """Each shift from the first minute that shows its start to that of its end, or of the next start."""
    walls = on_the_wall(pattern, jump_day)
    found = []
    for (start, end, name, team), (following, *_) in pairwise(walls):
        if start in clock and min(end, following) in clock:
            window = Window(clock.first(start), clock.first(min(end, following)))
            if window.start < window.end:
                found.append((window, name, team))
    return found


def check(tz, jump, pattern, clock):
    """One pattern around one jump: as the clock showed it, in order, disjoint, whatever window is asked."""
    jump_day = jump.astimezone(tz).date()
    version = pattern(jump_day)

    def asked(start, end):
        return shifts_by_version([version], tz=tz, day_start=SIX, within=Window(start, end))

    within = Window(jump - 84 * HOUR, jump + 84 * HOUR)
    found = asked(within.start, within.end)
    wanted = expected(pattern, jump_day, clock)
    first, last = wanted[0][0].start, wanted[-1][0].start
    assert first < jump < last + 24 * HOUR
    assert [(s.window, s.name, s.team) for s in found if first <= s.window.start <= last] == wanted
    assert all(a.window.end <= b.window.start for a, b in pairwise(found))
    assert all(s.window.start in shop_day_window(s.day, tz=tz, day_start=SIX) for s in found)
    halves = asked(within.start, jump), asked(jump, within.end)
    assert found == [*halves[0], *(s for s in halves[1] if s not in halves[0])]
    if pattern in (around_the_clock, rotation):
        assert all(a.window.end == b.window.start for a, b in pairwise(found))
        assert total(s.window.clip(within) for s in found) == within.duration


def check_all(zone, jump):
    """All five patterns around one jump."""
    tz = ZoneInfo(zone)
    clock = Watched(tz, jump - HOURS * HOUR, 2 * HOURS)
    for pattern in PATTERNS:
        check(tz, jump, pattern, clock)


def a_few():
    """The same jumps each time, of zones that hardly resemble each other."""
    chance = random.Random(18)
    some = [zone for zone in chance.sample(ZONES, 60) if jumps(zone)]
    return [(zone, chance.choice(jumps(zone))) for zone in some]


@pytest.mark.parametrize("pick", range(4))
def test_shifts_are_what_a_watched_clock_shows_at_some_jumps(pick):
    for zone, jump in a_few()[pick::4]:
        check_all(zone, jump)


@pytest.mark.parametrize(
    ("zone", "year", "number"),
    [
        ("Australia/Lord_Howe", 2026, 2),  # half an hour
        ("Antarctica/Troll", 2026, 2),  # two hours
        ("Africa/Casablanca", 2026, 2),  # back for Ramadan, and forth
        ("Pacific/Apia", 2011, 3),  # in April and September, and over the date line on 30 December
        ("America/St_Johns", 2006, 2),  # at one minute past midnight
        ("America/Havana", 2026, 2),  # at midnight
        ("Asia/Pyongyang", 2015, 1),  # half an hour, for good
        ("Asia/Kathmandu", 2026, 0),
    ],
)
def test_shifts_are_what_a_watched_clock_shows_where_clocks_are_odd(zone, year, number):
    of_year = [jump for jump in jumps(zone) if jump.year == year]
    assert len(of_year) == number
    for jump in of_year:
        check_all(zone, jump)


@pytest.mark.long
@pytest.mark.parametrize("zone", ZONES)
def test_shifts_are_what_a_watched_clock_shows_at_every_jump_of_every_zone(zone):
    for jump in jumps(zone):
        check_all(zone, jump)
