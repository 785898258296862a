"""How screens write durations, quantities and states."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
NONE = "–"


@register.filter
def clock(length: timedelta | None) -> str:
    """A duration as m:ss, from an hour on as h:mm:ss."""
    if length is None:
        return NONE
    seconds = max(int(length.total_seconds()), 0)
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def hours(length: timedelta) -> str:
    """A duration as h:mm."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02}"


@register.filter
def quantity(value: float | None) -> str:
    """Units without needless digits; a dash where there is no answer."""
    return NONE if value is None else f"{round(value, 1):,g}" if value < 100 else f"{value:,.0f}"


@register.filter
def percent(value: float | None) -> str:
    """A fraction in percent; a dash where there is no answer."""
    if value is None:
        return NONE
    return f"{100 * value:.0f} %" if value >= 1 else f"{100 * value:.1f} %"


@register.filter
def magnitude(value: float) -> float:
    """Without its sign."""
    return abs(value)


@register.filter
def plant_time(at: datetime | None, station: Any) -> SafeString | str:
    """A time on the plant's clock, with the zone on hover."""
    if at is None:
        return NONE
    plant = station.plant
    return format_html('<time title="{}">{}</time>', plant.timezone, f"{at.astimezone(plant.tz):%H:%M}")


@register.simple_tag
def elapsed(since: datetime | None, now: datetime) -> SafeString | str:
    """Time since an instant; the page's script lets it go on."""
    if since is None:
        return ""
    return format_html(
        '<span class="elapsed" data-since="{}">{}</span>', int(since.timestamp() * 1000), clock(now - since)
    )


@register.filter
def lasted(issue: Any) -> str:
    """How long a stop that is over lasted."""
    return clock(issue.ended_at - issue.started_at) if issue.ended_at else ""
