"""Rows as tables that people keep in spreadsheets: what is exported is what import takes.

A line is a row: a new one, or the one that has its key. All lines are stored or none; a dry run stores them and
takes that back, so that what it says is what happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mesproject import csv_text
from mesproject.accounts.admin_base import OwnedForm, SecondsField
from mesproject.accounts.models import Company
from mesproject.csv_reading import Column, Fault, Source, Unreadable, is_formula, table

MOST_LINES = 5_000
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
_THOUSANDS = re.compile(r"-?\d{1,3},\d{3}")


class YesNo(forms.Field):
    """Yes or no, as people and programs write it."""

    def to_python(self, value: Any) -> bool:
        """Empty is no."""
        text = str(value or "").strip().lower()
        if text in ("yes", "true", "1", "x"):
            return True
        if text in ("", "no", "false", "0"):
            return False
        raise forms.ValidationError(_("Write yes or no."))


class KeyOf(forms.CharField):
    """Another row, by its code; `clean_<name>` of the form finds it."""


def as_a_cell(db_field: models.Field[Any, Any], **kwargs: Any) -> forms.Field | None:
    """The form field of a column: durations in seconds, yes and no in words."""
    if db_field.name.endswith("_ms"):
        return SecondsField(required=not db_field.blank, min_value=0, max_value=2**31 - 1)
    if isinstance(db_field, models.BooleanField):
        return YesNo(required=False)
    if isinstance(db_field, models.URLField):
        kwargs["assume_scheme"] = "https"
    return db_field.formfield(**kwargs)


@dataclass(slots=True)
class Line:
    """A line of a table: its cells by column, what is wrong with them, and what it means."""

    number: int
    cells: dict[str, str]
    faults: dict[str, str] = field(default_factory=dict)
    row: Any = None
    is_new: bool = False
    changed: list[str] = field(default_factory=list)

    @property
    def standing(self) -> str:
        """Wrong, new, changed or same."""
        return "wrong" if self.faults else "new" if self.is_new else "changed" if self.changed else "same"

    @property
    def other_faults(self) -> dict[str, str]:
        """What is wrong with cells that the table does not have."""
        return {name: said for name, said in self.faults.items() if name not in self.cells}

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        """Each column with its cell and what is wrong with it."""
        return [(name, text, self.faults.get(name, "")) for name, text in self.cells.items()]


class LineForm(OwnedForm):
    """A line as a row. Its fields, in their order, are the columns of the table."""

    # The field by which a line knows its row, and the column that may name another line of the same table.
    key: ClassVar[str] = "code"
    above: ClassVar[str] = ""
    # Whether what is unique within the company beside the key must be asked for of each line.
    asks_company: ClassVar[bool] = False

    archived = YesNo(required=False)

    class Meta:
        formfield_callback = as_a_cell

    def __init__(self, data: Mapping[str, str], *, row: Any, known: Known) -> None:
        self.company, self.known = known.company, known  # type: ignore[misc]
        super().__init__(self._cells(data, row), instance=row)
        for name in set(self.fields) - set(data):
            if not (self.instance._state.adding and self._is_needed(name)):
                del self.fields[name]

    def _is_needed(self, name: str) -> bool:
        """Whether a new row cannot be without it."""
        return self.fields[name].required and not self._default(name, self.instance)

    def _cells(self, data: Mapping[str, str], row: Any) -> dict[str, str]:
        return {name: self._cell(name, text, row) for name, text in data.items()}

    def _cell(self, name: str, text: str, row: Any) -> str:
        """An empty cell says what a new row has; a comma before decimals is a point."""
        if text.startswith("'") and text[1:].startswith(csv_text.FORMULA):
            return text[1:]
        if not text:
            return self._default(name, row)
        numeric = isinstance(self.base_fields[name], forms.FloatField | forms.DecimalField)
        if numeric and _DECIMAL_COMMA.fullmatch(text) and not _THOUSANDS.fullmatch(text):
            return text.replace(",", ".")
        return text

    def _default(self, name: str, row: Any) -> str:
        columns = {one.name: one for one in row._meta.concrete_fields}
        if name not in columns or not columns[name].has_default():
            return ""
        return str(written(self.base_fields[name], columns[name].get_default()))

    def _get_validation_exclusions(self) -> set[str]:
        """The key is looked up by us; a question for each line would be a question too many."""
        found = super()._get_validation_exclusions()
        return found if self.asks_company else found | {"company"}

    @classmethod
    def rows_of(cls, company: Company) -> Any:
        """The rows that lines may speak of, with what their cells show."""
        return cls._meta.model._default_manager.of(company)

    @classmethod
    def others_of(cls, company: Company) -> dict[str, Any]:
        """Rows that cells may name, by what they are called there."""
        return {}

    @classmethod
    def cell_of(cls, row: Any, name: str) -> Any:
        """What stands in a column for this row."""
        if name == "archived":
            return "no" if row.archived_at is None else "yes"
        return written(cls.base_fields[name], getattr(row, name))

    @classmethod
    def settle(cls, company: Company, lines: Sequence[Line], *, at: datetime) -> None:
        """Called when rows were stored in earnest: what follows from that."""


class Known:
    """What a table speaks of, read once."""

    def __init__(self, form: type[LineForm], company: Company, at: datetime) -> None:
        self.company, self.at = company, at
        self.rows = {getattr(row, form.key): row for row in form.rows_of(company)}
        self.others = form.others_of(company)


def written(form_field: forms.Field, value: Any) -> Any:
    """A value as its cell has it."""
    if value is None:
        return ""
    if isinstance(form_field, SecondsField):
        return int(value) // 1000 if value % 1000 == 0 else value / 1000
    if isinstance(value, bool):
        return "yes" if value else "no"
    return int(value) if isinstance(value, float) and value.is_integer() else value


def column_of(name: str) -> str:
    """What a field is called in the table: it is in seconds there."""
    return f"{name.removesuffix('_ms')}_seconds" if name.endswith("_ms") else name


def columns_of(form: type[LineForm]) -> dict[str, str]:
    """The columns of a table, with the fields that they are."""
    first = [*(form.field_order or ())]
    rest = [name for name in form.base_fields if name not in (*first, "archived")]
    return {column_of(name): name for name in [*first, *rest, "archived"]}


def exported(form: type[LineForm], company: Company) -> Iterator[bytes]:
    """All rows of the company, as a file that import takes."""
    columns = columns_of(form)
    rows = ([form.cell_of(row, name) for name in columns.values()] for row in form.rows_of(company))
    return csv_text.lines(list(columns), rows)


def read(form: type[LineForm], source: Source) -> list[Line]:
    """The lines of a file; raises Unreadable where it is no such table, or too long."""
    columns = [Column(name, required=field == form.key) for name, field in columns_of(form).items()]
    found = table(source, columns)
    lines = []
    for row in found.rows:
        if isinstance(row, Fault):
            raise Unreadable(row.line, row.told)
        number, cells = row
        lines.append(Line(number, {name: cells[place] for name, place in found.places.items()}))
        if len(lines) > MOST_LINES:
            raise Unreadable(number, gettext_noop("At most {most} lines are read at once."), most=MOST_LINES)
    if not lines:
        raise Unreadable(0, gettext_noop("The table has no lines."))
    return lines


def take(
    form: type[LineForm], company: Company, lines: Sequence[Line], *, at: datetime, dry_run: bool
) -> bool:
    """Store all lines, or none where one is wrong; whether they can be. Each line tells what became of it."""
    with transaction.atomic():
        known = Known(form, company, at)
        for line in _above_first(form, lines):
            _take(form, line, known)
        good = not any(line.faults for line in lines)
        if good and not dry_run:
            form.settle(company, [line for line in lines if line.is_new or line.changed], at=at)
        transaction.set_rollback(dry_run or not good)
    return good


def _above_first(form: type[LineForm], lines: Sequence[Line]) -> Iterable[Line]:
    """In an order in which what a line names stands before it; a line twice is marked."""
    by_key: dict[str, Line] = {}
    for line in lines:
        key = line.cells.get(column_of(form.key), "")
        if key in by_key:
            line.faults[column_of(form.key)] = _("This is on line %(line)d already.") % {
                "line": by_key[key].number
            }
        by_key.setdefault(key, line)
    found: dict[int, Line] = {}
    for line in lines:
        way = [line]
        while (above := by_key.get(way[-1].cells.get(form.above, ""))) and above not in way:
            way.append(above)
        for one in reversed(way):
            found.setdefault(one.number, one)
    return found.values()


def _take(form: type[LineForm], line: Line, known: Known) -> None:
    for column, text in line.cells.items():
        if is_formula(text) and not text.startswith("'"):
            line.faults[column] = _("This is a formula. Write what it stands for.")
    if line.faults:
        return
    columns = columns_of(form)
    data = {columns[column]: text for column, text in line.cells.items()}
    line.row = known.rows.get(data[form.key]) or form._meta.model(company=known.company)
    line.is_new = line.row._state.adding
    before = {one.name: getattr(line.row, one.attname) for one in line.row._meta.concrete_fields}
    filled = form(data, row=line.row, known=known)
    if not filled.is_valid():
        line.faults = {column_of(name): " ".join(map(str, said)) for name, said in filled.errors.items()}
        return
    _mark(line.row, filled.cleaned_data.get("archived"), known.at)
    line.changed = [
        one.name
        for one in line.row._meta.concrete_fields
        if getattr(line.row, one.attname) != before[one.name]
    ]
    if line.is_new or line.changed:
        line.row.save()
    known.rows[data[form.key]] = line.row


def _mark(row: Any, archived: bool | None, at: datetime) -> None:
    if archived is not None and archived != (row.archived_at is not None):
        row.archived_at = at if archived else None
