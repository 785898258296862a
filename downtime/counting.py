"""Counting anew from signals, where the door's counting no longer holds."""

from __future__ import annotations

import msgspec

from downtime.cases import Case
from downtime.listening import setting_of
from production.counters import count


def recount(case: Case) -> None:
    """Set where the counters of the live row stand, and when the station made something last."""
    state, output = case.carry.counters, case.live.last_output_at
    for units, after in count(case.rows, setting_of(case.station, case.runs).counting, state):
        state = after
        if units.good or units.bad:
            output = max(output or units.at, units.at)
    case.live.counters, case.live.last_output_at = msgspec.to_builtins(state), output
