"""How a number came about: its formula with the numbers in it, and what is odd about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mesproject.reports.definition import ALTERNATIVES, SENTENCES, Definition, settings
from mesproject.reports.measures import FIELDS, Measures
from mesproject.reports.metric import WORD, Metric, Unit
from mesproject.reports.metrics import METRICS
from mesproject.reports.metrics_factors import effectiveness
from mesproject.words import Said
from mesproject.words import gettext_noop as _

LENGTHS = ((100 * 3_600_000, 3_600_000, "h"), (120_000, 60_000, "min"), (1_000, 1_000, "s"), (0, 1, "ms"))
NO_ANSWER = "no answer"
# What a definition says that formulas name.
PRICES: dict[str, Unit] = {
    "idle_cost_per_hour": "money", "energy_price_per_kwh": "money", "co2_kg_per_kwh": "kg",
}  # fmt: skip
# What has an answer of 0, or none, where nothing ran.
FACTORS_OF_NOTHING = {"performance", "effectiveness", "quality"}
SHOWN = ("oee", "availability", "performance", "quality")


def block(definition: Definition) -> dict[str, Any]:
    """What an answer carries to say which definition it used: how each switch stands, and the formulas of OEE."""
    formulas = {name: METRICS[name].worded(definition) for name in SHOWN}
    return {"settings": settings(definition), "formulas": formulas}


@dataclass(frozen=True, slots=True)
class Step:
    """How a metric came about, from its formula by way of numbers to its value."""

    metric: Metric
    formula: str
    numbers: str
    answer: str

    @property
    def sentence(self) -> str:
        """As in "availability = run_ms / planned_ms = 373 min / 420 min = 88.8 %", each part said once."""
        return " = ".join(dict.fromkeys([self.metric.name, self.formula, self.numbers, self.answer]))


def explain(metric: Metric, measures: Measures, definition: Definition) -> str:
    """The formula with the actual numbers in it, as a sentence."""
    return step(metric, measures, definition).sentence


def step(metric: Metric, measures: Measures, definition: Definition) -> Step:
    """The same in parts."""
    formula, value = metric.worded(definition), metric.compute(measures, definition)
    scale = _scale(formula, measures, definition)
    numbers = WORD.sub(lambda word: _number(word[0], measures, definition, scale), formula)
    answer = NO_ANSWER if value is None else _told(value, metric.unit, definition, scale)
    return Step(metric, formula, numbers, answer)


def steps(metric: Metric, measures: Measures, definition: Definition) -> list[Step]:
    """The same, followed by that of each metric in its formula."""
    return [step(one, measures, definition) for one in chain(metric, definition)]


def chain(metric: Metric, definition: Definition) -> list[Metric]:
    """A metric, and all that it is computed from."""
    return [METRICS[name] for name in dict.fromkeys([metric.name, *_below(metric, definition)])]


def _below(metric: Metric, definition: Definition) -> Iterator[str]:
    inside = [name for name in _words(metric.worded(definition)) if name in METRICS]
    yield from inside
    for name in inside:
        yield from _below(METRICS[name], definition)


def switches(metric: Metric, definition: Definition) -> list[str]:
    """The switches of a definition that a metric depends on: those that would word or compute it otherwise."""
    used = chain(metric, definition)
    said = {word for one in used for word in _words(one.worded(definition))}
    said |= {one.name.removesuffix("_threshold") for one in used}
    said |= {"idle"} if said & FACTORS_OF_NOTHING else set()
    said |= {"currency"} if any(one.unit == "money" for one in used) else set()
    return [name for name in SENTENCES if name in said or _rewords(name, used, definition)]


def _rewords(switch: str, used: Sequence[Metric], definition: Definition) -> bool:
    changes: list[dict[str, Any]] = [{switch: other} for other in ALTERNATIVES.get(switch, ())]
    others = [replace(definition, **change) for change in changes]
    return any(one.worded(definition) != one.worded(other) for other in others for one in used)


def measures_in(metric: Metric, definition: Definition) -> list[str]:
    """The measures that a metric's formulas name, in the order in which they are first named."""
    said = (word for one in chain(metric, definition) for word in _words(one.worded(definition)))
    return [word for word in dict.fromkeys(said) if word in FIELDS]


def _words(formula: str) -> list[str]:
    return WORD.findall(formula)


def unit_of(name: str) -> Unit:
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
        return getattr(measures, name), unit_of(name)
    if name in METRICS:
        return METRICS[name].compute(measures, definition), METRICS[name].unit
    return (getattr(definition, name), PRICES[name]) if name in PRICES else None


def _number(name: str, measures: Measures, definition: Definition, scale: tuple[int, str]) -> str:
    found = _found(name, measures, definition)
    if found is None:
        return name
    return NO_ANSWER if found[0] is None else _told(found[0], found[1], definition, scale)


def _told(value: float, unit: Unit, definition: Definition, scale: tuple[int, str]) -> str:
    """Money with its currency, where the company has said it."""
    money = f" {definition.currency}" if unit == "money" and definition.currency else ""
    return said(value, unit, scale) + money


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
    said: Said

    @property
    def sentence(self) -> str:
        """In English, for programs."""
        return str(self.said)


def flagged(measures: Measures, definition: Definition) -> list[Flag]:
    """What a person should know before believing the numbers. Nothing is cut or hidden silently."""
    return [*_fast(measures, definition), *_impossible(measures)]


def _fast(measures: Measures, definition: Definition) -> Iterator[Flag]:
    found = effectiveness(measures, definition)
    if found is None or found <= 1:
        return
    why = _("Performance is {share}: the ideal cycle time is longer than the machine needs.")
    if measures.run_outside_ms:
        why = _(
            "Performance is {share}: the ideal cycle time is longer than the machine needs, "
            "or units were made outside planned time."
        )
    yield Flag("performance", Said(why, {"share": percent(found)}))
    cap = definition.performance_cap
    if cap is not None and found > cap:
        yield Flag("performance", Said(_("The definition cuts it to {share}."), {"share": percent(cap)}))


def _impossible(measures: Measures) -> Iterator[Flag]:
    if measures.good < 0 or measures.bad < 0:
        yield Flag("quality", Said(_("More units were declared bad than were made.")))
    if measures.good + measures.bad > 0 and measures.ideal_ms <= 0:
        yield Flag("performance", Said(_("No ideal cycle time is known for what was made.")))
