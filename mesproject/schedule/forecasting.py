"""Expected ends of everything that runs or is to run, for all stations at once.

May run twice, overlap, or be killed anywhere: what it writes depends on runs, plan and facts alone, and the whole
is one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, F, Q

from production.models import JobRun, Station
from production.windows import Window
from scheduling.forecast import NO_TIME, Expected, PlannedTime, Turn, expected
from scheduling.planned import for_runs

# How far ahead ends are told, and how far back a plan may have begun whose end nobody said.
AHEAD, BEHIND = timedelta(days=28), timedelta(days=14)
MS = timedelta(milliseconds=1)

# What says how long a unit is meant to take, the first that does: expected times before ideal ones.
PACES = (
    "expected_part_time_ms", "cycle_time_ms", "job__expected_part_time_ms", "job__ideal_part_time_ms",
    "sku__cycle_time_ms", "job__sku__cycle_time_ms", "station__cycle_time_ms",
)  # fmt: skip
SETUPS = ("expected_setup_ms", "job__expected_setup_ms")
COLUMNS = (
    "pk", "station_id", "actual_start", "planned_start", "planned_end", "planned_quantity", "prioritised_at",
    "starts_in_setup", "production_start", *SETUPS, *PACES,
)  # fmt: skip

MADE = """
SELECT n.run, sum(f.good), sum(f.planned_ms)
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS n(run, station, since)
JOIN reports_hourfact f ON f.station_id = n.station AND f.hour > n.since - interval '2 hours' AND f.run_id = n.run
GROUP BY 1
"""
SUMMED = "SELECT station_id, summed_until FROM reports_factmark WHERE station_id = ANY(%s::bigint[])"
# Rows that have changed are written, and those of runs that are over are gone.
WRITE = """
WITH told AS (
  SELECT * FROM jsonb_to_recordset(%s::jsonb) AS n(run bigint, made float8, "start" timestamptz, "end" timestamptz,
    quantity float8, pace_ms float8, due timestamptz, standing text)
  JOIN production_jobrun r ON r.id = n.run AND r.actual_end IS NULL
  FOR KEY SHARE OF r
), gone AS (
  DELETE FROM schedule_forecast f USING production_jobrun r WHERE r.id = f.run_id
    AND (%s::bigint[] IS NULL OR r.station_id = ANY(%s::bigint[]))
    AND NOT EXISTS (SELECT FROM told WHERE told.run = f.run_id)
)
INSERT INTO schedule_forecast (run_id, at, made, "start", "end", quantity, pace_ms, due, standing)
SELECT run, %s::timestamptz, made, "start", "end", quantity, pace_ms, due, standing FROM told ORDER BY run
ON CONFLICT (run_id) DO UPDATE SET at = EXCLUDED.at, made = EXCLUDED.made, "start" = EXCLUDED."start",
  "end" = EXCLUDED."end", quantity = EXCLUDED.quantity, pace_ms = EXCLUDED.pace_ms, due = EXCLUDED.due,
  standing = EXCLUDED.standing
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What facts say of a run: good units, and the planned time that they took."""

    good: float = 0.0
    planned: timedelta = NO_TIME


def refresh(stations: Iterable[int] | None = None, *, now: datetime) -> int:
    """Expect the ends of all runs anew, of these stations or of all of all companies; how many runs those are."""
    only = None if stations is None else sorted(stations)
    rows = _rows(only)
    concerned = Station.objects.filter(pk__among=list({row["station_id"] for row in rows}))
    times, turns = _times(list(concerned.in_place()), rows, now), _turns(rows, now)
    found: list[tuple[int, Turn, Expected]] = []
    for station, many in groupby(rows, key=itemgetter("station_id")):
        runs = [row["pk"] for row in many]
        mine = [turns[run] for run in runs]
        found += zip(runs, mine, expected(times[station], mine, now=now), strict=True)
    _write(found, only, now)
    return len(found)


def _rows(stations: Sequence[int] | None) -> list[dict[str, Any]]:
    """What runs and what is to run, station by station, in the order in which it is made."""
    others = ExpressionWrapper(Q(prioritised_at=None), BooleanField())
    order = (
        F("actual_start").asc(nulls_last=True),
        others,
        F("planned_start").asc(nulls_last=True),
        "pk",
    )
    rows = JobRun.objects.filter(actual_end=None, station__archived_at=None)
    if stations is not None:
        rows = rows.filter(station__among=stations)
    return list(rows.order_by("station_id", *order).values(*COLUMNS))


def _times(
    stations: Sequence[Station], rows: Sequence[Mapping[str, Any]], now: datetime
) -> dict[int, PlannedTime]:
    """The time in which each station may work, from the first plan that counts on."""
    starts = [row["planned_start"] for row in rows if row["planned_start"]]
    since = max(now - BEHIND, min([*starts, now]))
    found = for_runs(stations, Window(since, now + AHEAD)) if stations else {}
    known = {
        id(windows): windows for windows in found.values()
    }  # stations that share a plan share the answer
    made = {key: PlannedTime(windows) for key, windows in known.items()}
    return {pk: made[id(windows)] for pk, windows in found.items()}


def _turns(rows: Sequence[Mapping[str, Any]], now: datetime) -> dict[int, Turn]:
    running = [row for row in rows if row["actual_start"]]
    known, summed = _known(running), _summed(running)
    return {row["pk"]: _turn(row, known, summed, now) for row in rows}


def _turn(
    row: Mapping[str, Any], known: Mapping[int, Known], summed: Mapping[int, datetime], now: datetime
) -> Turn:
    pace = next(filter(None, (row[name] for name in PACES)), None)
    setup = next(filter(None, (row[name] for name in SETUPS)), 0) * MS
    begun, made = row["actual_start"], known.get(row["pk"], Known())
    # What it made is known up to where facts are summed; what was made since is still to come.
    since = begun and max(begun, min(now, summed.get(row["station_id"], now)))
    is_set_up = row["starts_in_setup"] and not row["production_start"]
    return Turn(
        pace=None if pace is None else pace * MS,
        quantity=row["planned_quantity"],
        planned_start=row["planned_start"],
        planned_end=row["planned_end"],
        setup=setup,
        left=max(NO_TIME, setup - (since - begun)) if begun and is_set_up else NO_TIME,
        is_prioritised=row["prioritised_at"] is not None,
        begun=begun,
        since=since,
        made=made.good,
        worked=made.planned,
    )


def _known(rows: Sequence[Mapping[str, Any]]) -> dict[int, Known]:
    """What these runs made, as far as facts are summed."""
    asked = [[row[name] for row in rows] for name in ("pk", "station_id", "actual_start")]
    with connection.cursor() as cursor:
        cursor.execute(MADE, asked)
        return {run: Known(good, planned * MS) for run, good, planned in cursor.fetchall()}


def _summed(rows: Sequence[Mapping[str, Any]]) -> dict[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(SUMMED, [[row["station_id"] for row in rows]])
        return dict(cursor.fetchall())


def _write(found: Iterable[tuple[int, Turn, Expected]], stations: list[int] | None, now: datetime) -> None:
    told = [
        {
            "run": run, "made": turn.made, "start": one.start, "end": one.end, "quantity": one.quantity,
            "pace_ms": one.pace and one.pace / MS, "due": one.due, "standing": one.standing or "",
        }
        for run, turn, one in found
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [msgspec.json.encode(told).decode(), stations, stations, now])
