"""A schedule as a table that people fill in: what each line means, and what is wrong with which cell.

Nothing is stored before all of it is right; what is wrong is told of all lines at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from mesproject.accounts.models import Company
from mesproject.busroot import iso
from mesproject.csv_reading import Column, Fault, Source, Unreadable, is_formula, table
from mesproject.formats import number
from production import planning
from production.errors import DomainError
from production.models import JobRun, Sku, SkuGroup, Station
from scheduling.wall_clock import local_to_utc

MOST_LINES = 1_000
COLUMNS = (
    "id", "station_code", "sku_code", "sku_group_code", "work_order_ref", "planned_quantity", "cycle_time_override",
    "planned_start_at", "planned_end_at",
)  # fmt: skip
_READ = [Column(name, required=name in ("station_code", "planned_start_at")) for name in COLUMNS]
# Which cell a plan is refused for.
_CELLS = {
    "planned_start": "planned_start_at", "planned_end": "planned_end_at", "planned_quantity": "planned_quantity",
    "cycle_time_ms": "cycle_time_override", "sku_group": "sku_group_code", "sku": "sku_code",
}  # fmt: skip
MISSING = {
    "station_code": gettext_lazy("There is no station “{code}”."),
    "sku_code": gettext_lazy("There is no SKU “{code}”."),
    "sku_group_code": gettext_lazy("There is no SKU group “{code}”."),
}
WALL = ("%d/%m/%Y %H:%M", "%d-%m-%Y %H:%M", "%Y-%m-%d %H:%M")
_NUMBER = re.compile(r"[0-9]{1,10}([.,][0-9]{1,6})?")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.,]+(Z|[+-][0-9]{2}:?[0-9]{2})?")


@dataclass(slots=True)
class Line:
    """A line of the table: its cells by column, what is wrong with them, and the run that it means."""

    number: int
    cells: dict[str, str]
    faults: dict[str, str] = field(default_factory=dict)
    run: JobRun | None = None
    of: Sku | SkuGroup | None = None
    pace_ms: int | None = None

    @property
    def shown(self) -> Iterator[tuple[str, str, str]]:
        """Each column with its cell and what is wrong with it."""
        return ((name, self.cells[name], self.faults.get(name, "")) for name in COLUMNS)


def read(source: Source) -> list[Line]:
    """The lines of a file; raises Unreadable where it is no such table, or too long."""
    found = table(source, _READ)
    if not {"sku_code", "sku_group_code"} & found.places.keys():
        raise Unreadable(1, gettext_noop("This column is missing."), "sku_code")
    lines = []
    for row in found.rows:
        if isinstance(row, Fault):
            raise Unreadable(row.line, row.told)
        number, cells = row
        known = {name: cells[place] for name, place in found.places.items()}
        lines.append(Line(number, dict.fromkeys(COLUMNS, "") | known))
        if len(lines) > MOST_LINES:
            raise Unreadable(number, gettext_noop("At most {most} lines are read at once."), most=MOST_LINES)
    if not lines:
        raise Unreadable(0, gettext_noop("The table has no lines."))
    return lines


def check(company: Company, lines: Sequence[Line], *, at: datetime) -> bool:
    """Find out what each line means; whether all of them can be stored."""
    known = _Known(company, lines)
    for line in lines:
        known.read(line)
    _find_repeated(lines)
    for line in lines:
        if line.run and not line.faults:
            _try(line, lambda line: planning.check(_tried(line), at))
    return not any(line.faults for line in lines)


def store(company: Company, lines: Sequence[Line], *, at: datetime) -> bool:
    """Store all lines, which have been checked, or none: then what is in the way is told of its line."""
    with transaction.atomic():
        # In the order of their stations, so that two uploads at once wait for each other and not in a circle.
        for line in sorted(lines, key=lambda line: (line.run.station_id if line.run else 0, line.number)):
            _try(line, lambda line: _put(company, line, at))
        good = not any(line.faults for line in lines)
        transaction.set_rollback(not good)
    return good


def _put(company: Company, line: Line, at: datetime) -> None:
    assert line.run is not None
    assert line.of is not None
    planning.product(company, line.run, of=line.of, order=line.cells["work_order_ref"])
    if line.pace_ms or isinstance(line.of, Sku):
        line.run.cycle_time_ms = line.pace_ms
    planning.put(line.run, at=at)


def _tried(line: Line) -> JobRun:
    """The run as it would be, to look whether it can."""
    run = copy(line.run)
    assert run is not None
    run.sku, run.sku_group = (line.of, None) if isinstance(line.of, Sku) else (None, line.of)
    return run


def _try(line: Line, step: Callable[[Line], object]) -> None:
    try:
        step(line)
    except planning.BadPlan as error:
        line.faults[_CELLS.get(error.field, "planned_start_at")] = error.detail
    except DomainError as error:
        line.faults["planned_start_at"] = error.detail


def _find_repeated(lines: Sequence[Line]) -> None:
    """The same product at the same time on the same station, twice in one table."""
    first: dict[tuple[Any, ...], int] = {}
    for line in lines:
        if line.run is None:
            continue
        key = (line.run.station_id, type(line.of), line.of and line.of.pk, line.run.planned_start)
        if key in first:
            line.faults["planned_start_at"] = _("This is the same as line {line}.").format(line=first[key])
        first.setdefault(key, line.number)


class _Known:
    """The rows that a table speaks of, read once."""

    def __init__(self, company: Company, lines: Sequence[Line]) -> None:
        def said(name: str) -> set[str]:
            return {line.cells[name] for line in lines if "\x00" not in line.cells[name]}

        stations = Station.objects.of(company).active().in_place().filter(code__in=said("station_code"))
        skus = Sku.objects.of(company).filter(code__in=said("sku_code"), archived_at=None)
        groups = SkuGroup.objects.of(company).filter(code__in=said("sku_group_code"))
        ids = [int(text) for text in said("id") if _is_id(text)]
        self.stations = {one.code: one for one in stations}
        self.skus = {one.code: one for one in skus}
        self.groups = {one.code: one for one in groups}
        self.runs = {str(one.pk): one for one in JobRun.objects.of(company).filter(pk__in=ids)}

    def read(self, line: Line) -> None:
        """What a line means, as a run that is not stored; or what is wrong with its cells."""
        line.faults, line.run, line.of = {}, None, None
        for name, text in line.cells.items():
            if is_formula(text):
                line.faults[name] = _("This is a formula. Write what it stands for.")
            elif any(ord(letter) < 32 for letter in text) or len(text) > 64:
                line.faults[name] = _("This is too long, or has characters that nobody sees.")
        if line.faults:
            return
        run, station = self._run(line), self._row(line, "station_code", self.stations)
        line.of = self._product(line)
        quantity, pace = (
            _number(line, "planned_quantity", 1e9),
            _number(line, "cycle_time_override", 2**31 - 1),
        )
        if station is None:
            return
        start, end = (_instant(line, name, station) for name in ("planned_start_at", "planned_end_at"))
        if start is None and "planned_start_at" not in line.faults:
            line.faults["planned_start_at"] = _("This is required.")
        if run is None or line.of is None or line.faults:
            return
        run.station = station
        run.planned_start, run.planned_end, run.planned_quantity = start, end, quantity
        line.pace_ms = None if pace is None else max(1, round(pace))
        line.run = run

    def _run(self, line: Line) -> JobRun | None:
        text = line.cells["id"]
        if not text:
            return JobRun()
        if text not in self.runs:
            line.faults["id"] = _("There is no such schedule. Leave this empty for a new one.")
        return self.runs.get(text)

    def _product(self, line: Line) -> Sku | SkuGroup | None:
        sku, group = line.cells["sku_code"], line.cells["sku_group_code"]
        if sku and group:
            line.faults["sku_group_code"] = _("Give an SKU or an SKU group, not both.")
            return None
        if group:
            found: SkuGroup | None = self._row(line, "sku_group_code", self.groups)
            return found
        return self._row(line, "sku_code", self.skus)

    def _row(self, line: Line, name: str, known: Mapping[str, Any]) -> Any:
        text = line.cells[name]
        if text not in known:
            line.faults[name] = str(MISSING[name]).format(code=text) if text else _("This is required.")
        return known.get(text)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _number(line: Line, name: str, most: float) -> float | None:
    text = line.cells[name]
    if not text:
        return None
    value = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else math.nan
    if not 0 < value <= most:
        line.faults[name] = _("This is no number above 0 and up to {most}, such as 500 or 12.5.").format(
            most=number(f"{most:,.0f}")
        )
        return None
    return value


def _instant(line: Line, name: str, station: Station) -> datetime | None:
    """A date in one of four forms; without an offset it is on the clock of the station's plant."""
    text = line.cells[name]
    if not text:
        return None
    try:
        at = _read_instant(text)
    except (ValueError, OverflowError):
        at = None
    if at is None or not 1970 <= at.year <= 9000:
        line.faults[name] = _(
            "This is no date such as 31/12/2026 06:00, 31-12-2026 06:00 or 2026-12-31 06:00."
        )
        return None
    return local_to_utc(at, station.plant.tz) if at.tzinfo is None else at.astimezone(UTC)


def _read_instant(text: str) -> datetime | None:
    if _INSTANT.fullmatch(text):
        return datetime.fromisoformat(text.replace(",", "."))
    for form in WALL:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  (the plant's clock is attached last)
        except ValueError:
            continue
    return None


def rows(runs: Iterable[JobRun]) -> Iterator[list[Any]]:
    """Runs as lines of such a table, which can be changed and sent back."""
    for run in runs:
        sku = run.effective_sku if run.sku_group is None else None
        yield [
            run.pk, run.station.code, sku.code if sku else None, run.sku_group.code if run.sku_group else None,
            run.job.name if run.job else None, run.planned_quantity, run.cycle_time_ms,
            run.planned_start and iso(run.planned_start), run.planned_end and iso(run.planned_end),
        ]  # fmt: skip
