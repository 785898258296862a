"""What screens showed last: an unchanged screen is answered without being drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

# Beyond this nothing is on a screen any more, and years of stops need not be looked at every five seconds.
RECENT = timedelta(hours=48)

# What is decided anew in the past (`sums_from`) moves numbers, though the station does what it did.
# One question instead of four, because every open screen asks it every few seconds.
_QUESTION = """
    SELECT
        (SELECT (md5(string_agg(concat_ws(' ', station_id, status, since, job_run_id), ',' ORDER BY station_id)),
            sum(extract(epoch FROM sums_from))) FROM production_stationlive WHERE station_id = ANY(%(stations)s)),
        (SELECT max(updated_at) FROM downtime_issue
            WHERE station_id = ANY(%(stations)s) AND (started_at >= %(since)s OR ended_at IS NULL)),
        (SELECT count(*) FROM quality_reject WHERE station_id = ANY(%(stations)s) AND at >= %(since)s),
        (SELECT max(undone_at) FROM quality_reject WHERE station_id = ANY(%(stations)s) AND at >= %(since)s),
        (SELECT sum(version) FROM production_stationlive WHERE station_id = ANY(%(stations)s))
"""


def version(stations: Sequence[int], now: datetime) -> str:
    """Changes with every change of these stations that a screen shows."""
    return " ".join(versions(stations, now))


def versions(stations: Sequence[int], now: datetime) -> tuple[str, str]:
    """The same in two: of what stations do and what people said, and of every signal, which mostly only counts."""
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION, {"stations": list(stations), "since": now - RECENT})
        *states, counts = map(str, cursor.fetchone())
    return " ".join(states), counts
