"""The one table of metrics: whatever any screen, interface, mail or export shows is computed here. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from mesproject.reports.definition import DEFAULT, Definition
from mesproject.reports.measures import FIELDS, Measures
from mesproject.reports.metric import Metric
from mesproject.reports.metrics_factors import FACTORS
from mesproject.reports.metrics_iso import ENERGY, ISO_22400
from mesproject.reports.metrics_losses import LADDER, LOST, SIX_BIG_LOSSES
from mesproject.reports.metrics_machinemetrics import ALIASES, COUNTS, RATES, TIMES
from mesproject.words import gettext_noop as _

GROUPS = MappingProxyType({
    _("Overall equipment effectiveness"): FACTORS,
    _("Time"): TIMES,
    _("Units"): COUNTS,
    _("Rates"): RATES,
    _("Ladder of losses"): LADDER,
    _("Six big losses"): SIX_BIG_LOSSES,
    _("What was lost"): LOST,
    _("ISO 22400"): ISO_22400,
    _("Energy"): ENERGY,
})  # fmt: skip

METRICS = MappingProxyType({metric.name: metric for group in GROUPS.values() for metric in group})

_BY_DIALECT = {
    (dialect, name): metric for metric in METRICS.values() for dialect, name in metric.dialects.items()
} | {("machinemetrics", alias): METRICS[name] for alias, name in ALIASES.items()}


def in_dialect(dialect: str, name: str) -> Metric | None:
    """The metric that a dialect calls so; None where it has no such word."""
    return _BY_DIALECT.get((dialect, name))


def words(dialect: str) -> list[str]:
    """All metric names of a dialect, second names included, in order of the alphabet."""
    return sorted((name for spoken, name in _BY_DIALECT if spoken == dialect), key=str.lower)


def values(
    metrics: Iterable[Metric], measures: Measures, definition: Definition = DEFAULT
) -> dict[str, float | None]:
    """Each metric of a stretch of time, by our name."""
    return {metric.name: metric.compute(measures, definition) for metric in metrics}


def needed(metrics: Iterable[Metric], definition: Definition = DEFAULT) -> tuple[str, ...]:
    """The measures that these metrics are computed from, and no others: what a report must sum."""
    asked, found = [metric.name for metric in metrics], set[str]()
    while asked:
        name = asked.pop()
        if name not in found:
            found.add(name)
            asked += METRICS[name].words(definition) if name in METRICS else []
    return tuple(name for name in FIELDS if name in found)


@dataclass(frozen=True, slots=True)
class Capacity:
    """Whether planned time is enough for a demand."""

    takt_ms: float | None  # in which one unit is asked for
    needed_per_hour: float | None
    most: float  # units at the ideal pace
    load: float | None  # of the capacity
    enough: bool


def capacity(measures: Measures, demand: float) -> Capacity:
    """What a demand for units asks of the planned production time."""
    planned, most = measures.planned_ms, measures.ideal_units
    return Capacity(
        takt_ms=planned / demand if demand > 0 else None,
        needed_per_hour=demand / planned * 3_600_000 if planned > 0 else None,
        most=most,
        load=demand / most if most > 0 else None,
        enough=demand <= most,
    )
