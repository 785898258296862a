"""Signals live in one partition a month, made when first needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection


def ensure(months: Iterable[tuple[int, int]]) -> None:
    """Make the partitions of these months (year, month; in UTC) where they are missing. Two may do so at once.

    Runs before the transaction that needs them: making one locks the whole table for a moment.
    """
    firsts = (date(year, month, 1) for year, month in months)
    names = {f"production_signal_{first:%Y_%m}": first for first in firsts}
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM unnest(%s::text[]) n WHERE to_regclass(n) IS NULL", [list(names)])
        for (name,) in cursor.fetchall():
            month = names[name]
            following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
            cursor.execute("SELECT pg_advisory_lock(hashtext('production_signal'))")
            try:
                # The names and dates are made here, from a date; nothing of a message is in them.
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF production_signal "
                    f"FOR VALUES FROM ('{month} 00:00+00') TO ('{following} 00:00+00')"
                )
            finally:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('production_signal'))")
