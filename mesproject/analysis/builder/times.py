"""When something recurs on a plant's wall: each day, week or month at a time. Pure.

An occurrence belongs to a day, and there is one on each of its days: at a time that the clock skips it is at the end of
the gap, at one that it shows twice at the first.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from scheduling.wall_clock import local_to_utc

DAY = timedelta(days=1)


class Every(StrEnum):
    """How often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Wall:
    """A recurring time on a wall. `weekday` (0 is Monday) is of weeks, `month_day` of months: at most their last."""

    every: Every
    at: time
    weekday: int
    month_day: int
    tz: ZoneInfo

    def on(self, day: date) -> datetime:
        """The instant of an occurrence."""
        return local_to_utc(datetime.combine(day, self.at), self.tz)

    def last(self, now: datetime) -> tuple[date, datetime]:
        """The newest occurrence that is not to come: its day and its instant."""
        # A day more than now's: where a date line is moved, its midnight may already be over.
        day = now.astimezone(self.tz).date() + DAY
        while not self._is_on(day) or self.on(day) > now:
            day -= DAY
        return day, self.on(day)

    def following(self, now: datetime) -> datetime:
        """The next occurrence after an instant."""
        return next(self.to_come(now))

    def to_come(self, now: datetime) -> Iterator[datetime]:
        """All that come, in order."""
        day = now.astimezone(self.tz).date() - DAY
        while True:
            if self._is_on(day) and (at := self.on(day)) > now:
                yield at
            day += DAY

    def next_ones(self, now: datetime, count: int) -> list[datetime]:
        """Some of them."""
        return list(islice(self.to_come(now), count))

    def _is_on(self, day: date) -> bool:
        if self.every == Every.WEEK:
            return day.weekday() == self.weekday
        last = monthrange(day.year, day.month)[1]
        return self.every == Every.DAY or day.day == min(self.month_day, last)
