"""How a number came about: its formula with the numbers in it, and what is odd about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mesproject.reports.definition import Definition, settings
from mesproject.reports.measures import FIELDS, Measures
from mesproject.reports.metric import WORD, Metric, Unit
from mesproject.reports.metrics import METRICS
from mesproject.reports.metrics_factors import effectiveness

LENGTHS = ((100 * 3_600_000, 3_600_000, "h"), (120_000, 60_000, "min"), (1_000, 1_000, "s"), (0, 1, "ms"))
SHOWN = ("oee", "availability", "performance", "quality")


def block(definition: Definition) -> dict[str, Any]:
    """What an answer carries to say which definition it used: how each switch stands, and the formulas of OEE."""
    formulas = {name: METRICS[name].worded(definition) for name in SHOWN}
    return {"settings": settings(definition), "formulas": formulas}


def explain(metric: Metric, measures: Measures, definition: Definition) -> str:
    """The formula with the actual numbers in it: "availability = run_ms / planned_ms = 373 min / 420 min = 88.8 %"."""
    formula, value = metric.worded(definition), metric.compute(measures, definition)
    scale = _scale(formula, measures, definition)
    numbers = WORD.sub(lambda word: _number(word[0], measures, definition, scale), formula)
    answer = "no answer" if value is None else said(value, metric.unit, scale)
    return " = ".join(dict.fromkeys([metric.name, formula, numbers, answer]))


def steps(metric: Metric, measures: Measures, definition: Definition) -> list[str]:
    """The same, followed by that of each metric in its formula."""
    seen = dict.fromkeys([metric.name, *_below(metric, definition)])
    return [explain(METRICS[name], measures, definition) for name in seen]


def _below(metric: Metric, definition: Definition) -> Iterator[str]:
    inside = [name for name in _words(metric.worded(definition)) if name in METRICS]
    yield from inside
    for name in inside:
        yield from _below(METRICS[name], definition)


def _words(formula: str) -> list[str]:
    return WORD.findall(formula)


def _unit(name: str) -> Unit:
    """The unit of a measure, by its name."""
    if name.endswith("_ms"):
        return "ms"
    if name.startswith("kwh"):
        return "kWh"
    if name.endswith("value"):
        return "money"
    return "count" if name.endswith("stops") else "units"


def _scale(formula: str, measures: Measures, definition: Definition) -> tuple[int, str]:
    """Milliseconds of the unit that suits the longest time in a formula."""
    lengths = [
        value for name in _words(formula)
        if (found := _found(name, measures, definition)) and found[1] == "ms" and (value := found[0]) is not None
    ]  # fmt: skip
    # Nothing at all is 0 min.
    longest = max(map(abs, lengths), default=0) or 120_000
    return next((each, unit) for least, each, unit in LENGTHS if longest >= least)


def _found(name: str, measures: Measures, definition: Definition) -> tuple[float | None, Unit] | None:
    """The value and unit of a word in a formula: a measure, a metric, or a cost that the definition says."""
    if name in FIELDS:
        return getattr(measures, name), _unit(name)
    if name in METRICS:
        return METRICS[name].compute(measures, definition), METRICS[name].unit
    return (definition.idle_cost_per_hour, "money") if name == "idle_cost_per_hour" else None


def _number(name: str, measures: Measures, definition: Definition, scale: tuple[int, str]) -> str:
    found = _found(name, measures, definition)
    if found is None:
        return name
    return "no answer" if found[0] is None else said(found[0], found[1], scale)


def said(value: float, unit: Unit, scale: tuple[int, str] | None = None) -> str:
    """A value as a person reads it; a time in the unit of `scale`, else in one that suits it."""
    if unit == "ratio":
        return percent(value)
    if unit == "ms":
        least = scale or next((each, name) for low, each, name in LENGTHS if abs(value) >= low)
        # A short time beside long ones keeps its own unit: 2 s beside 373 min would be 0.
        if scale and 0 < abs(value) < 0.1 * scale[0]:
            least = next((each, name) for low, each, name in LENGTHS if abs(value) >= low)
        return f"{plain(value / least[0])} {least[1]}"
    return plain(value) if unit in ("count", "units", "money") else f"{plain(value)} {unit}"


def percent(value: float) -> str:
    """A fraction in percent, with one decimal where there is one: 88.8 %."""
    return f"{plain(100 * value)} %"


def plain(value: float) -> str:
    """A number with at most one decimal, three below 1, and thousands set apart: 19,271."""
    shown = f"{value:,.3f}" if abs(value) < 1 else f"{value:,.1f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


@dataclass(frozen=True, slots=True)
class Flag:
    """What is odd about a metric's value."""

    metric: str
    sentence: str


def flagged(measures: Measures, definition: Definition) -> list[Flag]:
    """What a person should know before believing the numbers. Nothing is cut or hidden silently."""
    return [*_fast(measures, definition), *_impossible(measures)]


def _fast(measures: Measures, definition: Definition) -> Iterator[Flag]:
    found = effectiveness(measures, definition)
    if found is None or found <= 1:
        return
    why = "the ideal cycle time is longer than the machine needs"
    if measures.run_outside_ms:
        why += ", or units were made outside planned time"
    yield Flag("performance", f"Performance is {percent(found)}: {why}.")
    cap = definition.performance_cap
    if cap is not None and found > cap:
        yield Flag("performance", f"The definition cuts it to {percent(cap)}.")


def _impossible(measures: Measures) -> Iterator[Flag]:
    if measures.good < 0 or measures.bad < 0:
        yield Flag("quality", "More units were declared bad than were made.")
    if measures.good + measures.bad > 0 and measures.ideal_ms <= 0:
        yield Flag("performance", "No ideal cycle time is known for what was made.")
