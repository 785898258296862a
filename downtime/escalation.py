"""Calling for help by the clock: where no estimate came in time, or the estimate has run out."""

from __future__ import annotations

import uuid as uuids
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from downtime.models import Issue, IssueEvent
from downtime.models.events import NO_ESTIMATE, RUN_OUT
from downtime.models.setups import lies_in_setup
from production.nudges import announce

AT_ONCE = 1000


def escalate_due(*, now: datetime) -> int:
    """Escalate the issues whose deadline has passed, at most 1,000 of them, and return how many.

    Each deadline calls once, though this may run twice, overlap, or be killed anywhere.
    """
    with transaction.atomic():
        # Who sets a station up needs no help because it stands still; once that is over, the deadline holds.
        due = Issue.objects.ongoing().filter(~Q(lies_in_setup()) | Q(silent_since=None), escalate_at__lte=now)
        due = due.order_by("escalate_at")
        issues = list(due.select_for_update(skip_locked=True)[:AT_ONCE])
        if issues:
            _escalate(issues, now)
    return len(issues)


def _escalate(issues: list[Issue], now: datetime) -> None:
    pks = [issue.pk for issue in issues]
    called = [
        IssueEvent(
            issue=issue, kind=IssueEvent.Kind.ESCALATED, at=now, text=_why(issue),
            key=uuids.uuid5(issue.uuid, f"escalated by the clock {issue.escalate_at}"),
        )
        for issue in issues
    ]  # fmt: skip
    IssueEvent.objects.bulk_create(called)
    # Whoever is called has it; the next estimate sets the next deadline.
    Issue.objects.filter(pk__among=pks).update(escalated_at=now, escalate_at=None, updated_at=now)
    announce({issue.station_id for issue in issues})


def _why(issue: Issue) -> str:
    return RUN_OUT if issue.estimated_end_at else NO_ESTIMATE
