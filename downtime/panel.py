"""What a tablet asks about a station's stops: one stop at a time, one level of the tree at a time."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max
from django.utils.http import urlencode

from downtime.errors import AlreadyAnswered
from downtime.forms import LookForm
from downtime.models import Cause, Issue
from downtime.models.issues import IssueQuerySet
from mesproject.parts import etag_of
from production.models import Station

MINUTES = (5, 10, 20, 60)
OFTEN, OFTEN_DAYS = 4, 7
# How far back stops are asked about.
ASKED_FOR = timedelta(hours=24)


def panel(station: Station, look: Any, *, now: datetime, may_act: bool = True) -> dict[str, Any]:
    """The template's context: the stop in question, the tiles to choose from, what is asked for (`told`: nothing).

    Who is in the middle of choosing keeps what he chose, unless somebody else has answered meanwhile.
    """
    form = LookForm(look)
    form.is_valid()
    wanted = form.cleaned_data
    issue = _issue(station, wanted.get("issue"), now)
    problem = _overtaken(issue, wanted.get("seen"))
    causes = Cause.objects.of(station.company_id)
    parent = (
        None
        if problem
        else causes.active().filter(pk=wanted.get("under") or 0).select_related("parent").first()
    )
    ask = "" if problem else wanted.get("ask") or ""
    told = issue is not None and issue.cause_id is not None and not (parent or ask)
    asks = issue is not None and may_act
    return {
        "station": station,
        "issue": issue,
        "may_act": may_act,
        "late": bool(issue and issue.estimated_end_at and issue.estimated_end_at < now),
        "ask": "told" if told else ask or "cause",
        "parent": parent,
        "look": look_of(
            issue if wanted.get("issue") else None, parent, ask, None if problem else wanted.get("seen")
        ),
        "seen": (issue.cause_id or 0) if issue else 0,
        "tiles": causes.below(parent) if asks and not told else [],
        "often": often(station, now) if asks and not told and parent is None else [],
        "estimates": MINUTES,
        "back": look_of(issue, parent and parent.parent, "cause" if parent else "", wanted.get("seen"))
        if parent or ask
        else "",
        "change": f"&ask=cause&seen={issue.cause_id or 0}" if issue else "",
        "key": uuid.uuid4(),
        "events": list(issue.events.select_related("operator", "user", "device", "cause")) if issue else [],
        "problem": problem,
    }


def panel_etag(station: Station, *, now: datetime) -> str:
    """Changes with every step in the life of one of the station's stops that can still be asked about."""
    recent = Issue.objects.filter(station=station, started_at__gte=now - 2 * ASKED_FOR)
    ongoing = Issue.objects.filter(station=station, ended_at=None)
    latest = (issues.aggregate(at=Max("updated_at"))["at"] for issues in (recent, ongoing))
    return etag_of(now, station.pk, *latest)


def look_of(issue: Issue | None, parent: Cause | None, ask: str, seen: int | None) -> str:
    """The question that brings the same panel again, choices included; the newest stop where none was chosen."""
    chosen = {
        "issue": str(issue.uuid) if issue else "",
        "under": str(parent.pk) if parent else "",
        "ask": ask,
        "seen": "" if seen is None else str(seen),
    }
    return urlencode({name: value for name, value in chosen.items() if value})


def often(station: Station, now: datetime) -> list[Cause]:
    """The causes most used on this station of late, with how often (`times`)."""
    given = Issue.objects.filter(station=station, started_at__gte=now - timedelta(days=OFTEN_DAYS)).valid()
    counts = dict(
        given.exclude(cause=None).values_list("cause").annotate(n=Count("pk")).order_by("-n")[:OFTEN]
    )
    found = Cause.objects.of(station.company_id).active().filter(pk__in=counts)
    causes = sorted(found, key=lambda cause: (-counts[cause.pk], cause.pk))
    for cause in causes:
        cause.times = counts[cause.pk]
    return causes


def _issue(station: Station, wanted: uuid.UUID | None, now: datetime) -> Issue | None:
    """The stop that was asked for; else the one that goes on; else the newest that nobody explained."""
    issues = Issue.objects.of(station.company_id).filter(station=station).valid().for_screens()
    if wanted and (issue := issues.filter(uuid=wanted).first()):
        return issue
    return issues.open().first() or asked(station, now=now).first()


def asked(station: Station, *, now: datetime) -> IssueQuerySet:
    """The stops that nobody explained and that are not too old to be remembered, newest first."""
    recent = Issue.objects.of(station.company_id).filter(station=station, started_at__gte=now - ASKED_FOR)
    return recent.unexplained().for_screens()


def _overtaken(issue: Issue | None, seen: int | None) -> str:
    """What to say to somebody who is still choosing what somebody else has answered; else nothing."""
    if issue is None or seen is None or (issue.cause_id or 0) == seen:
        return ""
    return AlreadyAnswered(issue.last_explained_by()).detail
