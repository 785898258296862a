"""One cause: how much of it there was over time, and its stops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from downtime.models import Issue, IssueEvent
from downtime.models.issues import IssueQuerySet
from mesproject.analysis import charts, names
from mesproject.analysis.asked import Look, analysing
from mesproject.analysis.day_reading import day_window, instant
from mesproject.analysis.figure import Column, Figure, Page, Row, Tile
from mesproject.analysis.times import Grain, grain_of, name_of, stretches
from mesproject.analysis.words import lasting, shown, tick_of_time
from mesproject.reports.how_asked import BadQuestion, NoSuchPlace
from mesproject.reports.machinemetrics_entities import SETUP, UNCATEGORIZED
from mesproject.reports.tally import IN_SETUP
from production.models import Station
from scheduling.rangecode import Clock

# A page lists so many stops, a file so many.
MOST, MOST_IN_A_FILE = 100, 20_000
ALL = "all"
# Its place in the list.
STATION = 2
# What is seen of a station's day before and after a stop.
AROUND = timedelta(minutes=5)
# What reports call stops that have no cause.
WITHOUT = {0: UNCATEGORIZED["id"], IN_SETUP: SETUP["id"]}


@analysing
def page(look: Look) -> Page:
    """Its trend, and the stops, newest first."""
    cause = number_in(look, "cause")
    name = _name(look, cause)
    grain = grain_of(look.asked)
    only = {} if cause is None else {"reason": [cause]}
    chosen = only_of("reason", cause if cause is None else WITHOUT.get(cause, cause))
    found = {key: lost for (key,), lost in look.losses("downtime", grain, only=only).items()}
    return Page(
        "downtime", name, _("Each stop, and how much time they took."),
        [_trend(look, found, grain, chosen), _list(look, cause)],
        tiles=[
            Tile(_("Time"), lasting(sum(ms for ms, _count in found.values())), "downtime_by_cause", how=chosen),
            Tile(_("Stops"), shown(sum(count for _ms, count in found.values()), "count"), "stops_by_cause", how=chosen),
        ],
        back=(_("Downtime"), look.link("analysis:downtime", cause=None)),
    )  # fmt: skip


def only_of(group: str, value: Any) -> str:
    """What is added to the addresses that tell how a number of one cause or reason is computed."""
    return "" if value is None else urlencode({f"only.{group}": value})


def number_in(look: Look, name: str) -> int | None:
    """The cause or reason that the address names by its number; None for all."""
    said = look.query.get(name, ALL)
    if said == ALL:
        return None
    if not said.removeprefix("-").isdecimal() or len(said) > 18:
        raise BadQuestion(_("“%(name)s” is a number, or %(all)s.") % {"name": name, "all": ALL})
    return int(said)


def _name(look: Look, cause: int | None) -> str:
    if cause is None:
        return _("All stops")
    told = names.causes(look, [cause])
    if cause not in told:
        raise NoSuchPlace(_("There is no such cause."))
    return told[cause][1]


def _trend(look: Look, found: dict[Any, tuple[float, int]], grain: Grain, chosen: str) -> Figure:
    keys = stretches(look.asked, grain, found)
    parts = [(key, *found.get(key, (0.0, 0))) for key in keys]
    columns = [
        charts.Column(
            name_of(key, grain),
            [charts.Part(ms, "f-bar")],
            f"{name_of(key, grain)}: {lasting(ms)}, {count} ×",
        )
        for key, ms, count in parts
    ]
    chart = charts.columns(columns, say=tick_of_time, words=_("Downtime over time"), is_time=True)
    return Figure(
        "trend", _("Over time"),
        [
            Column(grain, _("Time"), "day"), Column("time_ms", _("Downtime"), "ms", "downtime_by_cause"),
            Column("stops", _("Stops"), "count", "stops_by_cause"),
        ],
        [Row([key, ms, count]) for key, ms, count in parts],
        _("Nothing of it lies in this time. Choose more time."), chart, metric="downtime_by_cause", how=chosen,
        note=_("Time that was planned for production; breaks within a stop do not count."),
    )  # fmt: skip


def _list(look: Look, cause: int | None) -> Figure:
    found = _stops(look, cause)
    most = MOST_IN_A_FILE if look.query.get("format") == "csv" else MOST
    rows = [*_rows(look, found[: most + 1])]
    return Figure(
        "stops", _("Stops"),
        [
            Column("start", _("Start"), "instant"), Column("duration_ms", _("Duration"), "ms", "stop_duration"),
            Column("station", _("Station")), Column("cause", _("Cause")), Column("who", _("Who")),
            Column("note", _("Note")),
        ],
        rows[:most], _("There is no such stop in this time. Choose more time or other stations."),
        note=more_note(most) if len(rows) > most else _("The start opens a stop, the station its day around it."),
    )  # fmt: skip


def more_note(most: int) -> str:
    """That a list does not show all."""
    return ngettext(
        "There are more; this is the newest one. The file has them all.",
        "There are more; these are the newest %(count)s. The file has them all.", most,
    ) % {"count": most}  # fmt: skip


def _stops(look: Look, cause: int | None) -> IssueQuerySet:
    events = IssueEvent.objects.select_related("operator", "user", "device", "program")
    said = events.filter(kind__in=[IssueEvent.Kind.EXPLAINED, IssueEvent.Kind.RULED, IssueEvent.Kind.NOTED])
    asked = Issue.objects.of(look.company).filter(station__among=[one.pk for one in look.asked.stations])
    found = asked.overlapping(look.asked.range.window).for_screens().prefetch_related(
        Prefetch("events", queryset=said, to_attr="said")
    )  # fmt: skip
    if cause == IN_SETUP:
        return found.filter(cause=None, in_setup=True)
    if cause == 0:
        return found.filter(cause=None, in_setup=False)
    return found if cause is None else found.filter(cause=cause)


def _rows(look: Look, issues: Iterable[Issue]) -> Iterator[Row]:
    stations = {station.pk: station for station in look.asked.stations}
    for issue in issues:
        said: list[IssueEvent] = issue.said  # type: ignore[attr-defined]
        who = next((event.by for event in reversed(said) if event.cause_id), issue.owner_name)
        notes = " · ".join(event.told for event in said if event.text)
        ms = issue.duration(look.asked.now).total_seconds() * 1000
        yield Row(
            [issue.started_at, ms, issue.station.name, _why(issue), who, notes],
            reverse("admin:downtime_issue_change", args=[issue.pk]),
            ways={STATION: _where(issue, stations[issue.station_id], look.asked.now)},
        )


def _where(issue: Issue, station: Station, now: datetime) -> str:
    """Its station's day, looked at around the stop: there lie its signals, and the way to answer it."""
    day = Clock(station.plant.tz, station.plant.day_start).day(issue.started_at)
    start = max(issue.started_at - AROUND, day_window(station, day).start)
    seen = {"from": instant(start), "to": instant(min((issue.ended_at or now) + AROUND, now))}
    return f"{reverse('analysis:day', args=[station.code])}?{urlencode(seen)}"


def _why(issue: Issue) -> str:
    if issue.cause is not None:
        return str(issue.cause)
    return _("Setup") if issue.is_setup else _("Not explained")
