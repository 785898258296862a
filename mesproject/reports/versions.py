"""What screens showed last: an unchanged screen is answered without being drawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection

# Beyond this nothing is on a screen any more, and years of stops need not be looked at every five seconds.
RECENT = timedelta(hours=48)

# What is decided anew in the past (`sums_from`) moves numbers, though the station does what it did.
# One question instead of four, because every open screen asks it every few seconds.
_SEEN = """
    SELECT
        (SELECT (md5(string_agg(concat_ws(' ', station_id, status, since, job_run_id), ',' ORDER BY station_id)),
            sum(extract(epoch FROM sums_from))) FROM production_stationlive WHERE station_id = ANY({stations})),
        (SELECT max(updated_at) FROM downtime_issue
            WHERE station_id = ANY({stations}) AND (started_at >= %(since)s OR ended_at IS NULL)),
        (SELECT count(*) FROM quality_reject WHERE station_id = ANY({stations}) AND at >= %(since)s),
        (SELECT max(undone_at) FROM quality_reject WHERE station_id = ANY({stations}) AND at >= %(since)s),
        (SELECT sum(version) FROM production_stationlive WHERE station_id = ANY({stations}))
"""
_OF_ALL = _SEEN.format(stations="%(stations)s")
_OF_EACH = (
    f"SELECT one.id, seen.* FROM unnest(%(stations)s::bigint[]) AS one(id), "
    f"LATERAL ({_SEEN.format(stations='ARRAY[one.id]')}) AS seen"
)


def version(stations: Sequence[int], now: datetime) -> str:
    """Changes with every change of these stations that a screen shows."""
    return " ".join(versions(stations, now))


def versions(stations: Sequence[int], now: datetime) -> tuple[str, str]:
    """The same in two: of what stations do and what people said, and of every signal, which mostly only counts."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_ALL, {"stations": list(stations), "since": now - RECENT})
        *states, counts = map(str, cursor.fetchone())
    return " ".join(states), counts


def version_of_each(stations: Collection[int], now: datetime) -> dict[int, str]:
    """The version of each of these stations."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_EACH, {"stations": list(stations), "since": now - RECENT})
        return {pk: " ".join(map(str, seen)) for pk, *seen in cursor.fetchall()}
