"""What somebody said of a stop that has become another meanwhile: asked again, so that his word is not lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from downtime.errors import AlreadyAnswered, IssueClosed, IssueWithdrawn
from downtime.models import Issue
from downtime.seen import last_answer
from production.entries import is_late, refuse
from production.errors import DomainError
from production.windows import Window

# What can be said of another part instead; the rest asks for a page.
MOVABLE = frozenset({"cause", "acknowledge", "estimate", "escalate", "note", "watch"})
MOST = 6


def ask_again(request: HttpRequest, step: str, issue: Issue, error: DomainError, *, at: datetime) -> None:
    """Refuse a late entry with a question: of which of the stops there are now is it meant?"""
    if not is_late(request) or step not in MOVABLE:
        return
    if not isinstance(error, AlreadyAnswered | IssueClosed | IssueWithdrawn):
        return
    issue.refresh_from_db()
    parts = _parts(issue, at)
    choices = [_choice(step, part) for part in parts if part != issue or step == "cause"]
    if choices:
        refuse(request, error.detail, question=_question(step, issue, parts), choices=choices)


def _parts(issue: Issue, at: datetime) -> list[Issue]:
    """What there is now of the time in which it was, oldest first."""
    mine = Issue.objects.filter(station=issue.station_id).stops()
    if not issue.is_by_machine:
        return []
    window = Window(issue.started_at, max(issue.ended_at or at, at))
    around = mine.overlapping(window).values_list("pk", flat=True)
    found = mine.filter(Q(silent_since=issue.silent_since) | Q(pk__in=around))
    return list(found.select_related("station__group__plant", "cause").order_by("started_at")[:MOST])


def _question(step: str, issue: Issue, parts: list[Issue]) -> str:
    if len(parts) > 1:
        return _("The stop was split meanwhile. Which part is it for?")
    if parts == [issue]:
        return _("By now it is “{cause}”. Which is right?").format(cause=issue.cause or _("excluded"))
    return _("The stop is part of another one by now. Is it for that one?")


def _choice(step: str, part: Issue) -> dict[str, Any]:
    zone = part.station.plant.tz
    ends = f"{localtime(part.ended_at, zone):%H:%M}" if part.ended_at else _("goes on")
    told = part.cause or (_("excluded") if part.excluded_at else _("no cause yet"))
    return {
        "label": f"{localtime(part.started_at, zone):%H:%M}–{ends}: {told}",
        "address": reverse("downtime:step", args=[part.uuid, step]),
        "fields": {"seen": str(part.cause_id or ""), "last": str(last_answer(part))},
    }
