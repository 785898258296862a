"""What people are told of issues by mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mesproject.accounts import outbox
from mesproject.accounts.models import Company, User

if TYPE_CHECKING:
    from downtime.models.events import Who
    from downtime.models.issues import Issue

BODY = """{who} asks for help at {station} ({plant}).

{what} since {since} ({timezone}), {minutes} minutes so far.
Cause: {cause}
Estimated back: {estimate}
In hand of: {owner}

You receive this because you answer for this plant in Floorlight.
"""
MANY = """Floorlight asks for help at {number} stations.

{lines}

You receive this because you answer for these plants in Floorlight.
"""
CLOCK = "Floorlight"
MOST_LINES = 200


def tell_of_escalation(issue: Issue, *, by: Who | str, at: datetime) -> None:
    """Write a mail to everybody who answers for the floor; once for each escalation and person."""
    minutes = _minutes(issue, at)
    said = "stopped" if issue.kind == issue.Kind.STOP else issue.get_kind_display().lower()
    _tell(
        issue.station.company,
        key=f"escalation:{issue.uuid}:{at.isoformat()}",
        subject=f"{issue.station.name}: help needed, {said} for {minutes} min",
        body=_body(issue, by=by, at=at),
        at=at,
    )


def tell_of_escalations(issues: Sequence[Issue], *, at: datetime) -> None:
    """The same of what the clock called for at an instant: one mail a person, however many stations stand still."""
    of: dict[Company, list[Issue]] = defaultdict(list)
    for issue in issues:
        of[issue.station.company].append(issue)
    for company, here in of.items():
        if len(here) == 1:
            tell_of_escalation(here[0], by=CLOCK, at=at)
            continue
        _tell(
            company,
            key=f"escalations:{here[0].uuid}:{at.isoformat()}",
            subject=f"Help needed at {len(here)} stations",
            body=MANY.format(
                number=len(here), lines="\n".join(_line(issue, at) for issue in here[:MOST_LINES])
            ),
            at=at,
        )


def _tell(company: Company, *, key: str, subject: str, body: str, at: datetime) -> None:
    for user in User.objects.of(company).to_be_told_of_escalations():
        outbox.write(
            company, key=f"{key}:{user.pk}", recipient=user.email, subject=subject, body=body, at=at
        )  # fmt: skip


def _body(issue: Issue, *, by: Who | str, at: datetime) -> str:
    plant = issue.station.plant
    back = issue.estimated_end_at
    return BODY.format(
        who=by,
        station=issue.station.name,
        plant=plant.name,
        what="Stopped" if issue.kind == issue.Kind.STOP else issue.get_kind_display(),
        since=f"{issue.started_at.astimezone(plant.tz):%H:%M}",
        timezone=plant.timezone,
        minutes=_minutes(issue, at),
        cause=issue.cause or "not said yet",
        estimate=f"{back.astimezone(plant.tz):%H:%M}" if back else "not said yet",
        owner=issue.owner_name or "nobody yet",
    )


def _line(issue: Issue, at: datetime) -> str:
    since = issue.started_at.astimezone(issue.station.plant.tz)
    return f"{issue.station.name}: since {since:%H:%M}, {_minutes(issue, at)} min, {issue.owner_name or 'nobody on it'}"


def _minutes(issue: Issue, at: datetime) -> int:
    return int(issue.duration(at).total_seconds() // 60)
