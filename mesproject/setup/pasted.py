"""A list of stations as people paste it: a name a line; then, where they have them, code and group. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mesproject.csv_reading import plain
from mesproject.setup.names import code_of

MOST_LINES = 1_000
_SPLIT = re.compile(r"[;,]")
# What the first line of a copied table may say instead of a station.
_HEADS = {
    "name": ("name", "station", "machine"),
    "code": ("code", "id", "number"),
    "group": ("group", "line", "cell", "hall", "area"),
}


@dataclass(frozen=True, slots=True)
class Pasted:
    """A line: its number, and what stands in its columns; the code is made where it has none."""

    number: int
    name: str
    code: str
    group: str


class TooMany(ValueError):
    """More lines than are read at once."""


def stations(text: str, *, taken: set[str]) -> list[Pasted]:
    """The stations of a list; codes that are made are not among those that are taken."""
    rows = list(_rows(text))
    if len(rows) > MOST_LINES:
        raise TooMany
    order = _order(rows[0][1]) if rows else None
    rows = rows[1:] if order else rows
    columns = order or ["name", "code", "group"]
    said = [(number, dict(zip(columns, cells, strict=False))) for number, cells in rows]
    known = taken | {one.get("code", "") for _, one in said}
    found = []
    for number, one in said:
        name = one.get("name", "")
        code = one.get("code", "") or code_of(name, taken=known, otherwise="STATION")
        known.add(code)
        found.append(Pasted(number, name, code, one.get("group", "")))
    return found


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            cells = line.split("\t") if "\t" in line else _SPLIT.split(line)
            yield number, [cell.strip().strip('"') for cell in cells]


def _order(cells: list[str]) -> list[str] | None:
    """The columns of a head; None where the line is no head."""
    known = {alias: name for name, aliases in _HEADS.items() for alias in aliases}
    names = [known.get(plain(cell), "") for cell in cells]
    return names if "name" in names and all(names) and len(set(names)) == len(names) else None
