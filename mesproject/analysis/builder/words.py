"""How a report's groups, numbers and values are called and written on screen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.analysis import words
from mesproject.reports.metric_names import NAMES

Word = str | Promise
KINDS: Mapping[str, Word] = {
    "production": _("Production"), "downtime": _("Downtime by cause"), "quality": _("Rejects by reason"),
}  # fmt: skip
GROUPS: Mapping[str, Word] = {
    "machine": _("Station"), "machineGroup": _("Group of stations"), "plant": _("Plant"), "hour": _("Hour"),
    "day": _("Day"), "week": _("Week"), "month": _("Month"), "shift": _("Shift"), "run": _("Job run"),
    "job": _("Job"), "jobOperation": _("Job and operation"), "part": _("Product"), "operator": _("Operator"),
    "reason": _("Cause or reason"),
}  # fmt: skip
# Entities that are none.
NOTHING: Mapping[str, Word] = {
    "No Shift": _("No shift"), "No Run": _("No run"), "No Job": _("No job"), "No Part": _("No product"),
    "No Operator": _("Nobody signed on"), "uncategorized": _("Not explained"), "setup": _("Setup"),
}  # fmt: skip
LOSSES: Mapping[str, Word] = {
    "downtimeMs": _("Downtime"), "rejectCount": _("Rejected units"), "recordCount": _("Records"),
}  # fmt: skip
TIMES = ("hour", "day", "week", "month")


def number_word(name: str) -> str:
    """What a number is called: “Time in setup”."""
    return str(LOSSES[name]) if name in LOSSES else gettext(NAMES[name])


def entity_word(group: str, id_: str, name: str, tz: tzinfo) -> str:
    """What a group is called, on the plant's clock and in the reader's language."""
    if id_ in NOTHING and group not in TIMES:
        return str(NOTHING[id_])
    if group == "hour":
        return f"{datetime.fromisoformat(name).astimezone(tz):%Y-%m-%d %H:%M}"
    if group == "day":
        day = date.fromisoformat(name)
        return f"{date_format(day, 'D')} {day}"
    return name[:7] if group == "month" else name


def value_word(value: Any, unit: str, tz: tzinfo, currency: str | None) -> str:
    """A value as people read it."""
    if unit == "instant":
        return (
            words.NONE if value is None else f"{datetime.fromisoformat(value).astimezone(tz):%Y-%m-%d %H:%M}"
        )
    if unit == "ms" and value is not None and abs(value) < 60_000:
        return f"{value / 1000:,.3g} s"  # a part time
    return words.shown(value, unit, currency)  # type: ignore[arg-type]
