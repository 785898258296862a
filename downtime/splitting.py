"""Cutting a stop where something else began to be the reason, and joining what was cut."""

from __future__ import annotations

import uuid as uuids
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from downtime.errors import MachineDecides, NoNeighbours, NoSuchCut
from downtime.models import Cause, Issue, IssueEvent, Slice
from downtime.models.events import Who
from downtime.models.issues import check_usable, withdrawn
from production.live import lock, sum_again
from production.models import JobRun
from production.models.live import Status
from production.nudges import announce

# What a later part takes over from the one it is cut from.
INHERITED = (
    "kind", "silent_since", "ended_at", "raised_at", "acknowledged_at", "owner", "owner_user", "estimated_end_at",
    "escalated_at", "escalate_at", "excluded_at",
)  # fmt: skip


def split(
    issue: Issue,
    cut: datetime,
    *,
    before: Cause,
    after: Cause,
    by: Who,
    at: datetime,
    key: uuids.UUID | None = None,
) -> Issue:
    """Cut a stop in two, each with its cause; return the later part. Everything, or nothing and a DomainError."""
    with transaction.atomic():
        if known := _known(_second(key)):
            return known
        stop = _locked(issue)
        if not stop.is_by_machine:
            raise MachineDecides(_("Only stops that were found in signals can be split."))
        check_usable(before, stop.station)
        check_usable(after, stop.station)
        if not (stop.started_at < cut < (stop.ended_at or at) and stood_still(stop, cut)):
            raise NoSuchCut()
        later = Issue(
            station=stop.station, cut_at=cut, started_at=cut, updated_at=at, cause=after, left_to_people=True,
            job_run=JobRun.objects.filter(station=stop.station).covering(cut, cut).first(),
            **{name: getattr(stop, name) for name in INHERITED},
        )  # fmt: skip
        stop.ended_at, stop.escalate_at, stop.cause, stop.updated_at = cut, None, before, at
        stop.left_to_people = True
        # Late data has made it the first part of its stop, beginning before its own cut, which is no border any more.
        stop.cut_at = stop.cut_at if stop.cut_at and stop.cut_at < cut else None
        stop.save(
            update_fields=["ended_at", "escalate_at", "cause", "cut_at", "updated_at", "left_to_people"]
        )
        later.save()
        _log(IssueEvent.Kind.SPLIT, stop, by=by, at=at, key=key, cause=before, cut_at=cut)
        _log(IssueEvent.Kind.SPLIT, later, by=by, at=at, key=_second(key), cause=after, cut_at=cut)
        _tell(stop, since=stop.started_at)
    issue.refresh_from_db()
    return later


def merge(
    first: Issue,
    second: Issue,
    *,
    by: Who,
    at: datetime,
    cause: Cause | None = None,
    key: uuids.UUID | None = None,
) -> None:
    """Join two parts of one stop that follow each other into the first.

    Its cause is `cause`, else its own, else the second's; the second stays on record, merged.
    """
    with transaction.atomic():
        if key and IssueEvent.objects.filter(key=key).exists():
            return
        stop, later = _locked(first), _locked(second)
        if cause:
            check_usable(cause, stop.station)
        if not _follow(stop, later):
            raise NoNeighbours()
        ended = later.ended_at
        Issue.objects.filter(pk=later.pk).update(
            withdrawn_at=at, merged_into=stop, updated_at=at, escalate_at=None
        )
        Issue.objects.filter(pk=stop.pk).update(
            ended_at=ended, updated_at=at, cause=cause or stop.cause or later.cause, left_to_people=True,
            acknowledged_at=stop.acknowledged_at or later.acknowledged_at,
            owner=stop.owner or later.owner, owner_user=stop.owner_user or later.owner_user,
            estimated_end_at=later.estimated_end_at, escalated_at=later.escalated_at, escalate_at=later.escalate_at,
            excluded_at=stop.excluded_at if later.excluded_at else None,
        )  # fmt: skip
        stop.refresh_from_db()
        _log(IssueEvent.Kind.MERGED, stop, by=by, at=at, key=key, cause=stop.cause, cut_at=later.started_at)
        _log(IssueEvent.Kind.MERGED, later, by=by, at=at, key=_second(key), cut_at=later.started_at)
        _tell(stop, since=stop.started_at)
    first.refresh_from_db()
    second.refresh_from_db()


def _locked(issue: Issue) -> Issue:
    """The issue as it is, its station held against the tick, which would move it meanwhile."""
    lock([issue.station_id])
    found: Issue = Issue.objects.select_for_update(of=("self",)).select_related("station").get(pk=issue.pk)
    if found.withdrawn_at:
        raise withdrawn(found)
    return found


def _known(key: uuids.UUID | None) -> Issue | None:
    """The part that this very step has made before."""
    return Issue.objects.filter(events__key=key).first() if key else None


def stood_still(stop: Issue, at: datetime) -> bool:
    """Whether the station stood still before and after an instant: in a break there is nothing to cut."""
    reaches = Slice.objects.filter(Q(end=None) | Q(end__gt=at), station=stop.station, start__lt=at)
    return reaches.filter(silent_since=stop.silent_since, state=Status.STOPPED).exists()


def _follow(first: Issue, second: Issue) -> bool:
    """Whether the second part is the next one after the first."""
    parts = Issue.objects.stops().filter(station=first.station_id, silent_since=first.silent_since)
    following = parts.filter(started_at__gt=first.started_at).order_by("started_at").first()
    return first.silent_since is not None and second == following


def _second(key: uuids.UUID | None) -> uuids.UUID | None:
    """The key of the step's other event."""
    return key and uuids.uuid5(key, "the later part")


def _log(
    kind: str, issue: Issue, *, by: Who, at: datetime, key: uuids.UUID | None, **details: object
) -> None:
    issue.events.create(kind=kind, at=at, key=key or uuids.uuid4(), **by.as_fields(), **details)


def _tell(stop: Issue, *, since: datetime) -> None:
    announce([stop.station_id])
    sum_again([stop.station_id], since=since)
