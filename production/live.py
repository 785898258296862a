"""Moving the live rows: by what the door stored, and by what people changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import connection

from production.counters import Counters, Rule, one
from production.messages import Row
from production.models.live import StationLive, Status
from production.models.plant import Station
from production.models.skus import Sku

# How long a message may be under way before it counts as late and is decided anew.
GRACE = timedelta(seconds=10)


@dataclass(slots=True)
class Live:
    """The columns of a live row that the door reads and moves."""

    station_id: int
    status: str
    settled_at: datetime | None
    counted_from: datetime | None
    last_output_at: datetime | None
    last_seen_at: datetime | None
    productive: bool | None
    available: bool | None
    speed: float | None
    rssi: float | None
    error_code: str
    program: str
    good: float
    bad: float
    counters: dict[str, Any]
    deadline: datetime | None
    dirty_from: datetime | None

    def move(
        self, rows: Sequence[Row], rule: Rule, *, units_per_count: float, eager: bool, now: datetime
    ) -> None:
        """Take in newly stored signals. `eager` where every signal may change the state (speed, power)."""
        wake = self.deadline is None
        for row in sorted(rows, key=lambda row: (row.at, row.key)):
            if self.last_seen_at is not None and row.at < self.last_seen_at:
                self.dirty_from = min(self.dirty_from or row.at, row.at)
                continue
            if self.settled_at is not None and row.at < self.settled_at:
                self.dirty_from = min(self.dirty_from or row.at, row.at)
            made = self._count(row, rule, units_per_count)
            wake = wake or self._changes_state(row, made, eager)
            self._remember(row)
        if wake or self.dirty_from is not None:
            self.deadline = min(self.deadline or now, now)

    def _count(self, row: Row, rule: Rule, units_per_count: float) -> bool:
        units, state = one(row, rule, msgspec.convert(self.counters, Counters))
        self.counters = msgspec.to_builtins(state)
        if self.counted_from is not None and row.at >= self.counted_from:
            self.good += units.good * units_per_count
            self.bad += units.bad * units_per_count
        if units.good or units.bad:
            self.last_output_at = row.at
        return bool(units.good or units.bad)

    def _changes_state(self, row: Row, made: bool, eager: bool) -> bool:
        if self.status == Status.NOT_PLANNED:
            return False
        if self.status == Status.NO_SIGNAL or (eager and row.may_be_work):
            return True
        if row.available is not None and row.available != self.available:
            return True
        if row.productive is not None and row.productive != self.productive:
            return True
        return made and self.status != Status.RUNNING

    def _remember(self, row: Row) -> None:
        self.last_seen_at = row.at
        for name in ("productive", "available", "speed", "rssi", "error_code", "program"):
            value = getattr(row, name)
            if value is not None:
                setattr(self, name, value)


MOVED = tuple(
    name for name in Live.__slots__ if name not in ("station_id", "status", "settled_at", "counted_from")
)

_TYPES = {
    "last_output_at": "timestamptz", "last_seen_at": "timestamptz", "productive": "bool", "available": "bool",
    "speed": "float8", "rssi": "float8", "error_code": "text", "program": "text", "good": "float8",
    "bad": "float8", "counters": "jsonb", "deadline": "timestamptz", "dirty_from": "timestamptz",
}  # fmt: skip


def what_is_made(station_ids: Iterable[int]) -> dict[int, Sku]:
    """The SKU that each of these stations makes now, where one is known; in one query."""
    now_on = StationLive.objects.filter(station__in=list(station_ids), job_run__isnull=False)
    runs = (
        (row.station_id, row.job_run) for row in now_on.select_related("job_run__sku", "job_run__job__sku")
    )
    return {station_id: run.effective_sku for station_id, run in runs if run.effective_sku}


def rule_of(station: Station, sku: Sku | None = None) -> Rule:
    """How a station counts; the minimum cycle time of what it makes wins over its own."""
    minimum = sku.minimum_cycle_time_ms if sku else None
    if minimum is None:
        minimum = station.minimum_cycle_time_ms
    return Rule(
        counter=station.counter,
        modulus=station.counter_modulus,
        max_per_minute=station.max_units_per_minute,
        minimum_cycle=timedelta(milliseconds=minimum),
    )


def ensure(station_ids: Sequence[int]) -> None:
    """Give each station a live row where it has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO production_stationlive
                (station_id, status, error_code, program, good, bad, counters, version)
            SELECT s, %s, '', '', 0, 0, '{}', 0 FROM unnest(%s::bigint[]) s ORDER BY s
            ON CONFLICT DO NOTHING
            """,
            [Status.NO_SIGNAL, list(station_ids)],
        )


def lock(station_ids: Sequence[int]) -> dict[int, Live]:
    """The live rows of these stations, locked in a fixed order until the transaction ends."""
    columns = ", ".join(Live.__slots__)
    query = f"SELECT {columns} FROM production_stationlive WHERE station_id = ANY(%s) ORDER BY station_id FOR UPDATE"
    with connection.cursor() as cursor:
        cursor.execute(query, [list(station_ids)])
        if cursor.rowcount < len(station_ids):
            ensure(station_ids)
            cursor.execute(query, [list(station_ids)])
        return {row[0]: Live(*_with_json(row)) for row in cursor.fetchall()}


def _with_json(row: tuple[Any, ...]) -> Iterable[Any]:
    # Raw queries bring jsonb as text, because Django parses it in its own field.
    position = Live.__slots__.index("counters")
    return (json.loads(v) if i == position and isinstance(v, str) else v for i, v in enumerate(row))


def save(rows: Iterable[Live]) -> None:
    """Write back what `move` moved, in one statement; every version grows by one."""
    rows = list(rows)
    columns: list[list[Any]] = [[row.station_id for row in rows]]
    for name in MOVED:
        values = [getattr(row, name) for row in rows]
        columns.append([json.dumps(v) for v in values] if name == "counters" else values)
    changes = ", ".join(f"{name} = n.{name}" for name in MOVED)
    arrays = ", ".join(["%s::bigint[]", *(f"%s::{_TYPES[name]}[]" for name in MOVED)])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE production_stationlive l SET {changes}, version = l.version + 1 "
            f"FROM unnest({arrays}) AS n(station_id, {', '.join(MOVED)}) WHERE l.station_id = n.station_id",
            columns,
        )


def look_again(station_ids: Iterable[int], *, since: datetime | None, at: datetime) -> None:
    """Have the tick decide these stations anew: from `since` on, or only as they stand now."""
    ids = sorted(set(station_ids))
    ensure(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE production_stationlive SET deadline = LEAST(deadline, %s), "
            "dirty_from = LEAST(dirty_from, %s::timestamptz) WHERE station_id = ANY(%s)",
            [at, since, ids],
        )
