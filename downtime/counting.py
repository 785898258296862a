"""Counting a shift anew from its signals, where the door's running sum no longer holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

import msgspec

from downtime.cases import Case, counted_from, rows_since
from downtime.detection import Carry
from downtime.listening import setting_of
from downtime.models import Slice
from production.counters import count
from production.messages import Row
from production.models import JobRun


def recount(case: Case, now: datetime) -> None:
    """Set what the live row says was made since the shift began, and where the counters stand."""
    live = case.live
    live.counted_from = counted_from(case, now)
    rows, carry = _material(case, live.counted_from)
    live.good = live.bad = 0.0
    state, output = carry.counters, live.last_output_at
    for units, after in count(rows, setting_of(case.station, case.runs).counting, carry.counters):
        state = after
        if units.good or units.bad:
            output = max(output or units.at, units.at)
        if live.counted_from is not None and units.at >= live.counted_from:
            factor = _units_per_count(case.runs, units.at)
            live.good += units.good * factor
            live.bad += units.bad * factor
    live.counters, live.last_output_at = msgspec.to_builtins(state), output


def _material(case: Case, since: datetime | None) -> tuple[Sequence[Row], Carry]:
    """Signals from the beginning of the shift or before, and what was remembered there."""
    if since is None or case.start <= since:
        return case.rows, case.carry
    reaching = Slice.objects.filter(station=case.station, start__lte=since).order_by("-start")
    first = reaching.first() or Slice.objects.filter(station=case.station).order_by("start").first()
    if first is None or first.start >= case.start:
        return case.rows, case.carry
    rows = rows_since({case.station.pk: first.start}).get(case.station.pk, [])
    return rows, msgspec.convert(first.carry, Carry)


def _units_per_count(runs: Sequence[JobRun], at: datetime) -> float:
    """How many units one count meant at this instant."""
    position = bisect_right([run.actual_start for run in runs if run.actual_start], at)
    run = runs[position - 1] if position else None
    sku = run.effective_sku if run and (run.actual_end is None or at < run.actual_end) else None
    return sku.units_per_count if sku else 1.0
