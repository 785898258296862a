"""What a cell says, as people and programs write it; BadCell where it says nothing that could be meant. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from mesproject.csv_reading import is_formula
from mesproject.words import Refusal
from mesproject.words import gettext_noop as _

MOST_MS = 2**31 - 1
# Of a column's values most are on many lines.
_remembered = lru_cache(maxsize=4096)
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")
_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")
_DATES = tuple(
    re.compile(form)
    for form in (
        r"(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})([T ].*)?",
        r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
        r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
        r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
    )
)


class BadCell(Refusal):
    """What is wrong with it."""


def text(cell: str, longest: int) -> str:
    """A text that the database takes and that no spreadsheet computes."""
    if len(cell) > longest:
        raise BadCell(
            _("This has {count} characters; at most {most} are kept."), count=len(cell), most=longest
        )
    if is_formula(cell):
        raise BadCell(_("This is a formula. Write its value."))
    return cell


@_remembered
def number(cell: str, *, most: float = 1e12) -> float | None:
    """A number, 0 or more, with a point or a comma before its decimals; nothing where the cell is empty."""
    if not cell:
        return None
    if _THOUSANDS.fullmatch(cell):
        raise BadCell(_("This may be thousands or decimals. Write it without the comma."))
    if not _NUMBER.fullmatch(cell) or len(cell) > 30:
        raise BadCell(_("This is no number."))
    found = float(cell.replace(",", "."))
    if found < 0:
        raise BadCell(_("This is less than 0."))
    if found > most:
        raise BadCell(_("This is more than {most}."), most=round(most))
    return found


@_remembered
def positive(cell: str) -> float | None:
    """A number above 0."""
    found = number(cell, most=1_000_000)
    if found is not None and found < 0.000001:
        raise BadCell(_("This is 0."))
    return found


@_remembered
def amount(cell: str) -> Decimal | None:
    """Money."""
    found = number(cell, most=9_999_999_999)
    return None if found is None else Decimal(repr(found)).quantize(Decimal("0.01"))


@_remembered
def milliseconds(cell: str, each: float = 1) -> int | None:
    """A duration in units of so many milliseconds; 0 says nothing."""
    found = number(cell, most=MOST_MS / each)
    return round(found * each) or None if found else None


@_remembered
def day(cell: str) -> date | None:
    """A date: 2026-03-11, 20260311, 11.03.2026, or 3/11/2026 with the month first. A time of day is left out."""
    if not cell:
        return None
    found = next((match for form in _DATES if (match := form.fullmatch(cell))), None)
    try:
        said = date(int(found["y"]), int(found["m"]), int(found["d"])) if found else None
    except ValueError:
        said = None
    if said is None:
        raise BadCell(_("This is no date. Write it as in 2026-03-11."))
    if not 1970 <= said.year <= 2100:
        raise BadCell(_("A date lies in the years 1970 to 2100."))
    return said
