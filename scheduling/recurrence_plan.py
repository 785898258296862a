"""What a recurrence rule says together with what its beginning implies, ready to be counted with. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from scheduling.recurrence_rules import Recurrence
from scheduling.wall_clock import SECONDS_PER_DAY

DAY = SECONDS_PER_DAY
EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Plan:
    """A rule with all that RFC 5545 lets its beginning imply."""

    rule: Recurrence
    first: int  # day
    start: int  # wall second
    months: frozenset[int]
    month_days: tuple[int, ...]
    weekdays: frozenset[int]
    places: tuple[tuple[int, int], ...]
    times: tuple[Sequence[int], Sequence[int], Sequence[int]]
    least_place: int

    @property
    def per_day(self) -> int:
        """How many times a day has."""
        hours, minutes, seconds = self.times
        return len(hours) * len(minutes) * len(seconds)

    def time(self, index: int) -> int:
        """The second of the day that is at this place among its times."""
        hours, minutes, seconds = self.times
        rest, second = divmod(index, len(seconds))
        hour, minute = divmod(rest, len(minutes))
        return hours[hour] * 3600 + minutes[minute] * 60 + seconds[second]


@lru_cache(maxsize=4096)
def plan_of(rule: Recurrence) -> Plan:
    """The plan of a rule."""
    start = rule.start
    months, month_days, weekdays = _implied(rule)
    return Plan(
        rule=rule,
        first=start.toordinal(),
        start=second_of(start),
        months=frozenset(rule.bymonth or months),
        month_days=rule.bymonthday or month_days,
        weekdays=frozenset(weekday for weekday, place in rule.byday if not place) | weekdays,
        places=tuple(item for item in rule.byday if item[1]),
        times=(
            rule.byhour or (start.hour,),
            rule.byminute or (start.minute,),
            rule.bysecond or (start.second,),
        ),
        least_place=min(map(abs, rule.bysetpos), default=1),
    )


def _implied(rule: Recurrence) -> tuple[tuple[int, ...], tuple[int, ...], frozenset[int]]:
    """The month, day of month and weekday that a rule takes from its beginning, where it does not say them."""
    start, none = rule.start, frozenset[int]()
    if rule.byday or rule.byyearday or rule.freq == "DAILY":
        return (), (), none
    if rule.freq == "WEEKLY" or rule.byweekno:
        return (), (), none if rule.bymonthday else frozenset({start.weekday()})
    return (start.month,) if rule.freq == "YEARLY" else (), (start.day,), none


def second_of(wall: datetime) -> int:
    """A wall time in seconds of the epoch."""
    return midnight(wall.toordinal()) + wall.hour * 3600 + wall.minute * 60 + wall.second


def midnight(day: int) -> int:
    """The beginning of a day, in seconds of the epoch."""
    return (day - EPOCH_DAY) * DAY
