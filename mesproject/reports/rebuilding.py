"""Making everything anew from signals: what stations did, and the sums of it.

What is to be done is marked in the live rows first, in one transaction; then it is worked off as any other change of
the past. So it may be killed anywhere: what is left is marked, and tick and worker do it even if nobody comes back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Q

from downtime import engine
from mesproject.reports.facts import FRESH, MOMENT, refresh
from mesproject.reports.models import FactMark
from production.live import look_again, sum_each_again
from production.models import Station, StationLive


@dataclass(frozen=True, slots=True)
class Left:
    """How many stations wait to be decided and to be summed, and the earliest instant that waits."""

    to_decide: int
    to_sum: int
    earliest: datetime | None


def mark(stations: Sequence[Station], *, since: datetime | None, now: datetime) -> list[int]:
    """Mark the time of stations from an instant on, or all of it; the ids of those that have ever said anything.

    Of a station out of use nothing is decided, as long as it is; its sums are made anew.
    """
    begin = {
        pk: max(first, since) if since else first
        for pk, first in _first([station.pk for station in stations]).items()
        if first < now
    }
    with transaction.atomic():
        for station in stations:
            if station.pk in begin and station.archived_at is None:
                look_again([station.pk], since=begin[station.pk], at=now)
        sum_each_again(begin)
    return list(begin)


def step(ids: Collection[int], *, now: datetime) -> Left:
    """Decide and sum a portion of what is marked; what is left of these stations."""
    engine.tick(now=now)
    refresh(now=now)
    dirty = StationLive.objects.filter(station__in=ids, station__archived_at=None, dirty_from__lt=now)
    late = Q(summed_until__lt=now - FRESH) & Q(station__archived_at=None)
    over = Q(summed_until__lt=F("station__archived_at"))
    unsummed = FactMark.objects.filter(
        late | over | Q(station__live__sums_from__isnull=False), station__in=ids
    )
    earliest = [
        *dirty.order_by("dirty_from").values_list("dirty_from", flat=True)[:1],
        *unsummed.order_by("settled_until").values_list("settled_until", flat=True)[:1],
    ]
    return Left(dirty.count(), unsummed.count(), min(earliest, default=None))


def _first(ids: Sequence[int]) -> dict[int, datetime]:
    """An instant just before each station's first signal: nothing is remembered from before it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.id, s.first FROM unnest(%s::bigint[]) AS n(id), "
            "LATERAL (SELECT min(at) AS first FROM production_signal WHERE station_id = n.id) s "
            "WHERE s.first IS NOT NULL",
            [list(ids)],
        )
        return {pk: first - MOMENT for pk, first in cursor.fetchall()}
