"""MachineMetrics' reports: what a question found, as the tree, the flat rows and the CSV that clients know."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mesproject.csv_text import AsItIs
from mesproject.reports import asking, metrics
from mesproject.reports.columns import computed, plain
from mesproject.reports.explain import block
from mesproject.reports.machinemetrics_asked import Report
from mesproject.reports.machinemetrics_entities import Entity, Frame, entities, iso, virtual
from mesproject.reports.nesting import Column, Shown, Table, flat, nested
from production.windows import Window

LOST = {"downtime": "downtimeMs", "quality": "rejectCount"}
TABLES = {"production": "production", "downtime": "downtime", "quality": "rejects"}


@dataclass(frozen=True)
class Found:
    """What the facts say: groups, and the entities of each level by id."""

    report: Report
    table: Table
    entities: list[dict[str, Entity]]
    shown: Shown
    exact_until: datetime

    @property
    def groups(self) -> tuple[str, ...]:
        """The levels, the outermost first."""
        return self.report.question.groups

    def answer(self, *, flatten: bool, definition: bool) -> dict[str, Any]:
        """The whole answer, in types that JSON knows."""
        range_ = self.report.frame.range
        if flatten:
            whole, items = self.shown.of(self.table.total())[0], self.flat()
        else:
            whole, items = nested(self.table, self.groups, self.shown)
        found = {
            "range": {"start": iso(range_.start), "end": iso(range_.end)},
            "aggregate": whole,
            "entities": self._entities(),
            "items": items,
        }
        return found | ({"definition": block(self.report.definition)} if definition else {})

    def flat(self) -> list[Any]:
        """A row for each innermost group."""
        known = [{id_: entity.shown for id_, entity in level.items()} for level in self.entities]
        return flat(self.table, self.groups, known, self.shown)

    def _entities(self) -> dict[str, dict[str, Any]]:
        told = {}
        for group, level in zip(self.groups, self.entities, strict=True):
            told[group] = {id_: entity.told for id_, entity in level.items()}
            told[group] |= {entity["id"]: entity for entity in virtual(group, self.report.frame)}
        return told


@contextmanager
def undisturbed() -> Iterator[None]:
    """No search for garbage: among a hundred thousand new rows there is none, and it takes half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def found(report: Report) -> Found:
    """Ask the facts."""
    return of_rows(report, asking.rows_of(report.question, TABLES[report.kind], sums_of(report)))


def sums_of(report: Report) -> tuple[str, ...]:
    """What must be summed of each group."""
    if report.kind != "production":
        return ("amount", "records")
    return metrics.needed([wanted.metric for wanted in report.wanted], report.definition)


def of_rows(report: Report, found: asking.Rows) -> Found:
    """The same of the sums of groups, however they were asked for."""
    names = sums_of(report)
    rows = found if report.kind == "production" else [row for row in found if any(row[-2:])]
    levels = [
        entities(group, report.frame, {row[depth] for row in rows})
        for depth, group in enumerate(report.question.groups)
    ]
    known = [{entity.id: entity for entity in level.values()} for level in levels]
    return Found(
        report, _table(rows, levels, len(names)), known, _shown(report, names, known), found.exact_until
    )


def _table(rows: list[tuple[Any, ...]], levels: list[dict[Any, Entity]], width: int) -> Table:
    """Rows by ids, in the order of their entities on each level."""
    places = [0] * len(rows)
    for depth, level in enumerate(levels):
        ranks = {id_: n for n, id_ in enumerate(dict.fromkeys(entity.id for entity in level.values()))}
        rank, count = {value: ranks[entity.id] for value, entity in level.items()}, len(ranks)
        places = [place * count + rank[row[depth]] for place, row in zip(places, rows, strict=True)]
    ordered = [rows[n] for n in sorted(range(len(rows)), key=places.__getitem__)]
    columns = [*zip(*ordered, strict=True)] or [()] * (len(levels) + width)
    told = [{value: entity.id for value, entity in level.items()} for level in levels]
    ids = [[known[value] for value in column] for known, column in zip(told, columns, strict=False)]
    table = Table(ids, columns[len(levels) :], len(rows))
    # Two values can be the same to a client.
    return table.merged() if any(len({*known.values()}) < len(known) for known in told) else table


# What is shown of groups


def _shown(report: Report, names: tuple[str, ...], levels: list[dict[str, Entity]]) -> Shown:
    if report.kind != "production":
        return Shown(
            (LOST[report.kind], "recordCount"), lambda table: [[*map(plain, sums)] for sums in table.sums]
        )
    frame, metrics_ = report.frame, [wanted.metric for wanted in report.wanted]

    def columns(table: Table) -> list[Column]:
        measured = dict(zip(names, table.sums, strict=True))
        found: list[Column] = [*computed(metrics_, measured, table.count, report.definition)]
        for n, metric in enumerate(metrics_):
            if metric.edge:
                paths = zip(*table.ids, strict=True) if table.ids else [()] * table.count
                found[n] = [iso(getattr(_window(path, frame, levels), metric.edge)) for path in paths]
        return found

    return Shown([wanted.name for wanted in report.wanted], columns)


def _window(path: Sequence[str], frame: Frame, levels: list[dict[str, Entity]]) -> Window:
    """The window of a group: what its groups of time have in common, inside the range."""
    window = frame.range
    for level, id_ in zip(levels, path, strict=False):
        if own := level[id_].window:
            window = window.clip(own) or Window(window.start, window.start)
    return window


# As a table


def columns(report: Report) -> list[tuple[str, str]]:
    """The names of the columns of flat rows, and the unit of each: text, instant, or that of a metric."""
    named: list[tuple[str, str]] = []
    for group in report.question.groups:
        named += [(group, "instant" if group == "hour" else "text"), (f"{group}Id", "text")]
    if report.kind != "production":
        unit = "ms" if report.kind == "downtime" else "units"
        return [*named, (LOST[report.kind], unit), ("recordCount", "count")]
    return [*named, *((wanted.name, wanted.metric.unit) for wanted in report.wanted)]


def localized(row: Mapping[str, Any], units: Mapping[str, str], frame: Frame) -> dict[str, Any]:
    """A row as people read it: instants on the plant's clock, durations as h:mm:ss, ratios in percent."""
    return {name: _localized(value, units[name], frame) for name, value in row.items()}


def _localized(value: Any, unit: str, frame: Frame) -> Any:
    if value is None:
        return None
    if unit == "instant":
        return f"{datetime.fromisoformat(value).astimezone(frame.tz):%Y-%m-%d %H:%M:%S}"
    if unit == "ms":
        return AsItIs(duration(value))
    return AsItIs(f"{100 * value:.1f}%") if unit == "ratio" else value


def duration(ms: float) -> str:
    """Milliseconds as h:mm:ss, which spreadsheets take for a time."""
    seconds = round(abs(ms) / 1000)
    said = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"-{said}" if ms < 0 and seconds else said
