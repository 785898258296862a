"""The door's SQL: what is known already, and the COPY that stores the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Protocol

from django.db import connection

from production.messages import MEASURES, fingerprint

# The receipt that a station has while messages are remembered that were stored under another time than their own.
WAS_AHEAD = fingerprint("was ahead")
COLUMNS = ("station_id", "at", "key", "received_at", *MEASURES)


class Letter(Protocol):
    """What of an opened parcel tells it from others."""

    station: Any
    at: Any
    key: int
    parcel: Any
    measures: tuple[Any, ...]


def store(rows: Sequence[tuple[Any, ...]]) -> None:
    """Append signals, in the order of COLUMNS. The caller has left out what is stored already.

    Most batches speak of one or two measures; the columns that nobody fills are not sent.
    """
    if not rows:
        return
    used = [n for n, column in enumerate(zip(*rows, strict=True)) if column.count(None) < len(rows)]
    picked = itemgetter(*used)
    names = ", ".join(COLUMNS[n] for n in used)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY production_signal ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(picked(row))


def stored_already(letters: Sequence[Letter]) -> set[int]:
    """Positions of timed messages that the signals table holds."""
    return _positions(
        "SELECT n.position FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[]) "
        "WITH ORDINALITY AS n(station_id, at, key, position) "
        "JOIN production_signal s USING (station_id, at, key)",
        [[x.station.id for x in letters], [x.at for x in letters], [x.key for x in letters]],
    )


def known_keys(letters: Sequence[Letter]) -> set[int]:
    """Positions of messages without a time of their own whose key came before; the others are noted."""
    return _positions(
        """
        WITH n AS (
            SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[])
            WITH ORDINALITY AS n(station_id, key, at, position)
        ), noted AS (
            INSERT INTO production_signalreceipt (station_id, key, at) SELECT station_id, key, at FROM n
            ON CONFLICT DO NOTHING RETURNING station_id, key
        )
        SELECT position FROM n LEFT JOIN noted USING (station_id, key) WHERE noted.key IS NULL
        """,
        [[x.station.id for x in letters], [x.key for x in letters], [x.at for x in letters]],
    )


def key_ahead(key: int, at: datetime) -> int:
    """The key of a message whose own time could not be believed yet, and is part of what it says."""
    return fingerprint("skewed", key, at)


def came_ahead(letters: Sequence[Letter]) -> set[int]:
    """Positions of messages that came before, when their time could not be believed yet."""
    return _positions(
        "SELECT n.position FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS n(station_id, key, position) "
        "JOIN production_signalreceipt r USING (station_id, key)",
        [[x.station.id for x in letters], [key_ahead(x.key, x.at) for x in letters]],
    )


def note_ahead(station_ids: Sequence[int], at: datetime) -> None:
    """Remember that these stations have such messages, for as long as the receipts of those are kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO production_signalreceipt (station_id, key, at) SELECT s, %s, %s FROM unnest(%s::bigint[]) s "
            "ON CONFLICT (station_id, key) DO UPDATE SET at = EXCLUDED.at",
            [WAS_AHEAD, at, list(station_ids)],
        )


def redelivered(letters: Sequence[Letter]) -> set[int]:
    """Positions of messages that the broker hands over again although they are stored.

    Only a message marked as a redelivery is compared: the same packet id with the same content, in the
    same session. The others take over their packet id.
    """
    digests = [_digest(x) for x in letters]
    known = _positions(
        "SELECT n.position FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bool[]) "
        "WITH ORDINALITY AS n(session, packet_id, digest, again, position) "
        "JOIN production_brokerreceipt r USING (session, packet_id, digest) WHERE n.again",
        [
            [x.parcel.delivery.session for x in letters],
            [x.parcel.delivery.packet_id for x in letters],
            digests,
            [x.parcel.delivery.again for x in letters],
        ],
    )
    # A packet id may come twice in one batch, after a reconnect: the last one is in force.
    latest = {
        (x.parcel.delivery.session, x.parcel.delivery.packet_id): d
        for x, d in zip(letters, digests, strict=True)
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO production_brokerreceipt (session, packet_id, digest) "
            "SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[]) ON CONFLICT (session, packet_id) "
            "DO UPDATE SET digest = EXCLUDED.digest",
            [[s for s, _ in latest], [p for _, p in latest], list(latest.values())],
        )
    return known


def _digest(letter: Letter) -> int:
    return fingerprint(letter.station.id, letter.parcel.topic, *letter.measures)


def _positions(query: str, arrays: list[list[Any]]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, arrays)
        return {position - 1 for (position,) in cursor.fetchall()}
