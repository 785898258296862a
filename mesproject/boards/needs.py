"""Who is needed where: everything that goes on and is not green, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from downtime.models import Issue
from downtime.rag import Rag
from downtime.standing import colour_of
from mesproject.reports.glance import Glance
from production.models import Station

# As many lines as can be read from ten metres; of the rest the number is told.
LINES = 6


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that goes on at a station."""

    station: Station
    issue: Issue
    is_red: bool

    @property
    def icon(self) -> str:
        """The symbol of a stop, or of what somebody raised."""
        return "raise" if self.issue.silent_since is None else "stopped"


def needs(seen: Iterable[Glance], *, now: datetime) -> list[Need]:
    """Red before amber, the longest first."""
    found = [
        Need(glance.station, issue, colour is Rag.RED)
        for glance in seen
        for issue in (glance.issue, *glance.calls)
        if issue and (colour := colour_of(issue, now=now)) is not Rag.GREEN
    ]
    return sorted(found, key=lambda need: (not need.is_red, need.issue.started_at))
