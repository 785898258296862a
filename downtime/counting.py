"""Counting a shift anew from its signals, where the door's running sum no longer holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from downtime.cases import Case, counted_from, rows_since
from downtime.detection import Carry
from downtime.listening import setting_of
from downtime.models import Slice
from production.counters import count
from production.live import units_per_count_over_time
from production.messages import Row


def recount(case: Case, now: datetime) -> None:
    """Set what the live row says was made since the shift began, and where the counters stand."""
    live = case.live
    live.counted_from = counted_from(case, now)
    rows, carry = _material(case, live.counted_from)
    live.good = live.bad = 0.0
    state, output = carry.counters, live.last_output_at
    factor = units_per_count_over_time(case.runs)
    for units, after in count(rows, setting_of(case.station, case.runs).counting, carry.counters):
        state = after
        if units.good or units.bad:
            output = max(output or units.at, units.at)
        if live.counted_from is not None and units.at >= live.counted_from:
            live.good += units.good * factor(units.at)
            live.bad += units.bad * factor(units.at)
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
