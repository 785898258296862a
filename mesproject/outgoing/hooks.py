"""Telling webhooks what happens to issues. A trigger notes each event with the event itself; here it is told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from downtime.models import IssueEvent
from mesproject.accounts import outbox
from mesproject.accounts.models import Endpoint, OutboxMessage

Kind, Type = IssueEvent.Kind, Endpoint.Type
TYPES = {
    Kind.RAISED: Type.RAISED,
    Kind.ACKNOWLEDGED: Type.ACKNOWLEDGED,
    Kind.ESCALATED: Type.ESCALATED,
    Kind.EXPLAINED: Type.EXPLAINED,
    Kind.ENDED: Type.ENDED,
    Kind.CLOSED: Type.ENDED,
}
AT_ONCE = 1000
# A past that is decided anew is no news.
FRESH = timedelta(days=1)


def tell(*, now: datetime) -> int:
    """Write the calls for events nobody was told of yet; return how many events those were."""
    seen = 0
    while taken := _tell_some(now):
        seen += taken
    return seen


def _tell_some(now: datetime) -> int:
    """One transaction: the notes are torn off with the calls written, or neither."""
    with transaction.atomic():
        events = _taken()
        calls = list(_calls(events, now)) if events else []
        OutboxMessage.objects.bulk_create(calls, ignore_conflicts=True)
    return len(events)


def _taken() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM outgoing_freshevent WHERE event_id IN (SELECT event_id FROM outgoing_freshevent "
            "ORDER BY event_id LIMIT %s::int FOR UPDATE SKIP LOCKED) RETURNING event_id",
            [AT_ONCE],
        )
        return sorted(pk for (pk,) in cursor.fetchall())


def _calls(pks: Sequence[int], now: datetime) -> Iterable[OutboxMessage]:
    events = IssueEvent.objects.filter(pk__in=pks, kind__in=list(TYPES), at__gt=now - FRESH).order_by("pk")
    endpoints: dict[int, list[Endpoint]] = {}
    for endpoint in Endpoint.objects.active():
        endpoints.setdefault(endpoint.company_id, []).append(endpoint)
    related = ("issue__station__group__plant", "issue__cause", "cause", "user", "operator", "device")
    for event in events.select_related(*related) if endpoints else ():
        told = TYPES[Kind(event.kind)]
        body = json.dumps(payload(event, told), ensure_ascii=False)
        for endpoint in endpoints.get(event.issue.station.company_id, ()):
            if told in endpoint.types:
                subject = f"{told}: {event.issue.station.code}"
                yield outbox.call(endpoint, key=f"event:{event.pk}", subject=subject, body=body, at=now)


def payload(event: IssueEvent, told: str) -> dict[str, Any]:
    """What a receiver gets: the type, when it happened, and the issue as it stood when this was written."""
    issue, station = event.issue, event.issue.station
    cause = event.cause or issue.cause
    return {
        "type": told,
        "timestamp": _instant(event.at),
        "data": {
            "issue": str(issue.uuid),
            "issueType": issue.kind,
            "plant": station.group.plant.code,
            "stationGroup": station.group.code,
            "station": station.code,
            "stationName": station.name,
            "startedAt": _instant(issue.started_at),
            "endedAt": _instant(issue.ended_at),
            "acknowledgedAt": _instant(issue.acknowledged_at),
            "estimatedEndAt": _instant(issue.estimated_end_at),
            "escalatedAt": _instant(issue.escalated_at),
            "cause": {"code": cause.code, "description": cause.description} if cause else None,
            "by": event.by,
        },
    }


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
