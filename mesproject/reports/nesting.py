"""Grouped sums as a tree, and as flat rows: each level holds the sums of what is below it. Pure.

Rows are the ids of a group on each level and the sums of additive measures; those of one group stand together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

Path = tuple[str, ...]
Sums = tuple[float, ...]
Row = tuple[Path, Sums]
# What is shown of groups, all at once: of each its path of ids, and its sums.
Show = Callable[[Sequence[Row]], list[dict[str, Any]]]


def added(parts: Sequence[Sums], width: int) -> Sums:
    """Sums, column by column; of nothing, zeros."""
    if len(parts) == 1:
        return parts[0]
    return tuple(map(sum, zip(*parts, strict=True))) if parts else (0,) * width


def merged(rows: Sequence[Row], width: int) -> list[Row]:
    """Each path once."""
    if len({path for path, _ in rows}) == len(rows):
        return list(rows)
    return [
        (path, added([sums for _, sums in same], width)) for path, same in groupby(rows, key=itemgetter(0))
    ]


def nested(
    rows: Sequence[Row], groups: Sequence[str], show: Show, width: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What is shown of everything, and the tree; the innermost items have no `items`."""
    nodes: list[Row] = []
    shells: list[dict[str, Any]] = [{}]
    total, items = _level(merged(rows, width), groups, (), width, nodes, shells)
    for shell, shown in zip(shells, show([((), total), *nodes]), strict=True):
        shell["aggregate"] = shown
    whole: dict[str, Any] = shells[0]["aggregate"]
    return whole, items


def _level(
    rows: Sequence[Row], groups: Sequence[str], path: Path, width: int,
    nodes: list[Row], shells: list[dict[str, Any]],
) -> tuple[Sums, list[dict[str, Any]]]:  # fmt: skip
    """The sums of these rows, and their items; `nodes` and `shells` take in every item, in one order."""
    depth = len(path)
    if depth == len(groups):
        return added([sums for _, sums in rows], width), []
    group, last = groups[depth], depth + 1 == len(groups)
    if last:
        items = [
            {"entity": {"type": group, "id": whole[depth]}, "aggregate": None} for whole, _ in rows
        ]  # fmt: skip
        nodes += rows
        shells += items
        return added([sums for _, sums in rows], width), items
    items, parts = [], []
    for id_, below in groupby(rows, key=lambda row: row[0][depth]):
        here = (*path, id_)
        sums, inner = _level(list(below), groups, here, width, nodes, shells)
        item: dict[str, Any] = {"entity": {"type": group, "id": id_}, "aggregate": None, "items": inner}
        items.append(item)
        parts.append(sums)
        nodes.append((here, sums))
        shells.append(item)
    return added(parts, width), items


def flat(
    rows: Sequence[Row], groups: Sequence[str], names: Sequence[Mapping[str, str]], show: Show, width: int
) -> Iterator[dict[str, Any]]:
    """A row for each innermost group: name and id on each level, and what is shown of it.

    Without groups there is one row, of everything.
    """
    unique = merged(rows, width) if groups else [((), added([sums for _, sums in rows], width))]
    levels = [(group, f"{group}Id", known) for group, known in zip(groups, names, strict=True)]
    for (path, _), shown in zip(unique, show(unique), strict=True):
        row: dict[str, Any] = {}
        for (name, id_name, known), id_ in zip(levels, path, strict=True):
            row[name], row[id_name] = known[id_], id_
        row.update(shown)
        yield row
