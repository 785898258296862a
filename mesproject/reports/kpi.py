"""The formulas, each in one place. Pure. None is "no answer", never 0."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from production.windows import Window, intersection, total


def target_quantity(
    planned: Iterable[Window], shift: Window, now: datetime, cycle: timedelta
) -> float | None:
    """Units that planned production time of the shift up to now asks for; None where nothing was planned yet.

    Planned time over the ideal time per unit, not reduced by stops: Busroot's "ideal production quantity".
    """
    elapsed = total(intersection(planned, [Window(shift.start, min(max(now, shift.start), shift.end))]))
    if not elapsed or not cycle:
        return None
    return elapsed / cycle


def efficiency(made: float, target: float | None) -> float | None:
    """What was made over what should have been, as a fraction; None where nothing should have been.

    With a target that stops do not reduce this is ISO 22400's NEE index before quality: availability
    times effectiveness. Over 1 is shown, not cut.
    """
    return made / target if target else None


def downtime(stops: Iterable[Window], within: Window) -> timedelta:
    """Elapsed time of stops inside a window; overlapping ones count once."""
    return total(intersection(stops, [within]))
