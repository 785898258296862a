"""What people raise by hand: the station is slow, material is missing, help is wanted."""

from __future__ import annotations

import uuid as uuids
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from downtime.errors import AlreadyOpen
from downtime.models import Issue, IssueEvent
from downtime.models.events import Who
from downtime.models.issues import checked
from downtime.models.limits import due_of
from production.models import JobRun, Station
from production.nudges import announce
from production.windows import Window


def call(
    station: Station, kind: str, *, started_at: datetime, by: Who, at: datetime, ended_at: datetime | None = None,
    text: str = "", key: uuids.UUID | None = None,
) -> Issue:  # fmt: skip
    """Raise an issue by hand. One of its type goes on at a station at a time, and no stop where one was found."""
    try:
        with transaction.atomic():
            if key and (known := IssueEvent.objects.filter(key=key).select_related("issue").first()):
                return known.issue
            if kind == Issue.Kind.STOP:
                _check_no_stop(station, started_at, ended_at or at)
            issue = Issue(
                station=station, kind=kind, started_at=started_at, ended_at=ended_at, raised_at=at, updated_at=at,
                job_run=JobRun.objects.filter(station=station).covering(started_at, started_at).first(),
            )  # fmt: skip
            issue.escalate_at = due_of(issue)
            issue.save()
            issue.events.create(
                kind=IssueEvent.Kind.RAISED,
                at=at,
                key=key or uuids.uuid4(),
                text=checked(text),
                **by.as_fields(),
            )
            announce([station.pk])
    except IntegrityError:
        raise AlreadyOpen() from None
    return issue


def _check_no_stop(station: Station, start: datetime, end: datetime) -> None:
    if Issue.objects.filter(station=station).overlapping(Window(start, max(start, end))).exists():
        raise AlreadyOpen(_("This station has a stop at that time already."))
