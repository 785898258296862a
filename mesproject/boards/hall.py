"""What the walls of a company look at: one look at a station serves every board that shows it.

A glance is good for the minute in which it was taken, and while nothing happens at its station. What must be looked
at anew is looked at together for all boards of late: sixty boards of a station each cost one look at the hall, not
sixty. What is remembered is of this process only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from mesproject.reports.glance import Glance, glances, in_the_hall
from mesproject.versions import version_of_each

# A busy hall counts each second: its boards would be drawn each second to move a number by one.
COUNTS = 5
# What no board asked for so long is on no screen any more.
KEPT = timedelta(minutes=2)


def moment(now: datetime) -> int:
    """The few seconds in which counts that move are no news yet, by their number."""
    return int(now.timestamp() // COUNTS)


@dataclass(slots=True)
class _Look:
    glance: Glance
    version: str
    asked_at: datetime


class Hall:
    """The looks at the stations of one company."""

    def __init__(self, company: int) -> None:
        self._company, self._looks, self._moment, self._lock = company, dict[int, _Look](), 0, Lock()

    def glances(self, stations: Collection[int], now: datetime) -> list[Glance]:
        """A glance at each of these, in their order, without those that were taken out of use."""
        with self._lock:
            self._renew(stations, now)
            found = [look for pk in stations if (look := self._looks.get(pk))]
            for look in found:
                look.asked_at = now
        return [look.glance for look in found]

    def _renew(self, stations: Collection[int], now: datetime) -> None:
        """Look anew at these where something has changed; every few seconds at all that boards show."""
        if self._moment != moment(now):
            self._moment = moment(now)
            self._looks = {pk: look for pk, look in self._looks.items() if now - look.asked_at < KEPT}
            stations = {*stations, *self._looks}
        versions = {
            pk: f"{now:%Y%m%d%H%M} {version}" for pk, version in version_of_each(stations, now).items()
        }
        looks = {
            pk: look for pk, look in self._looks.items() if versions.get(pk, look.version) == look.version
        }
        if missing := versions.keys() - looks.keys():
            for glance in glances(list(in_the_hall(self._company).filter(pk__in=missing)), now=now):
                pk = glance.station.pk
                asked_at = self._looks[pk].asked_at if pk in self._looks else now
                looks[pk] = _Look(glance, versions[pk], asked_at)
        self._looks = looks


_halls: dict[int, Hall] = {}


def hall_of(company: int) -> Hall:
    """That of a company."""
    return _halls.setdefault(company, Hall(company))
