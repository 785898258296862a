"""The last minutes: what facts do not know yet of each station, summed from its story when somebody asks.

From the hour on that may still change by itself, facts are not taken. The mark keeps what of that hour is
settled; the rest is what `facts.refresh` would find if it ran now. So nobody sees how often it runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from mesproject.reports.counting import Reading
from mesproject.reports.measures import Measures, total
from mesproject.reports.story import Question, first_slices, told
from mesproject.reports.tally import EVER, Key, Lost, Sums, hour_start, tally
from production.models import Station, StationLive
from production.windows import Window
from scheduling.planned import Plans

# What a question may sum by itself, of one station and of all; the rest follows when the worker has caught up.
LONGEST = timedelta(hours=30)
MOST = timedelta(hours=600)
# A minute in which nothing new was summed is nothing to speak of.
UNNOTICED = timedelta(minutes=2)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # before any fact


class Settled(msgspec.Struct, frozen=True):
    """What of the mark's hour is settled: its sums up to an instant, and where counting stood there."""

    until: datetime
    reading: Reading
    measures: list[tuple[Key, Measures]]
    downtime: list[tuple[Key, int, float, int]]
    rejects: list[tuple[Key, int, float, int]]

    @classmethod
    def of(cls, sums: Sums, until: datetime, reading: Reading) -> Settled:
        """As the mark keeps it."""
        downtime, rejects = (
            [(key, why, lost.amount, lost.records) for (key, why), lost in losses.items()]
            for losses in (sums.downtime, sums.rejects)
        )
        return cls(until, reading, list(sums.measures.items()), downtime, rejects)

    @property
    def sums(self) -> Sums:
        """As they are added to others."""
        downtime, rejects = (
            {(key, why): Lost(amount, records) for key, why, amount, records in losses}
            for losses in (self.downtime, self.rejects)
        )
        return Sums({key: total([part]) for key, part in self.measures}, downtime, rejects)


@dataclass(frozen=True, slots=True)
class Tail:
    """Of one station: from `hour` on facts are not taken; LONG_AGO where none are.

    `settled`, where it is known, holds until there; else counting goes on from `reading` at the hour's beginning.
    """

    hour: datetime
    settled: Settled | None = None
    reading: Reading | None = None

    def over(self, station: Station, window: Window) -> tuple[Question, Window, Sums]:
        """What to ask of the story, what of it to sum, and the sums to which that is added."""
        if self.settled and self.settled.until <= window.end:
            question = Question(
                station, Window(self.settled.until, window.end), window.end, self.settled.reading
            )
            if window.start <= self.hour:
                return question, question.window, self.settled.sums
            if window.start >= self.settled.until:
                return question, window, Sums()
        within = Window(max(self.hour, window.start), window.end)
        whole = Window(self.hour, window.end) if self.reading else within
        return Question(station, whole, window.end, self.reading), within, Sums()


@dataclass
class Tails:
    """Of all stations of a question."""

    of: dict[int, Tail] = field(default_factory=dict)
    # Up to where an answer is exact, of each station for which that is not all of it.
    inexact: dict[int, datetime] = field(default_factory=dict)

    @property
    def exact_until(self) -> datetime:
        """Up to where an answer of all of them is exact."""
        return min(self.inexact.values(), default=EVER.end)

    def only(self, station: int) -> Tails:
        """Those of one station."""
        of = {station: self.of[station]} if station in self.of else {}
        return Tails(of, {station: self.inexact[station]} if station in self.inexact else {})

    def tell(self, station: int, until: datetime) -> bool:
        """Whether with them an answer about a station is exact up to an instant, but for what nobody would notice."""
        return self.inexact.get(station, EVER.end) >= until - UNNOTICED

    def takes_facts(self, station: int) -> bool:
        """Whether anything of a station is taken from facts."""
        return station not in self.of or self.of[station].hour > LONG_AGO

    @cached_property
    def day(self) -> date:
        """Before it no fact of a day holds anything of them; looked up once, by who takes facts of days."""
        return _first_day({pk: tail.hour for pk, tail in self.of.items() if self.takes_facts(pk)})

    def sums(
        self, asked: Mapping[Station, Window], planned: Plans | None = None, *, who: bool = True
    ) -> dict[Station, Sums]:
        """The sums of each station's tail in its window; nine queries for any number, fewer where plans are known, and
        where nobody asks who was there.
        """
        found = {s: self.of[s.pk].over(s, window) for s, window in asked.items()}
        telling = [question for question, within, _ in found.values() if within.start < within.end]
        stories = told(telling, planned, who=who) if telling else {}
        answers = {}
        for station, (_, within, sums) in found.items():
            if station.pk in stories:
                sums = merged(sums, tally(stories[station.pk].story, within))
            answers[station] = sums
        return answers


def merged(one: Sums, other: Sums) -> Sums:
    """The sums of two stretches that do not overlap, in the first."""
    for key, measures in other.measures.items():
        one.at(key).add(measures)
    for mine, more in ((one.downtime, other.downtime), (one.rejects, other.rejects)):
        for reason, lost in more.items():
            sum_ = mine.setdefault(reason, Lost())
            sum_.amount += lost.amount
            sum_.records += lost.records
    return one


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far the facts of a station are summed, and from when on something in them has changed since."""

    by_other_clock: bool  # its plant's clock is another by now: all of it is about to be summed anew
    settled_at: datetime | None  # none where nothing was decided yet
    sums_from: datetime | None
    hour: datetime | None  # none where nothing was summed yet
    settled_until: datetime
    summed_until: datetime | None
    counters: Any
    meter: float | None
    settled: Any

    @property
    def reaches_until(self) -> datetime:
        """Up to where there are facts, whether they still hold or not."""
        return EVER.start if self.by_other_clock or not self.summed_until else self.summed_until

    @property
    def holds_until(self) -> datetime:
        """Up to where its facts are what summing them anew would find, as far as is known by now."""
        if self.reaches_until > EVER.start and (self.sums_from or self.settled_at != self.settled_until):
            return min(self.settled_until, self.sums_from or self.settled_until)
        return self.reaches_until


def tails(spans: Mapping[Station, Window], *, now: datetime) -> Tails:
    """The tails of the stations (from `in_place()`) whose facts are not settled up to the end of what is asked of them.

    Of a short span, all may be told from its story, however far back facts stopped to hold.
    """
    found, wanted = Tails(), []
    for station, mark, first in _marks(spans):
        pk, asked, tz = station.pk, spans[station], station.plant.tz
        tail, furthest = _tail(mark, first, tz), hour_start(now - LONGEST, tz)
        if mark.holds_until >= furthest:
            tail = tail if tail.hour >= furthest else Tail(furthest)
        elif mark.holds_until >= min(asked.end, station.archived_at or EVER.end):
            continue  # nothing comes after a station is out of use
        elif asked.duration <= LONGEST:
            tail = tail if tail.hour >= asked.start else Tail(LONG_AGO)
        elif tail.hour < furthest:
            found.inexact[pk] = tail.hour
            if mark.reaches_until < furthest:
                continue  # rather nothing from there on than a hole
            tail = Tail(furthest)
        if tail.hour < asked.end:
            until = min(max(mark.holds_until, tail.hour), asked.end)
            wanted.append((tail.over(station, asked)[0].window.duration, pk, tail, until))
    _take(wanted, found)
    return found


def _marks(stations: Collection[Station]) -> Iterator[tuple[Station, _Mark, datetime]]:
    """The marks of those stations of which anything is known, and when their time begins where they have none."""
    clock = ("timezone", "day_start")
    fields = ("hour", "settled_until", "summed_until", "counters", "meter", "settled")
    if not stations:
        return
    rows = StationLive.objects.filter(station__in=stations).values_list(
        "station", *(f"station__facts__{name}" for name in clock),
        "settled_at", "sums_from", *(f"station__facts__{name}" for name in fields),
    )  # fmt: skip
    clocks = {station.pk: (station.plant.timezone, station.plant.day_start) for station in stations}
    marks = {pk: _Mark((zone, start) != clocks[pk], *row) for pk, zone, start, *row in rows}
    unmarked = [pk for pk, mark in marks.items() if mark.hour is None and mark.settled_at]
    first = first_slices(unmarked) if unmarked else {}
    for station in stations:
        mark = marks.get(station.pk)
        if mark and (mark.hour or station.pk in first):
            yield station, mark, first.get(station.pk, EVER.start)


def _tail(mark: _Mark, first: datetime, tz: ZoneInfo) -> Tail:
    """From where the facts of a mark may change: by itself, or because something in the past has changed."""
    if mark.hour is None:
        return Tail(hour_start(first, tz))
    if mark.by_other_clock:
        return Tail(LONG_AGO)
    since = min(mark.settled_until, mark.sums_from or mark.settled_until)
    if since < mark.hour:
        return Tail(hour_start(since, tz))
    settled = msgspec.convert(mark.settled, Settled) if mark.settled else None
    reading = msgspec.convert({"counters": mark.counters, "meter": mark.meter}, Reading)
    return Tail(mark.hour, settled if settled and settled.until <= since else None, reading)


def _take(wanted: list[tuple[timedelta, int, Tail, datetime]], found: Tails) -> None:
    """The shortest first, as many as a question may sum; of the others, facts hold up to an instant."""
    whole = timedelta()
    for length, pk, tail, holds_until in sorted(wanted, key=lambda one: one[:2]):
        whole += length
        if whole <= MOST:
            found.of[pk] = tail
        else:
            found.inexact[pk] = min(found.inexact.get(pk, holds_until), holds_until)


def _first_day(hours: Mapping[int, datetime]) -> date:
    """The first shop day to which facts of the tails' hours were summed, or may be while somebody asks."""
    if not hours:
        return date.max
    with connection.cursor() as cursor:
        # Where there is none yet: no shift began longer ago.
        cursor.execute(
            "SELECT min(COALESCE((SELECT min(day) FROM reports_hourfact h WHERE h.station_id = n.id "
            "AND h.hour >= n.since), (n.since - interval '4 days')::date)) "
            "FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(id, since)",
            [list(hours), list(hours.values())],
        )
        found: date = cursor.fetchone()[0]
        return found
