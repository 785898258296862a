"""All stations now: what each does and makes, and who is needed; filtered, sorted, and alive like a board."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from downtime.models import Issue
from downtime.rag import Rag
from downtime.standing import colour_of, words_of
from mesproject import csv_text
from mesproject.accounts.viewers import Viewer, viewing
from mesproject.analysis.asked import said_in
from mesproject.analysis.navigation import links
from mesproject.live_address import allow_live, live_address
from mesproject.parts import etag_of, part
from mesproject.reports.glance import Glance, glances, stations_of
from mesproject.reports.setups import SETUP
from mesproject.reports.tally import MS
from mesproject.tickets import ticket
from mesproject.versions import Versions, versions
from production.models import Station
from production.models.live import Status

# In the order in which they want to be looked at.
STATES = (
    Status.STOPPED.value, Status.NO_SIGNAL.value, SETUP, Status.MICRO_STOP.value, Status.RUNNING.value,
    Status.NOT_PLANNED.value,
)  # fmt: skip
COLUMNS = (
    "station_code", "station_name", "group_code", "plant_code", "state", "since", "run", "shift", "good", "target",
    "efficiency_percent", "downtime_ms", "last_cause", "last_stop_at", "needs", "standing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """A station as the overview shows it."""

    glance: Glance

    @property
    def last_stop(self) -> Issue | None:
        """The newest stop of the shift."""
        return next(iter(self.glance.issues), None)

    @property
    def asks(self) -> Issue | None:
        """What goes on here and is not green: red before amber, a stop before what somebody raised."""
        ongoing = (issue for issue in (self.glance.issue, *self.glance.calls) if issue)
        found = [issue for issue in ongoing if colour_of(issue, now=self.glance.now) is not Rag.GREEN]
        return min(found, key=lambda one: colour_of(one, now=self.glance.now) is not Rag.RED, default=None)

    @property
    def shift(self) -> str:
        """The shift that its numbers are of, as addresses say it."""
        return "last-shift" if self.glance.is_over else "this-shift"

    @property
    def is_red(self) -> bool:
        """Whether somebody is needed."""
        return self.glance.needs_somebody

    @property
    def is_low(self) -> bool:
        """Whether the company calls such an efficiency a failure."""
        share = self.glance.efficiency
        return share is not None and share < self.glance.definition.oee_failure


Key = Callable[[Seen], Any]
# What may be sorted by, and its word; where there is no answer it comes last in either direction.
SORTS: Mapping[str, tuple[Any, Key]] = {
    "state": (_("State"), lambda one: STATES.index(one.glance.state)),
    "good": (_("Good"), lambda one: one.glance.good),
    "efficiency": (_("Efficiency"), lambda one: one.glance.efficiency),
    "downtime": (_("Downtime"), lambda one: one.glance.downtime),
    "name": (_("Station"), lambda one: one.glance.station.name.casefold()),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of it is asked for; what means nothing is left out."""

    plant: str = ""
    group: str = ""
    state: str = ""
    needs: str = ""
    q: str = ""
    sort: str = ""

    @classmethod
    def said(cls, query: Mapping[str, str]) -> Wanted:
        """Of a query string."""
        known = {name: query[name] for name in cls.__dataclass_fields__ if name in query}
        if known.get("state") not in STATES:
            known.pop("state", None)
        if known.get("sort", "").removeprefix("-") not in SORTS:
            known.pop("sort", None)
        return cls(**known)

    def link(self, **changes: str) -> str:
        """The address of the same with some of it otherwise."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__} | changes
        return "?" + urlencode({name: value for name, value in said.items() if value})

    def has(self, station: Station) -> bool:
        """Whether a station stands where it is looked for."""
        return self.plant in ("", station.plant.code) and self.group in ("", station.group.code)

    def takes(self, one: Seen) -> bool:
        """Whether it is in a state that is looked for, needs what it is to need, and has the words."""
        if self.state and one.glance.state != self.state:
            return False
        return (not self.needs or one.asks is not None) and self.q.casefold() in _words(one.glance).casefold()

    def ordered(self, found: Iterable[Seen]) -> list[Seen]:
        """As asked for; else in the order of the hall."""
        if not self.sort:
            return list(found)
        key, rows = SORTS[self.sort.removeprefix("-")][1], list(found)
        known = sorted(
            (one for one in rows if key(one) is not None), key=key, reverse=self.sort.startswith("-")
        )
        return known + [one for one in rows if key(one) is None]


def _words(glance: Glance) -> str:
    """All that may be searched for."""
    station, run = glance.station, glance.run
    sku = run.effective_sku if run else None
    said = [station.name, station.code, station.group.name, station.plant.name, str(run or "")]
    return " ".join([*said, sku.code if sku else "", sku.name if sku else ""])


@require_safe
@never_cache
@viewing
def overview(request: HttpRequest) -> HttpResponse:
    """The page; for its poll only the part that lives, and nothing where nothing changed; or the rows as CSV."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    at, everywhere = now(), stations_of(viewer.company)
    wanted = Wanted.said(said_in(request.GET))
    found = [station for station in everywhere if wanted.has(station)]
    if request.GET.get("format") == "csv":
        return _csv(wanted.ordered(one for one in _seen(found, at) if wanted.takes(one)))
    ids = [station.pk for station in found]

    def etag(at: datetime, seen: Versions) -> str:
        return etag_of(at, wanted.link(), *seen, *ids)

    if request.headers.get("X-Poll"):
        return part(
            request, "analysis/overview.html#rows", lambda: _rows(found, wanted, at), etag=etag, now=at,
            stations=lambda: ids,
        )  # fmt: skip
    context = {
        "wanted": wanted,
        "navigation": list(links("overview", wanted.link(state="", needs="", q="", sort=""))),
        "choices": _choices(everywhere, wanted),
        "known_states": STATES,
        "live": live_address(request, ticket(ids)),
        "etag": etag(at, versions(ids, at)),
        **_rows(found, wanted, at),
    }
    return allow_live(request, render(request, "analysis/overview.html", context))


def _seen(found: Sequence[Station], at: datetime) -> list[Seen]:
    return [Seen(glance) for glance in glances(found, now=at)]


def _rows(found: Sequence[Station], wanted: Wanted, at: datetime) -> dict[str, Any]:
    """What lives: the rows, and of all stations in that place how many do what."""
    everything = _seen(found, at)
    states = Counter(one.glance.state for one in everything)
    return {
        "now": at,
        "wanted": wanted,
        "rows": wanted.ordered(one for one in everything if wanted.takes(one)),
        "of": len(everything),
        "states": [(state, states[state], wanted.link(state=state)) for state in STATES if states[state]],
        "red": sum(one.is_red for one in everything),
        "heads": {name: _head(name, wanted) for name in SORTS},
        "everything": wanted.link(state="", needs="", q=""),
        "csv": wanted.link() + ("&" if wanted != Wanted() else "") + "format=csv",
    }


def _head(name: str, wanted: Wanted) -> dict[str, Any]:
    """The head of a column that sorts: its word, where it leads, and how it stands, as ARIA says it."""
    stands = {name: "ascending", f"-{name}": "descending"}.get(wanted.sort, "")
    following = {"": name, "ascending": f"-{name}", "descending": ""}[stands]
    return {"name": name, "word": SORTS[name][0], "link": wanted.link(sort=following), "stands": stands}


def _choices(everywhere: Sequence[Station], wanted: Wanted) -> dict[str, list[tuple[str, str, bool]]]:
    """Plants and groups to choose from."""
    plants = {station.plant.code: station.plant.name for station in everywhere}
    groups = {station.group.code: station.group.name for station in everywhere}
    return {
        "plants": [(code, name, code == wanted.plant) for code, name in plants.items()],
        "groups": [(code, name, code == wanted.group) for code, name in groups.items()],
    }


def _csv(rows: Sequence[Seen]) -> HttpResponse:
    return HttpResponse(
        csv_text.lines(COLUMNS, map(list, map(_values, rows))),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="overview.csv"'},
    )


def _values(one: Seen) -> Iterator[Any]:
    glance, stop, asks = one.glance, one.last_stop, one.asks
    station, share = glance.station, glance.efficiency
    yield from (station.code, station.name, station.group.code, station.plant.code, glance.state)
    yield (
        glance.state_since.astimezone(station.plant.tz).isoformat("T", "seconds")
        if glance.state_since
        else None
    )
    yield str(glance.run) if glance.run else None
    yield glance.shift.name if glance.shift else None
    yield from (glance.good, glance.target, None if share is None else round(100 * share, 6))
    yield None if glance.downtime is None else glance.downtime // MS
    yield stop.cause.code if stop and stop.cause else None
    yield stop.started_at.astimezone(station.plant.tz).isoformat("T", "seconds") if stop else None
    yield asks.kind if asks else None
    yield words_of(asks, now=glance.now) if asks else None
