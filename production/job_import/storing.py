"""The rows of a file in a table of their own, and what they change in the tables of jobs. All of it is SQL over sets.

Text is empty where a file says nothing, everything else NULL: then what is there stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection

from production.job_import.layouts import JobRow

ROWS_AT_ONCE = 10_000
OF_JOBS = (
    "description", "due_on", "quantity", "part_value", "ideal_part_time_ms", "expected_part_time_ms",
    "expected_setup_ms", "units_per_count", "warning_percent", "failure_percent",
)  # fmt: skip
# Of a job at a place, and the row's column that says it.
OF_PLACES = {
    "ideal_part_time_ms": "place_ideal_ms", "expected_part_time_ms": "place_expected_ms",
    "expected_setup_ms": "place_setup_ms", "units_per_count": "place_units", "program": "program",
}  # fmt: skip
_TEXTS = ("description", "program")
_KEY, _SAID_KEY = "name, part, operation, lot", "s.name, s.part, s.operation, s.lot"


def _then(column: str, said: str, there: str) -> str:
    """What a column of a row that is there is after the import."""
    new = f"NULLIF({said}.{column}, '')" if column in _TEXTS else f"{said}.{column}"
    return f"COALESCE({new}, {there}.{column})"


def _set(columns: Collection[str], there: str) -> str:
    return ", ".join(f"{column} = {_then(column, 'excluded', there)}" for column in columns)


def _differ(columns: Collection[str], said: str, there: str) -> str:
    return " OR ".join(
        f"{there}.{column} IS DISTINCT FROM {_then(column, said, there)}" for column in columns
    )


_PREPARE = (
    "DROP TABLE IF EXISTS pg_temp.job_row, pg_temp.job_said, pg_temp.job_touched",
    """
    CREATE TEMPORARY TABLE job_row (
        line integer, name text, part text, operation text, lot text, description text, due_on date,
        quantity float8, part_value numeric, ideal_part_time_ms integer, expected_part_time_ms integer,
        expected_setup_ms integer, units_per_count float8, warning_percent float8, failure_percent float8,
        station_id bigint, group_id bigint, place_ideal_ms integer, place_expected_ms integer,
        place_setup_ms integer, place_units float8, program text
    ) ON COMMIT DROP
    """,
    "CREATE TEMPORARY TABLE job_touched (id bigint, added boolean) ON COMMIT DROP",
)
# Each job once.
_SAID = f"""
CREATE TEMPORARY TABLE job_said ON COMMIT DROP AS
SELECT {_KEY}, {", ".join(f"max({column}) AS {column}" for column in OF_JOBS)} FROM job_row GROUP BY {_KEY}
"""
_JOBS = f"""
WITH stored AS (
    INSERT INTO production_job AS j (company_id, {_KEY}, sku_id, {", ".join(OF_JOBS)})
    SELECT c.company_id, {_SAID_KEY}, k.id, {", ".join(f"s.{column}" for column in OF_JOBS)}
    FROM job_said s CROSS JOIN (VALUES (%s::bigint)) c(company_id)
    LEFT JOIN production_sku k ON k.company_id = c.company_id AND k.code = s.part AND k.archived_at IS NULL
    ORDER BY {_SAID_KEY}
    ON CONFLICT (company_id, {_KEY}) DO UPDATE SET {_set(OF_JOBS, "j")}, archived_at = NULL
    WHERE j.archived_at IS NOT NULL OR {_differ(OF_JOBS, "excluded", "j")}
    RETURNING id, xmax = 0 AS added
) INSERT INTO job_touched SELECT id, added FROM stored
"""
_PLACES = f"""
WITH stored AS (
    INSERT INTO production_jobdispatch AS d (job_id, station_id, group_id, {", ".join(OF_PLACES)})
    SELECT j.id, r.station_id, r.group_id, {", ".join(f"r.{column}" for column in OF_PLACES.values())}
    FROM job_row r JOIN production_job j ON j.company_id = %s
        AND (j.name, j.part, j.operation, j.lot) = (r.name, r.part, r.operation, r.lot)
    WHERE r.station_id IS NOT NULL OR r.group_id IS NOT NULL
    ON CONFLICT (job_id, station_id, group_id) DO UPDATE SET {_set(OF_PLACES, "d")}
    WHERE {_differ(OF_PLACES, "excluded", "d")}
    RETURNING job_id
) INSERT INTO job_touched SELECT id, false FROM (
    SELECT job_id AS id FROM stored EXCEPT SELECT id FROM job_touched) more
"""
_BEGAN = """
SELECT r.station_id, min(r.actual_start) FROM job_said s
JOIN production_job j ON j.company_id = %s
    AND (j.name, j.part, j.operation, j.lot) = (s.name, s.part, s.operation, s.lot)
JOIN production_jobrun r ON r.job_id = j.id AND r.actual_start IS NOT NULL
WHERE {} GROUP BY 1
"""
_ARCHIVE = """
UPDATE production_job j SET archived_at = %s WHERE j.company_id = %s AND j.archived_at IS NULL AND NOT EXISTS (
    SELECT FROM job_said s WHERE (s.name, s.part, s.operation, s.lot) = (j.name, j.part, j.operation, j.lot))
"""


def prepare() -> None:
    """An empty table for the rows, which goes with the transaction."""
    with connection.cursor() as cursor:
        for statement in _PREPARE:
            cursor.execute(statement)


def copy(rows: Iterable[JobRow]) -> None:
    """Fill it, in batches: the file is read by the same connection, which answers nothing while it copies."""
    left = iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(left, ROWS_AT_ONCE)):
            with cursor.copy(f"COPY job_row ({', '.join(JobRow._fields)}) FROM STDIN") as stream:
                for row in batch:
                    stream.write_row(row)
        cursor.execute("ANALYZE job_row")


def gather() -> int:
    """Bring together what all lines say of each job; how many jobs there are."""
    with connection.cursor() as cursor:
        cursor.execute(_SAID)
        cursor.execute("ANALYZE job_said")
        cursor.execute("SELECT count(*) FROM job_said")
        number: int = cursor.fetchone()[0]
        return number


def began_of_changed(company: int, *columns: str) -> dict[int, datetime]:
    """The stations that ran jobs which change in one of these columns, and since when. Ask before they do."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGAN.format(_differ(columns, "s", "j")), [company])
        return dict(cursor.fetchall())


def store(company: int) -> tuple[int, int]:
    """Store the jobs and where they may run; how many are new, and how many changed."""
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, [company])
        cursor.execute(_PLACES, [company])
        cursor.execute(
            "SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) FROM job_touched"
        )
        counts: tuple[Any, ...] = cursor.fetchone()
        return counts[0], counts[1]


def archive_others(company: int, at: datetime) -> int:
    """Put away the jobs that the file does not have; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_ARCHIVE, [at, company])
        number: int = cursor.rowcount
        return number
