"""What somebody says afterwards about time that has begun: detection looks again, and a row tells what it changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction

from production.live import look_again
from production.models import Station
from production.windows import Window, total
from scheduling.models import Recomputation
from scheduling.planned import plans


@contextmanager
def told(
    stations: Sequence[Station],
    since: datetime,
    until: datetime | None,
    reason: str,
    *,
    by: str,
    at: datetime,
) -> Iterator[None]:
    """Around a change of the plan of stations (from `in_place()`, of one company) that is about this time.

    Where that begins before `at`, a Recomputation tells who changed how much; stops are decided anew from there.
    """
    past = Window(since, max(since, min(until or at, at)))
    with transaction.atomic():
        before = _planned_ms(stations, past)
        yield
        look_again([station.pk for station in stations], since=since if since < at else None, at=at)
        if not stations or past.start == past.end:
            return
        after = _planned_ms(stations, past)
        Recomputation.objects.create(
            company_id=stations[0].company_id, asked_at=at, asked_by=by, reason=reason[:255], since=since,
            changed={
                station.code: {"before_ms": before[station.pk], "after_ms": after[station.pk]}
                for station in stations
                if before[station.pk] != after[station.pk]
            },
        )  # fmt: skip


def _planned_ms(stations: Sequence[Station], past: Window) -> dict[int, int]:
    if past.start == past.end:
        return {}
    found = plans(stations, past)
    return {pk: total(plan.production) // timedelta(milliseconds=1) for pk, plan in found.items()}
