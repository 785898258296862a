"""What is finer than an hour, computed from the story of stations: station windows, heatmap, interval chart."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from downtime.models import Issue
from mesproject.busroot import BadValue, Paging, iso, ms
from mesproject.reports import busroot_queries as queries
from mesproject.reports import busroot_shapes as shapes
from mesproject.reports import utilisation
from mesproject.reports.busroot_counts import counts
from mesproject.reports.busroot_edge import Asked, check_rows, place, range_out
from mesproject.reports.busroot_ladder import named, percent
from mesproject.reports.cells import Part, cut
from mesproject.reports.definition import Definition
from mesproject.reports.metrics import METRICS
from mesproject.reports.story import Question, told
from mesproject.reports.tally import EVER
from mesproject.reports.utilisation import Cell, Look
from production.models import Station
from production.windows import Window, hull_of

MINUTE = timedelta(minutes=1)
MOST_DAYS = timedelta(days=31)
MINUTES_AT_ONCE = 500_000  # of stories that are read for one answer
TIMES = {
    "total_ms": named("totalMs"), "shift_ms": named("shiftMs"),
    "scheduled_production_ms": named("scheduledProductionMs"),
    "scheduled_non_production_ms": named("scheduledNonProductionMs"), "productive_ms": named("productiveMs"),
    "downtime_ms": named("downtimeMs"),
}  # fmt: skip


# Station windows


def minutes(asked: Asked, d: Definition) -> shapes.WindowAnswer:
    """/station-window: a page of the minutes that are over, station by station."""
    assert isinstance(asked.query, queries.WindowQuery)
    whole = _whole_minutes(asked.window)
    if whole.duration > MOST_DAYS:
        raise BadValue("rangecode", "Station windows are told for at most 31 days at once.")
    each = whole.duration // MINUTE
    page = dict(_page(asked.stations, whole, asked.query.skip, asked.query.limit))
    rows = list(_minutes_of(asked, page, d))
    paging = Paging(each * len(asked.stations))
    return shapes.WindowAnswer(results=rows, range=range_out(asked.told.window), paging=paging)


def _whole_minutes(window: Window) -> Window:
    start = window.start.replace(second=0, microsecond=0)
    start += MINUTE if start < window.start else timedelta()
    return Window(start, max(start, window.end.replace(second=0, microsecond=0)))


def _page(
    stations: Sequence[Station], whole: Window, skip: int, limit: int
) -> Iterator[tuple[Station, Window]]:
    """Which minutes of which station lie on a page."""
    each = whole.duration // MINUTE
    for number, station in enumerate(stations):
        first, last = max(skip - number * each, 0), min(skip + limit - number * each, each)
        if first < last:
            yield station, Window(whole.start + first * MINUTE, whole.start + last * MINUTE)


def _minutes_of(
    asked: Asked, page: Mapping[Station, Window], d: Definition
) -> Iterator[shapes.StationWindow]:
    if not page:
        return
    stories = told([Question(station, window, window.start) for station, window in page.items()])
    said, stops, errors = _said(page), _stops(page), _errors(page)
    for station, window in page.items():
        error = errors.get(station.pk, "")
        for part in cut(stories[station.pk].story, window, MINUTE):
            here = said.get((station.pk, part.window.start), NOTHING)
            stop = stopped(stops.get(station.pk, []), part.window)
            yield _minute(asked, station, part, here, stop | {"error_codes": here.errors(error)}, d)
            error = error if here.error is None else here.error


def _minute(
    asked: Asked, station: Station, part: Part, said: Said, faults: dict[str, Any], d: Definition
) -> shapes.StationWindow:
    m = part.measures
    times: dict[str, Any] = {name: metric.compute(m, d) for name, metric in TIMES.items()}
    return shapes.StationWindow(
        account_id=asked.company.code, station_code=station.code,
        window_start_at=iso(part.window.start), window_end_at=iso(part.window.end), **times, **counts(m, d), **faults,
        line_speed_avg=said.speed, line_speed_target_avg=None, rssi_avg=said.rssi,
        schedule_ids=list(part.runs), cycle_time_avg=METRICS["actual_part_time"].compute(m, d),
        is_alive=said.alive, electrical_kwh=METRICS["energy"].compute(m, d) or 0.0, electrical_volts_avg=None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What the signals of a minute said; `error` is the last word on errors, "" that there is none any more."""

    alive: bool = False
    speed: float | None = None
    rssi: float | None = None
    codes: Sequence[str] = ()
    error: str | None = None
    at_once: bool = False  # whether the first word on errors was said as the minute began

    def errors(self, before: str) -> list[str]:
        """The errors that held in the minute, given the one that held before it."""
        held = {before} if before and not self.at_once else set()
        return sorted(held.union(self.codes or ()))


NOTHING = Said()


# The outer bounds let PostgreSQL leave out the other months.
SAID = """
SELECT s.station_id, date_trunc('minute', s.at), avg(s.speed), avg(s.rssi),
       array_agg(DISTINCT s.error_code) FILTER (WHERE s.error_code <> ''),
       (array_agg(s.error_code ORDER BY s.at DESC, s.key DESC) FILTER (WHERE s.error_code IS NOT NULL))[1],
       coalesce(min(s.at) FILTER (WHERE s.error_code IS NOT NULL) = date_trunc('minute', min(s.at)), false)
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS n(id, since, until)
JOIN production_signal s ON s.station_id = n.id AND s.at >= n.since AND s.at < n.until
WHERE s.at >= %s AND s.at < %s GROUP BY 1, 2
"""


def _said(page: Mapping[Station, Window]) -> dict[tuple[int, datetime], Said]:
    starts, ends = [w.start for w in page.values()], [w.end for w in page.values()]
    with connection.cursor() as cursor:
        cursor.execute(SAID, [[station.pk for station in page], starts, ends, min(starts), max(ends)])
        rows = cursor.fetchall()
    return {(pk, at): Said(True, *said) for pk, at, *said in rows}


# An error holds until another one, or that it has gone, is said. An index of its own has the signals with errors.
ERRORS = """
SELECT n.id, e.error_code FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(id, since),
LATERAL (SELECT s.error_code FROM production_signal s WHERE s.station_id = n.id AND s.at < n.since
         AND s.error_code IS NOT NULL ORDER BY s.at DESC, s.key DESC LIMIT 1) e
"""


def _errors(page: Mapping[Station, Window]) -> dict[int, str]:
    """The error that each station had when its window began."""
    with connection.cursor() as cursor:
        cursor.execute(ERRORS, [[station.pk for station in page], [w.start for w in page.values()]])
        return dict(cursor.fetchall())


# A stop: its id, start, end, and the code of its cause.
_Stop = tuple[int, datetime, datetime | None, str | None]


def _stops(page: Mapping[Station, Window]) -> dict[int, list[_Stop]]:
    rows = (
        Issue.objects.filter(station__in=page)
        .overlapping(hull_of(page.values()))
        .order_by("station", "started_at")
    )
    found: dict[int, list[_Stop]] = defaultdict(list)
    for pk, *stop in rows.values_list("station_id", "pk", "started_at", "ended_at", "cause__code"):
        found[pk].append((stop[0], stop[1], stop[2], stop[3]))
    return found


def stopped(stops: Sequence[_Stop], cell: Window) -> dict[str, Any]:
    """The stops of a minute, out of those of its station in order, and since when one goes on at its end."""
    first = bisect_right(stops, cell.start, key=lambda stop: stop[2] or EVER.end)
    here = stops[first : bisect_left(stops, cell.end, key=lambda stop: stop[1])]
    goes_on = here and (here[-1][2] is None or here[-1][2] >= cell.end)
    return {
        "issue_ids": [pk for pk, _, _, _ in here],
        "issue_reason_codes": [code for _, _, _, code in here if code is not None],
        "downtime_since": iso(here[-1][1]) if goes_on else None,
    }


# Heatmap


def heat(asked: Asked, d: Definition) -> shapes.HeatAnswer:
    """/utilisation: the cells of each station."""
    assert isinstance(asked.query, queries.CellQuery)
    length, window = timedelta(minutes=asked.query.cellminutes), asked.told.window
    _check_parts(asked, window, length)
    rows = utilisation.heat(asked.stations, window, length, d, now=asked.now)
    told = [shapes.HeatRow(**place(row.station), cells=[_cell(cell) for cell in row.cells]) for row in rows]
    return shapes.HeatAnswer(results=told, range=range_out(window))


def _cell(cell: Cell) -> shapes.Cell:
    # The dialect has no word for time that was not planned for production.
    state: Any = Look.UNPRODUCTIVE if cell.look is Look.PAUSED else cell.look
    share = percent(0.0 if cell.look is Look.PAUSED else cell.share)
    return shapes.Cell(from_=ms(cell.window.start), to=ms(cell.window.end), state=state.value, percent=share)


# Interval chart


def intervals(asked: Asked, d: Definition) -> shapes.IntervalAnswer:
    """/interval-chart: the hours or half hours of each station."""
    assert isinstance(asked.query, queries.IntervalQuery)
    length = timedelta(minutes=asked.query.intervalminutes)
    rows = [
        shapes.IntervalRow(**place(station), intervals=[_interval(part, d) for part in parts])
        for station, parts in _parts(asked, asked.window, length)
    ]
    return shapes.IntervalAnswer(results=rows, range=range_out(asked.told.window))


def _interval(part: Part, d: Definition) -> shapes.Interval:
    m = part.measures
    return shapes.Interval(
        from_=ms(part.window.start), to=ms(part.window.end), **counts(m, d),
        downtime_ms=int(TIMES["downtime_ms"].compute(m, d) or 0),
        lost_production_cost=METRICS["lost_production_cost"].compute(m, d),
    )  # fmt: skip


def _parts(asked: Asked, window: Window, length: timedelta) -> Iterator[tuple[Station, list[Part]]]:
    """The cells of each station, where they are not too many."""
    _check_parts(asked, window, length)
    if not asked.stations or window.start >= window.end:
        return
    stories = told([Question(station, window, window.start) for station in asked.stations])
    for station in asked.stations:
        yield station, cut(stories[station.pk].story, window, length)


def _check_parts(asked: Asked, window: Window, length: timedelta) -> None:
    if window.duration > MOST_DAYS:
        raise BadValue("rangecode", "These are told for at most 31 days at once.")
    check_rows(window.duration / length * len(asked.stations))
    check_rows(window.duration / MINUTE * len(asked.stations), most=MINUTES_AT_ONCE)
