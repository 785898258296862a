"""Rows as CSV that spreadsheets open as meant: UTF-8 with a mark, text that is no formula, numbers as numbers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

BOM = "\ufeff"
# What makes a spreadsheet take text for a formula; the last four are its signs in the width of Chinese letters.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?")
LINES_AT_ONCE = 500


class AsItIs(str):
    """Text that a spreadsheet shall read as the number that it is: a duration, a share in percent."""

    __slots__ = ()


def lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file in portions: texts quoted, numbers plain, nothing for None."""
    written = (",".join(map(cell, row)) + "\r\n" for row in chain([header], rows))
    mark = BOM
    while portion := "".join(islice(written, LINES_AT_ONCE)):
        yield (mark + portion).encode()
        mark = ""


def streamed(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The same of rows that know their columns; one that a row lacks is empty."""
    return lines(columns, ([row.get(name) for name in columns] for row in rows))


def cell(value: Any) -> str:
    """A value: numbers bare, text in quotes and never a formula (a negative number is none), nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, (int, float, AsItIs)) and not isinstance(value, bool):
        return str(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if text.startswith(FORMULA) and not _NEGATIVE.fullmatch(text):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"'
