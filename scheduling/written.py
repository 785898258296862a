"""The rows of written plans: what stands there is compared with what should, and only the difference changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from scheduling.calendar import Shift
from scheduling.expansion import Occurrence
from scheduling.planned import LONGEST_EVENT, LONGEST_SHIFT

Values = tuple[Any, ...]
# Of one station: each row's values by its key.
Rows = dict[Values, Values]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of spans of stations: what tells its rows apart (first the start), what they say (first the end)."""

    name: str
    key: dict[str, str]
    values: dict[str, str]
    longest: timedelta
    written: str = "TRUE"  # which rows are ours to write


SHIFTS = Table(
    "scheduling_plannedshift",
    key={"start_at": "timestamptz"},
    values={"end_at": "timestamptz", "name": "text", "team": "text", "day": "date", "attendance": "text"},
    longest=LONGEST_SHIFT,
)
INSTANCES = Table(
    "scheduling_eventinstance",
    key={"start_at": "timestamptz", "assignment_id": "bigint"},
    values={
        "end_at": "timestamptz", "event_id": "bigint", "event_type": "text", "name": "text", "pattern_id": "bigint",
    },
    longest=LONGEST_EVENT,
    written="NOT one_off",
)  # fmt: skip


def shift_rows(shifts: Sequence[Shift]) -> Rows:
    """The rows of SHIFTS that say this."""
    return {(s.window.start,): (s.window.end, s.name, s.team, s.day, s.attendance.value) for s in shifts}


def instance_rows(occurrences: Sequence[Occurrence]) -> Rows:
    """The rows of INSTANCES that say this."""
    return {
        (o.window.start, o.assignment): (o.window.end, o.event, o.kind.value, o.name, o.pattern)
        for o in occurrences
    }


def replace(table: Table, seams: Mapping[int, datetime], wanted: Mapping[int, Rows], until: datetime) -> None:
    """Make the rows of each station, from its seam until `until`, those that are wanted.

    A row that reaches over the seam and is not wanted ends there. Rows that begin at `until` or later stay.
    """
    stored = _stored(table, seams, until)
    changes = _Changes()
    for pk, seam in seams.items():
        changes.compare(pk, stored.get(pk, {}), wanted[pk], seam)
    changes.apply(table)


@dataclass(slots=True)
class _Changes:
    """Rows to delete, to change and to add, as station, key and values."""

    gone: list[Values] = field(default_factory=list)
    changed: list[Values] = field(default_factory=list)
    new: list[Values] = field(default_factory=list)

    def compare(self, pk: int, stored: Rows, wanted: Rows, seam: datetime) -> None:
        """Add what tells one station's rows from those that are wanted."""
        for key, values in stored.items():
            if key in wanted:
                if wanted[key] != values:
                    self.changed.append((pk, *key, *wanted[key]))
            elif key[0] >= seam:
                self.gone.append((pk, *key))
            elif values[0] > seam:
                self.changed.append((pk, *key, seam, *values[1:]))
        self.new += [(pk, *key, *values) for key, values in wanted.items() if key not in stored]

    def apply(self, table: Table) -> None:
        """Three statements at most; none where nothing changed."""
        keys = {"station_id": "bigint", **table.key}
        columns = {**keys, **table.values}
        same = " AND ".join(f"t.{name} = v.{name}" for name in keys)
        with connection.cursor() as cursor:
            if self.gone:
                cursor.execute(
                    f"DELETE FROM {table.name} t USING {_unnested(keys)} WHERE {same} AND {table.written}",
                    _columns(self.gone),
                )
            if self.changed:
                moved = ", ".join(f"{name} = v.{name}" for name in table.values)
                cursor.execute(
                    f"UPDATE {table.name} t SET {moved} FROM {_unnested(columns)} WHERE {same} AND {table.written}",
                    _columns(self.changed),
                )
            if self.new:
                with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
                    for row in self.new:
                        copy.write_row(row)


def _stored(table: Table, seams: Mapping[int, datetime], until: datetime) -> dict[int, Rows]:
    """What stands there from each station's seam on, and what reaches over it or ends at it."""
    keys, values = (", ".join(f"t.{name}" for name in names) for names in (table.key, table.values))
    asked: list[Any] = [list(seams), list(seams.values()), table.longest, until]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.station_id, {keys}, {values} FROM {table.name} t "
            "JOIN unnest(%s::bigint[], %s::timestamptz[]) AS n(id, seam) ON n.id = t.station_id "
            f"WHERE t.start_at > n.seam - %s AND t.start_at < %s AND t.end_at >= n.seam AND {table.written}",
            asked,
        )
        found: dict[int, Rows] = {}
        for pk, *row in cursor.fetchall():
            key, rest = row[: len(table.key)], row[len(table.key) :]
            found.setdefault(pk, {})[tuple(key)] = tuple(rest)
        return found


def _unnested(columns: Mapping[str, str]) -> str:
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    return f"unnest({arrays}) AS v({', '.join(columns)})"


def _columns(rows: Sequence[Values]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
