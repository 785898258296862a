"""MachineMetrics' reports: what a question found, as the tree, the flat rows and the CSV that clients know."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from mesproject.reports import asking, budget, metrics
from mesproject.reports.columns import computed, plain
from mesproject.reports.csv_text import AsItIs
from mesproject.reports.explain import block
from mesproject.reports.machinemetrics_asked import Report, Wanted
from mesproject.reports.machinemetrics_entities import Entity, Frame, entities, iso, virtual
from mesproject.reports.measures import Measures
from mesproject.reports.nesting import Path, Row, Show, Sums, added, flat, nested
from production.windows import Window

LOST = {"downtime": "downtimeMs", "quality": "rejectCount"}
TABLES = {"downtime": "downtime", "quality": "rejects"}


@dataclass(frozen=True)
class Found:
    """What the facts say: rows of ids and sums, and the entities of each group by id."""

    report: Report
    rows: list[Row]
    entities: list[dict[str, Entity]]
    show: Show
    width: int

    @property
    def groups(self) -> tuple[str, ...]:
        """The levels, the outermost first."""
        return self.report.question.groups

    def answer(self, *, flatten: bool, definition: bool) -> dict[str, Any]:
        """The whole answer, in types that JSON knows."""
        range_ = self.report.frame.range
        whole, items = self._flat() if flatten else nested(self.rows, self.groups, self.show, self.width)
        found = {
            "range": {"start": iso(range_.start), "end": iso(range_.end)},
            "aggregate": whole,
            "entities": self._entities(),
            "items": items,
        }
        return found | ({"definition": block(self.report.definition)} if definition else {})

    def _flat(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        total = added([sums for _, sums in self.rows], self.width)
        return self.show([((), total)])[0], list(self.flat())

    def flat(self) -> Iterator[dict[str, Any]]:
        """A row for each innermost group."""
        names = [{id_: entity.shown for id_, entity in level.items()} for level in self.entities]
        return flat(self.rows, self.groups, names, self.show, self.width)

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
    """Ask the facts. budget.TooMany or budget.TooSlow where that costs too much."""
    with budget.within(report.cost):
        if report.kind == "production":
            names = metrics.needed((wanted.metric for wanted in report.wanted), report.definition)
            raw = _production(report, names)
        else:
            names = (LOST[report.kind], "recordCount")
            raw = [*asking.losses(report.question, TABLES[report.kind])]
        levels = _levels(report, [key for key, _ in raw])
    known = [{entity.id: entity for entity in level.values()} for level in levels]
    show = _shown(report, names, known)
    return Found(report, _in_order(raw, levels), known, show, len(names))


def _production(report: Report, names: tuple[str, ...]) -> list[tuple[tuple[Any, ...], Sums]]:
    read: Callable[[Measures], Any] = attrgetter(*names) if names else lambda _: ()
    rows = asking.production(report.question, names)
    if len(names) == 1:
        return [(key, (read(measures),)) for key, measures in rows]
    return [(key, read(measures)) for key, measures in rows]


def _levels(report: Report, keys: list[tuple[Any, ...]]) -> list[dict[Any, Entity]]:
    columns = zip(*keys, strict=True) if keys else ((),) * len(report.question.groups)
    return [
        entities(group, report.frame, {*column})
        for group, column in zip(report.question.groups, columns, strict=True)
    ]


def _in_order(raw: list[tuple[tuple[Any, ...], Sums]], levels: list[dict[Any, Entity]]) -> list[Row]:
    """Rows by ids, in the order of their entities on each level."""
    ids = [list(dict.fromkeys(entity.id for entity in level.values())) for level in levels]
    known = [{id_: n for n, id_ in enumerate(level)} for level in ids]
    ranks = [{v: rank[e.id] for v, e in level.items()} for level, rank in zip(levels, known, strict=True)]
    rows = sorted((tuple(map(dict.__getitem__, ranks, key)), sums) for key, sums in raw)
    return [(tuple(map(list.__getitem__, ids, rank)), sums) for rank, sums in rows]


# What is shown of groups


def _shown(report: Report, names: tuple[str, ...], levels: list[dict[str, Entity]]) -> Show:
    if report.kind != "production":
        return lambda rows: [dict(zip(names, map(plain, sums), strict=True)) for _, sums in rows]
    metrics_ = [wanted.metric for wanted in report.wanted]
    keys = [wanted.name for wanted in report.wanted]

    def show(rows: Sequence[Row]) -> list[dict[str, Any]]:
        columns = computed(metrics_, names, [sums for _, sums in rows], report.definition)
        return [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]

    edges = [wanted for wanted in report.wanted if wanted.metric.edge]
    return _with_edges(show, edges, report.frame, levels) if edges else show


def _with_edges(show: Show, edges: list[Wanted], frame: Frame, levels: list[dict[str, Entity]]) -> Show:
    def both(rows: Sequence[Row]) -> list[dict[str, Any]]:
        shown = show(rows)
        for (path, _), told in zip(rows, shown, strict=True):
            window = _window(path, frame, levels)
            told |= {w.name: iso(window.start if w.metric.edge == "start" else window.end) for w in edges}
        return shown

    return both


def _window(path: Path, frame: Frame, levels: list[dict[str, Entity]]) -> Window:
    """The window of a group: what its groups of time have in common, inside the range."""
    window = frame.range
    for level, id_ in zip(levels, path, strict=False):
        if own := level[id_].window:
            window = window.clip(own) or Window(window.start, window.start)
    return window


# As a table

Column = tuple[str, str]


def columns(report: Report) -> list[Column]:
    """The names of the columns of flat rows, and the unit of each: text, instant, or that of a metric."""
    named: list[Column] = []
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
