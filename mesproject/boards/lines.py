"""A line: its stations in order, what it made so far, and the station that all others wait for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mesproject.reports.glance import Glance
from production.models.live import Status

DENSITIES = (6, 10, 20)


@dataclass(frozen=True, slots=True)
class Place:
    """A station of a line. `pace` is what it made an hour of planned time, None where it says nothing;
    `length` and `asked` are percent of the longest bar: its pace, and what its ideal asks for.
    """

    glance: Glance
    pace: float | None
    length: float
    asked: float | None
    blocks: bool = False
    slowest: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The stations in order; `end` is the last that counts, whose units are those of the line."""

    places: list[Place]
    end: Glance | None

    @property
    def density(self) -> int:
        """How large its letters may be: the class of the style sheet."""
        return next((most for most in DENSITIES if len(self.places) <= most), DENSITIES[-1])

    @property
    def held_up_by(self) -> Place | None:
        """The station that all others wait for."""
        return next((place for place in self.places if place.blocks or place.slowest), None)


def line_of(seen: Sequence[Glance]) -> Line:
    """One that stands still holds up all others, the longest first; else the one with the least pace."""
    paces = [_pace(glance) for glance in seen]
    ideals = [_ideal(glance) for glance in seen]
    longest = max((value for value in (*paces, *ideals) if value), default=0.0)
    blocking = _blocking(seen)
    known = [(pace, number) for number, pace in enumerate(paces) if pace is not None]
    slowest = min(known)[1] if blocking is None and len(known) > 1 else None
    places = [
        Place(
            glance, pace, _percent(pace, longest) or 0.0, _percent(ideal, longest),
            blocks=number == blocking, slowest=number == slowest,
        )
        for number, (glance, pace, ideal) in enumerate(zip(seen, paces, ideals, strict=True))
    ]  # fmt: skip
    return Line(places, next((glance for glance in reversed(seen) if glance.counts), None))


def _blocking(seen: Sequence[Glance]) -> int | None:
    """Which station stands still, of several the one that does so longest."""
    stopped = [
        (glance.since or glance.now, n) for n, glance in enumerate(seen) if glance.status == Status.STOPPED
    ]
    return min(stopped)[1] if stopped else None


def _pace(glance: Glance) -> float | None:
    return glance.of_counts("average_parts_per_hour")


def _ideal(glance: Glance) -> float | None:
    """Units that an hour of its planned time asks for."""
    if glance.target is None or glance.measures is None:
        return None
    return glance.target / (glance.measures.planned_ms / 3_600_000)


def _percent(value: float | None, longest: float) -> float | None:
    return None if value is None or not longest else round(100 * value / longest, 2)
