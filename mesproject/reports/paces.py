"""What was made in equal cells of a window, told by the time that it should have taken.

A machine that counts each second says thirty thousand things a shift, and its tablet asks every few seconds. So what
was counted in cells that are over is remembered in this process, as long as as many signals lie in each of them:
signals are only ever added. What must be read is read from the first cell with another number on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from mesproject.memory import Memory
from mesproject.reports.counting import Counted, Counting, Reading, counted
from production.live import rule_of
from production.models import JobRun, Station
from production.windows import Window

# Stations whose screens are open, each with its shift; an hour after the last look it is read anew.
MOST, KEPT = 1024, 3600.0

Ideal = Callable[[datetime], timedelta]


@dataclass(frozen=True, slots=True)
class Paced:
    """The whole cells of a window at a station. Counting begins at `begin`, before them, with `reading`."""

    station: Station
    window: Window
    length: timedelta
    begin: datetime
    reading: Reading
    runs: Sequence[JobRun]
    ideal: Ideal

    @property
    def number(self) -> int:
        """How many are over."""
        return self.window.duration // self.length

    @property
    def end(self) -> datetime:
        """When the last of them was over."""
        return self.window.start + self.number * self.length

    @property
    def name(self) -> str:
        """Another name stands for other cells, or for the same ones counted in another way."""
        ran = [
            (
                run.pk,
                run.actual_start,
                run.actual_end,
                run.effective_cycle_time_ms,
                run.effective_units_per_count,
                rule_of(self.station, run.effective_sku),
            )
            for run in self.runs
        ]
        own = (
            self.station.pk,
            self.station.counted_by_hand,
            self.station.cycle_time_ms,
            rule_of(self.station),
        )
        return repr((own, self.window.start, self.length, self.begin, self.reading, ran))


@dataclass(frozen=True, slots=True)
class _Known:
    """The signals before the first cell and in each, what each was worth, where counting stood before and after."""

    said: list[int]
    worth: list[timedelta]
    readings: list[Reading]


KNOWN: Memory[_Known] = Memory(MOST)
NOTHING = _Known([], [], [])


def worth_of(asked: Sequence[Paced]) -> dict[int, list[timedelta]]:
    """Of each station, by its id, how long what it made in each cell should have taken; two queries at most."""
    said = _said(asked)
    known = {one.station.pk: KNOWN.get(one.name) or NOTHING for one in asked}
    same = {pk: _same(known[pk].said, numbers) for pk, numbers in said.items()}
    anew = [one for one in asked if same[one.station.pk] <= one.number]
    told = counted([_rest(one, known[one.station.pk], same[one.station.pk]) for one in anew])
    for one in anew:
        pk = one.station.pk
        known[pk] = _counted_on(one, known[pk], same[pk], said[pk], told[pk])
        KNOWN.put(one.name, known[pk], KEPT)
    return {one.station.pk: known[one.station.pk].worth[: one.number] for one in asked}


def _said(asked: Sequence[Paced]) -> dict[int, list[int]]:
    """How many signals lie before the first cell and in each, by station."""
    found = {one.station.pk: [0] * (1 + one.number) for one in asked}
    if not asked:
        return found
    with connection.cursor() as cursor:
        # The outer bounds let PostgreSQL leave out the other months.
        cursor.execute(
            "SELECT n.id, greatest(-1, floor(extract(epoch FROM s.at - n.start) / n.length))::int AS cell, count(*) "
            "FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::int[]) "
            "AS n(id, since, start, until, length) "
            "JOIN production_signal s ON s.station_id = n.id AND s.at >= n.since AND s.at < n.until "
            "WHERE s.at >= %s AND s.at < %s GROUP BY 1, 2",
            [
                [one.station.pk for one in asked],
                [one.begin for one in asked],
                [one.window.start for one in asked],
                [one.end for one in asked],
                [int(one.length.total_seconds()) for one in asked],
                min(one.begin for one in asked),
                max(one.end for one in asked),
            ],
        )
        for pk, cell, number in cursor.fetchall():
            found[pk][cell + 1] = number
    return found


def _same(before: Sequence[int], now: Sequence[int]) -> int:
    """How many of the first numbers are as they were."""
    pairs = enumerate(zip(before, now, strict=False))
    return next((place for place, (was, is_) in pairs if was != is_), min(len(before), len(now)))


def _rest(cells: Paced, known: _Known, same: int) -> Counting:
    """What is to be counted: all, or from the first cell on in which more was said."""
    since = cells.window.start + (same - 1) * cells.length if same else cells.begin
    reading = known.readings[same - 1] if same else cells.reading
    return Counting(cells.station, since, cells.end, reading, cells.runs)


def _counted_on(cells: Paced, known: _Known, same: int, said: list[int], told: Iterable[Counted]) -> _Known:
    kept = max(0, same - 1)
    worth = known.worth[:kept] + [timedelta()] * (cells.number - kept)
    after: dict[int, Reading] = {}
    for one in told:
        cell = max(-1, (one.made.at - cells.window.start) // cells.length)
        after[cell] = one.reading
        if cell >= 0 and (one.made.good or one.made.bad):
            worth[cell] += (one.made.good + one.made.bad) * cells.ideal(one.made.at)
    return _Known(said, worth, _filled(known.readings[:same], after, cells))


def _filled(readings: list[Reading], after: Mapping[int, Reading], cells: Paced) -> list[Reading]:
    """Where nothing was said, counting stands where it stood."""
    for cell in range(len(readings) - 1, cells.number):
        readings.append(after.get(cell, readings[-1] if readings else cells.reading))
    return readings
