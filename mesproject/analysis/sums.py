"""Sums by one of the groups of an answer, and metrics of them as the company means them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from mesproject.analysis.asked import Look
from mesproject.reports.measures import Measures
from mesproject.reports.metrics import METRICS

# What `uncounted` must know.
COUNTED = ("scheduled_time", "total_parts")


def sums_by(found: Iterable[tuple[tuple[Any, ...], Measures]], place: int) -> dict[Any, Measures]:
    """The sums by the group at a place, over all others."""
    sums: dict[Any, Measures] = defaultdict(Measures)
    for key, measures in found:
        sums[key[place]].add(measures)
    return dict(sums)


def uncounted(look: Look, found: Mapping[int, Measures]) -> list[str]:
    """A word on stations at which nothing was counted: whoever reads a share must know that they are in it."""
    idle = [
        station.name for station in look.asked.stations
        if (sums := found.get(station.pk)) and sums.planned_ms and not sums.good and not sums.bad
    ]  # fmt: skip
    if not idle or len(idle) == len(look.asked.stations):
        return []
    said = _("Nothing was counted at %(stations)s; what was planned there is part of these numbers.")
    return [said % {"stations": ", ".join(idle)}]


def of(look: Look, name: str, sums: Measures) -> float | None:
    """A metric, under the company's definition."""
    return METRICS[name].compute(sums, look.definition)
