"""The formulas, each in one place. Pure. None is "no answer", never 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from production.windows import Window, intersection, total


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a station should work in a stretch of time: the ideal time of a unit."""

    window: Window
    cycle: timedelta


def target_quantity(planned: Sequence[Window], paces: Iterable[Pace]) -> float | None:
    """Units that planned production time asks for, at the pace that held; None where nothing was planned.

    Planned time over the ideal time of a unit, not reduced by stops: Busroot's "ideal production quantity",
    ISO 22400's planned busy time over the planned run time per item.
    """
    asked = [(total(intersection(planned, [pace.window])), pace) for pace in paces]
    if not any(time for time, _ in asked):
        return None
    return sum(time / pace.cycle for time, pace in asked)


def efficiency(good: float | None, target: float | None) -> float | None:
    """Good units over what should have been made, as a fraction; None where nothing should have been.

    Because stops do not reduce the target and rejects do not count as made, this is ISO 22400's OEE index
    (availability × effectiveness × quality) with planned production time as its base. Over 1 is shown, not cut.
    """
    return good / target if good is not None and target else None


def downtime(stops: Iterable[Window], within: Window) -> timedelta:
    """Elapsed time of stops inside a window; overlapping ones count once."""
    return total(intersection(stops, [within]))
