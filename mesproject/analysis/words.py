"""How the analysis writes values, on screen and in CSV."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.utils import timezone

from mesproject.formats import number
from mesproject.reports.explain import plain
from mesproject.reports.how import UNITS

Unit = Literal[
    "", "ms", "ratio", "units", "count", "money", "kWh", "kg", "units/h", "kWh/unit",
    "instant", "second", "exact", "day",
]  # fmt: skip
NONE = "–"
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
# Of thousands nobody reads a tenth.
MUCH = 1_000


def lasting(ms: float) -> str:
    """A time: 40 s, 12 min, then 1:04 h; below 0 with its sign."""
    sign, seconds = ("−" if ms < 0 else ""), int(abs(ms)) // 1000
    if seconds >= 3600:
        minutes = seconds // 60
        return number(f"{sign}{minutes // 60:,}:{minutes % 60:02} h")
    if seconds >= 60 or not seconds:
        return f"{sign}{seconds // 60} min"
    return f"{sign}{seconds} s"


def tick_of_time(ms: float) -> str:
    """A tick of time: 0, 30 s, 15 min, 4 h."""
    if not ms:
        return "0"
    if abs(ms) < MINUTE_MS:
        return number(f"{ms / 1000:g} s")
    return number(f"{ms / MINUTE_MS:g} min" if abs(ms) < HOUR_MS else f"{ms / HOUR_MS:,g} h")


def tick_of(value: float) -> str:
    """A tick of units, kWh, money."""
    return number(f"{value:,.10g}")


def tick_of_share(value: float) -> str:
    """A tick of a share."""
    return number(f"{100 * value:.6g} %")


def shown(value: Any, unit: Unit, currency: str | None = None) -> str:
    """A value as people read it; a dash where there is no answer."""
    if value is None or value == "":
        return NONE
    if isinstance(value, datetime):
        wall = timezone.localtime(value)
        if unit == "exact":
            return f"{wall:%H:%M:%S}.{wall.microsecond // 1000:03}"
        return f"{wall:%H:%M:%S}" if unit == "second" else f"{wall:%Y-%m-%d %H:%M}"
    if isinstance(value, (str, date)):
        return str(value)
    if unit == "ms":
        return lasting(value)
    if unit == "ratio":
        return number(f"{100 * value:,.1f} %")
    is_whole = unit == "units" or abs(value) >= MUCH
    told = number(f"{int(value):,}" if is_whole else plain(value))
    after = (
        (currency or "")
        if unit == "money"
        else ""
        if unit in ("units", "count")
        else str(UNITS.get(unit, unit))
    )
    return f"{told} {after}".rstrip()


def written(value: Any, unit: Unit) -> Any:
    """A value as CSV has it: shares in percent, instants in ISO 8601 on the plant's clock."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if unit == "ratio" and value is not None:
        return round(100 * value, 6)
    return round(value, 6) if isinstance(value, float) else value
