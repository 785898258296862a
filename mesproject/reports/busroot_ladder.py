"""The ladder of losses in Busroot's words, out of the one table of metrics. Pure but for the shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import fields

from mesproject.reports import busroot_shapes as shapes
from mesproject.reports.definition import Definition
from mesproject.reports.measures import Measures
from mesproject.reports.metric import Metric
from mesproject.reports.metrics import METRICS, in_dialect
from mesproject.reports.metrics_losses import availability_loss, idle_cost, value_cost
from mesproject.reports.tally import UNPLANNED


def named(name: str) -> Metric:
    """The metric that Busroot calls so; that there is one is ours to see to."""
    found = in_dialect("busroot", name)
    assert found is not None, name
    return found


LISTS = ("scheduled_non_production", "stops")
RUNGS: Mapping[str, Metric] = {
    name: named(one.encode_name)
    for name, one in zip(shapes.Oee.__struct_fields__, fields(shapes.Oee), strict=True)
    if name not in LISTS
}
COSTS = {
    "schedule_loss_cost": METRICS["schedule_cost"],
    "production_schedule_loss_cost": METRICS["production_schedule_cost"],
    "availability_loss_cost": METRICS["availability_cost"],
    "performance_target_loss_cost": METRICS["performance_cost"],
    "good_quality_loss_cost": METRICS["quality_cost"],
}
# What lies between time with a plan and time for production.
PAUSES = {
    "break_ms": ("break", "Breaks"), "maintenance_ms": ("maintenance", "Maintenance"),
    "non_production_ms": ("non-production", "Planned for other things than production"),
    "no_signal_ms": ("no-signal", "No signal"),
}  # fmt: skip

# Stops are told by their causes, on whichever rung they are.
BY_CAUSE = ("planned_stop_ms", "setup_ms")
UNTOLD = (None, "No cause given", UNPLANNED)

# (code, description, the measure that their stops add to) of causes, by id.
Causes = Mapping[int, tuple[str, str, str]]


def percent(value: float | None) -> float | None:
    """A fraction as percent."""
    return None if value is None else 100 * value


def value(metric: Metric, m: Measures, d: Definition) -> float | None:
    """A metric as Busroot shows it: ratios in percent."""
    found = metric.compute(m, d)
    return percent(found) if metric.unit == "ratio" else found


def ladder(m: Measures, stops: Iterable[tuple[int, float]], causes: Causes, d: Definition) -> shapes.Oee:
    """The ladder of /downtime; `stops` are milliseconds by cause."""
    return shapes.Oee(**_rungs(m, stops, causes, d))


def ladder_with_costs(
    m: Measures, stops: Iterable[tuple[int, float]], causes: Causes, d: Definition
) -> shapes.OeeWithCosts:
    """The ladder of /oee."""
    costs: dict[str, Any] = {name: metric.compute(m, d) for name, metric in COSTS.items()}
    return shapes.OeeWithCosts(**_rungs(m, stops, causes, d), **costs)


def _rungs(m: Measures, stops: Iterable[tuple[int, float]], causes: Causes, d: Definition) -> dict[str, Any]:
    found: dict[str, Any] = {name: value(metric, m, d) for name, metric in RUNGS.items()}
    told = [(ms, *causes.get(why, UNTOLD)) for why, ms in sorted(stops, key=lambda stop: -stop[1])]
    outside = [name for name in d.base.minus if name not in d.scheduled.minus]
    found["scheduled_non_production"] = [*_pauses(m, d, outside), *_planned_stops(told, m, d, outside)]
    found["stops"] = [
        _lost((code, said), ms, d.base.value(m, d), stop_cost(ms, m, d))
        for ms, code, said, measure in told
        if measure not in outside
    ]
    return found


_Told = Sequence[tuple[float, str | None, str, str]]


def _pauses(m: Measures, d: Definition, outside: Sequence[str]) -> Iterator[shapes.Lost]:
    """What the loss of production schedule consists of, but for stops that have a cause."""
    silence = [name for name in outside if name not in BY_CAUSE]
    for name in [*(name for name in d.scheduled.plus if name not in d.base.plus), *silence]:
        if ms := getattr(m, name):
            yield _lost(PAUSES[name], ms, d.scheduled.value(m, d), idle_cost(ms, d))


def _planned_stops(told: _Told, m: Measures, d: Definition, outside: Sequence[str]) -> Iterator[shapes.Lost]:
    """The stops whose cause takes their time out of production."""
    for ms, code, said, measure in told:
        if measure in outside:
            yield _lost((code, said), ms, d.scheduled.value(m, d), idle_cost(ms, d))


def _lost(why: tuple[str | None, str], ms: float, whole: float, cost: float | None) -> shapes.Lost:
    return shapes.Lost(*why, ms, cost, 100 * ms / whole if whole > 0 else None)


def stop_cost(ms: float, m: Measures, d: Definition) -> float | None:
    """A stop's part of what availability's loss cost."""
    by_value = value_cost(ms, m, d) if availability_loss(m, d) > 0 else None
    return by_value if by_value is not None else idle_cost(ms, d)
