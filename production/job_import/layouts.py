"""The columns of each program's file, and what a row of them says of a job. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from mesproject.csv_reading import Column, Fault
from mesproject.words import Said
from mesproject.words import gettext_noop as _
from production.job_import.cells import BadCell, amount, day, milliseconds, number, positive, text

NO_PLACE = _("There is no work center {name}: no station with this ERP id, code or name, and no group.")
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


class JobRow(NamedTuple):
    """A job, and a place where it may run; None and no text where the file says nothing."""

    line: int
    name: str
    part: str
    operation: str
    lot: str
    description: str
    due_on: date | None
    quantity: float | None
    part_value: Decimal | None
    ideal_part_time_ms: int | None
    expected_part_time_ms: int | None
    expected_setup_ms: int | None
    units_per_count: float | None
    warning_percent: float | None
    failure_percent: float | None
    station_id: int | None
    group_id: int | None
    place_ideal_ms: int | None
    place_expected_ms: int | None
    place_setup_ms: int | None
    place_units: float | None
    program: str


@dataclass(frozen=True, slots=True)
class Place:
    """A work center: a station, or a group of them."""

    station_id: int | None = None
    group_id: int | None = None


Places = Mapping[str, Place]
Cells = Callable[[str], str]  # the cell of a column
_short, _long = partial(text, longest=64), partial(text, longest=255)


class Reader:
    """Rows of one layout, whose columns were found at these places in its lines."""

    def __init__(self, layout: Layout, found: Mapping[str, int], places: Places) -> None:
        self._layout, self._found, self._places = layout, dict(found), places
        self._says = list(layout.says.items())

    def row(self, line: int, cells: Sequence[str]) -> JobRow | list[Fault]:
        """What the line says, or all that is wrong with it."""
        row = _Row(line, cells, self._found, self._places)
        said = {name: row.read(say) for name, say in self._says}
        if said["name"] == "":
            row.faults.append(Fault(line, self._layout.columns[0].name, Said(_("A job has a name."))))
        place = row.place(self._layout.places)
        return row.faults or JobRow(line=line, station_id=place.station_id, group_id=place.group_id, **said)


class _Row:
    """The cells of a line, and what is found to be wrong with them."""

    def __init__(self, line: int, cells: Sequence[str], found: Mapping[str, int], places: Places) -> None:
        self.line, self.cells, self.found, self.places = line, cells, found, places
        self.faults: list[Fault] = []
        self.column = ""

    def __call__(self, column: str) -> str:
        """The cell of a column; empty where the file has none."""
        self.column = column
        place = self.found.get(column)
        return "" if place is None else self.cells[place]

    def read(self, say: Callable[[Cells], Any]) -> Any:
        """What some cells say."""
        try:
            return say(self)
        except BadCell as error:
            self.faults.append(Fault(self.line, self.column, error.said, self(self.column)[:64]))
            return None

    def place(self, columns: Sequence[str]) -> Place:
        """The work center, which the first of these columns names that is not empty."""
        said = next(filter(None, map(self, columns)), "")
        if not said:
            return Place()
        place = self.places.get(said.casefold())
        if place is None:
            told = Said(NO_PLACE, {"name": said[:64]})
            self.faults.append(Fault(self.line, self.column, told, said[:64]))
        return place or Place()


@dataclass(frozen=True, slots=True)
class Layout:
    """A program's columns, the name of a job first; how each value is read of them; and which name work centers."""

    columns: tuple[Column, ...]
    says: Mapping[str, Callable[[Cells], Any]]
    places: tuple[str, ...] = ("workcenter",)


def _of(column: str, read: Callable[[str], Any]) -> Callable[[Cells], Any]:
    return lambda cell: read(cell(column))


def _units(multiplier: str, actual: str) -> Callable[[Cells], float | None]:
    """A count is multiplied by both, as far as they are said."""

    def say(cell: Cells) -> float | None:
        factor, parts = positive(cell(multiplier)), positive(cell(actual))
        return None if factor is None and parts is None else (factor or 1.0) * (parts or 1.0)

    return say


_NOTHING: Mapping[str, Callable[[Cells], Any]] = {
    "name": _of("name", _short), "part": _of("part", _short), "operation": _of("operation", _short),
    "lot": _of("lot", _short), "description": _of("description", _long), "due_on": _of("due_date", day),
    "quantity": _of("quantity", number), "part_value": lambda cell: None,
    "ideal_part_time_ms": lambda cell: None, "expected_part_time_ms": lambda cell: None,
    "expected_setup_ms": lambda cell: None, "units_per_count": lambda cell: None,
    "warning_percent": lambda cell: None, "failure_percent": lambda cell: None,
    "place_ideal_ms": lambda cell: None, "place_expected_ms": lambda cell: None,
    "place_setup_ms": lambda cell: None, "place_units": lambda cell: None, "program": lambda cell: "",
}  # fmt: skip

MM = Layout(
    columns=(
        Column("name", required=True), Column("part"), Column("operation"), Column("lot"), Column("description"),
        Column("due_date"), Column("quantity"), Column("partvalue"),
        Column("default_expectedparttime", ("default_expectedcycletime",)),
        Column("default_idealparttime", ("default_idealcycletime",)),
        Column("default_setuptime"), Column("default_partcountmultiplier"), Column("default_actualparts"),
        Column("warningpercent"), Column("failurepercent"), Column("workcenter"),
        Column("expectedparttime", ("expectedcycletime",)), Column("idealparttime", ("idealcycletime",)),
        Column("setuptime"), Column("partcountmultiplier"), Column("actualparts"), Column("programname"),
    ),
    says={
        **_NOTHING,
        "part_value": _of("partvalue", amount),
        "ideal_part_time_ms": _of("default_idealparttime", milliseconds),
        "expected_part_time_ms": _of("default_expectedparttime", milliseconds),
        "expected_setup_ms": _of("default_setuptime", milliseconds),
        "units_per_count": _units("default_partcountmultiplier", "default_actualparts"),
        "warning_percent": _of("warningpercent", number),
        "failure_percent": _of("failurepercent", number),
        "place_ideal_ms": _of("idealparttime", milliseconds),
        "place_expected_ms": _of("expectedparttime", milliseconds),
        "place_setup_ms": _of("setuptime", milliseconds),
        "place_units": _units("partcountmultiplier", "actualparts"),
        "program": _of("programname", _short),
    },
)  # fmt: skip

# Infor Visual: operations with what belongs to their work orders, named as in its tables.
_RUN_TYPES = {"HRS/PC": HOUR, "MIN/PC": MINUTE, "SEC/PC": SECOND, "PCS/HR": HOUR, "PCS/MIN": MINUTE}


def _joined(*columns: str, by: str) -> Callable[[Cells], str]:
    """Parts of an id that are there and not 0, which is how none is written."""

    def say(cell: Cells) -> str:
        said = [text for column in columns if (text := cell(column)) not in ("", "0")]
        return _short(by.join(said))

    return say


def _run_time(cell: Cells) -> int | None:
    kind = cell("RUN_TYPE").upper().replace(" ", "") or "HRS/PC"
    each = _RUN_TYPES.get(kind)
    if each is None:
        raise BadCell(_("A run type is one of {types}."), types=", ".join(_RUN_TYPES))
    run = cell("RUN")
    if kind.startswith("PCS"):
        pace = positive(run)
        return round(each / pace) or None if pace else None
    return milliseconds(run, each)


VISUAL = Layout(
    columns=(
        Column("WORKORDER_BASE_ID", ("BASE_ID", "Work Order", "Base ID"), required=True),
        Column("WORKORDER_LOT_ID", ("LOT_ID", "Lot")), Column("WORKORDER_SPLIT_ID", ("SPLIT_ID", "Split")),
        Column("WORKORDER_SUB_ID", ("SUB_ID", "Sub")),
        Column("SEQUENCE_NO", ("Operation", "Seq", "OPERATION_SEQ_NO"), required=True),
        Column("PART_ID", ("Part",)), Column("DESCRIPTION", ("PART_DESCRIPTION",)),
        Column("DESIRED_QTY", ("Quantity", "CALC_END_QTY")), Column("DESIRED_WANT_DATE", ("Want Date", "Due Date")),
        Column("SETUP_HRS", ("Setup Hours",)), Column("RUN", ("Run Time",)), Column("RUN_TYPE"),
        Column("RESOURCE_ID", ("Resource",)),
    ),
    places=("RESOURCE_ID",),
    says={
        **_NOTHING,
        "name": _of("WORKORDER_BASE_ID", _short),
        "lot": _joined("WORKORDER_LOT_ID", "WORKORDER_SPLIT_ID", by="."),
        "operation": _joined("WORKORDER_SUB_ID", "SEQUENCE_NO", by="-"),
        "part": _of("PART_ID", _short), "description": _of("DESCRIPTION", _long),
        "quantity": _of("DESIRED_QTY", number), "due_on": _of("DESIRED_WANT_DATE", day),
        "expected_setup_ms": _of("SETUP_HRS", partial(milliseconds, each=HOUR)),
        "ideal_part_time_ms": _run_time,
    },
)  # fmt: skip

# Infor LN: operations of production orders, by the codes of its fields or by what its screens call them.
LN = Layout(
    columns=(
        Column("PDNO", ("Production Order", "Order"), required=True), Column("OPNO", ("Operation",), required=True),
        Column("MITM", ("Item",)), Column("CLOT", ("Lot", "Lot Code")),
        Column("DSCA", ("Description", "Item Description")),
        Column("QRDR", ("Quantity Ordered", "Order Quantity")),
        Column("DLDT", ("Delivery Date", "Planned Delivery Date", "Requested Delivery Date")),
        Column("SUTM", ("Setup Time", "Average Setup Time")), Column("RUTM", ("Cycle Time", "Run Time")),
        Column("MCNO", ("Machine",)), Column("CWOC", ("Work Center",)),
    ),
    places=("MCNO", "CWOC"),
    says={
        **_NOTHING,
        "name": _of("PDNO", _short), "operation": _of("OPNO", _short), "part": _of("MITM", _short),
        "lot": _of("CLOT", _short), "description": _of("DSCA", _long), "quantity": _of("QRDR", number),
        "due_on": _of("DLDT", day), "expected_setup_ms": _of("SUTM", partial(milliseconds, each=MINUTE)),
        "ideal_part_time_ms": _of("RUTM", partial(milliseconds, each=MINUTE)),
    },
)  # fmt: skip
LAYOUTS = {"mm": MM, "inforVisual": VISUAL, "inforLN": LN}
