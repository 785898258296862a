"""Planned time of 200 stations as it is asked and as it is written, against the bare rows."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from statistics import median

from django.db import connection

from benchmarks.ground import database_time, make_stations, report, write_plans
from production.models import Station
from production.windows import Window
from scheduling.models import EventAssignment, ScheduleEvent, ShiftPattern
from scheduling.planned import plans

STATIONS, ROUNDS = 200, 7
BREAKS = ("020000", "100000", "180000")
# The two selects of `planned`, without what joins and cuts.
BARE = (
    "SELECT station_id, start_at, end_at, name, team, day, attendance FROM scheduling_plannedshift "
    "WHERE station_id = ANY(%s) AND start_at < %s AND end_at > %s AND start_at > %s",
    "SELECT station_id, start_at, end_at, event_type, name, event_id, assignment_id FROM scheduling_eventinstance "
    "WHERE station_id = ANY(%s) AND start_at < %s AND end_at > %s AND start_at > %s",
)


def run() -> None:
    """Three shifts a day with a break each; written 400 days ahead, then asked for."""
    made = make_stations(STATIONS)
    pattern = ShiftPattern.objects.get(company=made[0].company_id)
    event = ScheduleEvent.objects.create(company=pattern.company, name="Break", minutes=30)
    for at in BREAKS:
        rule = f"DTSTART:20200101T{at}\nRRULE:FREQ=DAILY"
        EventAssignment.objects.create(event=event, pattern=pattern, start_rule=rule)
    now = datetime.now(UTC)
    writing([station.pk for station in made], now)
    stations = list(Station.objects.filter(company=pattern.company).in_place())
    month = Window(now, now + timedelta(days=31))
    asked("planned, 200 stations x 31 days", stations, month, wanted="at most 30 ms")
    asked("planned, 200 stations x 400 days", stations, Window(now, now + timedelta(days=398)), wanted="-")


def writing(ids: list[int], now: datetime) -> None:
    """Rows a second that a worker writes, against COPY of the same rows into a table of the same kind."""
    begun = time.perf_counter()
    write_plans(now)
    taken = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM scheduling_plannedshift WHERE station_id = ANY(%s)", [ids])
        [shifts] = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM scheduling_eventinstance WHERE station_id = ANY(%s)", [ids])
        [instances] = cursor.fetchone()
    rows = shifts + instances
    report("plans, written", floor=copied(), figure=rows / taken, unit="rows/s", wanted="-")


def copied() -> float:
    """Planned shifts a second that COPY alone stores into a copy of their table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT station_id, start_at, end_at, name, team, day, attendance FROM scheduling_plannedshift"
        )
        rows = cursor.fetchall()
        cursor.execute("CREATE TABLE bare_plannedshift (LIKE scheduling_plannedshift INCLUDING ALL)")
        begun = time.perf_counter()
        with cursor.copy(
            "COPY bare_plannedshift (station_id, start_at, end_at, name, team, day, attendance) FROM STDIN"
        ) as copy:
            for row in rows:
                copy.write_row(row)
        taken = time.perf_counter() - begun
        cursor.execute("DROP TABLE bare_plannedshift")
        cursor.execute("VACUUM ANALYZE scheduling_plannedshift, scheduling_eventinstance")
    return len(rows) / taken


def asked(name: str, stations: list[Station], window: Window, *, wanted: str) -> None:
    """Database time of the question, against that of selecting the rows and nothing else."""
    ids = [station.pk for station in stations]

    def bare() -> None:
        with connection.cursor() as cursor:
            for query in BARE:
                cursor.execute(query, [ids, window.end, window.start, window.start - timedelta(days=3)])
                cursor.fetchall()

    floor = median(database_time(bare) for _ in range(ROUNDS))
    figure = median(database_time(lambda: plans(stations, window)) for _ in range(ROUNDS))
    begun = time.perf_counter()
    plans(stations, window)
    print(f"{name}: {time.perf_counter() - begun:.2f} s in all, Python included")
    report(name, floor=floor * 1000, figure=figure * 1000, unit="ms database", wanted=wanted)
