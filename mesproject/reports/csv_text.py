"""CSV that opens right in a spreadsheet: UTF-8 with its mark, and no text that a spreadsheet would compute. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

MARK = "\ufeff"
COMPUTED = ("=", "+", "-", "@", "\t", "\r")
LINES_AT_ONCE = 500


def lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file in portions: texts quoted, numbers plain, nothing for None."""
    portion = StringIO(newline="")
    writer = csv.writer(portion, quoting=csv.QUOTE_NONNUMERIC)
    portion.write(MARK)
    writer.writerow([cell(name) for name in header])
    for number, row in enumerate(rows, 1):
        # None is a text to the writer: it would be quoted, which is no empty cell.
        writer.writerow([Empty() if value is None else cell(value) for value in row])
        if number % LINES_AT_ONCE == 0:
            yield _taken(portion)
    yield _taken(portion)


def cell(value: Any) -> Any:
    """A value as it is written: a text that begins like a formula gets an apostrophe, as spreadsheets expect."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(COMPUTED) else text


class Empty(float):
    """A number that is written as nothing."""

    def __new__(cls) -> Empty:
        """Any number will do."""
        return super().__new__(cls, 0)

    def __repr__(self) -> str:
        return ""

    __str__ = __repr__


def _taken(portion: StringIO) -> bytes:
    text = portion.getvalue()
    portion.seek(0)
    portion.truncate()
    return text.encode()
