"""What a metric is, and how the plain ones are made: sums, and ratios of sums. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mesproject.reports.definition import Definition, Quantity, Sum, worded
from mesproject.reports.measures import Measures

Unit = Literal["ms", "units", "units/h", "ratio", "kWh", "kWh/unit", "kW", "kg", "money", "count", "instant"]
Compute = Callable[[Measures, Definition], float | None]

ISO = "ISO 22400-2"
MACHINEMETRICS = "MachineMetrics"
BUSROOT = "Busroot"
SIX_LOSSES = "Six big losses"
OURS = "ours"

HOUR_MS = 3_600_000
WORD = re.compile(r"[a-z_]{2,}[a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Share:
    """One sum over another, scaled; None where there is no base, or where nothing above means that nobody told."""

    top: Quantity
    bottom: Quantity
    scale: int = 1
    zero_is_unknown: bool = False

    def value(self, measures: Measures, definition: Definition) -> float | None:
        """The ratio of one group."""
        return self.over(self.top.value(measures, definition), self.bottom.value(measures, definition))

    def over(self, top: float, bottom: float) -> float | None:
        """The ratio of two sums."""
        if bottom <= 0 or (self.zero_is_unknown and not top):
            return None
        return top / bottom * self.scale


@dataclass(frozen=True, slots=True)
class Metric:
    """A number a person can ask for: what it means, how it is computed, and what others call it.

    Additive: that of a whole is the sum of its parts'. All others are computed from sums, never averaged.
    `edge` marks the instants that come from the window of a group, not from measures.
    `also` names what only decides whether there is an answer. `share` is what a ratio divides,
    `product` what the metric multiplies.
    """

    name: str
    meaning: str
    unit: Unit
    formula: str  # of measures and metrics; {places} are filled by the definition
    compute: Compute
    source: str = OURS
    additive: bool = False
    dialects: Mapping[str, str] = field(default_factory=dict)
    edge: Literal["start", "end"] | None = None
    also: str = ""
    share: Share | None = None
    product: Product | None = None

    def worded(self, definition: Definition) -> str:
        """The formula under a definition."""
        return worded(self.formula, definition)

    def words(self, definition: Definition) -> list[str]:
        """The measures and metrics that it is computed from, and whatever else its formula says."""
        return WORD.findall(worded(f"{self.formula}, {self.also}", definition))


@dataclass(frozen=True, slots=True)
class Product:
    """Three factors, multiplied by a function that is told what was made, too: unknown factors may not matter."""

    factors: tuple[Metric, Metric, Metric]
    times: Callable[[Measures, float | None, float | None, float | None], float | None]

    def value(self, measures: Measures, definition: Definition) -> float | None:
        """The product for one group."""
        return self.times(measures, *(factor.compute(measures, definition) for factor in self.factors))


def names(*, mm: str = "", busroot: str = "") -> dict[str, str]:
    """What the dialects call a metric."""
    both = {"machinemetrics": mm, "busroot": busroot}
    return {dialect: name for dialect, name in both.items() if name}


def additive(
    name: str, meaning: str, unit: Unit, total: Sum, *, source: str = OURS, mm: str = "", busroot: str = ""
) -> Metric:
    """A metric that is a sum of measures."""
    return Metric(
        name,
        meaning,
        unit,
        total.text,
        total.value,
        source,
        additive=True,
        dialects=names(mm=mm, busroot=busroot),
    )


def ratio(
    name: str, meaning: str, top: Quantity, bottom: Quantity, *, unit: Unit = "ratio",
    source: str = OURS, mm: str = "", busroot: str = "", zero_is_unknown: bool = False,
) -> Metric:  # fmt: skip
    """A metric that is one sum over another, in hours where its unit says so; None where there is no base.

    `zero_is_unknown` where a sum of nothing means that nobody told: a part time, a meter.
    """
    share = Share(top, bottom, HOUR_MS if unit in ("units/h", "kW") else 1, zero_is_unknown)
    formula = f"{top.text} / {bottom.text}" + (" × 1 h" if share.scale != 1 else "")
    spoken = names(mm=mm, busroot=busroot)
    return Metric(name, meaning, unit, formula, share.value, source, dialects=spoken, share=share)


def derived(
    name: str, meaning: str, unit: Unit, formula: str, compute: Compute, *, source: str = OURS,
    mm: str = "", busroot: str = "", also: str = "",
) -> Metric:  # fmt: skip
    """A metric with a formula of its own; it is computed from sums and does not add up."""
    spoken = names(mm=mm, busroot=busroot)
    return Metric(name, meaning, unit, formula, compute, source, dialects=spoken, also=also)


def multiplied(
    name: str, meaning: str, formula: str, product: Product, *, source: str = OURS, mm: str = "", busroot: str = "",
) -> Metric:  # fmt: skip
    """A ratio that is the product of three."""
    spoken = names(mm=mm, busroot=busroot)
    return Metric(name, meaning, "ratio", formula, product.value, source, dialects=spoken, product=product)
