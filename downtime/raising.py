"""Making the issues agree with the stops that were found; what a person has written is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from downtime.detection import STOPPED, Findings
from downtime.models import Issue, IssueEvent
from production.models import JobRun

BY_MACHINE = (IssueEvent.Kind.RAISED, IssueEvent.Kind.ENDED, IssueEvent.Kind.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Stop:
    """One silence that was long enough: an issue as detection sees it. It goes on where `end` is None."""

    station_id: int
    silent_since: datetime
    start: datetime
    end: datetime | None
    raised_at: datetime


def reconcile(
    decided: Sequence[tuple[int, datetime, Findings]], runs: dict[int, Sequence[JobRun]], *, now: datetime
) -> set[int]:
    """Raise, end, move or withdraw issues until they are the stops; return the stations where that changed any."""
    stored = _issues(decided)
    stops = _stops(decided, stored)
    changed: set[int] = set()
    new: list[Stop] = []
    for station, _, _ in decided:
        wanted = {stop.silent_since: stop for stop in stops if stop.station_id == station}
        pairs, lost = _matched(wanted, stored.get(station, []))
        for issue in lost:
            _withdraw(issue, now)
        moved = [_adjust(issue, stop, now) for issue, stop in pairs]
        taken = {stop.silent_since for _, stop in pairs}
        new += (stop for silence, stop in wanted.items() if silence not in taken)
        if lost or any(moved):
            changed.add(station)
    _raise(new, runs)
    return changed | {stop.station_id for stop in new}


def _stops(decided: Sequence[tuple[int, datetime, Findings]], stored: dict[int, list[Issue]]) -> list[Stop]:
    """The silences of the decided spans and of the stored issues, each with its extent as the slices now show it."""
    raised = {
        (issue.station_id, issue.silent_since): issue.raised_at
        for found in stored.values()
        for issue in found
    }
    going_on = set()
    for station, _, findings in decided:
        for piece in findings.pieces:
            if piece.state == STOPPED and piece.silent_since and piece.raised_at:
                raised.setdefault((station, piece.silent_since), piece.raised_at)
        if silence := findings.silence:
            going_on.add((station, silence))
    if not raised:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT station_id, s.silent_since, min(s.start), max(s."end") '
            "FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(station_id, silent_since) "
            "JOIN downtime_slice s USING (station_id, silent_since) "
            "WHERE s.state = 'stopped' AND s.start >= n.silent_since GROUP BY station_id, s.silent_since",
            [[station for station, _ in raised], [silence for _, silence in raised]],
        )
        return [
            Stop(
                station,
                silence,
                start,
                None if (station, silence) in going_on else end,
                raised[station, silence],
            )
            for station, silence, start, end in cursor.fetchall()
        ]


def _issues(decided: Sequence[tuple[int, datetime, Findings]]) -> dict[int, list[Issue]]:
    """The stored issues that reach into the decided spans."""
    starts = {station: start for station, start, _ in decided}
    ends = {station: findings.until for station, _, findings in decided}
    earliest = min(starts.values())
    reaching = Issue.objects.valid().filter(
        Q(ended_at=None) | Q(ended_at__gte=earliest), station__among=starts
    )
    found: dict[int, list[Issue]] = {}
    for issue in reaching.order_by("started_at"):
        end = ends[issue.station_id]
        reaches = issue.ended_at is None or issue.ended_at >= starts[issue.station_id]
        if reaches and (end is None or issue.started_at < end):
            found.setdefault(issue.station_id, []).append(issue)
    return found


def _matched(
    stops: dict[datetime, Stop], issues: Iterable[Issue]
) -> tuple[list[tuple[Issue, Stop]], list[Issue]]:
    """Issues with their stops, and issues that have lost theirs.

    The same silence is the same stop. Where a late signal moved its beginning, an issue that a person has
    answered goes on as the stop that overlaps it, so that no answer is lost.
    """
    free = dict(stops)
    pairs, rest, lost = [], [], []
    for issue in issues:
        stop = free.pop(issue.silent_since, None)
        pairs.append((issue, stop)) if stop else rest.append(issue)
    for issue in rest:
        overlapping = [stop for stop in free.values() if _overlap(issue, stop)] if _answered(issue) else []
        if overlapping:
            pairs.append((issue, free.pop(overlapping[0].silent_since)))
        elif issue.silent_since not in stops:
            lost.append(issue)
    return pairs, lost


def _overlap(issue: Issue, stop: Stop) -> bool:
    begins_before = stop.end is None or issue.started_at < stop.end
    return begins_before and (issue.ended_at is None or stop.start < issue.ended_at)


def _answered(issue: Issue) -> bool:
    return issue.events.exclude(kind__in=BY_MACHINE).exists()


def _withdraw(issue: Issue, now: datetime) -> None:
    """A stop that was none: forgotten where nobody answered it, else kept for the record."""
    if not _answered(issue):
        issue.delete()
        return
    Issue.objects.filter(pk=issue.pk).update(withdrawn_at=now, updated_at=now)
    issue.events.create(kind=IssueEvent.Kind.WITHDRAWN, at=now)


def _adjust(issue: Issue, stop: Stop, now: datetime) -> bool:
    """Give an issue the extent of its stop; whether that changed it."""
    extent = (issue.silent_since, issue.started_at, issue.ended_at)
    if extent == (stop.silent_since, stop.start, stop.end):
        return False
    Issue.objects.filter(pk=issue.pk).update(
        silent_since=stop.silent_since, started_at=stop.start, ended_at=stop.end, updated_at=now
    )
    if issue.ended_at is None and stop.end is not None:
        issue.events.create(kind=IssueEvent.Kind.ENDED, at=stop.end)
    return True


def _raise(stops: Sequence[Stop], runs: dict[int, Sequence[JobRun]]) -> None:
    if not stops:
        return
    made = Issue.objects.bulk_create(
        Issue(
            station_id=stop.station_id,
            silent_since=stop.silent_since,
            started_at=stop.start,
            ended_at=stop.end,
            raised_at=stop.raised_at,
            updated_at=stop.raised_at,
            job_run=_run_at(runs.get(stop.station_id, ()), stop.start),
        )
        for stop in stops
    )
    events = [IssueEvent(issue=issue, kind=IssueEvent.Kind.RAISED, at=issue.raised_at) for issue in made]
    events += [
        IssueEvent(issue=issue, kind=IssueEvent.Kind.ENDED, at=issue.ended_at)
        for issue in made
        if issue.ended_at
    ]
    IssueEvent.objects.bulk_create(events)


def _run_at(runs: Sequence[JobRun], at: datetime) -> JobRun | None:
    covering = (
        r for r in runs if r.actual_start and r.actual_start <= at and (not r.actual_end or at < r.actual_end)
    )
    return next(covering, None)
