"""Making the slices agree with what detection found: only what differs is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from downtime.detection import Findings, Piece, continues


@dataclass(frozen=True, slots=True)
class Tile:
    """A slice as a value."""

    start: datetime
    end: datetime | None
    state: str
    silent_since: datetime | None
    carry: Any


def replace_tiles(decided: Sequence[tuple[int, datetime, Findings]]) -> set[int]:
    """Replace the slices of each station from an instant on, as far as the findings reach.

    Returns the stations where that changed any.
    """
    stored = _stored([(station, start, findings.until) for station, start, findings in decided])
    gone: list[tuple[int, datetime]] = []
    new: list[tuple[int, Tile]] = []
    for station, start, findings in decided:
        old = {tile.start: tile for tile in stored.get(station, [])}
        wanted = {tile.start: tile for tile in _wanted(start, findings, list(old.values()))}
        gone += [(station, at) for at in old if at not in wanted]
        new += [(station, tile) for at, tile in wanted.items() if old.get(at) != tile]
    _delete(gone)
    _upsert(new)
    return {station for station, _ in (*gone, *new)}


def _wanted(start: datetime, findings: Findings, old: Sequence[Tile]) -> list[Tile]:
    """The tiles from the one before `start` on: that one goes on, or ends there."""
    history, pieces = findings.history, findings.pieces
    tiles = [
        Tile(
            piece.start,
            findings.until if number == len(pieces) else piece.end,
            piece.state,
            piece.silent_since,
            msgspec.to_builtins(history.before(piece.start)),
        )
        for number, piece in enumerate(pieces, 1)
    ] + _left(findings, old)
    before = max((tile for tile in old if tile.start < start), key=lambda tile: tile.start, default=None)
    if before is None:
        return tiles
    first, head = tiles[0], Piece(before.start, start, before.state, before.silent_since)
    if start not in findings.cuts and continues(head, pieces[0]):
        return [Tile(before.start, first.end, before.state, before.silent_since, before.carry), *tiles[1:]]
    return [Tile(before.start, start, before.state, before.silent_since, before.carry), *tiles]


def _left(findings: Findings, old: Sequence[Tile]) -> list[Tile]:
    """What is left of the tile that reaches beyond the findings."""
    at = findings.until
    if at is None:
        return []
    carry = msgspec.to_builtins(findings.history.before(at))
    reaching = [tile for tile in old if tile.start < at and (tile.end is None or tile.end > at)]
    return [replace(tile, start=at, carry=carry) for tile in reaching]


def _stored(spans: Sequence[tuple[int, datetime, datetime | None]]) -> dict[int, list[Tile]]:
    """The tiles that reach into the given spans; a span without an end goes on."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT station_id, s.start, s."end", s.state, s.silent_since, s.carry::text '
            "FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS n(station_id, start_at, until) "
            "JOIN downtime_slice s USING (station_id) "
            'WHERE (s."end" IS NULL OR s."end" >= n.start_at) AND (n.until IS NULL OR s.start < n.until) '
            "ORDER BY station_id, s.start",
            list(map(list, zip(*spans, strict=True))),
        )
        found: dict[int, list[Tile]] = {}
        for station, start, end, state, silent_since, carry in cursor.fetchall():
            found.setdefault(station, []).append(Tile(start, end, state, silent_since, json.loads(carry)))
        return found


def _delete(gone: Sequence[tuple[int, datetime]]) -> None:
    if not gone:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM downtime_slice s USING unnest(%s::bigint[], %s::timestamptz[]) AS n(station_id, start_at) "
            "WHERE s.station_id = n.station_id AND s.start = n.start_at",
            [[station for station, _ in gone], [at for _, at in gone]],
        )


def _upsert(tiles: Sequence[tuple[int, Tile]]) -> None:
    """Oldest first, so that the slice that was open is closed before the next one opens."""
    if not tiles:
        return
    rows = [
        {"station_id": station, **msgspec.to_builtins(tile)}
        for station, tile in sorted(tiles, key=lambda row: (row[0], row[1].start))
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO downtime_slice (station_id, start, "end", state, silent_since, carry) '
            'SELECT * FROM jsonb_to_recordset(%s) AS n(station_id bigint, start timestamptz, "end" timestamptz, '
            "state text, silent_since timestamptz, carry jsonb) ON CONFLICT (station_id, start) DO UPDATE SET "
            '"end" = EXCLUDED."end", state = EXCLUDED.state, silent_since = EXCLUDED.silent_since, '
            "carry = EXCLUDED.carry",
            [msgspec.json.encode(rows).decode()],
        )
