"""What a wall board costs, of 8 and of 200 stations: where nothing has changed, and where it is drawn anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

from benchmarks.ground import make_stations, report, seconds, write_plans
from downtime.models import Issue, Slice
from mesproject.reports import facts
from mesproject.reports.glance import glances, stations_of
from mesproject.versions import version
from production.models import StationLive

SIZES = (8, 200)
TIMES = 15
# Six hours into a shift, with a stop of two minutes in every eight; facts were summed a minute ago.
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
SO_FAR, STEP, STOP = timedelta(hours=6), timedelta(minutes=8), timedelta(minutes=2)


def run() -> None:
    """Print what it takes to say that nothing is new, and to know everything that a board shows."""
    for number in SIZES:
        stations = make_stations(number, cycle_time_ms=60_000)
        write_plans(NOON)
        work([station.pk for station in stations])
        while facts.refresh(now=NOON - timedelta(minutes=1)):
            pass
        company = stations[0].company
        ids = [station.pk for station in stations]
        same = seconds(lambda ids=ids: version(ids, NOON), times=TIMES)
        drawn = seconds(lambda company=company: glances(stations_of(company), now=NOON), times=TIMES)
        report(
            f"board of {number} stations", floor=same * 1000, figure=drawn * 1000, unit="ms server",
            wanted="floor: nothing is new",
        )  # fmt: skip


def work(stations: list[int], until: datetime = NOON, *, every: timedelta = STEP) -> None:
    """Slices and stops of the shift so far, and the live rows."""
    slices, issues = [], []
    for pk in stations:
        at = until - SO_FAR
        while at < until:
            stop, end = at + every - STOP, min(at + every, until)
            slices.append(Slice(station_id=pk, start=at, end=stop, state="running", carry={}))
            slices.append(
                Slice(
                    station_id=pk,
                    start=stop,
                    end=end if end < until else None,
                    state="stopped",
                    silent_since=stop,
                    carry={},
                )
            )
            issues.append(
                Issue(
                    station_id=pk,
                    silent_since=stop,
                    started_at=stop,
                    raised_at=stop,
                    updated_at=stop,
                    ended_at=end if end < until else None,
                )
            )
            at += every
    Slice.objects.bulk_create(slices)
    Issue.objects.bulk_create(issues)
    StationLive.objects.bulk_create(
        StationLive(
            station_id=pk, status="stopped", since=until - STOP, settled_at=until - STOP,
            last_output_at=until - STOP, last_seen_at=until - STOP, counters={}, carry={},
        )
        for pk in stations
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum has done where these rows were not made in a minute
