"""Everything the engine must know of the stations it is about to decide, in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
from django.db import connection

from downtime.detection import Carry, Findings
from downtime.models import Slice
from downtime.ruling import with_rules
from production.messages import MEASURES, Row
from production.models import JobRun, Station, StationLive
from production.windows import Window
from scheduling.calendar import Shift
from scheduling.planned import plans

# When to look again at a station that nothing will change by itself.
LATER = timedelta(hours=6)
# How far plan and shifts are expanded around the time that is decided: back beyond any gap limit, and ahead
# as far as the tick goes without looking again.
BEHIND, AHEAD = timedelta(days=2), LATER
# What lies further back than this is decided anew in portions of this length: a day of a signal each ten seconds
# takes a third of a second, and so long everybody else waits.
PORTION = timedelta(days=1)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Case:
    """One station to be decided from `start` on: what is remembered, what was said since, what was planned."""

    live: StationLive
    station: Station
    start: datetime
    carry: Carry
    is_new: bool = False
    is_late: bool = False  # decided anew, because something changed before what was settled
    rows: Sequence[Row] = ()
    shifts: Sequence[Shift] = ()
    planned: Sequence[Window] = ()
    runs: list[JobRun] = field(default_factory=list)
    findings: Findings = field(init=False)


def opened(
    lives: Sequence[StationLive], *, now: datetime, whole: bool = False
) -> tuple[list[Case], list[StationLive]]:
    """A case for each live row, and apart from them the rows of stations about which nothing can be said yet.

    Those are archived, have never spoken, or are decided further than `now`: the clock was set back.
    A case does not reach back to what is far and decided in portions, unless the `whole` is asked for.
    """
    wanted = Station.objects.active().filter(pk__among=[live.station_id for live in lives])
    stations = {station.pk: station for station in with_rules(wanted.in_place().select_related("plan"))}
    found, rest = [], []
    for live in lives:
        late = live.dirty_from is not None and (whole or not is_far(live, now))
        start = _start(live, now, late=late)
        if live.station_id not in stations or start is None or start[0] >= now:
            rest.append(live)
        else:
            found.append(
                Case(live, stations[live.station_id], *start, is_new=live.settled_at is None, is_late=late)
            )
    if found:
        _fill(found, now)
    return found, rest


def is_far(live: StationLive, now: datetime) -> bool:
    """Whether what must be decided anew begins so far back that it is done in portions, beside the present."""
    if live.settled_at is None or live.dirty_from is None:
        return False
    return live.dirty_from < min(live.settled_at, now - PORTION)


def portion(live: StationLive, *, now: datetime, length: timedelta) -> tuple[Case, datetime] | None:
    """The first part of what lies far back, and its end; None where it would come near to the present."""
    start = _start(live, now, late=True)
    if start is None or live.settled_at is None or live.dirty_from is None:
        return None
    until = max(start[0], live.dirty_from) + length
    if until >= min(live.settled_at, now - PORTION):
        return None
    station = with_rules(Station.objects.in_place()).get(pk=live.station_id)
    case = Case(live, station, *start, is_late=True)
    _fill([case], until, rows_until=until)
    return case, until


def cuts(case: Case) -> list[datetime]:
    """Where slices are cut in any case: at the edges of shifts."""
    return sorted({edge for shift in case.shifts for edge in (shift.window.start, shift.window.end)})


def _start(live: StationLive, now: datetime, *, late: bool) -> tuple[datetime, Carry] | None:
    """From where the station must be decided, and what is remembered from before; None if it never spoke."""
    if live.settled_at is not None:
        if not late or live.dirty_from is None or live.dirty_from >= live.settled_at:
            return live.settled_at, msgspec.convert(live.carry, Carry)
        # One slice further back: a late signal may join the slice it falls into with the one before.
        reaching = Slice.objects.filter(station=live.station_id, start__lte=live.dirty_from).order_by(
            "-start"
        )
        if before := list(reaching[:2]):
            return before[-1].start, msgspec.convert(before[-1].carry, Carry)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(at) FROM production_signal WHERE station_id = %s AND at <= %s", [live.station_id, now]
        )
        (first,) = cursor.fetchone()
    return None if first is None else (first, Carry())


def _fill(found: Sequence[Case], now: datetime, *, rows_until: datetime | None = None) -> None:
    stations = [case.station for case in found]
    within = Window(min(case.start for case in found) - BEHIND, now + AHEAD)
    planned = plans(stations, within)
    rows = rows_since({case.station.pk: case.start for case in found}, until=rows_until)
    runs = _runs([station.pk for station in stations], within)
    for case in found:
        key = case.station.pk
        case.shifts, case.planned = planned[key].shifts, planned[key].production
        case.rows, case.runs = rows.get(key, []), runs.get(key, [])


def rows_since(starts: dict[int, datetime], *, until: datetime | None = None) -> dict[int, list[Row]]:
    """The signals of each station from its instant on, in order of time and key."""
    with connection.cursor() as cursor:
        # The bound on the earliest instant lets PostgreSQL leave out the months before it.
        cursor.execute(
            f"SELECT s.station_id, s.at, s.key, {', '.join(f's.{name}' for name in MEASURES)} "
            "FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(station_id, start_at) "
            "JOIN production_signal s ON s.station_id = n.station_id AND s.at >= n.start_at "
            "WHERE s.at BETWEEN %s AND %s ORDER BY s.station_id, s.at, s.key",
            [list(starts), list(starts.values()), min(starts.values()), until or LATEST],
        )
        found: dict[int, list[Row]] = {}
        for station, *values in cursor.fetchall():
            found.setdefault(station, []).append(Row(*values))
        return found


def _runs(station_ids: Iterable[int], within: Window) -> dict[int, list[JobRun]]:
    found: dict[int, list[JobRun]] = {}
    covering = JobRun.objects.filter(station__among=station_ids).covering(within.start, within.end)
    for run in covering.order_by("actual_start"):
        found.setdefault(run.station_id, []).append(run)
    return found
