"""What is known of stops that rules ask about, in a bounded number of queries however many stops there are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from downtime.answering import INSTANT, Book, Stopped
from downtime.models import Issue
from downtime.parts import LAST
from production.models import JobRun, Station
from production.windows import Window
from scheduling.planned import timetables

# Of a machine that says more in one stop, the first ones count.
MOST_ERRORS = 100


def circumstances(
    issues: Sequence[Issue], stations: Mapping[int, Station], books: Iterable[Book], *, now: datetime
) -> dict[int, Stopped]:
    """What each stop (by its id) was like; what none of the books asks for is left out and not read.

    Stations come `in_place()`. One query for errors, one for the state before, one for runs, and those of the plan.
    """
    asked, rules = list(books), [rule for book in books for rule in book.rules]
    errors = _errors(issues, now) if any(book.asks_errors for book in asked) else {}
    before = _before(issues) if any(rule.before for rule in rules) else {}
    runs = _runs(issues) if any(rule.asks_runs for rule in rules) else {}
    shifts = _shifts(issues, stations) if any(rule.shifts for rule in rules) else {}
    found = {}
    for issue in issues:
        station, run = stations[issue.station_id], _at(runs.get(issue.station_id, []), issue.started_at)
        sku = run.effective_sku if run else None
        found[issue.pk] = Stopped(
            station=station.pk,
            group=station.group_id,
            mode=station.detection,
            began=issue.started_at.astimezone(station.plant.tz).time(),
            length=issue.duration(now),
            over=issue.ended_at is not None,
            sku=sku.pk if sku else None,
            setup=bool(run and run.setup and issue.started_at in run.setup),
            shift=_at(shifts.get(issue.station_id, []), issue.started_at) or "",
            before=before.get(issue.pk, ""),
            errors=errors.get(issue.pk, ()),
        )
    return found


def _errors(issues: Sequence[Issue], now: datetime) -> dict[int, list[str]]:
    """The errors that held in each stop, oldest first: the one that was said last before it, and those said in it."""
    found: dict[int, list[str]] = {}
    ends = [issue.ended_at or now + INSTANT for issue in issues]
    with connection.cursor() as cursor:
        cursor.execute(_ERRORS, [*_places(issues), ends])
        for pk, error in cursor.fetchall():
            found.setdefault(pk, []).append(error)
    return found


_ERRORS = f"""
SELECT n.id, e.error_code
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS n(id, station, since, until),
LATERAL (
    (SELECT s.at, s.key, s.error_code FROM production_signal s WHERE s.station_id = n.station AND s.at <= n.since
     AND s.error_code IS NOT NULL ORDER BY s.at DESC, s.key DESC LIMIT 1)
    UNION ALL
    (SELECT s.at, s.key, s.error_code FROM production_signal s WHERE s.station_id = n.station AND s.at > n.since
     AND s.at < n.until AND s.error_code IS NOT NULL ORDER BY s.at, s.key LIMIT {MOST_ERRORS})
) e WHERE e.error_code <> '' ORDER BY n.id, e.at, e.key
"""


def _before(issues: Sequence[Issue]) -> dict[int, str]:
    """The state of the slice that each stop follows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.id, b.state FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS n(id, station, since), "
            "LATERAL (SELECT s.state FROM downtime_slice s WHERE s.station_id = n.station AND s.start < n.since "
            "ORDER BY s.start DESC LIMIT 1) b",
            _places(issues),
        )
        # A short pause before a stop is part of running.
        return {pk: "running" if state == "micro_stop" else state for pk, state in cursor.fetchall()}


def _places(issues: Sequence[Issue]) -> list[list[object]]:
    rows = [(issue.pk, issue.station_id, issue.started_at) for issue in issues]
    return [list(column) for column in zip(*rows, strict=True)]


def _hull(issues: Sequence[Issue]) -> Window:
    begun = [issue.started_at for issue in issues]
    return Window(min(begun), max(begun) + INSTANT)


# Spans of one station with what they mean, in order; hardly any two overlap.
_Spans = list[tuple[Window, Any]]


def _runs(issues: Sequence[Issue]) -> dict[int, _Spans]:
    """When which run went on."""
    hull, found = _hull(issues), dict[int, _Spans]()
    rows = JobRun.objects.filter(station__among={issue.station_id for issue in issues})
    for run in rows.covering(hull.start, hull.end).order_by("actual_start"):
        assert run.actual_start is not None
        window = Window(run.actual_start, run.actual_end or LAST)
        found.setdefault(run.station_id, []).append((window, run))
    return found


def _shifts(issues: Sequence[Issue], stations: Mapping[int, Station]) -> dict[int, _Spans]:
    """When which shift was."""
    asked = sorted({issue.station_id for issue in issues})
    tables = timetables([stations[pk] for pk in asked], _hull(issues))
    return {pk: [(shift.window, shift.name) for shift in table.shifts] for pk, table in tables.items()}


def _at(spans: _Spans, at: datetime) -> Any:
    """What the span means that holds an instant, or None."""
    position = bisect_right(spans, at, key=lambda span: span[0].start) - 1
    return spans[position][1] if position >= 0 and at in spans[position][0] else None
