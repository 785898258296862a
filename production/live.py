"""Moving the live rows: by what the door stored, and by what people changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from django.db import connection

from production.counters import Counters, Rule, RuleAt, one
from production.messages import Row
from production.models.jobs import JobRun
from production.models.live import Status
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
    last_output_at: datetime | None
    last_seen_at: datetime | None
    productive: bool | None
    available: bool | None
    speed: float | None
    rssi: float | None
    error_code: str
    program: str
    counters: dict[str, Any]
    deadline: datetime | None
    dirty_from: datetime | None

    def move(self, rows: Sequence[Row], rule: Rule, *, eager: bool, now: datetime) -> None:
        """Take in newly stored signals. `eager` where every signal may change the state (speed, power)."""
        wake = self.deadline is None
        state = msgspec.convert(self.counters, Counters)
        for row in sorted(rows, key=lambda row: (row.at, row.key)):
            if self.last_seen_at is not None and row.at < self.last_seen_at:
                self.dirty_from = min(self.dirty_from or row.at, row.at)
                continue
            if self.settled_at is not None and row.at < self.settled_at:
                self.dirty_from = min(self.dirty_from or row.at, row.at)
            units, state = one(row, rule, state)
            made = bool(units.good or units.bad)
            if made:
                self.last_output_at = units.at
            wake = wake or self._changes_state(row, made, eager)
            self._remember(row)
        self.counters = msgspec.to_builtins(state)
        if wake or self.dirty_from is not None:
            self.deadline = min(self.deadline or now, now)

    def _changes_state(self, row: Row, made: bool, eager: bool) -> bool:
        if self.status == Status.NOT_PLANNED:
            return False
        if self.status == Status.NO_SIGNAL or (eager and row.may_be_work):
            return True
        if row.available is not None and row.available != self.available:
            return True
        # It may be what a rule waits for; while the station runs, the next stop will ask.
        if row.error_code is not None and row.error_code != self.error_code and self.status == Status.STOPPED:
            return True
        if row.productive is not None and row.productive != self.productive:
            return True
        return made and self.status != Status.RUNNING

    def _remember(self, row: Row) -> None:
        self.last_seen_at = row.at
        # One after the other, because this runs for every signal of a plant.
        if row.productive is not None:
            self.productive = row.productive
        if row.speed is not None:
            self.speed = row.speed
        if row.rssi is not None:
            self.rssi = row.rssi
        if row.error_code is not None:
            self.error_code = row.error_code
        if row.program is not None:
            self.program = row.program
        if row.available is not None:
            self.available = row.available
            self.productive = self.productive if row.available else None


# Every column that moves, with its type.
TYPES = {
    "status": "text", "since": "timestamptz", "job_run_id": "bigint",
    "settled_at": "timestamptz", "carry": "jsonb", "last_output_at": "timestamptz", "last_seen_at": "timestamptz",
    "productive": "bool", "available": "bool", "speed": "float8", "rssi": "float8", "error_code": "text",
    "program": "text", "counters": "jsonb", "deadline": "timestamptz",
    "dirty_from": "timestamptz", "sums_from": "timestamptz", "version": "bigint",
}  # fmt: skip
MOVED_BY_DOOR = tuple(
    name for name in Live.__slots__ if name in TYPES and name not in ("status", "settled_at")
)


def rule_of(station: Station, sku: Sku | None = None) -> Rule:
    """How a station counts; the minimum cycle time of what it makes wins over its own. People enter no bounces."""
    minimum = 0 if station.counted_by_hand else sku.minimum_cycle_time_ms if sku else None
    if minimum is None:
        minimum = station.minimum_cycle_time_ms
    return Rule(
        counter=station.counter,
        modulus=station.counter_modulus,
        max_per_minute=station.max_units_per_minute,
        minimum_cycle=timedelta(milliseconds=minimum),
    )


def rule_over_time(station: Station, runs: Iterable[JobRun]) -> RuleAt:
    """How a station counts at an instant: by the minimum cycle time of what ran then, whatever runs today."""
    return _over_time(runs, lambda run: rule_of(station, run.effective_sku), rule_of(station))


def units_per_count_over_time(station: Station, runs: Iterable[JobRun]) -> Callable[[datetime], float]:
    """How many units one count meant at an instant: by what ran then, 1 where nothing did. People count units."""
    if station.counted_by_hand:
        return lambda _: 1.0
    return _over_time(runs, lambda run: run.effective_units_per_count, 1.0)


_Said = TypeVar("_Said")


def _over_time(
    runs: Iterable[JobRun], said: Callable[[JobRun], _Said], idle: _Said
) -> Callable[[datetime], _Said]:
    """What the run of an instant says; `idle` where none ran. At most one runs at a time."""
    values = [(run.actual_start, run.actual_end, said(run)) for run in runs]
    other = [(start, end, value) for start, end, value in values if start and value != idle]

    def at(instant: datetime) -> _Said:
        covering = (value for start, end, value in other if start <= instant and (not end or instant < end))
        return next(covering, idle)

    return at if other else lambda _: idle


def ensure(station_ids: Sequence[int]) -> None:
    """Give each station a live row where it has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO production_stationlive
                (station_id, status, error_code, program, counters, version)
            SELECT s, %s, '', '', '{}', 0 FROM unnest(%s::bigint[]) s ORDER BY s
            ON CONFLICT DO NOTHING
            """,
            [Status.NO_SIGNAL, list(station_ids)],
        )


def lock(station_ids: Sequence[int]) -> dict[int, Live]:
    """The live rows of these stations, locked in a fixed order until the transaction ends."""
    columns = ", ".join(Live.__slots__)
    query = (
        f"SELECT {columns} FROM production_stationlive WHERE station_id = ANY(%s) "
        "ORDER BY station_id FOR NO KEY UPDATE"
    )
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


def save(rows: Sequence[Any], names: Sequence[str], *, more: str = "") -> None:
    """Write these columns of these live rows back, in one statement; `more` is further SQL after SET."""
    changes = ", ".join(f"{name} = n.{name}" for name in names)
    columns = ", ".join(f"{name} {TYPES[name]}" for name in names)
    moved = [{name: getattr(row, name) for name in ("station_id", *names)} for row in rows]
    with connection.cursor() as cursor:
        # One JSON text is much cheaper to hand over than an array for each column.
        cursor.execute(
            f"UPDATE production_stationlive l SET {changes}{more} "
            f"FROM jsonb_to_recordset(%s) AS n(station_id bigint, {columns}) WHERE l.station_id = n.station_id",
            [msgspec.json.encode(moved).decode()],
        )


def save_moved(rows: Sequence[Live]) -> None:
    """Write back what `move` moved; every version grows by one."""
    save(rows, MOVED_BY_DOOR, more=", version = l.version + 1")


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


def sum_again(station_ids: Iterable[int], *, since: datetime) -> None:
    """Have the facts of these stations summed anew from an instant on: what people said of it has changed."""
    sum_each_again(dict.fromkeys(station_ids, since))


def sum_each_again(since: Mapping[int, datetime]) -> None:
    """The same, of each station from an instant of its own on."""
    with connection.cursor() as cursor:
        # Locked in the order in which the door locks them.
        cursor.execute(
            "WITH changed AS (SELECT l.station_id, n.since FROM production_stationlive l "
            "JOIN unnest(%s::bigint[], %s::timestamptz[]) AS n(station_id, since) USING (station_id) "
            "ORDER BY l.station_id FOR NO KEY UPDATE OF l) "
            "UPDATE production_stationlive l SET sums_from = LEAST(l.sums_from, c.since) FROM changed c "
            "WHERE l.station_id = c.station_id",
            [list(since), list(since.values())],
        )
