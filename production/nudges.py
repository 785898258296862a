"""Telling the live process, and through it every open screen, that a station has news."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

CHANNEL = "floorlight"
# Before the stations of which nothing is new but units: few screens would show them sooner than they ask anyway.
COUNTED = "counted "
# PostgreSQL refuses a payload of 8,000 bytes; a station id needs at most 20 with its comma.
STATIONS_PER_NUDGE = 390


def announce(station_ids: Iterable[int], *, counted: bool = False) -> None:
    """Say that these stations changed, or only counted; heard when (and only if) the transaction commits."""
    ids, first_word = sorted(set(station_ids)), COUNTED if counted else ""
    with connection.cursor() as cursor:
        for first in range(0, len(ids), STATIONS_PER_NUDGE):
            payload = first_word + ",".join(map(str, ids[first : first + STATIONS_PER_NUDGE]))
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
