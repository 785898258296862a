"""Tables that people and programs save as CSV, whatever their encoding, separator and line ends. Pure.

A file is read twice, in portions: once to see how it is written, once for its rows. No more of it than a line is
ever held. What cannot be read is told with its line; columns are found by any of their names.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mesproject.words import Said
from mesproject.words import gettext_noop as _

# Gives the file from its beginning, in portions of any length, each time it is called.
Source = Callable[[], Iterable[bytes]]
SEPARATORS = ",;\t|"
MOST_COLUMNS = 1_000
LONGEST_LINE = 1_000_000
HEAD = 65_536
PACKED = {
    b"\x1f\x8b": _("This is a gzip archive, no CSV. Unpack it, or save it as CSV."),
    b"PK": _("This is a spreadsheet or an archive, no CSV. Unpack it, or save it as CSV."),
    b"\xd0\xcf\x11\xe0": _("This is a spreadsheet, no CSV. Unpack it, or save it as CSV."),
    b"%PDF": _("This is a PDF, no CSV. Unpack it, or save it as CSV."),
}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What these bytes mean is not said in cp1252.
_NOT_CP1252 = bytes.maketrans(b"\x81\x8d\x8f\x90\x9d", b"\0\0\0\0\0")
_FORMULA = re.compile(r"[=@\t\r\uff1d\uff20]|[+\-\uff0b\uff0d].*[(|!]", re.DOTALL)
_NAME = re.compile(r"[\s_\-./]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where, and what is said there; line 0 is the file, without a column it is the line as a whole."""

    line: int
    column: str
    told: Said
    said: str = ""

    @property
    def reason(self) -> str:
        """What is wrong, in English, for programs."""
        return str(self.told)


class Unreadable(Exception):
    """From here on the file is no table."""

    def __init__(self, line: int, sentence: str | Said, column: str = "", **values: Any) -> None:
        told = sentence if isinstance(sentence, Said) else Said(sentence, values)
        self.fault = Fault(line, column, told)
        super().__init__(str(told))


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name, the other names under which files have it, and whether they must."""

    name: str
    others: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The columns that were found, by name, and the names of those that mean nothing; then the rows.

    Each row comes with its line and as many cells as the header has, or as a fault.
    """

    places: Mapping[str, int]
    ignored: list[str]
    rows: Iterator[tuple[int, list[str]] | Fault]


def table(source: Source, columns: Iterable[Column]) -> Table:
    """A file as a table of these columns; raises Unreadable where it is none, while rows are read, too."""
    rows = read(source)
    line, header = next(rows, (0, None))
    if header is None:
        raise Unreadable(0, _("The file is empty."))
    places, ignored = _places(line, header, list(columns))
    return Table(places, ignored, _even(rows, len(header)))


def read(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line on which it begins; cells without the blanks around them."""
    encoding = encoding_of(source)
    lines = _lines(source(), encoding)
    first, separator = _separator(lines)
    reader = csv.reader(_chained(first, lines), delimiter=separator, strict=True)
    skipped = 0 if first else 1
    while True:
        begins = skipped + reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise Unreadable(begins, _complaint(str(error))) from None
        if row is None:
            return
        if len(row) > MOST_COLUMNS:
            told = _("This line has {count} columns; at most {most} are read.")
            raise Unreadable(begins, told, count=len(row), most=MOST_COLUMNS)
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield begins, cells


def text_of(content: bytes) -> str:
    """A table that was read already, as text: what is shown of it and sent again is what was read."""
    return content.decode(encoding_of(lambda: [content]), "replace")


def encoding_of(source: Source) -> str:
    """In which encoding a file is written: what its mark says, UTF-8 where all of it is, else Western European."""
    head = _head(source)
    for magic, sentence in PACKED.items():
        if head.startswith(magic):
            raise Unreadable(0, sentence)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 4:
        return "utf-16-be"
    return _eight_bits(source)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would compute this; a signed number and a dash before a word are no formulas."""
    return _FORMULA.match(text) is not None


def plain(name: str) -> str:
    """The name of a column as it is compared: without case, blanks, dots, dashes and underscores."""
    return _NAME.sub("", name).lower()


def _head(source: Source) -> bytes:
    head = b""
    for portion in source():
        head += bytes(portion[: HEAD - len(head)])
        if len(head) == HEAD:
            break
    return head


def _eight_bits(source: Source) -> str:
    decoder, sure, cp1252 = codecs.getincrementaldecoder("utf-8")(), True, True
    for portion in source():
        portion = bytes(portion)
        if sure:
            try:
                decoder.decode(portion)
            except UnicodeDecodeError:
                sure = False
        cp1252 = cp1252 and portion.translate(_NOT_CP1252).count(0) == portion.count(0)
        if not sure and not cp1252:
            return "latin-1"
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        sure = False
    return "utf-8" if sure else "cp1252" if cp1252 else "latin-1"


def _lines(portions: Iterable[bytes], encoding: str) -> Iterator[str]:
    """The lines with one kind of line end, whatever they had."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    held, number = "", 0
    for last, portion in _with_last(portions):
        try:
            held += decoder.decode(portion, final=last)
        except UnicodeDecodeError as error:
            where = number + held.count("\n") + error.object[: error.start].count(b"\n") + 1
            raise Unreadable(where, _("This line is not written as the lines before it are.")) from None
        *whole, held = held.split("\n")
        for line in whole:
            number += 1
            yield _checked(line, number) + "\n"
        if len(held) > LONGEST_LINE:
            _checked(held, number + 1)
    if held:
        yield _checked(held, number + 1)


def _with_last(portions: Iterable[bytes]) -> Iterator[tuple[bool, bytes]]:
    for portion in portions:
        yield False, bytes(portion)
    yield True, b""


def _checked(line: str, number: int) -> str:
    if len(line) > LONGEST_LINE:
        raise Unreadable(number, _("This line is longer than {most} characters."), most=LONGEST_LINE)
    if "\0" in line:
        raise Unreadable(number, _("This line has a NUL in it: the file is no text."))
    return line


def _separator(lines: Iterator[str]) -> tuple[list[str], str]:
    """What stands between cells, and the first line, unless it says nothing else (`sep=;`, as spreadsheets write)."""
    first = next(lines, "")
    if first.lower().startswith("sep=") and first[4:5] in SEPARATORS and not first[5:].strip():
        return [], first[4]
    bare = re.sub(r'"[^"]*"', "", first)
    return [first], max(SEPARATORS, key=lambda one: (bare.count(one), -SEPARATORS.index(one)))


def _chained(first: list[str], lines: Iterator[str]) -> Iterator[str]:
    yield from first
    yield from lines


def _complaint(error: str) -> Said:
    if "expected after" in error:
        return Said(_("A quote is closed in the middle of a cell. Write two quotes for one inside a cell."))
    if "end of data" in error or "field larger" in error:
        told = _(
            "A quote is opened on this line and never closed, or a cell is longer than {most} characters."
        )
        return Said(told, {"most": csv.field_size_limit()})
    return Said(_("This line cannot be read: {error}."), {"error": error})


def _places(line: int, header: list[str], columns: list[Column]) -> tuple[dict[str, int], list[str]]:
    known = {plain(name): column.name for column in columns for name in (column.name, *column.others)}
    places: dict[str, int] = {}
    ignored = []
    for place, cell in enumerate(header):
        name = known.get(plain(cell))
        if name is None:
            ignored += [cell] if cell else []
        elif name in places:
            raise Unreadable(line, _("The header has this column twice."), cell)
        else:
            places[name] = place
    for column in columns:
        if column.required and column.name not in places:
            there = ", ".join(header[:12])[:200]
            raise Unreadable(
                line, _("This column is missing. The header has {there}."), column.name, there=there
            )
    return places, ignored


def _even(rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str]] | Fault]:
    """Rows of one width: what is left out at the end is empty, what is too much must be."""
    for line, cells in rows:
        if any(cells[width:]):
            values = {"count": len(cells), "width": width}
            yield Fault(line, "", Said(_("This line has {count} cells, the header {width}."), values))
        else:
            yield line, cells[:width] + [""] * (width - len(cells))
