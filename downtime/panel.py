"""What a tablet asks about a station's issues: one at a time, one level of the tree at a time."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.http import urlencode

from downtime.cutting import slider_of
from downtime.errors import AlreadyAnswered
from downtime.forms import LookForm
from downtime.models import Cause, Issue
from downtime.models.issues import IssueQuerySet
from downtime.seen import check_seen, last_answer, with_last_words
from mesproject.parts import etag_of
from mesproject.versions import Versions
from production.models import Station
from production.windows import Window

MINUTES = (5, 10, 20, 60)
OFTEN, OFTEN_DAYS = 5, 7
# Of what is found, as many as a glove can choose from.
MOST_FOUND = 24
# How far back stops are asked about.
ASKED_FOR = timedelta(hours=24)
# What shows the steps so far.
TELLING = frozenset({"told", "called", "more"})
# What nobody must take from under a hand that is writing, or that holds the slider.
HANDS_ON = frozenset({"note", "exclude", "find"})


def panel(
    station: Station, look: Any, *, now: datetime, may_act: bool = True, may_decide: bool = False,
    first: Issue | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The template's context: the issue in question, the tiles to choose from, and what is asked for.

    `ask` is `told` where an explained stop asks nothing, `called` for what was raised by hand. Who is in the middle
    of choosing keeps what he chose, unless somebody else has answered meanwhile. `first` is the issue that asks where
    none was chosen, if the caller knows it.
    """
    form = LookForm(look)
    form.is_valid()
    wanted = form.cleaned_data
    issue = first if first and not wanted.get("issue") else _issue(station, wanted.get("issue"), now)
    problem = _overtaken(issue, wanted)
    if problem:
        wanted = {"issue": wanted.get("issue")}
    causes = Cause.objects.of(station.company_id)
    parent = _one_of(causes, wanted.get("under"))
    context: dict[str, Any] = {
        "station": station, "issue": issue, "may_act": may_act, "may_decide": may_decide, "now": now,
        "parent": parent, "estimates": MINUTES, "key": uuid.uuid4(), "problem": problem,
    }  # fmt: skip
    if issue is None:
        return context | {"look": "", "tiles": [], "often": [], "ask": "", "events": []}
    cutting = _cutting(issue, wanted, causes, now) if wanted.get("ask") == "split" else {}
    ask = _asked(issue, wanted, parent, cutting)
    chooses = may_act and (ask == "cause" or "cut" in cutting)
    last = last_answer(issue) if wanted.get("last") is None else wanted["last"]
    return context | cutting | {
        "ask": ask,
        "look": None if ask in HANDS_ON or "slider" in cutting else _look(issue, parent, wanted, ask),
        "back": _back(issue, parent, wanted, ask),
        "here": _here(issue, wanted, cutting, last),
        "change": look_of(ask="cause", seen=issue.cause_id or 0),
        "last": last,
        "tiles": _tiles(causes, parent, wanted, ask) if chooses or ask == "find" else [],
        "wanted": wanted.get("q") or "",
        "often": often(station, now) if chooses and parent is None else [],
        "events": _events(issue) if ask in TELLING or not may_act else [],
        "neighbours": neighbours(issue) if ask == "more" else {},
    }  # fmt: skip


def _tiles(causes: Any, parent: Cause | None, wanted: dict[str, Any], ask: str) -> Any:
    if ask != "find":
        return causes.below(parent)
    return (
        causes.leaves()
        .filter(description__icontains=wanted.get("q") or "")
        .select_related("parent")[:MOST_FOUND]
    )


def panel_etag(station: Station, seen: Versions, *, now: datetime) -> str:
    """Changes with every step in the life of one of the station's stops that can still be asked about."""
    return etag_of(now, station.pk, seen.issues)


def look_of(**chosen: Any) -> str:
    """The question that brings a panel with what was chosen in it."""
    return urlencode({name: value for name, value in chosen.items() if value not in (None, "")})


def often(station: Station, now: datetime) -> list[Cause]:
    """The causes most used on this station of late, with how often (`times`)."""
    lately = Q(issues__station=station, issues__started_at__gte=now - timedelta(days=OFTEN_DAYS))
    given = lately & Q(issues__withdrawn_at=None)
    causes = Cause.objects.of(station.company_id).active().filter(given).annotate(times=Count("issues"))
    return list(causes.order_by("-times", "pk")[:OFTEN])


def asked(station: Station, *, now: datetime) -> IssueQuerySet:
    """The stops that nobody explained and that are not too old to be remembered, newest first."""
    recent = with_last_words(Issue.objects.of(station.company_id).filter(station=station))
    return recent.overlapping(Window(now - ASKED_FOR, now)).unexplained().for_screens()


def _issue(station: Station, wanted: uuid.UUID | None, now: datetime) -> Issue | None:
    """What was asked for; else the stop that goes on; else the newest that nobody explained."""
    mine = Issue.objects.of(station.company_id).filter(station=station)
    issues = with_last_words(mine.valid()).for_screens()
    if wanted and (issue := issues.filter(uuid=wanted).first()):
        return issue
    return issues.open().first() or asked(station, now=now).first()


def _one_of(causes: Any, chosen: int | None) -> Cause | None:
    found: Cause | None = (
        causes.active().filter(pk=chosen).select_related("parent").first() if chosen else None
    )
    return found


def _overtaken(issue: Issue | None, wanted: dict[str, Any]) -> str:
    """What to say to somebody who is still choosing what somebody else has answered; else nothing."""
    if issue is None:
        return ""
    try:
        check_seen(issue, wanted.get("last"))
    except AlreadyAnswered as error:
        return error.detail
    seen = wanted.get("seen")
    # What a rule said meanwhile is in nobody's way: a person's word wins.
    if seen is None or (issue.cause_id or 0) == seen or not issue.left_to_people:
        return ""
    return AlreadyAnswered(issue.last_explained_by()).detail


def _cutting(issue: Issue, wanted: dict[str, Any], causes: Any, now: datetime) -> dict[str, Any]:
    """How far somebody is who cuts a stop: where, then the first part's cause, then the second's."""
    cut = wanted.get("cut") or (wanted.get("at") if wanted.get("go") else None)
    if not issue.is_by_machine or not cut:
        at, move = wanted.get("at"), wanted.get("move") or 0
        return {"slider": slider_of(issue, at, move, now=now) if issue.is_by_machine else None}
    at = datetime.fromtimestamp(cut, UTC)
    ends = max(issue.ended_at or now, at)
    before = _one_of(causes, wanted.get("before"))
    part = Window(at, ends) if before else Window(min(issue.started_at, at), at)
    return {
        "cut": cut,
        "before": before,
        "piece": part,
        "is_last": before is not None and issue.ended_at is None,
    }


def _asked(issue: Issue, wanted: dict[str, Any], parent: Cause | None, cutting: dict[str, Any]) -> str:
    ask = str(wanted.get("ask") or "")
    if ask == "split" and cutting.get("slider", ask) is None:
        return "uncut"
    if ask or parent:
        return ask or "cause"
    if not issue.is_by_machine:
        return "called"
    return "cause" if issue.is_unexplained else "told"


def _look(issue: Issue, parent: Cause | None, wanted: dict[str, Any], ask: str) -> str:
    """The same panel again, choices included; the newest stop where none was chosen."""
    chosen = {name: wanted.get(name) for name in ("ask", "seen", "last", "before")}
    cut = wanted.get("cut") or (wanted.get("at") if ask == "split" else None)
    under = parent.pk if parent else None
    return look_of(issue=issue.uuid if wanted.get("issue") else None, under=under, cut=cut, **chosen)


def _here(issue: Issue, wanted: dict[str, Any], cutting: dict[str, Any], last: int) -> str:
    """What a branch of the tree must know of the question it is opened in."""
    if "cut" in cutting:
        before = cutting["before"]
        return look_of(ask="split", last=last, cut=cutting["cut"], before=before.pk if before else None)
    return look_of(ask=wanted.get("ask"), seen=issue.cause_id or 0)


def _back(issue: Issue, parent: Cause | None, wanted: dict[str, Any], ask: str) -> str:
    """One choice less; empty where nothing was chosen."""
    kept = {"issue": issue.uuid, "seen": wanted.get("seen"), "last": wanted.get("last")}
    cut = wanted.get("cut") or wanted.get("at")
    if parent:
        here = {"ask": ask, "under": parent.parent_id, "before": wanted.get("before")}
        return look_of(**kept, **here, cut=cut if ask == "split" else None)
    if ask == "split" and wanted.get("before"):
        return look_of(**kept, ask=ask, cut=cut)
    if ask == "split" and (wanted.get("cut") or wanted.get("go")):
        return look_of(**kept, ask=ask, at=cut)
    return look_of(**{**kept, "last": None}) if wanted.get("ask") else ""


def _events(issue: Issue) -> list[Any]:
    """What happened, in the order of the clock: what was entered without network is stored later than it was said."""
    rows = issue.events.select_related("operator", "user", "device", "cause", "photo").defer("photo__content")
    rows = rows.order_by("at", "pk")
    return list(rows)


def neighbours(issue: Issue) -> dict[str, Issue | None]:
    """The parts of the same stop right before and after it."""
    if not issue.is_by_machine:
        return {}
    others = Issue.objects.stops().filter(station=issue.station_id, silent_since=issue.silent_since)
    return {
        "earlier": others.filter(started_at__lt=issue.started_at).order_by("-started_at").first(),
        "later": others.filter(started_at__gt=issue.started_at).order_by("started_at").first(),
    }
