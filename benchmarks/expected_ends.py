"""Expected ends of 2,000 runs on 200 stations, as the worker tells them each minute, against the bare statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from benchmarks.ground import database_time, make_stations, report, seconds, write_plans
from mesproject.reports.models import FactMark, HourFact
from mesproject.schedule import forecasting
from mesproject.schedule.models import Forecast
from production.models import JobRun, Sku, Station

STATIONS, RUNS = 200, 10
HOUR = timedelta(hours=1)
ROUNDS = 7


def run() -> None:
    """On each station one runs for a day, and nine are to come."""
    made = make_stations(STATIONS)
    now = datetime.now(UTC)
    sku = Sku.objects.create(company=made[0].company, code="A-100", name="Bracket", cycle_time_ms=20_000)
    JobRun.objects.bulk_create(
        JobRun(
            station=station, sku=sku, planned_quantity=5000, planned_start=now + number * 6 * HOUR,
            actual_start=None if number else now - 24 * HOUR,
        )
        for station in made
        for number in range(RUNS)
    )  # fmt: skip
    write_plans(now)
    facts(made, now)

    def told() -> None:
        assert forecasting.refresh(now=now) == STATIONS * RUNS

    told()
    assert Forecast.objects.exclude(end=None).count() == STATIONS * RUNS
    floor, figure = 1000 * database_time(told), 1000 * seconds(told, times=ROUNDS)
    report("expected ends of 2,000 runs", floor=floor, figure=figure, unit="ms", wanted="at most 1,000 ms")


def facts(stations: list[Station], now: datetime) -> None:
    """What a day of the running ones summed up to."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    runs = dict(JobRun.objects.running().values_list("station_id", "pk"))
    none = {field.name: 0 for field in HourFact._meta.concrete_fields if field.name.endswith(("ms", "units"))}
    others = (
        "stops",
        "micro_stops",
        "bad",
        "scrap",
        "nonconform",
        "rework",
        "kwh",
        "kwh_outside",
        "value",
        "lost_value",
    )
    HourFact.objects.bulk_create(
        HourFact(
            **none | dict.fromkeys(others, 0) | {"planned_ms": 3_600_000, "good": 150.0},
            station=station, hour=hour - back * HOUR, day=hour.date(), shift="", run_id=runs[station.pk], operator_id=0,
        )
        for station in stations
        for back in range(1, 25)
    )  # fmt: skip
    FactMark.objects.bulk_create(
        FactMark(station=station, summed_until=now, settled_until=now, hour=hour, counters={})
        for station in stations
    )
