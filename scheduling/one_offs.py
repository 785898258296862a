"""What is done to events that were entered once, by hand: ended earlier or later, or taken back.

`scheduling.events.enter_once` enters them. Whatever says something about the past leaves a Recomputation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction

from production.live import look_again
from production.models import Station
from production.windows import Window, total
from scheduling.models import EventInstance, Recomputation
from scheduling.planned import plans


def end_at(instance: EventInstance, end: datetime | None, *, by: str, at: datetime) -> None:
    """Let it end at another time, or with None only when somebody ends it."""
    before = instance.end_at or at
    with _telling(
        [instance], min(before, end or at), f"“{instance.name}” ends at another time.", by=by, at=at
    ):
        instance.end_at = end
        instance.save(update_fields=["end_at", "updated_at"])


def end_now(instances: Sequence[EventInstance], *, by: str, at: datetime) -> list[EventInstance]:
    """End those that are under way; which these were."""
    under_way = [one for one in instances if one.start_at < at and (one.end_at is None or one.end_at > at)]
    with transaction.atomic():
        for one in under_way:
            end_at(one, at, by=by, at=at)
    return under_way


def take_back(instances: Sequence[EventInstance], *, by: str, at: datetime) -> None:
    """Delete them as if they had never been entered."""
    if not instances:
        return
    since = min(one.start_at for one in instances)
    names = ", ".join(sorted({f"“{one.name}”" for one in instances}))
    with _telling(instances, since, f"{names} was taken back."[-255:], by=by, at=at):
        for one in instances:
            one.delete()


@contextmanager
def _telling(
    instances: Sequence[EventInstance], since: datetime, reason: str, *, by: str, at: datetime
) -> Iterator[None]:
    """A change that concerns the time from `since` on: detection looks again, and the past is accounted for."""
    stations = list(Station.objects.filter(pk__in={one.station_id for one in instances}).in_place())
    with transaction.atomic():
        before = _planned_ms(stations, since, at)
        yield
        look_again([station.pk for station in stations], since=since if since < at else None, at=at)
        after = _planned_ms(stations, since, at)
        if since >= at:
            return
        Recomputation.objects.create(
            company_id=stations[0].company_id, asked_at=at, asked_by=by, reason=reason, since=since,
            changed={
                station.code: {"before_ms": before[station.pk], "after_ms": after[station.pk]}
                for station in stations
                if before[station.pk] != after[station.pk]
            },
        )  # fmt: skip


def _planned_ms(stations: Sequence[Station], since: datetime, at: datetime) -> dict[int, int]:
    if since >= at:
        return {}
    found = plans(stations, Window(since, at))
    return {pk: total(plan.production) // timedelta(milliseconds=1) for pk, plan in found.items()}
