"""What a tablet asks about a station's stops: one stop at a time, one level of the tree at a time."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from downtime.forms import LookForm
from downtime.models import Cause, Issue
from production.models import Station

MINUTES = (5, 10, 20, 60)
OFTEN, OFTEN_DAYS = 4, 7
# How far back stops are asked about.
ASKED_FOR = timedelta(hours=24)


def panel(station: Station, look: Any, *, now: datetime) -> dict[str, Any]:
    """The template's context: the stop in question, the tiles to choose from, what is asked for."""
    form = LookForm(look)
    form.is_valid()
    wanted = form.cleaned_data
    issue = _issue(station, wanted.get("issue"), now)
    causes = Cause.objects.of(station.company)
    parent = causes.active().filter(pk=wanted.get("under") or 0).select_related("parent").first()
    return {
        "station": station,
        "issue": issue,
        "ask": wanted.get("ask") or "cause",
        "parent": parent,
        "tiles": causes.below(parent) if issue else [],
        "often": often(station, now) if issue and parent is None else [],
        "minutes": MINUTES,
        "key": uuid.uuid4(),
        "events": list(issue.events.select_related("operator", "user", "device", "cause")) if issue else [],
    }


def _issue(station: Station, wanted: uuid.UUID | None, now: datetime) -> Issue | None:
    """The stop that was asked for; else the one that goes on; else the newest that nobody explained."""
    issues = Issue.objects.of(station.company).filter(station=station).valid().for_screens()
    if wanted and (issue := issues.filter(uuid=wanted).first()):
        return issue
    return issues.open().first() or issues.unexplained().filter(started_at__gte=now - ASKED_FOR).first()


def often(station: Station, now: datetime) -> list[Cause]:
    """The causes most used on this station of late, with how often (`times`)."""
    given = Issue.objects.filter(station=station, started_at__gte=now - timedelta(days=OFTEN_DAYS)).valid()
    counts = dict(
        given.exclude(cause=None).values_list("cause").annotate(n=Count("pk")).order_by("-n")[:OFTEN]
    )
    found = Cause.objects.of(station.company).active().filter(pk__in=counts)
    causes = sorted(found, key=lambda cause: (-counts[cause.pk], cause.pk))
    for cause in causes:
        cause.times = counts[cause.pk]
    return causes
