"""Wall times and shop days, in every zone, on every night that is not like the others."""

import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from production.windows import Window
from scheduling.wall_clock import (
    EPOCH_UTC,
    SECOND,
    clock_at,
    local_to_utc,
    shop_day,
    shop_day_window,
    shop_days,
)
from tests.scheduling.clocks import (
    BERLIN,
    HAVANA,
    LORD_HOWE,
    MIDNIGHT,
    SAMOA,
    SIX,
    ST_JOHNS,
    TROLL,
    ZONES,
    day_starts,
    instants,
    jumps,
    walls,
    zones,
)

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "day", "day_start", "hours"),
    [
        (BERLIN, date(2026, 3, 29), MIDNIGHT, 23),
        (BERLIN, date(2026, 10, 25), MIDNIGHT, 25),
        (BERLIN, date(2026, 3, 28), SIX, 23),
        (BERLIN, date(2026, 7, 1), SIX, 24),
        (LORD_HOWE, date(2026, 4, 5), MIDNIGHT, 24.5),
        (TROLL, date(2026, 3, 29), MIDNIGHT, 22),
        (SAMOA, date(2011, 12, 29), MIDNIGHT, 24),
        (SAMOA, date(2011, 12, 30), MIDNIGHT, 0),
        (SAMOA, date(2011, 12, 31), MIDNIGHT, 24),
        (HAVANA, date(2026, 3, 8), MIDNIGHT, 23),
    ],
)
def test_a_shop_day_has_the_hours_of_its_wall_clock(zone, day, day_start, hours):
    assert shop_day_window(day, tz=zone, day_start=day_start).duration == hours * HOUR


def test_a_time_that_the_clock_skips_is_the_end_of_the_gap():
    end_of_gap = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert local_to_utc(datetime(2026, 3, 29, 2, 30), BERLIN) == end_of_gap
    assert local_to_utc(datetime(2026, 3, 29, 2, 0, 0, 1), BERLIN) == end_of_gap
    assert local_to_utc(datetime(2026, 3, 29, 3), BERLIN) == end_of_gap


def test_a_time_that_the_clock_shows_twice_is_the_first():
    assert local_to_utc(datetime(2026, 10, 25, 2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_minute_that_is_shown_twice_over_midnight_stays_in_the_new_day():
    """St. John's went from 00:01 back to 23:01: the second 23:30 comes after the first midnight."""
    second = datetime(2006, 10, 29, 3, 0, tzinfo=UTC)
    assert second.astimezone(ST_JOHNS).replace(tzinfo=None) == datetime(2006, 10, 28, 23, 30)
    assert shop_day(second, tz=ST_JOHNS, day_start=MIDNIGHT) == date(2006, 10, 29)


def test_a_clock_that_jumps_at_new_year_does():
    """Kiritimati skipped the last day of 1994."""
    kiritimati = ZoneInfo("Pacific/Kiritimati")
    new_year = local_to_utc(datetime(1995, 1, 1), kiritimati)
    assert new_year == datetime(1994, 12, 31, 10, tzinfo=UTC)
    assert local_to_utc(datetime(1994, 12, 31, 12), kiritimati) == new_year
    assert local_to_utc(datetime(1994, 12, 30, 23, 59), kiritimati) == new_year - timedelta(minutes=1)


def check_days_around(jump, tz, day_start):
    """Around one jump of the clock: no gap, no overlap, each day once, and it contains what belongs to it."""
    within = Window(jump - timedelta(days=4), jump + timedelta(days=4))
    days = list(shop_days(within, tz=tz, day_start=day_start))
    assert all(a.end == b.start for (_, a), (_, b) in pairwise(days))
    by_day = dict(days)
    assert len(by_day) == len(days)
    for at in (jump - timedelta(seconds=1), jump, jump + timedelta(minutes=59)):
        assert at in by_day[shop_day(at, tz=tz, day_start=day_start)]


def check_jumps_are_known(zone):
    """The stretches of a clock end exactly where somebody who looks at it sees it jump."""
    tz = ZoneInfo(zone)
    for year in range(2000, 2041):
        begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        clock = clock_at(tz, (begin + timedelta(days=180) - EPOCH_UTC) // SECOND)
        found = [EPOCH_UTC + start * SECOND for start in clock.starts[1:]]
        assert [at for at in found if begin <= at < end] == [at for at in jumps(zone) if begin <= at < end]


@pytest.mark.parametrize("zone", random.Random(3).sample(ZONES, 15))
def test_days_tile_over_every_jump_of_some_zones(zone):
    check_jumps_are_known(zone)
    for jump in jumps(zone)[::4]:
        check_days_around(jump, ZoneInfo(zone), SIX)


@pytest.mark.long
@pytest.mark.parametrize("zone", ZONES)
def test_days_tile_over_every_jump_of_every_zone(zone):
    check_jumps_are_known(zone)
    for jump in jumps(zone):
        for day_start in (MIDNIGHT, time(2, 30), SIX, time(23, 59)):
            check_days_around(jump, ZoneInfo(zone), day_start)


@given(walls, walls, zones)
def test_a_later_wall_time_is_never_an_earlier_instant(one, other, tz):
    early, late = sorted((one, other))
    assert local_to_utc(early, tz) <= local_to_utc(late, tz)


@given(walls, zones)
def test_a_wall_time_is_the_first_instant_that_shows_it_or_later(wall, tz):
    instant = local_to_utc(wall, tz)
    just_before = (instant - timedelta(microseconds=1)).astimezone(tz).replace(tzinfo=None)
    assert instant.astimezone(tz).replace(tzinfo=None) >= wall
    assert just_before < wall


@given(instants, zones, day_starts)
def test_every_instant_lies_in_its_own_shop_day_only(at, tz, day_start):
    day = shop_day(at, tz=tz, day_start=day_start)
    near = [day + timedelta(days=n) for n in range(-2, 3)]
    assert [d for d in near if at in shop_day_window(d, tz=tz, day_start=day_start)] == [day]
