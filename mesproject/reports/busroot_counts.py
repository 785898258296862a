"""What was made, was to be made, and used up, in Busroot's words: /production, /target, /energy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mesproject.busroot import BadValue
from mesproject.reports import busroot_shapes as shapes
from mesproject.reports.busroot_answers import Bucket, buckets, by_bucket, grain_of
from mesproject.reports.busroot_cycles import sku_names
from mesproject.reports.busroot_edge import UNKNOWN, Asked, range_out
from mesproject.reports.busroot_ladder import named, value
from mesproject.reports.definition import Definition
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from mesproject.reports.story import Question, told
from mesproject.reports.tally import tally
from production.windows import Window

COUNTS = {
    "production_good_count": named("productionGoodCount"), "production_bad_count": named("productionBadCount"),
    "production_ideal_count": named("productionIdealCount"),
    "production_target_count": named("productionTargetCount"),
}  # fmt: skip
ENERGY = {
    "electrical_kwh": METRICS["energy"], "electrical_kwh_outside_production": METRICS["wasted_energy"],
    "outside_production_perc": METRICS["wasted_energy_ratio"], "electrical_kwh_per_unit": METRICS["energy_per_unit"],
    "electrical_kwh_per_productive_hour": METRICS["energy_per_productive_hour"],
    "cost": METRICS["energy_cost"], "co2": METRICS["carbon_dioxide"],
}  # fmt: skip
MOST_AHEAD = timedelta(days=62)


def counts(m: Measures, d: Definition) -> dict[str, Any]:
    """The four counts of a stretch of time."""
    return {name: metric.compute(m, d) or 0.0 for name, metric in COUNTS.items()}


def production(asked: Asked, d: Definition) -> shapes.ProductionAnswer:
    """/production: each station and SKU."""
    found = by_bucket(asked, "part")
    names = sku_names(asked, {key[-1] for key in found})
    parts: dict[tuple[object, ...], list[str]] = {}
    for whole in found:
        parts.setdefault(whole[:-1], []).append(whole[-1])
    rows = []
    for one in buckets(asked, found):
        key = (one.station.pk, *one.key)
        for part in parts.get(key, ()):
            sku: dict[str, Any] = {"sku_code": part or UNKNOWN, "sku_name": names.get(part)}
            rows.append(
                shapes.ProductionRow(**one.place(grain_of(asked)), **sku, **counts(found[(*key, part)], d))
            )
    return shapes.ProductionAnswer(results=rows, range=range_out(asked.told.window))


def target(asked: Asked, d: Definition) -> shapes.TargetAnswer:
    """/target: what was to be made by now, and with the future, what is still to come."""
    found, ahead = by_bucket(asked), _ahead(asked)
    rows = []
    for one in buckets(asked, found):
        m = found.get((one.station.pk, *one.key), Measures())
        row = shapes.TargetRow(
            **one.place(grain_of(asked)), **counts(m, d), parts_goal=METRICS["parts_goal"].compute(m, d) or 0.0,
            efficiency_perc=value(METRICS["efficiency"], m, d),
        )  # fmt: skip
        if ahead is not None:
            row.remaining_ideal_count = METRICS["ideal_parts"].compute(ahead[one.station.pk], d) or 0.0
        rows.append(row)
    return shapes.TargetAnswer(results=rows, range=range_out(asked.told.window))


def _ahead(asked: Asked) -> Mapping[int, Measures] | None:
    """What the plan asks for from now to the end of the range; None where the future is not asked."""
    if not asked.query.includefuture:
        return None
    if grain_of(asked):
        raise BadValue("includefuture", "includefuture goes without aggregatewindow here.")
    window = Window(max(asked.now, asked.range.window.start), asked.range.window.end)
    if window.start >= window.end or not asked.stations:
        return {station.pk: Measures() for station in asked.stations}
    if window.duration > MOST_AHEAD:
        raise BadValue("rangecode", f"Plans are told for at most {MOST_AHEAD.days} days ahead.")
    found = told([Question(station, window, window.start) for station in asked.stations])
    return {pk: total(tally(one.story, window).measures.values()) for pk, one in found.items()}


def energy(asked: Asked, d: Definition) -> shapes.EnergyAnswer:
    """/energy: used, wasted, per unit and per hour at work, and what it cost."""
    in_shifts = bool(getattr(asked.query, "inshiftaverages", False))
    found = by_bucket(asked)
    averages = by_bucket(asked, in_shifts=True) if in_shifts else found
    rows = [_energy(one, found, averages, grain_of(asked), d) for one in buckets(asked, found)]
    return shapes.EnergyAnswer(
        results=rows, range=range_out(asked.told.window), price_per_kwh=d.energy_price_per_kwh,
        co2_per_kwh=d.co2_kg_per_kwh,
    )  # fmt: skip


_Sums = Mapping[tuple[Any, ...], Measures]


def _energy(one: Bucket, found: _Sums, averages: _Sums, grain: str | None, d: Definition) -> shapes.EnergyRow:
    key = (one.station.pk, *one.key)
    sums, of_shifts = found.get(key, Measures()), averages.get(key, Measures())
    values: dict[str, Any] = {
        name: value(metric, of_shifts if "_per_" in name else sums, d) for name, metric in ENERGY.items()
    }
    return shapes.EnergyRow(**one.place(grain), **values)
