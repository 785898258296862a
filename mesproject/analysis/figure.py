"""A chart with its table, its CSV and the way to how it is computed; and a page of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.html import escape, format_html

from mesproject import csv_text
from mesproject.analysis.drawing import Chart
from mesproject.analysis.words import Unit, shown, written


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name in CSV, its words on screen, its unit, and the number that it shows."""

    name: str
    word: str
    unit: Unit = ""
    metric: str = ""

    @property
    def is_amount(self) -> bool:
        """Whether it is set to the right."""
        return self.unit not in ("", "instant", "second", "exact", "day")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is shown; `at` is the instant that it tells."""

    text: str
    is_amount: bool
    link: str = ""
    at: datetime | None = None
    metric: str = ""

    @property
    def html(self) -> str:
        """As it stands in a table, of which pages have thousands: an instant has its zone on hover."""
        told = escape(self.text)
        if self.at is not None:
            zone = timezone.get_current_timezone()
            told = format_html('<time datetime="{}" title="{}">{}</time>', self.at.isoformat(), zone, told)
        return format_html('<a href="{}">{}</a>', self.link, told) if self.link else told


@dataclass(frozen=True, slots=True)
class Row:
    """A value for each column; the first of them leads to `link`, others by their place to `ways`. `metrics` are those
    of its numbers in their order, where they are not those of the columns.
    """

    values: Sequence[Any]
    link: str = ""
    metrics: Sequence[str] = ()
    ways: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """One block of a page. `code` names it in addresses; `empty` says what to do where there are no rows.

    One that `is_file` has more rows than a page bears: it is told as CSV alone.
    """

    code: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: str
    chart: Chart | None = None
    metric: str = ""
    note: str = ""
    total: Row | None = None
    currency: str | None = None
    is_file: bool = False
    is_open: bool = False  # whether the table stands beside its chart from the start
    how: str = ""  # what of the place and time its numbers are of, in the words of the pages of numbers

    @property
    def lines(self) -> Iterator[list[Cell]]:
        """The rows as they are shown."""
        return (self._line(row) for row in self.rows)

    @property
    def last(self) -> list[Cell] | None:
        """The row of the whole."""
        return self._line(self.total) if self.total else None

    def _line(self, row: Row) -> list[Cell]:
        pairs, metrics = zip(self.columns, row.values, strict=True), iter(row.metrics)
        return [
            Cell(
                shown(value, column.unit, self.currency), column.is_amount,
                row.ways.get(number, "" if number else row.link), value if isinstance(value, datetime) else None,
                next(metrics, "") if column.is_amount else "",
            )
            for number, (column, value) in enumerate(pairs)
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that stands by itself; `metric` leads to how it is computed, `note` says what must be known of it, `how`
    what of the place and time it is of.
    """

    word: str
    text: str
    metric: str
    note: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """One of several ways to look; each has its word, its address, and whether it is chosen."""

    word: str
    options: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page of the analysis shows. `code` is its place in the navigation; `back` leads to where one came from."""

    code: str
    title: str
    lead: str
    figures: Sequence[Figure]
    tiles: Sequence[Tile] = ()
    switches: Sequence[Switch] = ()
    notes: Sequence[str] = ()
    back: tuple[str, str] | None = None
    template: str = "analysis/page.html"
    how: str = ""  # what of the place and time it is of, in the words of the pages of numbers
    more: Mapping[str, Any] = field(default_factory=dict)


def csv_of(figure: Figure, name: str) -> StreamingHttpResponse:
    """A figure's rows as a file."""
    units = [column.unit for column in figure.columns]
    rows = (
        [written(value, unit) for value, unit in zip(row.values, units, strict=True)] for row in figure.rows
    )
    return StreamingHttpResponse(
        csv_text.lines([column.name for column in figure.columns], rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-{figure.code}.csv"'},
    )
