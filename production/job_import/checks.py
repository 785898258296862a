"""What only all rows together show: contradictions within a file, and with what is there."""

from __future__ import annotations

from django.db import connection

from mesproject.csv_reading import Fault
from mesproject.words import Said
from mesproject.words import gettext_noop as _

IDENTITY = "name, part, operation, lot"
# What a job is, whichever of its lines says it, with the name by which a person knows it.
OF_JOBS = {
    "description": "description", "due_on": "due date", "quantity": "quantity", "part_value": "part value",
    "ideal_part_time_ms": "ideal part time", "expected_part_time_ms": "expected part time",
    "expected_setup_ms": "setup time", "units_per_count": "parts per count", "warning_percent": "warning percent",
    "failure_percent": "failure percent",
}  # fmt: skip

_TWICE = f"""
SELECT line, first FROM (
    SELECT line, min(line) OVER w AS first, row_number() OVER w AS nth FROM job_row
    WINDOW w AS (PARTITION BY {IDENTITY}, station_id, group_id ORDER BY line)
) found WHERE nth > 1 ORDER BY line LIMIT %s
"""
# Only jobs of several lines can contradict themselves; they are few.
_OTHERWISE = f"""
WITH several AS (SELECT {IDENTITY} FROM job_row GROUP BY {IDENTITY} HAVING count(*) > 1),
said AS (SELECT line, {IDENTITY}, value, what FROM job_row JOIN several USING ({IDENTITY}),
    LATERAL (VALUES {", ".join(f"({column}::text, '{name}')" for column, name in OF_JOBS.items())})
    AS of_job(value, what) WHERE value <> '')
SELECT line, what, first, earlier FROM (
    SELECT line, what, value, first_value(value) OVER w AS first, first_value(line) OVER w AS earlier FROM said
    WINDOW w AS (PARTITION BY {IDENTITY}, what ORDER BY line)
) found WHERE value <> first ORDER BY line LIMIT %s
"""
_PROGRAMS = f"""
WITH said AS (SELECT DISTINCT ON (program, {IDENTITY}) line, program, {IDENTITY} FROM job_row
    WHERE program <> '' ORDER BY program, {IDENTITY}, line),
there AS (SELECT DISTINCT d.program, j.name, j.part, j.operation, j.lot FROM production_jobdispatch d
    JOIN production_job j ON j.id = d.job_id WHERE j.company_id = %s AND d.program <> '' AND j.archived_at IS NULL)
SELECT a.line, a.program, b.name, b.operation FROM said a JOIN (
    SELECT line, program, {IDENTITY} FROM said UNION ALL SELECT 0, program, {IDENTITY} FROM there
) b ON a.program = b.program AND b.line < a.line
    AND (a.name, a.part, a.operation, a.lot) <> (b.name, b.part, b.operation, b.lot)
ORDER BY a.line LIMIT %s
"""


def faults(company: int, most: int) -> list[Fault]:
    """The first faults of the rows that were copied."""
    with connection.cursor() as cursor:
        cursor.execute(_TWICE, [most])
        found = [
            Fault(
                line, "", Said(_("This job and work center are on line {first} already."), {"first": first})
            )
            for line, first in cursor.fetchall()
        ]
        cursor.execute(_OTHERWISE, [most])
        found += [
            Fault(line, what, Said(_("Line {earlier} says “{first}” of the same job."), values))
            for line, what, first, earlier in cursor.fetchall()
            for values in [{"earlier": earlier, "first": first}]
        ]
        cursor.execute(_PROGRAMS, [company, most])
        found += [
            Fault(line, "programname", Said(_("The program {program} belongs to {job} already."), values))
            for line, program, name, operation in cursor.fetchall()
            for values in [{"program": program, "job": f"{name} {operation}".rstrip()}]
        ]
    return sorted(found, key=lambda fault: fault.line)[:most]
