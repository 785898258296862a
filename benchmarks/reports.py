"""A year of 200 stations asked in six ways, against the best SQL on the best layout; and what keeping facts costs.

REPORT_YEARS=10 stores ten years, of which the same last one is asked.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from django.db import connection

from benchmarks.ground import database_time, make_stations, report, seconds, write_plans
from downtime import engine
from mesproject.reports import asking, facts
from mesproject.reports.asking import Days, Question
from mesproject.reports.measures import FIELDS
from mesproject.reports.metrics import in_dialect, needed
from mesproject.reports.models import FactMark
from production import partitions
from production.live import ensure, sum_again
from production.models import Station, StationLive

STATIONS, ROUNDS, GROUPS = 200, 5, 10
YEARS = int(os.environ.get("REPORT_YEARS", "1"))
# Slices cost most of the time and the disk: a month of them is enough to compare with.
HOURS_OF, SLICES_OF = timedelta(days=92), timedelta(days=31)
LAST = date(2026, 6, 30)
FIRST = LAST - timedelta(days=364)
NOW = datetime(2026, 7, 10, tzinfo=UTC)
MONTH = Days(LAST - timedelta(days=29), LAST)
TWELVE = (
    "timeInCycle", "totalParts", "goodParts", "rejectedParts", "oee", "availability", "performance", "quality",
    "downtime", "scheduledTime", "utilizationRate", "averagePartsPerHour",
)  # fmt: skip


def run() -> None:
    """Fill, ask, and keep."""
    made = make_stations(STATIONS, cycle_time_ms=60_000)
    stations = list(Station.objects.filter(pk__in=[station.pk for station in made]).in_place())
    ids = [station.pk for station in stations]
    print(f"filled in {seconds(lambda: fill(ids)):.0f} s: {sizes()}")
    measures = twelve()
    for name, question, kind in questions(stations):
        asked(name, question, kind, measures)
    one_machine(stations[0], measures)
    keeping()


def twelve() -> tuple[str, ...]:
    """The measures that a table of twelve metrics is computed from."""
    return needed([metric for name in TWELVE if (metric := in_dialect("machinemetrics", name))])


def questions(stations: list[Station]) -> list[tuple[str, Question, str]]:
    """(a) to (f) of the issue."""
    year, ids = Days(FIRST, LAST), stations
    seven = Days(LAST - timedelta(days=6), LAST)
    return [
        ("(a) year by day x machine", Question(ids, year, ("day", "machine"), now=NOW), "production"),
        ("(b) year's downtime pareto", Question(ids, year, ("reason",), now=NOW), "downtime"),
        (
            "(c) month by shift x machine x reason",
            Question(ids, MONTH, ("shift", "machine", "reason"), now=NOW),
            "downtime",
        ),
        ("(d) year by week x group", Question(ids, year, ("week", "machineGroup"), now=NOW), "production"),
        ("(e) one machine, 7 days by hour", Question(ids[:1], seven, ("hour",), now=NOW), "production"),
        ("(f) company total of a year", Question(ids, year, now=NOW), "production"),
    ]


# Filling


def fill(ids: list[int]) -> None:
    """Shifts and causes of all years; runs, hours and slices of the last weeks only."""
    first = LAST - timedelta(days=365 * YEARS - 1)
    fill_shifts(ids, first)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO reports_dayfact (station_id, day, shift, run_id, operator_id, {', '.join(FIELDS)}) "
            f"SELECT station_id, day, shift, 1 + mod(station_id * 7 + extract(doy FROM day)::int, 40), 0, "
            f"{', '.join(FIELDS)} FROM reports_shiftfact WHERE day >= %s",
            [FIRST],
        )
        since = datetime.combine(LAST, datetime.min.time(), UTC) - HOURS_OF
        until = datetime.combine(LAST, datetime.min.time(), UTC) + timedelta(days=1)
        cursor.execute(
            "INSERT INTO reports_hourfact (station_id, hour, day, shift, run_id, operator_id, "
            f"{', '.join(FIELDS)}) SELECT s.id, h, h::date, (extract(hour FROM h)::int / 8)::text, 1, 0, "
            f"{sum_columns(1)} FROM generate_series(%s, %s - interval '1 hour', interval '1 hour') h, bench_station s "
            "ORDER BY 1, 2",
            [since, until],
        )
        # Four stops a shift of ten causes, a year long.
        cursor.execute(
            "INSERT INTO reports_downtimefact (station_id, hour, day, shift, run_id, operator_id, cause_id, "
            "records, amount) SELECT s.id, h, h::date, (extract(hour FROM h)::int / 8)::text, 1, 0, "
            "mod(s.id * 31 + extract(epoch FROM h)::bigint / 7200 * 17, 10), 1, 300000 "
            "FROM generate_series(%s::timestamptz, %s - interval '2 hours', interval '2 hours') h, bench_station s "
            "ORDER BY 1, 2",
            [datetime.combine(first, datetime.min.time(), UTC), until],
        )
        fill_slices(cursor, until - SLICES_OF, until)
        cursor.execute("VACUUM ANALYZE")


def fill_shifts(ids: list[int], first: date) -> None:
    """Three shifts a day on every machine."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_station")
        cursor.execute("CREATE TEMP TABLE bench_station AS SELECT unnest(%s::bigint[]) AS id", [ids])
        cursor.execute(
            f"INSERT INTO reports_shiftfact (station_id, day, shift, {', '.join(FIELDS)}) SELECT s.id, d::date, "
            f"n::text, {sum_columns(8)} FROM generate_series(%s::timestamp, %s::timestamp, interval '1 day') d, "
            "bench_station s, generate_series(0, 2) n ORDER BY 1, 2, 3",
            [first, LAST],
        )


def fill_slices(cursor: Any, since: datetime, until: datetime) -> None:
    """A change of state each five minutes, as (e) of a busy plant: 57,600 a day for 200 stations."""
    cursor.execute(
        'INSERT INTO downtime_slice (station_id, start, "end", state, silent_since, carry) '
        "SELECT s.id, t, t + interval '5 minutes', CASE WHEN extract(minute FROM t)::int %% 10 = 0 "
        "THEN 'running' ELSE 'stopped' END, t, '{}' "
        "FROM generate_series(%s::timestamptz, %s - interval '5 minutes', interval '5 minutes') t, bench_station s "
        "ORDER BY 1, 2",
        [since, until],
    )


def sum_columns(hours: int) -> str:
    """Plausible numbers for every measure; of every one that is a time, a share of the hours."""
    part = "(100 + mod(s.id * 13 + {n}, 37)) / 200.0"
    return ", ".join(
        f"({hours * 3_600_000} * {part.format(n=n)})::{'int' if name.endswith('_ms') else 'float8'}"
        if name.endswith("_ms")
        else f"({hours} * {part.format(n=n)} * 10)::{'int' if name in ('stops', 'micro_stops') else 'float8'}"
        for n, name in enumerate(FIELDS)
    )


def sizes() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_live_tup, pg_size_pretty(pg_total_relation_size(relid)) FROM pg_stat_user_tables "
            "WHERE relname LIKE 'reports_%fact' OR relname = 'downtime_slice' ORDER BY relname"
        )
        return ", ".join(f"{name} {rows:,} rows {size}" for name, rows, size in cursor.fetchall())


# Asking

# By hand, from the table that suits best, with nothing that the answer does not need.
BEST = {
    "a": "SELECT day, station_id, {sums} FROM reports_shiftfact f WHERE station_id = ANY(%(ids)s) "
    "AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2",
    "b": "SELECT cause_id, sum(amount), sum(records) FROM reports_downtimefact WHERE station_id = ANY(%(ids)s) "
    "AND day BETWEEN %(first)s AND %(last)s "
    "AND hour >= %(first)s::date - 4 AND hour < %(last)s::date + 5 GROUP BY 1",
    "c": "SELECT shift, station_id, cause_id, sum(amount), sum(records) FROM reports_downtimefact "
    "WHERE station_id = ANY(%(ids)s) AND day BETWEEN %(first)s AND %(last)s "
    "AND hour >= %(first)s::date - 4 AND hour < %(last)s::date + 5 GROUP BY 1, 2, 3",
    "d": "SELECT date_trunc('week', f.day)::date, s.group_id, {sums} FROM reports_shiftfact f "
    "JOIN production_station s ON s.id = f.station_id WHERE f.station_id = ANY(%(ids)s) "
    "AND f.day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2",
    "e": "SELECT hour, {sums} FROM reports_hourfact f WHERE station_id = ANY(%(ids)s) "
    "AND day BETWEEN %(first)s AND %(last)s AND hour >= %(first)s::date - 2 AND hour < %(last)s::date + 3 GROUP BY 1",
    "f": "SELECT {sums} FROM reports_shiftfact f WHERE station_id = ANY(%(ids)s) "
    "AND day BETWEEN %(first)s AND %(last)s",
}
# The same from slices: only what became of time, and only where slices are filled in.
OF_SLICES = (
    "SELECT {keys}, sum(extract(epoch FROM s.\"end\" - s.start)) FILTER (WHERE s.state = 'running'), "
    "sum(extract(epoch FROM s.\"end\" - s.start)) FILTER (WHERE s.state = 'stopped') FROM downtime_slice s "
    "WHERE s.station_id = ANY(%(ids)s) AND s.start >= %(first)s::date AND s.start < %(last)s::date + 1 GROUP BY 1, 2"
)


def asked(name: str, question: Question, kind: str, measures: tuple[str, ...]) -> None:
    """Database time of a question and of the best SQL, in turns."""

    def ask() -> object:
        if kind == "production":
            return asking.production(question, measures)
        return asking.losses(question, kind)

    best = BEST[name[1]].format(sums=", ".join(f"sum(f.{measure})" for measure in measures))
    floor, figure = [], []
    hand = by_hand(best, question)
    for _ in range(ROUNDS):
        floor.append(database_time(hand))
        figure.append(database_time(ask))
    report(
        name, floor=median(floor) * 1000, figure=median(figure) * 1000, unit="ms database",
        wanted="at most 2 times the best SQL",
    )  # fmt: skip
    print(f"    in all, Python included: {seconds(ask, times=3) * 1000:.0f} ms")
    if name[1] == "c":
        slices = by_hand(OF_SLICES.format(keys="s.start::date, s.station_id"), question)
        print(
            f"    a month of slices by day x machine, by SQL: {database_time(slices) * 1000:.0f} ms database"
        )


def by_hand(text: str, question: Question) -> Callable[[], None]:
    when = question.when
    assert isinstance(when, Days)
    parameters = {"ids": [s.pk for s in question.stations], "first": when.first, "last": when.last}

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute(text, parameters)
            cursor.fetchall()

    return ask


def one_machine(station: Station, measures: tuple[str, ...]) -> None:
    """OEE of one machine over 30 days, everything included but HTTP."""
    question = Question([station], MONTH, now=NOW)
    asking.production(question, measures)
    taken = seconds(lambda: asking.production(question, measures), times=21)
    print(f"one machine over 30 days: {taken * 1000:.1f} ms of server time  (at most 20 ms)")


# Keeping


def keeping() -> None:
    """Days of machines that count, decided and summed; then one of their days anew."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE downtime_slice")  # those of the machines that were only asked about
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for every in (60, 10):
        ids = counting(every, now)
        one_day_anew(ids, every, now)
    raw(ids, now)
    fresh(ids, now)


def counting(every: int, now: datetime) -> list[int]:
    """Fifty machines that have counted each so many seconds, for two days."""
    ids, since = [station.pk for station in make_stations(50, cycle_time_ms=60_000)], now - timedelta(days=2)
    partitions.ensure({(at.year, at.month) for at in (since, now)})
    signals(ids, since, now, every=every)
    write_plans(now)
    while engine.tick(now=now):
        pass
    while facts.refresh(now=now):
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return ids


def one_day_anew(ids: list[int], every: int, now: datetime) -> None:
    """Database time of summing a day of a machine again, as one that has done so before."""
    days = []
    for pk in ids[:25]:
        sum_again([pk], since=now - timedelta(days=1))
        days.append(database_time(lambda: facts.refresh(now=now)))
    said = median(database_time(lambda pk=pk: bare_signals(pk, now)) for pk in ids[:9])
    report(
        f"a station-day of {86_400 // every:,} counts anew", floor=said * 1000, figure=median(days) * 1000,
        unit="ms database", wanted="at most 5 ms; the floor reads its signals",
    )  # fmt: skip
    print(f"    in all, Python included: {again(ids[30], now):.0f} ms")


def raw(ids: list[int], now: datetime) -> None:
    """What the same numbers cost without facts: units by day x machine, from the signals themselves."""
    stations = list(Station.objects.filter(pk__in=ids).in_place())
    question = Question(
        stations, Days(now.date() - timedelta(days=1), now.date()), ("day", "machine"), now=now
    )
    summed = database_time(lambda: asking.production(question, ("good",)))

    def by_hand() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT at::date, station_id, sum(good) FROM production_signal WHERE station_id = ANY(%s) "
                "AND at >= %s::date - 1 AND at < %s::date + 1 GROUP BY 1, 2",
                [ids, now, now],
            )
            cursor.fetchall()

    taken = database_time(by_hand)
    print(
        f"    units of two days by day x machine: {summed * 1000:.1f} ms database from facts, "
        f"{taken * 1000:.0f} ms by SQL over signals"
    )


def bare_signals(pk: int, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT at, key, good FROM production_signal WHERE station_id = %s AND at >= %s AND at < %s ORDER BY at",
            [pk, now - timedelta(days=1), now],
        )
        cursor.fetchall()


def again(pk: int, now: datetime) -> float:
    sum_again([pk], since=now - timedelta(days=1))
    return seconds(lambda: facts.refresh(now=now)) * 1000


def fresh(ids: list[int], now: datetime) -> None:
    """How many stations' facts are kept to within a minute by one process that does nothing else."""
    kept = []
    for minute in range(1, 4):
        at = now + minute * timedelta(seconds=61)
        signals(ids, at - timedelta(seconds=60), at)
        StationLive.objects.filter(station__in=ids).update(deadline=at)
        while engine.tick(now=at):
            StationLive.objects.filter(station__in=ids).update(deadline=at + timedelta(minutes=1))
        begun, done = time.perf_counter(), 0
        while FactMark.objects.filter(summed_until__lt=at).exists() and (n := facts.refresh(now=at)):
            done += n
        kept.append(60 * done / (time.perf_counter() - begun))
    print(f"stations kept fresh by one process: {median(kept):,.0f} a minute")


def signals(ids: list[int], since: datetime, until: datetime, *, every: int = 10) -> None:
    """A count each so many seconds, as stored and as the live rows know it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO production_signal (station_id, at, key, received_at, good) "
            "SELECT id, t, 1, t, 1 FROM unnest(%s::bigint[]) id, "
            "generate_series(%s::timestamptz, %s::timestamptz, %s::interval) t ON CONFLICT DO NOTHING",
            [ids, since, until - timedelta(seconds=1), f"{every} seconds"],
        )
    ensure(ids)
    StationLive.objects.filter(station__in=ids).update(last_seen_at=until, deadline=until)
