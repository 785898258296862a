"""Availability, performance, quality, and what they multiply to. Pure.

OEE of planned time in which nothing ran, or nothing was made, is a true 0; where a factor is unknown (no ideal
cycle time, more bad units than made) it has no answer.
"""

from __future__ import annotations

from mesproject.reports.definition import (
    ACCEPTED,
    BASE,
    BUSY_BASE,
    PROCESSING,
    RUNNING,
    Definition,
    of,
)
from mesproject.reports.kpi import efficiency
from mesproject.reports.measures import Measures
from mesproject.reports.metric import ISO, MACHINEMETRICS, Product, derived, multiplied, ratio

MADE = of("good", "bad")
# What tells no pace, or no time at all, from a pace of nothing.
PACED = f"{MADE.text} {BASE.text} ideal_units target_units"
NON_OPTIONAL = of("shift_ms", less=["optional_ms"])


def effectiveness(m: Measures, d: Definition) -> float | None:
    """Ideal time of the units made over the time at work, not cut; None without time or an ideal cycle time."""
    running = d.running.value(m, d)
    if running <= 0 or not _paced(m):
        return _idle(m, d) if running <= 0 else None
    return max(m.ideal_ms, 0.0) / running


def performance(m: Measures, d: Definition) -> float | None:
    """Effectiveness, cut where the definition says so."""
    found = effectiveness(m, d)
    return found if found is None or d.performance_cap is None else min(found, d.performance_cap)


def quality(m: Measures, d: Definition) -> float | None:
    """Units not rejected over units made; None where nothing was made, or more was bad than was made."""
    made = m.good + m.bad
    if made <= 0:
        return _idle(m, d) if made == 0 and not m.bad else None
    found = d.accepted.value(m, d) / made
    return found if 0 <= found <= 1 and m.bad >= 0 else None


def _paced(m: Measures) -> bool:
    """Whether an ideal cycle time is known: of what was made, else of what was planned."""
    return m.ideal_ms > 0 or (m.good + m.bad == 0 and (m.ideal_units > 0 or m.target_units > 0))


def _idle(m: Measures, d: Definition) -> float | None:
    return 0.0 if d.idle == "zero" and d.base.value(m, d) > 0 else None


def _times(m: Measures, used: float | None, pace: float | None, good: float | None) -> float | None:
    if used is None:
        return None
    if m.good + m.bad == 0 and not m.bad and (used == 0 or pace == 0):
        return 0.0
    return None if pace is None or good is None else used * pace * good


def _efficiency(m: Measures, _d: Definition) -> float | None:
    return efficiency(m.good, m.ideal_units)


AVAILABILITY = ratio(
    "availability", "Share of planned time that the station was at work.", RUNNING, BASE,
    source=ISO, mm="availability", busroot="availabilityPerc",
)  # fmt: skip
PERFORMANCE = derived(
    "performance",
    "Pace while at work: the ideal time of the units made over the time at work. Over 100 % it is shown and "
    "flagged, and cut only where the definition says so.",
    "ratio", f"ideal_ms / {RUNNING.text}{{cap}}", performance,
    source=MACHINEMETRICS, mm="performance", busroot="performanceTargetPerc", also=PACED,
)  # fmt: skip
QUALITY = derived(
    "quality", "Share of the units made that are good.", "ratio", f"{ACCEPTED.text} / {MADE.text}", quality,
    source=ISO, mm="quality", busroot="goodQualityPerc", also=BASE.text,
)  # fmt: skip
OEE = multiplied(
    "oee", "Overall equipment effectiveness, ISO 22400's OEE index: the share of planned time in which good "
    "units were made at the ideal pace.", "availability × performance × quality",
    Product((AVAILABILITY, PERFORMANCE, QUALITY), _times), source=ISO, mm="oee", busroot="oee",
)  # fmt: skip
EFFECTIVENESS = derived(
    "effectiveness", "ISO 22400's effectiveness: performance, never cut.", "ratio", f"ideal_ms / {RUNNING.text}",
    effectiveness, source=ISO, also=PACED,
)  # fmt: skip
USED = ratio("used", "Share of planned time at work or in setup.", PROCESSING, BUSY_BASE)
NEE = multiplied(
    "nee", "ISO 22400's NEE index: OEE with setup as time well used, so that changing over is no loss.",
    f"{PROCESSING.text} / {BUSY_BASE.text} × effectiveness × quality",
    Product((USED, EFFECTIVENESS, QUALITY), _times), source=ISO,
)  # fmt: skip


def ooe(m: Measures, d: Definition) -> float | None:
    """OEE over all time of shifts that are not optional."""
    return _stretched(m, d, NON_OPTIONAL.value(m, d))


def teep(m: Measures, d: Definition) -> float | None:
    """OEE over all time."""
    return _stretched(m, d, m.all_ms)


def _stretched(m: Measures, d: Definition, whole: float) -> float | None:
    found = OEE.compute(m, d)
    return None if found is None or whole <= 0 else found * d.base.value(m, d) / whole


FACTORS = (
    AVAILABILITY,
    PERFORMANCE,
    QUALITY,
    OEE,
    EFFECTIVENESS,
    NEE,
    derived(
        "ooe", "Overall operations effectiveness: OEE over all time of shifts that are not optional, planned or not.",
        "ratio", f"oee × {BASE.text} / {NON_OPTIONAL.text}", ooe, source=MACHINEMETRICS, mm="ooe",
    ),
    derived(
        "teep", "Total effective equipment performance: OEE over all time, nights and holidays included.", "ratio",
        f"oee × {BASE.text} / all_ms", teep, mm="teep",
    ),
    ratio("loading", "Share of all time that was planned; TEEP is OEE times this.", BASE, of("all_ms")),
    derived(
        "efficiency", "Good units over what planned production time asks for at the ideal pace: OEE in units, as "
        "tablet and boards show it.", "ratio", "good / ideal_units", _efficiency,
    ),
)  # fmt: skip
