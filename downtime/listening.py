"""How a station is listened to: its own settings, and the cycle times of what ran on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from downtime.detection import Limits, Setting
from production.live import rule_over_time
from production.models import JobRun, Station


def setting_of(station: Station, runs: Sequence[JobRun]) -> Setting:
    """The detection setting of a station over time; `runs` in order of their start."""
    return Setting(
        mode=Station.Detection.OFF.value if station.is_silent else station.detection,
        limits=_limits_over_time(station, runs),
        counting=rule_over_time(station, runs),
        heartbeat=None
        if station.is_silent or station.heartbeat_ms is None
        else timedelta(milliseconds=station.heartbeat_ms),
        speed_threshold=station.speed_threshold,
        power_threshold_kw=station.power_threshold_kw,
    )


def _limits_over_time(station: Station, runs: Sequence[JobRun]) -> list[tuple[datetime, Limits]]:
    idle = limits_of(station, None)
    changes: dict[datetime, Limits] = {}
    for run in runs:
        assert run.actual_start is not None
        changes[run.actual_start] = limits_of(station, run)
        if run.actual_end is not None:
            changes[run.actual_end] = idle
    first = min(changes, default=station.created_at)
    # Before the first run the station's own times hold.
    return [(first - timedelta(days=36_500), idle), *sorted(changes.items(), key=lambda change: change[0])]


def limits_of(station: Station, run: JobRun | None) -> Limits:
    """How long a gap may be on this station, during this run or without one."""
    micro = timedelta(milliseconds=station.micro_stop_ms)
    hold_on = timedelta(milliseconds=station.hold_on_ms)
    if station.detection != Station.Detection.PRODUCTION_CYCLE:
        idle = timedelta(milliseconds=station.utilisation_threshold_ms)
        return Limits(quiet=hold_on, stop=max(hold_on, idle, micro))
    sku = run.effective_sku if run else None
    cycle = (run.effective_cycle_time_ms if run else None) or station.cycle_time_ms
    multiplier = (sku.stop_multiplier if sku else None) or station.stop_multiplier
    per_count = run.effective_units_per_count if run else 1.0
    quiet = max(hold_on, timedelta(milliseconds=cycle * per_count * multiplier))
    return Limits(quiet=quiet, stop=max(quiet, micro))
