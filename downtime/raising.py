"""Making the issues agree with the stops that were found; what a person has written is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection
from django.db.models import Q

from downtime.detection import STOPPED, Findings
from downtime.models import EscalationLimit, Issue, IssueEvent
from downtime.parts import LAST, Stop, extents, shared
from production.models import JobRun, Station
from production.windows import Window

BY_MACHINE = (
    IssueEvent.Kind.RAISED,
    IssueEvent.Kind.ENDED,
    IssueEvent.Kind.WITHDRAWN,
    IssueEvent.Kind.RULED,
)
# An issue, the silence it belongs to, and from when to when it lasts.
_Extent = tuple[Issue, datetime, datetime, datetime | None]


def reconcile(
    decided: Sequence[tuple[int, datetime, Findings]], runs: dict[int, Sequence[JobRun]], *, now: datetime
) -> dict[int, datetime]:
    """Raise, end, move or withdraw issues until they are the stops.

    Returns the stations where that changed any, each with the earliest silence of which it did: a stop may turn out
    to have ended before what was decided now begins.
    """
    stored = _issues(decided)
    stops = _stops(decided, stored)
    changed: dict[int, datetime] = {}
    new: list[Stop] = []
    for station, _, _ in decided:
        wanted = {stop.silent_since: stop for stop in stops if stop.station_id == station}
        lost, kept, missing = _compared(wanted, stored.get(station, []))
        for issue in lost:
            _withdraw(issue, now)
        silences = [issue.silent_since or issue.started_at for issue in lost]
        silences += [extent[1] for extent in kept if _adjust(extent, now)]
        silences += [stop.silent_since for stop in missing]
        new += missing
        if silences:
            changed[station] = min(silences)
    _raise(new, runs)
    return changed


def _compared(
    stops: dict[datetime, Stop], issues: Sequence[Issue]
) -> tuple[list[Issue], list[_Extent], list[Stop]]:
    """Issues that are no stops any more, those that are with their extents, and stops that are no issue yet."""
    found = shared(stops, issues, answered=_answered)
    lost, kept = list(found.lost), []
    for silence, parts in found.parts.items():
        for issue, extent in extents(stops[silence], parts) if parts else ():
            kept.append((issue, silence, *extent)) if extent else lost.append(issue)
    # A station has one open stop at most: what ends makes room for what goes on.
    kept.sort(key=lambda extent: extent[3] is None)
    return lost, kept, [stop for silence, stop in stops.items() if not found.parts[silence]]


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
        found = [
            Stop(
                station,
                silence,
                start,
                None if (station, silence) in going_on else end,
                raised[station, silence],
            )
            for station, silence, start, end in cursor.fetchall()
        ]
    cut = {station for station, issues in stored.items() if any(issue.cut_at for issue in issues)}
    return _with_stretches(found, cut) if cut else found


def _with_stretches(stops: Iterable[Stop], cut: set[int]) -> list[Stop]:
    """The same; those of stations where people have cut any know when they stood still."""
    asked: dict[tuple[int, datetime], list[Window]] = {
        (stop.station_id, stop.silent_since): [] for stop in stops if stop.station_id in cut
    }
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT station_id, s.silent_since, s.start, s."end" '
            "FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(station_id, silent_since) "
            "JOIN downtime_slice s USING (station_id, silent_since) "
            "WHERE s.state = 'stopped' AND s.start >= n.silent_since ORDER BY station_id, s.start",
            [[station for station, _ in asked], [silence for _, silence in asked]],
        )
        for station, silence, start, end in cursor.fetchall():
            asked[station, silence].append(Window(start, end or LAST))
    return [replace(stop, stood=tuple(asked.get((stop.station_id, stop.silent_since), ()))) for stop in stops]


def _issues(decided: Sequence[tuple[int, datetime, Findings]]) -> dict[int, list[Issue]]:
    """The stored stops that reach into the decided spans, with all others of the same silences."""
    starts = {station: start for station, start, _ in decided}
    ends = {station: findings.until for station, _, findings in decided}
    earliest = min(starts.values())
    reaching = Issue.objects.stops().filter(
        Q(ended_at=None) | Q(ended_at__gte=earliest), station__among=starts
    )
    found: dict[int, dict[int, Issue]] = {}
    for issue in reaching.order_by("started_at"):
        end = ends[issue.station_id]
        reaches = issue.ended_at is None or issue.ended_at >= starts[issue.station_id]
        if reaches and (end is None or issue.started_at < end):
            found.setdefault(issue.station_id, {})[issue.pk] = issue
    for issue in _of_silences(decided, [issue for issues in found.values() for issue in issues.values()]):
        found.setdefault(issue.station_id, {}).setdefault(issue.pk, issue)
    return {
        station: sorted(issues.values(), key=lambda issue: issue.started_at)
        for station, issues in found.items()
    }


def _of_silences(
    decided: Sequence[tuple[int, datetime, Findings]], known: Sequence[Issue]
) -> Iterable[Issue]:
    """The other issues of silences that go on in the decided spans: parts that are over, stops that seemed to be."""
    silences = {(issue.station_id, issue.silent_since) for issue in known if issue.cut_at}
    whole = {(issue.station_id, issue.silent_since) for issue in known if not issue.cut_at}
    for station, _, findings in decided:
        found = {
            piece.silent_since for piece in findings.pieces if piece.state == STOPPED and piece.raised_at
        }
        silences |= {(station, silence) for silence in found if silence} - whole
    if not silences:
        return ()
    stations, since = zip(*silences, strict=True)
    issues = Issue.objects.stops().filter(station__among=stations, silent_since__among=since)
    return (issue for issue in issues if (issue.station_id, issue.silent_since) in silences)


def _answered(issue: Issue) -> bool:
    return issue.events.exclude(kind__in=BY_MACHINE).exists()


def _withdraw(issue: Issue, now: datetime) -> None:
    """A stop that was none: forgotten where nobody answered it, else kept for the record."""
    if not _answered(issue):
        issue.delete()
        return
    Issue.objects.filter(pk=issue.pk).update(withdrawn_at=now, updated_at=now)
    issue.events.create(kind=IssueEvent.Kind.WITHDRAWN, at=now)


def _adjust(extent: _Extent, now: datetime) -> bool:
    """Give an issue the extent of its stop; whether that changed it."""
    issue, silence, start, end = extent
    if (issue.silent_since, issue.started_at, issue.ended_at) == (silence, start, end):
        return False
    Issue.objects.filter(pk=issue.pk).update(
        silent_since=silence, started_at=start, ended_at=end, updated_at=now
    )
    if issue.ended_at is None and end is not None:
        issue.events.create(kind=IssueEvent.Kind.ENDED, at=end)
    return True


def _raise(stops: Sequence[Stop], runs: dict[int, Sequence[JobRun]]) -> None:
    if not stops:
        return
    limits = _limits([stop.station_id for stop in stops])
    issues = [
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
    ]
    for issue in issues:
        if limit := limits.get(issue.station_id):
            issue.escalate_at = limit.due(issue)
    made = Issue.objects.bulk_create(issues)
    events = [IssueEvent(issue=issue, kind=IssueEvent.Kind.RAISED, at=issue.raised_at) for issue in made]
    events += [
        IssueEvent(issue=issue, kind=IssueEvent.Kind.ENDED, at=issue.ended_at)
        for issue in made
        if issue.ended_at
    ]
    IssueEvent.objects.bulk_create(events)


def _limits(stations: Sequence[int]) -> dict[int, EscalationLimit]:
    """The limits that hold for these stations."""
    groups = Station.objects.filter(pk__among=stations, group__escalation__isnull=False)
    return {station.pk: station.group.escalation for station in groups.select_related("group__escalation")}


def _run_at(runs: Sequence[JobRun], at: datetime) -> JobRun | None:
    covering = (
        r for r in runs if r.actual_start and r.actual_start <= at and (not r.actual_end or at < r.actual_end)
    )
    return next(covering, None)
