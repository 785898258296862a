"""One tick over 5,000 stations of which 50 are due, in database time, against the bare question."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median

from django.db import connection

from benchmarks.ground import database_time, make_stations, report, write_plans
from downtime import engine
from downtime.models import Issue
from production.ingest import Parcel, record
from production.messages import Message
from production.models import Station, StationLive

STATIONS, DUE, ROUNDS = 5000, 50, 15
# Before these, PostgreSQL still plans each statement anew; a plant's beat lives for weeks.
WARM = 10


def run() -> None:
    """Let all stations work, let 50 fall silent, and look at what the tick costs the database."""
    stations = make_stations(STATIONS, cycle_time_ms=60_000)
    now = datetime.now(UTC) - timedelta(hours=1)
    work(stations, now)
    write_plans(now)
    look_at_all(now + timedelta(seconds=1))
    ticks, bare = [], []
    for number in range(WARM + ROUNDS):
        # As autovacuum does each minute where 5,000 stations speak: what they left since lies in the tick's way.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        # Everybody was looked at since he last worked, as his own deadline sees to.
        look_at_all(now + timedelta(seconds=15))
        now += timedelta(minutes=1)
        silent = {station.pk for station in stations[number * DUE : (number + 1) * DUE]}
        work([station for station in stations[number * DUE :] if station.pk not in silent], now)
        # Nobody else is due at the same moment as those that fell silent.
        moment = now + timedelta(seconds=31)
        StationLive.objects.exclude(station__in=silent).update(deadline=moment + timedelta(hours=1))
        StationLive.objects.filter(station__in=silent).update(deadline=moment)
        floor = database_time(lambda at=moment: list(StationLive.objects.filter(deadline__lte=at)))
        before = Issue.objects.count()
        figure = database_time(lambda at=moment: engine.tick(now=at))
        assert Issue.objects.count() - before == DUE, "each silent station raised its stop"
        if number >= WARM:
            bare.append(floor)
            ticks.append(figure)
    report(
        "tick, 50 due of 5,000 stations", floor=median(bare) * 1000, figure=median(ticks) * 1000,
        unit="ms database", wanted="at most 5 ms",
    )  # fmt: skip


def look_at_all(at: datetime) -> None:
    """Decide every station as it stands."""
    StationLive.objects.update(deadline=at)
    while engine.tick(now=at):
        pass


def work(stations: list[Station], at: datetime) -> None:
    """Each makes one unit now."""
    for first in range(0, len(stations), 1000):
        parcels = [
            Parcel(station.company_id, station.code, Message(at=at, good=1.0), "mqtt")
            for station in stations[first : first + 1000]
        ]
        record(parcels, received_at=at, quarantine=False)
