"""What screens showed last: an unchanged screen is answered without being drawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection


class Versions(NamedTuple):
    """What changes with what stations do and what people said; with every signal, which mostly only counts; and, of
    the first, what changes with every step in the life of a stop that can still be asked about.
    """

    states: str = ""
    counts: str = ""
    issues: str = ""


# What is decided anew in the past (`sums_from`) moves numbers, though the station does what it did.
# Beyond 48 hours nothing is on a screen any more, and years of stops need not be looked at every five seconds.
# Who is there, and which notes nobody has read, change nothing else at a station.
# One question instead of six, because every open screen asks it every few seconds.
_SEEN = """
    SELECT
        (SELECT (md5(string_agg(concat_ws(' ', station_id, status, since, job_run_id), ',' ORDER BY station_id)),
            sum(extract(epoch FROM sums_from))) FROM production_stationlive WHERE station_id = ANY({stations})),
        (SELECT max(updated_at) FROM downtime_issue
            WHERE station_id = ANY({stations}) AND (started_at >= {since} OR ended_at IS NULL)),
        (SELECT count(*) FROM quality_reject WHERE station_id = ANY({stations}) AND at >= {since}),
        (SELECT max(undone_at) FROM quality_reject WHERE station_id = ANY({stations}) AND at >= {since}),
        (SELECT md5(string_agg(operator_id::text, ',' ORDER BY station_id)) FROM production_signon
            WHERE station_id = ANY({stations}) AND ends_at > %(now)s
                AND started_at > %(now)s::timestamptz - interval '1 day' AND started_at <= %(now)s),
        (SELECT md5(string_agg(id::text, ',' ORDER BY id)) FROM production_shiftnote
            WHERE station_id = ANY({stations}) AND read_at IS NULL),
        (SELECT sum(version) FROM production_stationlive WHERE station_id = ANY({stations}))
"""
# Its place in that.
ISSUES = 1
_SINCE = "%(now)s::timestamptz - interval '48 hours'"
QUESTION = _SEEN.format(stations="%(stations)s::bigint[]", since=_SINCE)
_OF_EACH = (
    f"SELECT one.id, seen.* FROM unnest(%(stations)s::bigint[]) AS one(id), "
    f"LATERAL ({_SEEN.format(stations='ARRAY[one.id]', since=_SINCE)}) AS seen"
)


def version(stations: Sequence[int], now: datetime) -> str:
    """Changes with every change of these stations that a screen shows."""
    seen = versions(stations, now)
    return f"{seen.states} {seen.counts}"


def versions(stations: Sequence[int], now: datetime) -> Versions:
    """The same in parts; of no stations nothing is asked."""
    if not stations:
        return Versions()
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, parameters(stations, now))
        return told(cursor.fetchone())


def parameters(stations: Collection[int], now: datetime) -> dict[str, Any]:
    """Those of the question, for who asks it together with another."""
    # As text: hundreds of numbers would be made into parameters one by one.
    return {"stations": f"{{{','.join(map(str, stations))}}}", "now": now}


def told(row: Sequence[object]) -> Versions:
    """What the question's answer says."""
    *states, counts = map(str, row)
    return Versions(" ".join(states), counts, states[ISSUES])


def versions_of_each(stations: Collection[int], now: datetime) -> dict[int, Versions]:
    """Those of each of these stations."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_EACH, parameters(stations, now))
        return {pk: told(seen) for pk, *seen in cursor.fetchall()}
