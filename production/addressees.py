"""The stations that a batch names, with what the door must know of each: one query, no model instances."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import msgspec
from django.db import connection

from production.counters import Rule
from production.storage import WAS_AHEAD

# The SKU is that of the run the live row names: the run's own, else its job's.
QUERY = """
SELECT s.id, s.company_id, s.code, s.detection, s.counter, s.counter_modulus, s.max_units_per_minute,
       CASE WHEN s.counted_by_hand THEN 0 ELSE COALESCE(k.minimum_cycle_time_ms, s.minimum_cycle_time_ms) END,
       EXISTS (SELECT FROM production_signalreceipt w WHERE w.station_id = s.id AND w.key = %s)
FROM production_station s
LEFT JOIN production_stationlive l ON l.station_id = s.id
LEFT JOIN production_jobrun r ON r.id = l.job_run_id
LEFT JOIN production_job j ON j.id = r.job_id
LEFT JOIN production_sku k ON k.id = COALESCE(r.sku_id, j.sku_id)
WHERE s.archived_at IS NULL AND s.company_id = ANY(%s) AND s.code = ANY(%s)
"""


class Addressee(msgspec.Struct, frozen=True):
    """A station as the door sees it. `eager`: every signal may change its state (speed, power).

    `was_ahead`: lately the clock of one of its senders ran ahead.
    """

    id: int
    code: str
    eager: bool
    rule: Rule
    was_ahead: bool = False


def find(company_ids: Collection[int], codes: Collection[str]) -> dict[tuple[int, str], Addressee]:
    """The active stations of these companies with these codes, by company and code."""
    with connection.cursor() as cursor:
        plain = [code for code in codes if "\x00" not in code]
        cursor.execute(QUERY, [WAS_AHEAD, list(company_ids), plain])
        return {
            (company, code): Addressee(
                id=pk,
                code=code,
                eager=detection in ("process_speed", "power"),
                rule=Rule(counter, modulus, max_rate, timedelta(milliseconds=minimum)),
                was_ahead=was_ahead,
            )
            for pk, company, code, detection, counter, modulus, max_rate, minimum, was_ahead in cursor.fetchall()
        }
