"""The interval chart: what was made against its target hour by hour, and how long each unit took after the last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from mesproject.analysis.asked import Look, analysing_of
from mesproject.analysis.figure import Column, Figure, Page, Row, Switch, Tile
from mesproject.analysis.made import made_over_time
from mesproject.analysis.times_between import Between, between, drawn
from mesproject.analysis.words import shown, tick_of_time
from mesproject.analysis.zoom import marks
from mesproject.reports.cells import cut
from mesproject.reports.cycles import Cycle, cycles
from mesproject.reports.how_asked import BadQuestion
from mesproject.reports.story import Question, told
from mesproject.reports.tally import NO_RUN, Story
from production.models import Station
from production.windows import Window

LONGEST, MOST_LISTED, OFFERED = timedelta(days=7), 50, 12


@analysing_of("today")
def page(look: Look) -> Page:
    """Of one station; where several are asked for, of the first."""
    length = timedelta(minutes=int(look.one_of("interval", ["60", "30"])))
    switches = [look.switch("interval", _("Interval"), {"60": _("One hour"), "30": _("Half an hour")})]
    if not look.asked.stations:
        return Page("intervals", _("Intervals"), _lead(), [_nothing()], template="analysis/closely.html")
    station, seen = look.asked.stations[0], look.asked.range.window
    if seen.duration > LONGEST:
        raise BadQuestion(_("Intervals are shown for at most seven days. Ask for less time."))
    story = told([Question(station, seen, seen.start)])[station.pk].story
    cells = cut(story, seen, length)
    stops = [state.window for state in story.states if state.state == "stopped"]
    found = between(list(cycles(story)), stops, _specified(story))
    if len(look.asked.stations) > 1:
        switches.insert(0, _others(look, station))
    title = _("%(station)s against its target") % {"station": station.name}
    return Page(
        "intervals", _("Intervals"), _lead(),
        [
            made_over_time(title, cells, look.definition, lambda at: _time(at, seen)),
            _between(found, seen, station), _all(found),
        ],
        tiles=list(_tiles(found)), switches=switches, template="analysis/closely.html",
        how=urlencode({"station": station.code}),
    )  # fmt: skip


def _lead() -> str:
    return _("Whether each interval reached its target, and how long each unit took after the one before.")


def _nothing() -> Figure:
    return Figure(
        "counts",
        _("Intervals"),
        [],
        [],
        _("There are no stations yet. An administrator adds them in the admin."),
    )


def _others(look: Look, chosen: Station) -> Switch:
    offered = look.asked.stations[:OFFERED]
    return Switch(_("Station"), [(one.name, look.link(station=one.code), one == chosen) for one in offered])


def _time(at: datetime, seen: Window) -> str:
    """A time of the plant's clock, with its day where there are several."""
    wall = timezone.localtime(at)
    return f"{wall:%H:%M}" if seen.duration <= timedelta(hours=25) else f"{wall:%m-%d %H:%M}"


def _specified(story: Story) -> dict[int, int]:
    """The ideal time of a unit of each run, and without a run."""
    return {NO_RUN: story.ideal_ms} | {run.id: run.ideal_ms or story.ideal_ms for run in story.runs}


def _tiles(found: Between) -> Iterator[Tile]:
    yield Tile(_("Units measured"), shown(len(found.cycles), "units"), "units_measured")
    yield Tile(_("Long ones"), shown(sum(map(found.is_long, found.cycles)), "units"), "long_units")
    longest = max((one.ms for one in found.cycles), default=None)
    yield Tile(_("The longest"), shown(longest, "ms"), "cycle_of_unit")


def _columns() -> list[Column]:
    return [
        Column("at", _("Time"), "exact"), Column("seconds_per_unit", _("Seconds for a unit"), "count", "cycle_of_unit"),
        Column("usual_seconds", _("Usual"), "count", "median_cycle"),
        Column("long_seconds", _("Long is above"), "count", "long_above"),
        Column("specified_seconds", _("Specified"), "count", "ideal_part_time"), Column("is", _("It is")),
    ]  # fmt: skip


def _row(one: Cycle, found: Between) -> Row:
    limits = found.limits[one.run]
    told = (one.ms, limits.median, limits.long, limits.specified)
    seconds = [None if ms is None else round(ms / 1000, 3) for ms in told]
    return Row([one.at, *seconds, _("long") if found.is_long(one) else ""])


def _between(found: Between, seen: Window, station: Station) -> Figure:
    """Each unit is drawn; the table lists those that took longest."""
    if not found.cycles:
        empty = _(
            "No two units followed each other without a stop. Choose more time, or a station that counts."
        )
        return Figure("between", _("From unit to unit"), [], [], empty)
    chart = drawn(
        found, seen, marks(seen, station.plant.tz), say=tick_of_time, words=_("Time from each unit to the next"),
        legend=[
            ("d-cycle", _("A unit")), ("d-long", _("A long one")), ("l-specified", _("Specified")),
            ("l-usual", _("Half take less")), ("l-long", _("Long is above")), ("f-stopped", _("Stopped")),
        ],
    )  # fmt: skip
    longest = sorted(found.cycles, key=lambda one: -one.ms)[:MOST_LISTED]
    note = _(
        "Time between two counts with no stop between them. Half of a run's units take less than the usual time; "
        "long is what lies far above most of them. What is off the scale is drawn at its edge."
    )
    return Figure(
        "between", _("From unit to unit, the longest"), _columns(), [_row(one, found) for one in longest], "",
        chart, metric="cycle_of_unit", note=note,
    )  # fmt: skip


def _all(found: Between) -> Figure:
    rows = [_row(one, found) for one in found.cycles]
    return Figure("cycles", _("Every unit"), _columns(), rows, _("No unit was measured."), is_file=True)
