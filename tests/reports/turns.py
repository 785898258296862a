"""Job runs of the stations of a random history, and what the admin makes of them afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from production.effects import apply, effect_of
from production.models import JobRun, Station
from tests.make import make_job, make_sku

if TYPE_CHECKING:
    from tests.reports.histories import History


def run(one: History, station: Station, now: datetime) -> None:
    """Added, ended, lengthened or taken away, as the admin does."""
    runs = list(JobRun.objects.filter(station=station))
    if not runs or one.chance.random() < 0.4:
        if row := add_run(one, station):
            apply([effect_of(row)], at=now)
        return
    row = one.chance.choice(runs)
    before = effect_of(row)
    action = one.chance.choice(["end", "begin", "delete", "pace", "setup"])
    if action == "delete":
        row.delete()
    elif action == "pace":
        row.cycle_time_ms = one.chance.choice([45_000, 400_000])
        row.save()
    elif action == "setup":
        row.starts_in_setup, over = one.chance.choice(
            [(True, one.at(until=now)), (True, None), (False, None)]
        )
        row.production_start = over and max(over, row.actual_start)
        row.save()
    else:
        at = one.at(until=now)
        start, end = (at, row.actual_end) if action == "begin" else (row.actual_start, at)
        if (end and start >= end) or overlapping(station, start, end, but=row):
            return
        row.actual_start, row.actual_end = start, end
        row.production_start = row.production_start and max(row.production_start, start)
        row.save()
    apply([before, effect_of(row)] if row.pk else [before], at=now)


def add_run(one: History, station: Station) -> JobRun | None:
    start, end = sorted([one.at(), one.at()])
    end = None if one.chance.random() < 0.3 else end
    if start == end or overlapping(station, start, end):
        return None
    sku = make_sku(
        company=station.company, cycle_time_ms=one.chance.choice([30_000, 240_000]),
        units_per_count=one.chance.choice([1, 2, 0.5]), value=one.chance.choice([None, "2.50"]),
        minimum_cycle_time_ms=one.chance.choice([None, None, 120_000]),
    )  # fmt: skip
    job = make_job(company=station.company, expected_part_time_ms=one.chance.choice([None, 90_000]))
    over = one.chance.choice([None, max(start, one.at())])
    setup = {"starts_in_setup": True, "production_start": over} if one.chance.random() < 0.4 else {}
    kwargs = {"station": station, "sku": sku, "job": one.chance.choice([None, job]), **setup}
    return JobRun.objects.create(**kwargs, actual_start=start, actual_end=end)


def overlapping(station, start, end, *, but: JobRun | None = None) -> bool:
    others = JobRun.objects.filter(station=station).exclude(pk=but.pk if but else None)
    return others.covering(start, end or datetime(9000, 1, 1, tzinfo=UTC)).exists()
