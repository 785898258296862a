"""What the benchmarks share: a plant, a clock, and one way to print."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from itertools import count
from statistics import median
from typing import Any

from django.db import connection

from mesproject.accounts.models import Company
from production.models import Plant, Station, StationGroup
from scheduling.models import PatternAssignment, PatternShift, ShiftPattern
from scheduling.writing import write_ahead

_numbers = count(1)


def make_stations(number: int, **settings: object) -> list[Station]:
    """A company with this many stations in one plant, planned around the clock."""
    code = f"bench-{next(_numbers)}"
    company = Company.objects.create(code=code, name=code)
    plant = Plant.objects.create(company=company, code="p", name="Plant")
    group = StationGroup.objects.create(plant=plant, code="g", name="Group")
    pattern = ShiftPattern.objects.create(company=company, code="w", title="Around the clock")
    PatternShift.objects.bulk_create(
        PatternShift(pattern=pattern, name=f"{start // 60}", day=day, start_minute=start, minutes=480)
        for day in range(7)
        for start in (360, 840, 1320)
    )
    PatternAssignment.objects.create(pattern=pattern, group=group, valid_from=date(2000, 1, 1))
    return Station.objects.bulk_create(
        Station(company=company, group=group, code=f"s{n}", name=f"Station {n}", machine_ref=n, **settings)
        for n in range(1, number + 1)
    )


def write_plans(now: datetime) -> None:
    """Write the plans of all stations ahead, as the worker does."""
    while write_ahead(now=now):
        pass


def database_time(work: Any) -> float:
    """Seconds that PostgreSQL itself spent planning and executing while `work` ran."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_statements_reset()")
        work()
        cursor.execute(
            "SELECT sum(total_plan_time + total_exec_time) / 1000 FROM pg_stat_statements "
            "WHERE query NOT LIKE '%%pg_stat_statements%%'"
        )
        return float(cursor.fetchone()[0])


def seconds(work: Callable[[], object], *, times: int = 1) -> float:
    """The median elapsed time of some runs."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken)


def report(name: str, *, floor: float, figure: float, unit: str, wanted: str) -> None:
    """One line a figure: the ratio is what counts, the absolute numbers are this machine's."""
    print(
        f"{name:34} floor {floor:12,.1f}  figure {figure:12,.1f} {unit:12} ratio {figure / floor:5.2f}  ({wanted})"
    )
