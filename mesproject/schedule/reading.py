"""Runs as Busroot's clients read them: what was planned, what was made, how far it will get."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from mesproject.busroot import MS, iso, ms
from mesproject.reports.asking import Question, production
from mesproject.reports.measures import Measures
from mesproject.schedule.models import Forecast
from mesproject.schedule.shapes import Schedule, Together, Worked
from production.models import JobRun, SkuGroupMember, Station
from production.sign_ons import who_worked
from production.windows import Window

WITH = ("station__group__plant__company", "job__sku", "sku", "sku_group", "forecast")


def shown(runs: Sequence[JobRun], *, now: datetime) -> list[Schedule]:
    """Runs of one company (with WITH), in their order; what they made is what reports say."""
    made, members = made_by(runs, now=now), _members(runs)
    found = [
        _shown(run, made.get(run.pk, Measures()), members.get(run.sku_group_id or 0, [])) for run in runs
    ]
    people = who_worked([run.pk for run in runs if run.actual_start], now=now)
    for one in found:
        one.operators = [Worked(who.initials, who.name, who.ms) for who in people.get(one.id, [])]
    return found


def made_by(runs: Sequence[JobRun], *, now: datetime) -> dict[int, Measures]:
    """The sums of each run that has begun."""
    begun = [run for run in runs if run.actual_start and run.actual_start < now]
    if not begun:
        return {}
    since = min(run.actual_start for run in begun if run.actual_start)
    until = max(run.actual_end or now for run in begun)
    stations = {run.station_id: run.station for run in begun}
    only = {"run": [run.pk for run in begun]}
    asked = Question(list(stations.values()), Window(since, min(until, now)), ("run",), only=only, now=now)
    return {pk: sums for (pk,), sums in production(asked)}


def _members(runs: Sequence[JobRun]) -> dict[int, list[Together]]:
    found: dict[int, list[Together]] = defaultdict(list)
    if groups := {run.sku_group_id for run in runs if run.sku_group_id}:
        rows = SkuGroupMember.objects.filter(group__in=groups).order_by("sku__code")
        for group, code, multiplier in rows.values_list("group_id", "sku__code", "multiplier"):
            found[group].append(Together(code, multiplier))
    return found


def _shown(run: JobRun, made: Measures, members: list[Together]) -> Schedule:
    station, sku, group = run.station, run.effective_sku, run.sku_group
    forecast: Forecast | None = getattr(run, "forecast", None)
    pace = run.effective_cycle_time_ms or station.cycle_time_ms
    length = run.planned_end - run.planned_start if run.planned_end and run.planned_start else None
    return Schedule(
        id=run.pk,
        account_id=station.plant.company.code,
        station_code=station.code,
        station_name=station.name,
        work_order_reference=run.job.name if run.job else None,
        sku_code=sku.code if sku else None,
        sku_name=sku.name if sku else None,
        sku_value=float(sku.value) if sku and sku.value is not None else None,
        sku_group_code=group.code if group else None,
        sku_group_name=group.name if group else None,
        skus=members,
        planned_start_at=_iso(run.planned_start),
        planned_start_at_timestamp=_ms(run.planned_start),
        planned_end_at=_iso(run.planned_end),
        planned_end_at_timestamp=_ms(run.planned_end),
        planned_duration=None if length is None else length // MS,
        planned_quantity=run.planned_quantity,
        actual_start_at=_iso(run.actual_start),
        actual_start_at_timestamp=_ms(run.actual_start),
        actual_end_at=_iso(run.actual_end),
        actual_end_at_timestamp=_ms(run.actual_end),
        start_in_setup=run.starts_in_setup,
        is_in_setup=run.is_in_setup,
        setup_end_at=_iso(run.production_start),
        setup_end_at_timestamp=_ms(run.production_start),
        expected_setup_duration=run.expected_setup_ms,
        effective_expected_setup_duration=run.effective_setup_ms,
        is_started=run.actual_start is not None,
        is_ended=run.actual_end is not None,
        quantity_good=made.good,
        quantity_bad=made.bad,
        ideal_quantity=made.ideal_units,
        cycle_time=run.cycle_time_ms,
        units_per_minute=60_000 / run.cycle_time_ms if run.cycle_time_ms else None,
        units_per_hour=3_600_000 / run.cycle_time_ms if run.cycle_time_ms else None,
        effective_cycle_time=pace,
        effective_units_per_minute=60_000 / pace,
        effective_units_per_hour=3_600_000 / pace,
        batch_size=run.units_per_count,
        effective_batch_size=run.effective_units_per_count,
        effective_minimum_cycle_time=_minimum(run, station),
        downtime_duration_threshold_multiplier=sku.stop_multiplier if sku else None,
        extend_shift=run.extends_shift,
        auto_start=run.starts_by_plan,
        auto_end=run.ends_by_plan,
        auto_end_on_quantity_complete=run.ends_on_quantity,
        start_program=run.start_program,
        priority_at=_iso(run.prioritised_at),
        is_prioritised=run.prioritised_at is not None,
        expected_start_at=_iso(forecast.start) if forecast else None,
        expected_end_at=_iso(forecast.end) if forecast else None,
        expected_quantity=forecast.quantity if forecast else None,
        due_at=_iso(forecast.due) if forecast else None,
        standing=(forecast.standing or None) if forecast else None,
        performance_ideal=pace,
        performance_actual=forecast.pace_ms if forecast and run.actual_start else None,
        performance_mode_from=_said_by(run),
    )


def _minimum(run: JobRun, station: Station) -> int:
    sku = run.effective_sku
    return (
        station.minimum_cycle_time_ms
        if sku is None or sku.minimum_cycle_time_ms is None
        else sku.minimum_cycle_time_ms
    )


def _said_by(run: JobRun) -> str:
    """Who says the ideal pace."""
    sku = run.effective_sku
    if run.cycle_time_ms:
        return "schedule"
    if run.job and run.job.ideal_part_time_ms:
        return "job"
    return "sku" if sku and sku.cycle_time_ms else "station"


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso(at)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else ms(at)
