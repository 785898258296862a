"""Keeping facts: what has happened since they were summed, and what has changed in the past, is summed anew.

Everything here may run twice, overlap, or be killed anywhere: each portion of stations is one transaction, and
facts depend on what they sum alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import F, Q

from mesproject.reports.counting import Reading, reading_of
from mesproject.reports.measures import FIELDS
from mesproject.reports.models import DayFact, DowntimeFact, FactMark, HourFact, RejectFact, ShiftFact
from mesproject.reports.story import Question, first_slices, told
from mesproject.reports.tails import Settled
from mesproject.reports.tally import Key, Lost, Story, Sums, hour_start, tally
from production.models import Station
from production.windows import Window

# How old sums may become, and how much is summed at once.
FRESH = timedelta(minutes=1)
STATIONS_AT_ONCE = 25
PORTION = timedelta(days=7)
# What is summed again, each time, of a silence that goes on; the signal that ends it has all of it summed anew.
SILENCE, AGAIN = timedelta(days=2), timedelta(days=1)
DAY, MOMENT = timedelta(days=1), timedelta(milliseconds=1)
KEY = ("hour", "day", "shift", "run_id", "operator_id")


@dataclass(slots=True)
class _Due:
    """A station whose facts are to be summed from an hour on, and how far."""

    station: Station
    mark: FactMark
    window: Window
    goes_on: bool  # whether counting goes on from where the mark says
    anew: bool  # whether it is the beginning of all its time
    is_silent: bool  # whether it only goes on with a long silence, which the next signal may still explain

    @property
    def replaced(self) -> Window:
        """The hours whose facts are replaced; by another clock, the first of all began a little earlier."""
        return Window(self.window.start - DAY, self.window.end) if self.anew else self.window

    @property
    def reaches(self) -> datetime:
        """Up to where nothing but late data changes what is summed now."""
        return min(max(self.mark.settled_until, self.window.start), self.window.end)


def refresh(*, now: datetime) -> int:
    """Sum a portion of the stations whose facts are older than a minute or no longer true; how many those were."""
    _begin(now)
    _take_over(now)
    with transaction.atomic():
        in_use = Q(station__archived_at=None) | Q(station__archived_at__gt=now)
        late = in_use & Q(summed_until__lt=now - FRESH)
        over = Q(station__archived_at__lte=now) & ~Q(summed_until=F("station__archived_at"))
        plant = "station__group__plant__"
        by_other_clock = ~Q(timezone=F(f"{plant}timezone"), day_start=F(f"{plant}day_start"))
        # Where the clock was set back, what was summed already is left alone until it has caught up.
        due = FactMark.objects.filter(late | over | by_other_clock, settled_until__lt=now)
        due = due.order_by("summed_until", "pk")
        marks = list(due.select_for_update(skip_locked=True, of=("self",))[:STATIONS_AT_ONCE])
        if marks:
            _sum(marks, now)
    return len(marks)


def _begin(now: datetime) -> None:
    """A mark for each station that has slices and no facts yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reports_factmark (station_id, summed_until, settled_until, hour, counters, timezone) "
            "SELECT s.id, f.first, f.first, f.first, %s, '' FROM production_station s "
            "LEFT JOIN reports_factmark m ON m.station_id = s.id, "
            "LATERAL (SELECT min(start) AS first FROM downtime_slice d WHERE d.station_id = s.id) f "
            "WHERE m.station_id IS NULL AND f.first < %s ON CONFLICT DO NOTHING",
            ["{}", now],
        )


def _take_over(now: datetime) -> None:
    """Note in the marks what has changed in the past; committed before anything is read, so that a change that
    comes while it is summed is not taken for one that was.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH changed AS (SELECT l.station_id, l.sums_from FROM production_stationlive l "
            "JOIN reports_factmark m USING (station_id) WHERE l.sums_from IS NOT NULL FOR UPDATE SKIP LOCKED), "
            "noted AS (UPDATE reports_factmark m SET settled_until = LEAST(m.settled_until, c.sums_from), "
            # What has changed a moment ago is due as well.
            "summed_until = LEAST(m.summed_until, c.sums_from, %s) FROM changed c "
            "WHERE m.station_id = c.station_id RETURNING m.station_id) "
            "UPDATE production_stationlive l SET sums_from = NULL FROM noted n WHERE l.station_id = n.station_id",
            [now - 2 * FRESH],
        )


def _sum(marks: Sequence[FactMark], now: datetime) -> None:
    """Sum each station from what no longer holds, up to a portion; one far behind is summed by itself."""
    stations = Station.objects.in_place().select_related("live").in_bulk([mark.pk for mark in marks])
    first = first_slices(stations)
    due = [
        _due(stations[mark.pk], mark, first.get(mark.pk, now), now) for mark in marks if mark.pk in stations
    ]
    near = [one for one in due if one.window.duration <= 2 * DAY and one.window.end == now]
    for batch in [near, *([one] for one in due if one not in near)]:
        if batch:
            _store(batch)


def _due(station: Station, mark: FactMark, first: datetime, now: datetime) -> _Due:
    plant, live = station.group.plant, station.live
    by_other_clock = (mark.timezone, mark.day_start) != (plant.timezone, plant.day_start)
    mark.timezone, mark.day_start = plant.timezone, plant.day_start
    since = first if by_other_clock else max(first, mark.settled_until)
    is_silent = not by_other_clock and _is_silent(mark, station)
    start = hour_start(mark.summed_until - AGAIN if is_silent else since, plant.tz)
    until = now
    if station.archived_at and station.archived_at <= now:
        # What was summed beyond goes; nothing comes after it.
        until = min(now, max(station.archived_at, mark.summed_until, start + MOMENT))
    window = Window(start, min(until, start + PORTION))
    goes_on = start == mark.hour and bool(mark.counters) and not by_other_clock
    mark.settled_until = min(live.settled_at or start, window.end)
    return _Due(station, mark, window, goes_on, anew=since == first, is_silent=is_silent)


def _is_silent(mark: FactMark, station: Station) -> bool:
    """Whether detection stands where it stood, so that what was summed of the silence since then still holds."""
    stands = station.live.settled_at == mark.settled_until and station.archived_at is None
    return stands and mark.summed_until > mark.settled_until + SILENCE


def _store(batch: Sequence[_Due]) -> None:
    stories = told([_question(one) for one in batch])
    spans = {one.station.pk: one.replaced for one in batch}
    sums = {one.station.pk: tally(stories[one.station.pk].story, one.window) for one in batch}
    _replace(HourFact, spans, [row for pk, one in sums.items() for row in _hours(pk, one)])
    _replace(DowntimeFact, spans, [row for pk, one in sums.items() for row in _losses(pk, one.downtime, int)])
    _replace(RejectFact, spans, [row for pk, one in sums.items() for row in _losses(pk, one.rejects, float)])
    for one in batch:
        if one.is_silent:
            one.mark.summed_until = one.window.end
            continue
        one.mark.settled = _settled(one, stories[one.station.pk].story)
        _move(one, stories[one.station.pk].mark)
    FactMark.objects.bulk_update(
        [one.mark for one in batch],
        ["summed_until", "settled_until", "hour", "counters", "meter", "settled", "timezone", "day_start"],
    )


def _question(one: _Due) -> Question:
    reading = None
    if one.goes_on:
        reading = msgspec.convert({"counters": one.mark.counters, "meter": one.mark.meter}, Reading)
    return Question(one.station, one.window, hour_start(one.reaches, one.station.group.plant.tz), reading)


def _settled(one: _Due, story: Story) -> Any:
    """What of the hour that goes on nothing but late data will change, where detection knows how counting stands."""
    if one.station.live.settled_at != one.reaches:
        return None
    hour = Window(hour_start(one.reaches, one.station.group.plant.tz), one.reaches)
    sums = tally(story, hour) if hour.start < hour.end else Sums()
    return msgspec.to_builtins(Settled.of(sums, one.reaches, reading_of(one.station.live.carry)))


def _move(one: _Due, reading: Reading) -> None:
    one.mark.summed_until, one.mark.settled_until = one.window.end, one.reaches
    if (gone := one.station.archived_at) and gone <= one.window.end:
        one.mark.summed_until, one.mark.settled_until = gone, min(one.reaches, gone)
    one.mark.hour = hour_start(one.reaches, one.station.group.plant.tz)
    one.mark.counters, one.mark.meter = msgspec.to_builtins(reading.counters), reading.meter


def _hours(pk: int, sums: Sums) -> Iterable[tuple[Any, ...]]:
    for key, measures in sums.measures.items():
        yield (pk, *key, *(getattr(measures, name) for name in FIELDS))


def _losses(pk: int, losses: Mapping[tuple[Key, int], Lost], kind: type) -> Iterable[tuple[Any, ...]]:
    for (key, why), lost in losses.items():
        yield (pk, *key, why, lost.records, kind(lost.amount))


_COLUMNS: dict[type, tuple[str, ...]] = {
    HourFact: ("station_id", *KEY, *FIELDS),
    DowntimeFact: ("station_id", *KEY, "cause_id", "records", "amount"),
    RejectFact: ("station_id", *KEY, "reason_id", "records", "amount"),
}


def _replace(fact: type, spans: Mapping[int, Window], rows: Sequence[tuple[Any, ...]]) -> None:
    """Put these rows in the place of what stood in each station's span; days follow their hours."""
    table = fact._meta.db_table  # type: ignore[attr-defined]
    columns = _COLUMNS[fact]
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} f USING unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) "
            "AS n(id, since, until) WHERE f.station_id = n.id AND f.hour >= n.since AND f.hour < n.until "
            "RETURNING f.station_id, f.day",
            [list(spans), [w.start for w in spans.values()], [w.end for w in spans.values()]],
        )
        touched: set[tuple[int, date]] = set(cursor.fetchall())
        if rows:
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
    if fact is HourFact:
        _sum_days(touched | {(row[0], row[2]) for row in rows})


def _sum_days(touched: Collection[tuple[int, date]]) -> None:
    """Sum the days of these stations from their hours, in one order, so that the last bit is the same each time."""
    if not touched:
        return
    asked: list[Any] = [[pk for pk, _ in touched], [day for _, day in touched]]
    measures = ", ".join(FIELDS)
    sums = ", ".join(f"sum({name} ORDER BY hour, run_id, operator_id)" for name in FIELDS)
    with connection.cursor() as cursor:
        for fact, key in ((DayFact, "day, shift, run_id, operator_id"), (ShiftFact, "day, shift")):
            table = fact._meta.db_table
            days = "unnest(%s::bigint[], %s::date[]) AS n(id, on_day)"
            cursor.execute(
                f"DELETE FROM {table} f USING {days} WHERE f.station_id = n.id AND f.day = n.on_day", asked
            )
            cursor.execute(
                f"INSERT INTO {table} (station_id, {key}, {measures}) SELECT station_id, {key}, {sums} "
                f"FROM reports_hourfact f JOIN {days} ON f.station_id = n.id AND f.day = n.on_day "
                # A shop day and its shifts lie within three days of its date on any clock.
                "AND f.hour > n.on_day - interval '2 days' AND f.hour < n.on_day + interval '4 days' "
                f"GROUP BY station_id, {key}",
                asked,
            )
