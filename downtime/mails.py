"""What people are told of a stop by mail."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from mesproject.accounts import outbox
from mesproject.accounts.models import User

if TYPE_CHECKING:
    from downtime.models.issues import Issue, Who

BODY = """{who} asks for help at {station} ({plant}).

Stopped since {since} ({timezone}), {minutes} minutes so far.
Cause: {cause}
Estimated back: {estimate}
In hand of: {owner}

You receive this because you answer for this plant in Floorlight.
"""


def tell_of_escalation(issue: Issue, *, by: Who, at: datetime) -> None:
    """Write a mail to everybody who answers for the floor; once for each escalation and person."""
    station = issue.station
    tz = station.plant.tz
    minutes = int(issue.duration(at).total_seconds() // 60)
    body = BODY.format(
        who=by,
        station=station.name,
        plant=station.plant.name,
        since=f"{issue.started_at.astimezone(tz):%H:%M}",
        timezone=station.plant.timezone,
        minutes=minutes,
        cause=issue.cause or "not said yet",
        estimate=f"{issue.estimated_end_at.astimezone(tz):%H:%M}"
        if issue.estimated_end_at
        else "not said yet",
        owner=issue.owner_name or "nobody yet",
    )
    for user in User.objects.of(station.company_id).to_be_told_of_escalations():
        outbox.write(
            station.company,
            key=f"escalation:{issue.uuid}:{at.isoformat()}:{user.pk}",
            recipient=user.email,
            subject=f"{station.name}: help needed, stopped for {minutes} min",
            body=body,
            at=at,
        )
