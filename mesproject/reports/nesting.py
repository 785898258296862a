"""Grouped sums as a tree, and as flat rows: each level holds the sums of what is below it. Pure.

Rows are the ids of a group on each level and the sums of additive measures; those of one group stand together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

Path = tuple[str, ...]
Sums = tuple[float, ...]
Row = tuple[Path, Sums]
# What is shown of a group: its path of ids, and its sums.
Show = Callable[[Path, Sums], dict[str, Any]]


def added(parts: Sequence[Sums], width: int) -> Sums:
    """Sums, column by column; of nothing, zeros."""
    if len(parts) == 1:
        return parts[0]
    return tuple(map(sum, zip(*parts, strict=True))) if parts else (0,) * width


def nested(
    rows: Sequence[Row], groups: Sequence[str], show: Show, width: int
) -> tuple[Sums, list[dict[str, Any]]]:
    """The sums of everything, and the tree; the innermost items have no `items`."""
    return _level(rows, groups, show, (), width)


def _level(
    rows: Sequence[Row], groups: Sequence[str], show: Show, path: Path, width: int
) -> tuple[Sums, list[dict[str, Any]]]:
    depth = len(path)
    if depth == len(groups):
        return added([sums for _, sums in rows], width), []
    items, parts = [], []
    for id_, below in groupby(rows, key=lambda row: row[0][depth]):
        here = (*path, id_)
        sums, inner = _level(list(below), groups, show, here, width)
        item: dict[str, Any] = {
            "entity": {"type": groups[depth], "id": id_},
            "aggregate": show(here, sums),
        }
        items.append(item | {"items": inner} if inner else item)
        parts.append(sums)
    return added(parts, width), items


def flat(
    rows: Iterable[Row], groups: Sequence[str], names: Sequence[Mapping[str, str]], show: Show, width: int
) -> Iterator[dict[str, Any]]:
    """A row for each innermost group: name and id on each level, and what is shown of it.

    Without groups there is one row, of everything.
    """
    if not groups:
        yield show((), added([sums for _, sums in rows], width))
        return
    for path, same in groupby(rows, key=itemgetter(0)):
        row: dict[str, Any] = {}
        for group, known, id_ in zip(groups, names, path, strict=True):
            row[group], row[f"{group}Id"] = known[id_], id_
        yield row | show(path, added([sums for _, sums in same], width))
