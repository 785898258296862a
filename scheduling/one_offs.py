"""What is done to events that were entered once, by hand: ended earlier or later, or taken back.

`scheduling.events.enter_once` enters them. Whatever says something about the past leaves a Recomputation.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from django.db import transaction
from django.utils.text import Truncator

from production.models import Station
from scheduling.models import EventInstance
from scheduling.models.plan import ENDS_OTHERWISE, TAKEN_BACK
from scheduling.past import told


def end_at(instance: EventInstance, end: datetime | None, *, by: str, at: datetime) -> None:
    """Let it end at another time, or with None only when somebody ends it."""
    before = instance.end_at or at
    reason = ENDS_OTHERWISE.format(name=instance.name)
    with _told([instance], min(before, end or at), reason, by=by, at=at):
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
    names = Truncator(", ".join(sorted({f"“{one.name}”" for one in instances}))).chars(200)
    with _told(instances, since, TAKEN_BACK.format(names=names), by=by, at=at):
        for one in instances:
            one.delete()


def _told(
    instances: Sequence[EventInstance], since: datetime, reason: str, *, by: str, at: datetime
) -> AbstractContextManager[None]:
    """A change that concerns the time from `since` on."""
    stations = list(Station.objects.filter(pk__in={one.station_id for one in instances}).in_place())
    return told(stations, since, None, reason, by=by, at=at)
