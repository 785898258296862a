"""Times of a plan on the clock of its plant, which need not be the clock of the page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils.formats import date_format

from scheduling.upcoming import Upcoming, duration

register = template.Library()


@register.filter
def wall(at: datetime, form: str) -> str:
    """What the clock on the wall shows: an aware time stays in its own zone."""
    return date_format(at.replace(tzinfo=None), form)


@register.filter
def ending(row: Upcoming) -> str:
    """The time of the end, with its day where that is another one."""
    if row.end.date() == row.start.date():
        return wall(row.end, "H:i")
    if row.end.time().isoformat() == "00:00:00" and row.end.date() == row.start.date() + timedelta(days=1):
        return "24:00"
    return wall(row.end, "D H:i")


@register.filter
def lasting(length: timedelta) -> str:
    """A length in hours and minutes."""
    return duration(length)
