"""Runs as Busroot's clients read them: what was planned, what was made, how far it will get."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mesproject.busroot import MS, iso, ms
from mesproject.reports.measures import Measures
from mesproject.reports.runs import made_by
from mesproject.schedule.models import Forecast
from mesproject.schedule.shapes import Schedule, Together, Worked
from production.live import rule_of
from production.models import JobRun, SkuGroupMember
from production.sign_ons import who_worked

WITH = ("station__group__plant__company", "station__plan", "job__sku", "sku", "sku_group", "forecast")


def shown(runs: Sequence[JobRun], *, now: datetime) -> list[Schedule]:
    """Runs of one company (with WITH), in their order; what they made is what reports say."""
    made, members = made_by(runs, now=now), _members(runs)
    found = [_shown(run, made[run.pk], members.get(run.sku_group_id or 0, [])) for run in runs]
    people = who_worked([run.pk for run in runs if run.actual_start], now=now)
    for one in found:
        one.operators = [Worked(who.initials, who.name, who.ms) for who in people.get(one.id, [])]
    return found


def _members(runs: Sequence[JobRun]) -> dict[int, list[Together]]:
    found: dict[int, list[Together]] = defaultdict(list)
    if groups := {run.sku_group_id for run in runs if run.sku_group_id}:
        rows = SkuGroupMember.objects.filter(group__in=groups).order_by("sku__code")
        for group, code, multiplier in rows.values_list("group_id", "sku__code", "multiplier"):
            found[group].append(Together(code, multiplier))
    return found


def _shown(run: JobRun, made: Measures | None, members: list[Together]) -> Schedule:
    station = run.station
    return Schedule(
        id=run.pk,
        account_id=station.plant.company.code,
        station_code=station.code,
        station_name=station.name,
        work_order_reference=run.job.name if run.job else None,
        **_product(run, members),
        **_planned(run),
        **_actual(run),
        quantity_good=made.good if made else None,
        quantity_bad=made.bad if made else None,
        ideal_quantity=made.ideal_units if made else None,
        **_paces(run),
        extend_shift=run.extends_shift,
        auto_start=run.starts_by_plan,
        auto_end=run.ends_by_plan,
        auto_end_on_quantity_complete=run.ends_on_quantity,
        start_program=run.start_program,
        priority_at=_iso(run.prioritised_at),
        is_prioritised=run.prioritised_at is not None,
        **_expected(run),
    )


def _product(run: JobRun, members: list[Together]) -> dict[str, Any]:
    sku, group = run.effective_sku, run.sku_group
    return {
        "sku_code": sku.code if sku else None,
        "sku_name": sku.name if sku else None,
        "sku_value": float(sku.value) if sku and sku.value is not None else None,
        "sku_group_code": group.code if group else None,
        "sku_group_name": group.name if group else None,
        "skus": members,
    }


def _planned(run: JobRun) -> dict[str, Any]:
    length = run.planned_end - run.planned_start if run.planned_end and run.planned_start else None
    return {
        **_instant("planned_start_at", run.planned_start),
        **_instant("planned_end_at", run.planned_end),
        "planned_duration": None if length is None else length // MS,
        "planned_quantity": run.planned_quantity,
    }


def _actual(run: JobRun) -> dict[str, Any]:
    return {
        **_instant("actual_start_at", run.actual_start),
        **_instant("actual_end_at", run.actual_end),
        "start_in_setup": run.starts_in_setup,
        "is_in_setup": run.is_in_setup,
        **_instant("setup_end_at", run.production_start),
        "expected_setup_duration": run.expected_setup_ms,
        "effective_expected_setup_duration": run.effective_setup_ms,
        "is_started": run.actual_start is not None,
        "is_ended": run.actual_end is not None,
    }


def _paces(run: JobRun) -> dict[str, Any]:
    station, sku = run.station, run.effective_sku
    pace = run.effective_cycle_time_ms or station.cycle_time_ms
    return {
        "cycle_time": run.cycle_time_ms,
        "units_per_minute": 60_000 / run.cycle_time_ms if run.cycle_time_ms else None,
        "units_per_hour": 3_600_000 / run.cycle_time_ms if run.cycle_time_ms else None,
        "effective_cycle_time": pace,
        "effective_units_per_minute": 60_000 / pace,
        "effective_units_per_hour": 3_600_000 / pace,
        "batch_size": run.units_per_count,
        "effective_batch_size": run.effective_units_per_count,
        "effective_minimum_cycle_time": rule_of(station, sku).minimum_cycle // MS,
        "downtime_duration_threshold_multiplier": sku.stop_multiplier if sku else None,
        "performance_ideal": pace,
        "performance_mode_from": _said_by(run),
    }


def _expected(run: JobRun) -> dict[str, Any]:
    """What is forecast of it; nothing where nothing is."""
    found: Forecast | None = getattr(run, "forecast", None)
    if found is None:
        return {}
    return {
        "expected_start_at": _iso(found.start),
        "expected_end_at": _iso(found.end),
        "expected_quantity": found.quantity,
        "due_at": _iso(found.due),
        "standing": found.standing or None,
        "performance_actual": found.pace_ms if run.actual_start else None,
    }


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


def _instant(name: str, at: datetime | None) -> dict[str, Any]:
    """An instant as text and as a number."""
    return {name: _iso(at), f"{name}_timestamp": None if at is None else ms(at)}
