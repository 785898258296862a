"""What the page of a number is asked: of which stations, and of which time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mesproject.accounts.models import Company
from mesproject.formats import spoken
from mesproject.reports.asking import Days, Question
from mesproject.reports.tails import UNNOTICED
from production.models import Station
from scheduling.calendar import Shift
from scheduling.rangecode import BadRange, Clock, Range, resolve
from scheduling.shifts_around import shifts_around

DEFAULT_RANGE = "last-7-days"
PLACES = ("plant", "group", "station")
# The stretches of time that are offered.
RANGES = {
    "this-shift": gettext_lazy("This shift"),
    "last-shift": gettext_lazy("Last shift"),
    "today": gettext_lazy("Today"),
    "yesterday": gettext_lazy("Yesterday"),
    "this-week": gettext_lazy("This week"),
    "last-week": gettext_lazy("Last week"),
    "last-7-days": gettext_lazy("Last 7 days"),
    "this-month": gettext_lazy("This month"),
    "last-month": gettext_lazy("Last month"),
    "last-30-days": gettext_lazy("Last 30 days"),
    "last-90-days": gettext_lazy("Last 90 days"),
    "last-365-days": gettext_lazy("Last 365 days"),
}

NOT_THERE = {
    "plant": gettext_lazy("There is no plant “{code}” with a station."),
    "group": gettext_lazy("There is no group “{code}” with a station."),
    "station": gettext_lazy("There is no station “{code}”."),
}


class BadQuestion(Exception):
    """What cannot be answered; the message says why."""

    status = 400


class NoSuchPlace(BadQuestion):
    """A place that is not there, or not the company's."""

    status = 404


def not_one_of(name: str, choices: Sequence[str]) -> str:
    """That a word of an address is none of these."""
    return _("“%(name)s” is one of: %(choices)s.") % {"name": name, "choices": ", ".join(choices)}


@dataclass(frozen=True, slots=True)
class Asked:
    """Stations, a stretch of time on their clock, and in which words both were asked for."""

    everywhere: Sequence[Station]
    stations: Sequence[Station]
    clock: Clock
    code: str
    range: Range
    place: str
    now: datetime

    @property
    def is_named(self) -> bool:
        """Whether the time was asked for by a name, and not by its edges."""
        return "/" not in self.code

    @property
    def question(self) -> Question:
        """The same to facts."""
        days = self.range.days
        return Question(self.stations, Days(*days) if days else self.range.window, now=self.now)

    def follows(self, exact_until: datetime) -> bool:
        """Whether an answer may still change that is exact up to an instant."""
        return exact_until < min(self.range.window.end, self.now) - UNNOTICED


def asked_of(company: Company, query: Mapping[str, Any], *, at: datetime) -> Asked:
    """What a query string asks of a company, or BadQuestion."""
    given = {name: str(query.get(name, "")).strip() for name in (*PLACES, "range", "from", "to")}
    everywhere = list(Station.objects.of(company).in_place().select_related("plan"))
    stations = _stations(everywhere, given)
    plant = stations[0].group.plant if stations else None
    clock = Clock(plant.tz, plant.day_start) if plant else Clock(ZoneInfo("UTC"), time(0))
    code = _code(given)
    return Asked(
        everywhere, stations, clock, code, _range(code, stations, clock, at), _place(stations, given), at
    )


def ranges_of(asked: Asked) -> list[tuple[str, str, bool]]:
    """The choices of time, each with its word and whether it is asked for; another one that is, stands before them."""
    found = [(code, str(word), code == asked.code) for code, word in RANGES.items()]
    if asked.code not in RANGES:
        found.insert(0, (asked.code, asked.code.replace("/", " – "), True))
    return found


def _stations(everywhere: Sequence[Station], given: Mapping[str, str]) -> list[Station]:
    """Those that are in every place given."""
    found = list(everywhere)
    for kind in PLACES:
        if wanted := given[kind]:
            if not any(wanted in _names(kind, station) for station in everywhere):
                raise NoSuchPlace(str(NOT_THERE[kind]).format(code=wanted[:64]))
            found = [station for station in found if wanted in _names(kind, station)]
    if everywhere and not found:
        raise NoSuchPlace(_("No station is in all of these places at once."))
    return found


def _names(kind: str, station: Station) -> tuple[str, ...]:
    """What a station, or the place it is in, may be asked for by."""
    if kind == "station":
        return station.code, str(station.uuid)
    return (station.group.code,) if kind == "group" else (station.group.plant.code,)


def _place(stations: Sequence[Station], given: Mapping[str, str]) -> str:
    """Where it is, in words."""
    if not stations:
        return _("no station")
    first = stations[0]
    if given["station"]:
        return first.name
    if given["group"]:
        return first.group.name
    return first.group.plant.name if given["plant"] else _("all stations")


def _code(given: Mapping[str, str]) -> str:
    """The time as a rangecode."""
    if not given["from"] and not given["to"]:
        return given["range"] or DEFAULT_RANGE
    if given["range"] or not (given["from"] and given["to"]):
        raise BadQuestion(_("Say a range, or both from and to: two days, or two instants."))
    return f"{given['from']}/{given['to']}"


def _range(code: str, stations: Sequence[Station], clock: Clock, at: datetime) -> Range:
    def shifts() -> list[Shift]:
        return shifts_around(stations, at)

    try:
        found = resolve(code, now=at, clock=clock, shifts=shifts)
    except BadRange as error:
        raise BadQuestion(spoken(error.said)) from None
    if found.window.start >= at:
        raise BadQuestion(_("This lies in the future: there are no numbers yet."))
    return found.until(at)
