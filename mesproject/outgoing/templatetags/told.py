"""How numbers read in a mail."""

from __future__ import annotations

from django import template

from mesproject.formats import number
from mesproject.reports.explain import percent as in_percent
from mesproject.reports.explain import plain

register = template.Library()
MINUTE_MS = 60_000
# A difference that a tenth of a point does not show.
HARDLY = 0.0005
NO_ANSWER = "–"
COLOURS = {"soft": "#5d6166", "better": "#2f6a4a", "worse": "#b9291d"}


@register.filter
def length(ms: float | None) -> str:
    """A time in hours and minutes: 1 h 05 min."""
    if ms is None:
        return NO_ANSWER
    hours, minutes = divmod(round(ms / MINUTE_MS), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


@register.filter
def percent(value: float | None) -> str:
    """A ratio in percent."""
    return NO_ANSWER if value is None else number(in_percent(value))


@register.filter
def points(value: float | None) -> str:
    """A difference of ratios, with its sign: +3.1."""
    if value is None:
        return NO_ANSWER
    return number(f"{100 * value:+.1f}".replace("-", "−") if abs(value) >= HARDLY else "0.0")


@register.filter
def amount(value: float | None) -> str:
    """Units or kWh."""
    return NO_ANSWER if value is None else number(plain(round(value) if abs(value) >= 10 else value))


@register.filter
def tone(value: float | None) -> str:
    """What a difference is: the name of its colour in the dark."""
    if value is None or abs(value) < HARDLY:
        return "soft"
    return "better" if value > 0 else "worse"


@register.filter
def colour(value: float | None) -> str:
    """Green for better, red for worse, grey for as before."""
    return COLOURS[tone(value)]
