"""The schedule screen of 200 stations and a week with ten runs each, against the bare rows of what it shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from django.db import connection
from django.test import Client

from benchmarks.ground import make_stations, report, seconds, write_plans
from mesproject.accounts.models import Role, User
from mesproject.schedule import bars, forecasting
from production.models import Job, JobRun, Sku, Station
from production.windows import Window

STATIONS, RUNS = 200, 10
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
TIMES = 15


def run() -> None:
    """Print what the server needs for the whole page, from the request to its last byte."""
    now = datetime.now(UTC)
    made = make_stations(STATIONS, cycle_time_ms=60_000)
    plan(made, now)
    write_plans(now)
    forecasting.refresh(now=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    ids = [station.pk for station in made]
    client = looking(made[0])

    def page() -> None:
        answer = client.get("/schedule/", {"range": "week"})
        assert answer.status_code == HTTPStatus.OK
        assert answer.content.count(b'class="row"') == STATIONS

    def rows() -> None:
        assert len(bars.runs_on(ids, Window(monday, monday + WEEK))) >= STATIONS * RUNS / 2

    page()
    floor, figure = 1000 * seconds(rows, times=TIMES), 1000 * seconds(page, times=TIMES)
    report(
        "schedule of 200 stations, a week",
        floor=floor,
        figure=figure,
        unit="ms server",
        wanted="at most 100 ms",
    )


def plan(stations: list[Station], now: datetime) -> None:
    """On each station runs of half a day around the present: four that are over, one that goes on, five to come."""
    company = stations[0].company
    sku = Sku.objects.create(company=company, code="A-100", name="Bracket", cycle_time_ms=60_000)
    jobs = Job.objects.bulk_create(
        Job(company=company, name=f"WO-{number}", part="A-100", sku=sku) for number in range(STATIONS * RUNS)
    )
    found = []
    for number, job in enumerate(jobs):
        station, turn = stations[number // RUNS], number % RUNS
        start = now + (turn - 4.5) * 12 * HOUR
        begun = start if start <= now else None
        ended = start + 11 * HOUR if start + 12 * HOUR <= now else None
        found.append(
            JobRun(
                station=station,
                job=job,
                sku=sku,
                planned_start=start,
                planned_quantity=660,
                actual_start=begun,
                actual_end=ended,
            )
        )
    JobRun.objects.bulk_create(found)


def looking(station: Station) -> Client:
    """The browser of somebody who plans."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(
        User.objects.create(company=station.company, username="sam", role=Role.SUPERVISOR, is_staff=True)
    )
    return client
