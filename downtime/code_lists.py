"""Lists of error codes out of a spreadsheet: a line each, with the code, the cause's code, and where. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mesproject.words import Said
from mesproject.words import gettext_noop as _

MOST_CHARACTERS = 1_000_000
LONGEST = 128
LONGEST_LINE = 1000
HEADER = ("code", "cause", "place")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: which code means which cause, everywhere or at the station or group of a code."""

    number: int
    code: str
    cause: str
    place: str = ""


class BadList(ValueError):
    """Lines that cannot be understood, a sentence for each."""

    def __init__(self, sentences: list[Said]) -> None:
        self.sentences = sentences
        super().__init__(" ".join(map(str, sentences)))


def in_line(number: int, sentence: str, **values: Any) -> Said:
    """What is wrong with a line, told with its number."""
    return Said(_("Line {number}: {fault}"), {"number": number, "fault": Said(sentence, values)})


def read(text: str) -> list[Line]:
    """The lines of a list with tabs, semicolons or commas between its columns. Raises BadList."""
    found, wrong = [], []
    seen: dict[tuple[str, str], int] = {}
    for number, cells in _cells(text):
        if fault := _fault(cells):
            wrong.append(in_line(number, fault, most=LONGEST))
            continue
        code, cause, place = (*cells, "")[:3]
        if before := seen.get((code, place)):
            wrong.append(
                in_line(number, _("{code} stands in line {before} already."), code=code, before=before)
            )
            continue
        seen[code, place] = number
        found.append(Line(number, code, cause, place))
    if wrong:
        raise BadList(wrong)
    return found


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold anything, without the heading."""
    lines = text.lstrip("\ufeff").splitlines()
    head = next((line for line in lines if line.strip()), "")
    between = max("\t;,", key=next((line for line in lines if set(line) & set("\t;,")), "").count)
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            raise BadList([in_line(number, _("it is longer than {most} characters."), most=LONGEST_LINE)])
        cells = [cell.strip() for row in csv.reader([line], delimiter=between) for cell in row]
        if any(cells) and not (line is head and tuple(cell.lower() for cell in cells[:2]) == HEADER[:2]):
            yield number, cells


def _fault(cells: list[str]) -> str:
    if any("\x00" in cell for cell in cells):
        return _("it holds a NUL character. Is this a text file?")
    if len([cell for cell in cells if cell]) < 2 or not (cells[0] and cells[1]):
        return _("give a code and the code of its cause, with a semicolon between them.")
    if len(cells) > 3 and any(cells[3:]):
        return _("it has more than three columns: code, cause, place.")
    if cells[0] == "*":
        return _("a * alone is no code. Give the beginning of one, such as AL-*.")
    if len(cells[0]) > LONGEST:
        return _("the code is longer than {most} characters.")
    return ""
