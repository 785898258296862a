"""What the walls of a company look at: one look at a station serves every board that shows it.

A glance is good for the minute in which it was taken, and while nothing happens at its station; that it counts is
news every few seconds only. What must be looked at anew is looked at together for all boards of late: sixty boards of
a station each cost one look at the hall, not sixty. What is remembered is of this process only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from mesproject.reports.glance import Glance, glances, in_the_hall
from mesproject.reports.timeline import Course, courses
from mesproject.versions import Versions, versions_of_each

# A busy hall counts each second: its boards would be drawn each second to move a number by one.
COUNTS = 5
# What no board asked for so long is on no screen any more.
KEPT = timedelta(minutes=2)


def moment(now: datetime) -> int:
    """The few seconds in which counts that move are no news yet, by their number."""
    return int(now.timestamp() // COUNTS)


@dataclass(slots=True)
class _Shown:
    """A station that boards show, and what was seen of it when it was looked at last."""

    asked_at: datetime
    counted: str  # when the present moment began
    glance: Glance | None = None
    seen: Versions | None = None
    course: Course | None = None
    drawn_at: datetime | None = None  # its timeline, by a board


class Hall:
    """The looks at the stations of one company."""

    def __init__(self, company: int) -> None:
        self._company, self._shown, self._moment, self._lock = company, dict[int, _Shown](), 0, Lock()

    def counted(self, stations: Collection[int], now: datetime) -> str:
        """Changes when these have counted anything, every few seconds."""
        with self._lock:
            self._begin(stations, now)
            return " ".join(self._shown[pk].counted for pk in stations if pk in self._shown)

    def glances(self, stations: Collection[int], now: datetime) -> list[Glance]:
        """A glance at each of these, in their order, without those that were taken out of use."""
        with self._lock:
            self._begin(stations, now)
            if self._old(stations, now):
                self._look(self._old(self._shown, now), now)
            shown = [self._shown[pk] for pk in stations if pk in self._shown]
        return [one.glance for one in shown if one.glance]

    def course(self, glance: Glance) -> Course | None:
        """What the timeline of a glance is drawn of, where boards look at that very one; read for all that draw one."""
        with self._lock:
            shown = self._shown.get(glance.station.pk)
            if shown is None or shown.glance is not glance:
                return None
            shown.drawn_at = glance.now
            if shown.course is None:
                self._read_courses(glance.now)
            return shown.course

    def _begin(self, stations: Collection[int], now: datetime) -> None:
        """Know these; every few seconds ask what all have counted."""
        present, asked = moment(now), set(stations) - self._shown.keys()
        if self._moment != present:
            self._shown = {pk: one for pk, one in self._shown.items() if now - one.asked_at < KEPT}
            asked = {*stations, *self._shown}
        for pk, seen in versions_of_each(asked, now).items() if asked else ():
            self._shown.setdefault(pk, _Shown(now, seen.counts)).counted = seen.counts
        self._moment = present
        for pk in stations:
            self._shown[pk].asked_at = now

    def _old(self, stations: Collection[int], now: datetime) -> dict[int, Versions]:
        """Those of these at which there is something to look at, and what is seen of them."""
        seen = {
            pk: Versions(f"{now:%Y%m%d%H%M} {one.states}", self._shown[pk].counted)
            for pk, one in versions_of_each(stations, now).items()
        }
        return {pk: versions for pk, versions in seen.items() if self._shown[pk].seen != versions}

    def _look(self, old: Mapping[int, Versions], now: datetime) -> None:
        rows = list(in_the_hall(self._company).filter(pk__in=list(old)))
        looked = {glance.station.pk: glance for glance in glances(rows, now=now)}
        for pk, versions in old.items():
            shown = self._shown[pk]
            shown.glance, shown.seen, shown.course = looked.get(pk), versions, None

    def _read_courses(self, now: datetime) -> None:
        """Those of all timelines that boards have drawn of late."""
        since = now - KEPT
        drawn = [
            one.glance
            for one in self._shown.values()
            if one.glance and one.course is None and one.drawn_at and one.drawn_at > since
        ]
        for pk, course in courses(drawn).items():
            self._shown[pk].course = course


_halls: dict[int, Hall] = {}


def hall_of(company: int) -> Hall:
    """That of a company."""
    return _halls.setdefault(company, Hall(company))
