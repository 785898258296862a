"""How screens write durations, quantities and states. The page's script counts on in the same words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from downtime.standing import colour_of, words_of
from mesproject.formats import number
from mesproject.formats import spoken as in_words
from mesproject.reports.setups import label_of
from mesproject.words import Said

register = template.Library()
NONE = "–"
LONG_WORD = 13
# Who may specify the time of a unit.
SAYERS = {"run": _("run"), "job": _("job"), "SKU": _("SKU"), "station": _("station")}


@register.filter
def clock(length: timedelta | None) -> str:
    """A duration that is watched: 12:41 in minutes and seconds, then 1:04 h, then 3 d 4 h."""
    if length is None:
        return NONE
    seconds = max(int(length.total_seconds()), 0)
    minutes, hours = seconds // 60, seconds // 3600
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours}:{minutes % 60:02} h" if hours else f"{minutes}:{seconds % 60:02}"


@register.filter
def lasting(length: timedelta | None) -> str:
    """A duration that is told: 40 s, 12 min, then 1:04 h."""
    if length is None:
        return NONE
    seconds = max(int(length.total_seconds()), 0)
    if seconds >= 3600:
        return clock(length)
    return f"{seconds // 60} min" if seconds >= 60 or not seconds else f"{seconds} s"


@register.simple_tag
def lasting_ms(ms: float) -> str:
    """The same of milliseconds."""
    return lasting(timedelta(milliseconds=ms))


@register.filter
def unbroken(text: str) -> SafeString:
    """Held on one line, as a date is whose hyphens would break it."""
    return format_html('<span class="unbroken">{}</span>', text)


@register.filter
def pace(ms: float | None) -> str:
    """How long a unit takes, with three digits: 4.25 s, 52.3 s, then 1.67 min, 12.4 min. A dash for no answer."""
    if not ms:
        return NONE
    long = ms >= 100_000
    amount, unit = (ms / 60_000, "min") if long else (ms / 1000, "s")
    return number(f"{amount:,.{2 if amount < 10 else 1 if amount < 100 else 0}f} {unit}")


@register.filter
def hours(length: timedelta | None) -> str:
    """A sum of durations: 0:46 h."""
    if length is None:
        return NONE
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02} h"


@register.filter
def quantity(value: float | Literal[""] | None) -> str:
    """Whole units, cut and not rounded: a part is made when it is finished. A dash where there is no answer, and where
    there is nothing whose answer it would be.
    """
    return NONE if value is None or value == "" else number(f"{int(value):,}".replace("-", "−"))


@register.filter
def goal(value: float | None) -> str:
    """Like `quantity`, with a tenth below ten: 2 of 2.9 is 68 %, and 2 of 2 would not be."""
    return number(f"{int(value * 10) / 10:g}") if value is not None and 0 < value < 10 else quantity(value)


@register.filter
def brief(value: float | None) -> str:
    """Like `quantity`, where there is little room: whole thousands from ten thousand on, then 1.2M."""
    if value is None or value < 10_000:
        return quantity(value)
    return number(f"{int(value / 1000)}k" if value < 1_000_000 else f"{int(value / 100_000) / 10:,}M")


@register.filter
def amount(value: float) -> str:
    """What a person declared, with the digits he gave."""
    return number(f"{value:,.10g}")


@register.filter
def percent(value: float | None) -> str:
    """A fraction in percent; a dash where there is no answer."""
    if value is None:
        return NONE
    return f"{100 * value:.0f} %" if value < 10 else "> 999 %"


@register.filter
def signed(value: int) -> str:
    """A difference with its sign: +2, −15, and ±0 so that nothing looks forgotten."""
    return f"{'+' if value > 0 else '−' if value else '±'}{abs(value):,}"


@register.filter
def called(word: str) -> str:
    """A word of a module that knows nothing of languages, with its percent signs, which `translate` would double."""
    return gettext(word) if word else ""


@register.filter
def spoken(said: Said) -> str:
    """A sentence of a module that knows nothing of languages."""
    return in_words(said)


@register.filter
def sayers(names: list[str]) -> str:
    """Who specifies a time."""
    return ", ".join(str(SAYERS.get(name, name)) for name in names)


@register.filter
def magnitude(value: float) -> float:
    """Without its sign."""
    return abs(value)


@register.filter
def fitting(text: str) -> str:
    """The class of a tile whose longest word would not fit in letters of the usual size."""
    return " long" if max(map(len, text.split()), default=0) > LONG_WORD else ""


@register.filter
def word(status: str) -> str:
    """A state as people call it."""
    return label_of(status)


@register.filter
def plant_time(at: datetime | None, station: Any) -> SafeString | str:
    """A time on the plant's clock, with the zone on hover."""
    if at is None:
        return NONE
    plant = station.plant
    return format_html('<time title="{}">{}</time>', plant.timezone, f"{at.astimezone(plant.tz):%H:%M}")


@register.simple_tag
def day_of(at: datetime, now: datetime, station: Any) -> str:
    """The day on the plant's calendar, where it is not today's."""
    local, today = at.astimezone(station.plant.tz), now.astimezone(station.plant.tz)
    return "" if local.date() == today.date() else f"{local:%Y-%m-%d}"


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
    return lasting(issue.ended_at - issue.started_at) if issue.ended_at else ""


@register.filter
def colour(issue: Any, now: datetime) -> str:
    """Red, amber or green, by the one function that says so."""
    return colour_of(issue, now=now).value


@register.filter
def said(issue: Any, now: datetime) -> str:
    """How an issue stands, in the same function's words."""
    return words_of(issue, now=now)
