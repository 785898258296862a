"""Every zone and every jump of its clock, found by looking, without the code under test."""

import zoneinfo
from bisect import bisect_left
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from production.windows import Window

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
TROLL = ZoneInfo("Antarctica/Troll")
SAMOA = ZoneInfo("Pacific/Apia")
CASABLANCA = ZoneInfo("Africa/Casablanca")
ST_JOHNS = ZoneInfo("America/St_Johns")
HAVANA = ZoneInfo("America/Havana")
MIDNIGHT, SIX = time(0), time(6)
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})

walls = st.datetimes(datetime(1970, 1, 3), datetime(2099, 12, 30))
instants = st.datetimes(datetime(1970, 1, 3), datetime(2099, 12, 30), timezones=st.just(UTC))
zones = st.sampled_from(ZONES).map(ZoneInfo)
day_starts = st.times().map(lambda t: t.replace(second=0, microsecond=0))
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=9))


def span(start, end):
    """A window of UTC, each end as numbers."""
    return Window(datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC))


@cache
def jumps(zone):
    """Every instant from 2000 to 2040 at which the clock of a zone jumps, to the minute."""
    tz = ZoneInfo(zone)
    days = [datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(41 * 366)]
    offsets = [day.astimezone(tz).utcoffset() for day in days]
    return [
        _jump(tz, day)
        for day, (one, other) in zip(days, pairwise(offsets), strict=False)
        if one != other and day.year <= 2040
    ]


def _jump(tz, day):
    hour = _first_other(tz, day, HOUR)
    return _first_other(tz, hour - HOUR, MINUTE)


def _first_other(tz, at, step):
    """The first instant, step by step, whose offset is another."""
    offset = at.astimezone(tz).utcoffset()
    while at.astimezone(tz).utcoffset() == offset:
        at += step
    return at


class Watched:
    """A clock that was watched for some hours, minute by minute: when did it first show which time or later?"""

    def __init__(self, tz, start, hours):
        self.start = start
        readings = ((start + n * MINUTE).astimezone(tz).replace(tzinfo=None) for n in range(hours * 60 + 1))
        self.latest = list(accumulate(readings, max))

    def __contains__(self, wall):
        """Whether the answer lies in the hours it was watched."""
        return self.latest[0] < wall <= self.latest[-1]

    def first(self, wall):
        """The first instant that shows `wall`, which is a whole minute, or a later time."""
        return self.start + bisect_left(self.latest, wall) * MINUTE
