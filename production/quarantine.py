"""What could not be understood: kept with its reason, fixed by a person, sent through the door again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection

from production.messages import fingerprint

if TYPE_CHECKING:
    from production.ingest import Outcome, Parcel

LONGEST = 65_536  # bytes kept of a payload; what is longer is cut
# Of a company. A person mends the first of these and replays the rest; a gateway whose nonsense never repeats must
# not fill the disk.
MOST = 10_000


def keep(refused: Sequence[tuple[Parcel, Outcome]], received_at: datetime) -> None:
    """Keep refused parcels; the same nonsense again only raises its count."""
    rows: dict[tuple[int | None, str, int], list[tuple[Parcel, Outcome, bytes]]] = {}
    for parcel, outcome in refused:
        topic, payload = parcel.topic.replace("\x00", "␀")[:256], parcel.payload[:LONGEST]
        digest = fingerprint(outcome.code, payload.hex())
        rows.setdefault((parcel.company_id, topic, digest), []).append((parcel, outcome, payload))
    with connection.cursor() as cursor:
        for (company_id, topic, digest), same in rows.items():
            parcel, outcome, payload = same[0]
            cursor.execute(
                """
                INSERT INTO production_quarantinedmessage AS q
                    (company_id, source, device_id, topic, payload, code, reason, received_at, times, digest)
                VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
                ON CONFLICT (company_id, topic, digest) WHERE replayed_at IS NULL
                DO UPDATE SET times = q.times + EXCLUDED.times, received_at = EXCLUDED.received_at
                """,
                [company_id, parcel.source, parcel.device_id, topic, payload, outcome.code, outcome.reason,
                 received_at, len(same), digest],
            )  # fmt: skip


def forget() -> int:
    """Drop each company's oldest beyond what anybody would look through; how many those were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM production_quarantinedmessage WHERE id IN (SELECT id FROM ("
            "SELECT id, row_number() OVER (PARTITION BY company_id ORDER BY received_at DESC, id DESC) AS place "
            "FROM production_quarantinedmessage) AS ranked WHERE place > %s)",
            [MOST],
        )
        return cursor.rowcount
