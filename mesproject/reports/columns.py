"""Metrics of many groups at once, column by column: a hundred thousand rows in a tenth of a second. Pure.

What adds up is a weighted sum of measures, whose weights are asked of the metric itself once. Everything else
is computed row by row, by the metric.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from mesproject.reports.definition import Definition
from mesproject.reports.measures import FIELDS, Measures
from mesproject.reports.metric import Metric

Column = Sequence[float | None]


def computed(
    metrics: Sequence[Metric], names: Sequence[str], rows: Sequence[Sequence[float]], definition: Definition
) -> list[Column]:
    """A column for each metric, of rows that hold the measures of these names."""
    measured: list[Sequence[float]] = [*zip(*rows, strict=True)] if names and rows else [()] * len(names)
    if not all(metric.additive for metric in metrics):
        parts = _parts(names, rows)
    found: list[Column] = []
    for metric in metrics:
        if metric.additive:
            column: Column = _weighted(metric, names, measured, len(rows), definition)
        else:
            compute = metric.compute
            column = [compute(part, definition) for part in parts]
        # A ratio that happens to be 1 stays a fraction.
        found.append(column if metric.unit == "ratio" else _plain(column))
    return found


def _parts(names: Sequence[str], rows: Sequence[Sequence[float]]) -> list[Any]:
    """Rows as measures, made by position, which is several times faster than by name."""
    others = [name for name in FIELDS if name not in names]
    part: Any = msgspec.defstruct(
        "Part", [*[(name, float) for name in names], *[(name, float, 0) for name in others]], gc=False
    )
    return [part(*row) for row in rows]


def _weighted(
    metric: Metric,
    names: Sequence[str],
    measured: Sequence[Sequence[float]],
    count: int,
    definition: Definition,
) -> list[float]:
    column: list[float] | None = None
    for name, values in zip(names, measured, strict=True):
        weight = metric.compute(Measures(**{name: 1}), definition)
        if not weight:
            continue
        scaled = values if weight == 1 else [weight * value for value in values]
        column = list(scaled) if column is None else [a + b for a, b in zip(column, scaled, strict=True)]
    return [0] * count if column is None else column


def _plain(column: Column) -> Column:
    kinds = {*map(type, column)}
    if kinds <= {int}:
        return column
    if kinds == {float}:
        return [int(value) if value % 1 == 0 else value for value in column]  # type: ignore[operator, arg-type]
    return [*map(plain, column)]


def plain(value: float | None) -> float | None:
    """Whole numbers without a fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
