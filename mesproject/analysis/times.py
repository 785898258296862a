"""Stretches of time that a question is cut into for trends: all of them, also those in which nothing was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.utils import timezone
from django.utils.formats import date_format

from mesproject.reports.how_asked import Asked
from mesproject.reports.tally import hour_start, hours_of

Grain = Literal["hour", "day", "week", "month"]
DAY = timedelta(days=1)
# Up to how long a time is cut into which stretches.
LONGEST: tuple[tuple[timedelta, Grain], ...] = ((2 * DAY, "hour"), (62 * DAY, "day"), (430 * DAY, "week"))


def grain_of(asked: Asked) -> Grain:
    """The stretches that suit the length of the time asked for."""
    length = asked.range.window.duration
    return next((grain for longest, grain in LONGEST if length <= longest), "month")


def stretches(asked: Asked, grain: Grain, found: Iterable[Any] = ()) -> list[Any]:
    """The group values of facts for all stretches of the time, and those found beyond its edges."""
    window, clock = asked.range.window, asked.clock
    if grain == "hour":
        return sorted({*(hour_start(hour.start, clock.tz) for hour in hours_of(window, clock.tz)), *found})
    first, last = asked.range.days or (clock.day(window.start), clock.day(window.end))
    last = min(last, clock.day(asked.now))
    days = (first + number * DAY for number in range((last - first).days + 1))
    return sorted({*(begin(day, grain) for day in days), *found})


def begin(day: date, grain: Grain) -> date:
    """The first day of the week or month that a day lies in."""
    if grain == "week":
        return day - day.weekday() * DAY
    return day.replace(day=1) if grain == "month" else day


def name_of(key: datetime | date, grain: Grain) -> str:
    """A stretch, in few letters, in the reader's language."""
    if isinstance(key, datetime):
        return f"{timezone.localtime(key):%H:%M}"
    if grain == "week":
        return f"{key:%G-W%V}"
    return date_format(key, "M Y" if grain == "month" else "D j M")
