"""Grouped sums as a tree, and as flat rows: each level holds the sums of what is below it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, repeat
from typing import Any

import msgspec

Column = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Groups as columns: the ids of each level, the sums of each measure. Those of one outer group stand together."""

    ids: Sequence[Column]
    sums: Sequence[Column]
    count: int

    def outer(self) -> tuple[Table, list[slice]]:
        """The groups of one level less, and which rows each of them holds."""
        ids = self.ids[:-1]
        rows = list(_runs(ids, self.count)) if ids else [slice(0, self.count)]
        firsts = [[column[at.start] for at in rows] for column in ids]
        return Table(firsts, [[sum(column[at]) for at in rows] for column in self.sums], len(rows)), rows

    def merged(self) -> Table:
        """Each group once, where some of them stand there several times."""
        return Table([*self.ids, ()], self.sums, self.count).outer()[0]

    def total(self) -> Table:
        """The one group that holds them all."""
        return Table([], [[sum(column)] for column in self.sums], 1)


def _runs(columns: Sequence[Column], count: int) -> Iterator[slice]:
    """Where the same values stand together in all columns."""
    starts, at = [], 0
    for _, same in groupby(zip(*columns, strict=True)):
        starts.append(at)
        at += sum(1 for _ in same)
    return (slice(start, end) for start, end in pairwise([*starts, count]))


class Entity(msgspec.Struct, gc=False):
    """What a group is of."""

    type: str
    id: str


class Item(msgspec.Struct, gc=False, omit_defaults=True):
    """A group; the innermost have no items."""

    entity: Entity
    aggregate: Any
    items: list[Item] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of groups: names, and of all groups at once a column for each name."""

    names: Sequence[str]
    columns: Callable[[Table], Sequence[Column]]

    def of(self, table: Table) -> list[Any]:
        """What is shown of each group."""
        return records(self.names, self.columns(table), table.count)


def records(names: Sequence[str], columns: Sequence[Column], count: int) -> list[Any]:
    """Rows of columns, made and written several times faster than as dictionaries."""
    record: Any = msgspec.defstruct("Record", [(name, Any) for name in names], gc=False)
    return list(map(record, *columns)) if columns else [record() for _ in range(count)]


def nested(table: Table, groups: Sequence[str], shown: Shown) -> tuple[Any, list[Item]]:
    """What is shown of everything, and the tree."""
    below: list[Any] = [None] * table.count
    for group in reversed(groups):
        entities = map(Entity, repeat(group), table.ids[-1])
        items = list(map(Item, entities, shown.of(table), below))
        table, rows = table.outer()
        below = [items[at] for at in rows]
    if not groups:
        return shown.of(table.total())[0], []
    return shown.of(table)[0], below[0]


def flat(table: Table, groups: Sequence[str], known: Sequence[Mapping[str, str]], shown: Shown) -> list[Any]:
    """A row for each innermost group: name and id on each level (`known` says the names), and what is shown of it.

    Without groups there is one row, of everything.
    """
    table = table if groups else table.total()
    names: list[str] = []
    columns: list[Column] = []
    for group, level, ids in zip(groups, known, table.ids, strict=True):
        names += [group, f"{group}Id"]
        columns += [[level[id_] for id_ in ids], ids]
    return records([*names, *shown.names], [*columns, *shown.columns(table)], table.count)
