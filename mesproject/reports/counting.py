"""Counting what signals of stations added: units good and bad, and energy, from where counting stood before them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from downtime.detection import Carry
from mesproject.reports.tally import Made
from production.counters import Counters, count
from production.live import rule_over_time, units_per_count_over_time
from production.messages import Row
from production.models import JobRun, Station
from production.windows import Window

COUNTED = ("good", "bad", "good_total", "bad_total", "kwh", "kwh_total")


class Reading(msgspec.Struct, frozen=True):
    """Where counting stands: the counters, and the last reading of the energy meter in kWh."""

    counters: Counters = Counters()
    meter: float | None = None


def runs_in(stations: Collection[int], window: Window) -> dict[int, list[JobRun]]:
    """What ran at any time of a window at these stations, where anything did, in its order, with job and SKU."""
    found: dict[int, list[JobRun]] = {}
    covering = JobRun.objects.filter(station__among=list(stations)).covering(window.start, window.end)
    for run in covering.order_by("actual_start"):
        found.setdefault(run.station_id, []).append(run)
    return found


def beginnings(asked: Mapping[int, datetime]) -> dict[int, tuple[datetime, Reading]]:
    """From where to count at stations, asked from an instant on, and what is remembered there: the last slice that
    begins before it.
    """
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.id, b.start, b.carry::text FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(id, since), "
            "LATERAL (SELECT start, carry FROM downtime_slice s WHERE s.station_id = n.id AND s.start <= n.since "
            "ORDER BY s.start DESC LIMIT 1) b",
            [list(asked), list(asked.values())],
        )
        found = {
            pk: (start, reading_of(msgspec.json.decode(carry))) for pk, start, carry in cursor.fetchall()
        }
    return {pk: found.get(pk, (since, Reading())) for pk, since in asked.items()}


def reading_of(carry: Any) -> Reading:
    """Where counting stands, of what detection remembers."""
    known = msgspec.convert(carry, Carry)
    return Reading(known.counters, known.energy)


def rows_of(spans: Mapping[int, tuple[datetime, datetime]]) -> dict[int, list[Row]]:
    """The signals of each span that count or measure anything, in order."""
    names = ", ".join(f"s.{name}" for name in COUNTED)
    said = " OR ".join(f"s.{name} IS NOT NULL" for name in COUNTED)
    starts, ends = [start for start, _ in spans.values()], [end for _, end in spans.values()]
    with connection.cursor() as cursor:
        # The outer bounds let PostgreSQL leave out the other months.
        cursor.execute(
            f"SELECT s.station_id, s.at, s.key, {names} "
            "FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS n(id, since, until) "
            "JOIN production_signal s ON s.station_id = n.id AND s.at >= n.since AND s.at < n.until "
            f"WHERE s.at >= %s AND s.at < %s AND ({said}) ORDER BY s.station_id, s.at, s.key",
            [list(spans), starts, ends, min(starts), max(ends)],
        )
        found: dict[int, list[Row]] = {}
        for pk, at, key, good, bad, good_total, bad_total, kwh, kwh_total in cursor.fetchall():
            row = Row(at, key, good, bad, good_total, bad_total, kwh=kwh, kwh_total=kwh_total)
            found.setdefault(pk, []).append(row)
        return found


def each_counted(
    station: Station, rows: Sequence[Row], reading: Reading, jobs: Sequence[JobRun]
) -> Iterator[tuple[Row, float, float, float, Reading]]:
    """Each signal with the good and bad units and the kWh that it added, and where counting stood after it."""
    counted = count(rows, rule_over_time(station, jobs), reading.counters)
    factor, meter = units_per_count_over_time(station, jobs), reading.meter
    for row, (units, state) in zip(rows, counted, strict=True):
        kwh, meter = _energy(row, meter)
        each = factor(row.at) if units.good or units.bad else 1.0
        yield row, units.good * each, units.bad * each, kwh, Reading(state, meter)


def _energy(row: Row, meter: float | None) -> tuple[float, float | None]:
    """The kWh that a signal adds, and the meter after it; a meter that falls was exchanged."""
    added = row.kwh or 0.0
    if row.kwh_total is None:
        return added, meter
    if row.kwh is None and meter is not None and row.kwh_total >= meter:
        added = row.kwh_total - meter
    return added, row.kwh_total


@dataclass(frozen=True, slots=True)
class Counting:
    """The signals of a station from `since` to `until`, where counting stood before them, and what ran."""

    station: Station
    since: datetime
    until: datetime
    reading: Reading
    runs: Sequence[JobRun]


@dataclass(frozen=True, slots=True)
class Counted:
    """What a signal that counts or measures anything added, and where counting stood after it."""

    key: int
    made: Made
    reading: Reading


def counted(asked: Sequence[Counting]) -> dict[int, list[Counted]]:
    """All of these, by station and in their order; one query for any number."""
    rows = rows_of({one.station.pk: (one.since, one.until) for one in asked}) if asked else {}
    return {
        one.station.pk: [
            Counted(row.key, Made(row.at, good, bad, kwh), after)
            for row, good, bad, kwh, after in each_counted(
                one.station, rows.get(one.station.pk, []), one.reading, one.runs
            )
        ]
        for one in asked
    }


def added(station: Station, window: Window) -> dict[tuple[datetime, int], Made]:
    """What each signal of a window that counts or measures anything added, by its instant and key."""
    [(begin, reading)] = beginnings({station.pk: window.start}).values()
    runs = runs_in([station.pk], Window(begin, window.end)).get(station.pk, [])
    found = counted([Counting(station, begin, window.end, reading, runs)])[station.pk]
    return {(one.made.at, one.key): one.made for one in found if one.made.at in window}
