"""The heatmap of utilisation: the days of a station, or all stations on a day, in cells of 15 or 5 minutes."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mesproject.analysis import heat_drawing
from mesproject.analysis.asked import Look, analysing
from mesproject.analysis.day_reading import day_window
from mesproject.analysis.drawing import Chart
from mesproject.analysis.figure import Column, Figure, Page, Row, Switch
from mesproject.analysis.words import shown
from mesproject.reports import utilisation
from mesproject.reports.how_asked import BadQuestion
from mesproject.reports.utilisation import LEVELS, Cell
from mesproject.reports.utilisation import Look as What
from production.models import Station
from production.windows import hull_of

A_DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
MOST_DAYS, MOST_MINUTES, OFFERED = 31, 300_000, 7
# A station on a day: all that a row is of.
Place = tuple[Station, date]


@analysing
def page(look: Look) -> Page:
    """Of one station its days, of several one day."""
    length = timedelta(minutes=int(look.one_of("cells", ["15", "5"])))
    switches = [look.switch("cells", _("Cells"), {"15": _("15 minutes"), "5": _("5 minutes")})]
    days = _days(look)
    if len(look.asked.stations) == 1:
        places, how = [(look.asked.stations[0], day) for day in days], ""
    else:
        day = _day(look, days)
        places, how = [(station, day) for station in look.asked.stations], f"from={day}&to={day}"
        switches.append(_other_days(look, days, day))
    rows = list(_rows(look, places, length))
    return Page(
        "utilisation", _("Utilisation"), _("When stations were at work within their shifts, and when not."),
        [_heat(look, rows, of_days=len(look.asked.stations) == 1), _cells(look, rows, length)], switches=switches,
        template="analysis/closely.html", how=how,
    )  # fmt: skip


def _days(look: Look) -> list[date]:
    """The shop days of the time that is asked for, newest last."""
    window, clock = look.asked.range.window, look.asked.clock
    first, last = look.asked.range.days or (clock.day(window.start), clock.day(window.end))
    last = min(last, clock.day(look.asked.now))
    if len(look.asked.stations) == 1 and (last - first).days >= MOST_DAYS:
        raise BadQuestion(
            _("At most %(days)s days of a station are shown. Ask for less time.") % {"days": MOST_DAYS}
        )
    return [first + number * A_DAY for number in range((last - first).days + 1)]


def _day(look: Look, days: Sequence[date]) -> date:
    said = look.query.get("day")
    if not said:
        return days[-1]
    if said not in map(str, days):
        raise BadQuestion(_("This day is not in the time that is asked for."))
    return date.fromisoformat(said)


def _other_days(look: Look, days: Sequence[date], chosen: date) -> Switch:
    near = [day for day in days if abs((day - chosen).days) < OFFERED][-OFFERED:]
    return Switch(
        _("Day"), [(date_format(day, "D j M"), look.link(day=str(day)), day == chosen) for day in near]
    )


class _Known:
    """A row: where, its cells in stretches that are alike, and its share of the whole."""

    def __init__(self, place: Place, stretches: Sequence[Cell], share: float | None) -> None:
        self.station, self.day = place
        self.stretches, self.share = stretches, share


def _rows(look: Look, places: Sequence[Place], length: timedelta) -> Iterator[_Known]:
    """The cells of each row, and the share of all of them."""
    if not places:
        return
    stations = list(dict.fromkeys(station for station, _day in places))
    wholes = [day_window(*place) for place in places]
    window = hull_of(wholes)
    if window.duration / MINUTE * len(stations) > MOST_MINUTES:
        raise BadQuestion(_("These are too many stations for one page. Choose a plant or a group."))
    heat = utilisation.heat(stations, window, length, look.definition, now=look.asked.now)
    known = {row.station.pk: row.stretches for row in heat}
    for (station, day), whole in zip(places, wholes, strict=True):
        first, last = (bisect_left(known[station.pk], edge, key=_start) for edge in (whole.start, whole.end))
        mine = known[station.pk][first:last]
        yield _Known((station, day), mine, utilisation.share_of(mine, look.definition))


def _start(cell: Cell) -> datetime:
    return cell.window.start


# What is shown


def _heat(look: Look, rows: Sequence[_Known], *, of_days: bool) -> Figure:
    columns = [
        Column("day" if of_days else "station", _("Day") if of_days else _("Station")),
        Column("share_percent", _("At work"), "ratio", "shift_utilization"),
        *(
            Column(f"{what.value}_cells", word, "count", "cells_of_state")
            for what, word in _words().items()
            if what is not What.FUTURE
        ),
    ]
    told = [Row([_name(row, of_days=of_days), row.share, *_counts(row.stretches)], _to(row)) for row in rows]
    return Figure(
        "heat", _("Utilisation"), columns, told if any(row.stretches for row in rows) else [],
        _("There is nothing to show. Add stations in the admin, or choose another time."),
        _chart(rows, of_days=of_days), metric="shift_utilization",
        note=_("At the end of a row stands the share of shift time at work. A row leads to its day."),
    )  # fmt: skip


def _words() -> dict[What, str]:
    return {
        What.PRODUCTIVE: _("At work"), What.UNPRODUCTIVE: _("Idle"), What.NO_SIGNAL: _("No signal"),
        What.MAINTENANCE: _("Maintenance"), What.PAUSED: _("Break"), What.OUT_OF_SHIFT: _("No shift"),
        What.FUTURE: _("To come"),
    }  # fmt: skip


def _counts(stretches: Sequence[Cell]) -> list[int]:
    found: Counter[What] = Counter()
    for one in stretches:
        found[one.look] += one.number
    return [found[what] for what in _words() if what is not What.FUTURE]


def _name(row: _Known, *, of_days: bool) -> str:
    return date_format(row.day, "D j M") if of_days else row.station.name


def _to(row: _Known) -> str:
    return f"{reverse('analysis:day', args=[row.station.code])}?date={row.day}"


def _chart(rows: Sequence[_Known], *, of_days: bool) -> Chart:
    words = _words()
    look_of = cache(lambda what, level: _drawn(what, level, words))
    drawn = [
        heat_drawing.Row(
            _name(row, of_days=of_days), shown(row.share, "ratio"), _to(row), row.station.plant.tz,
            row.station.plant.day_start, [(one.window, look_of(one.look, one.level)) for one in row.stretches],
        )
        for row in rows
    ]  # fmt: skip
    kinds = {What.PRODUCTIVE: "h-4", What.UNPRODUCTIVE: "h-idle"}
    told = words | {What.PRODUCTIVE: _("At work, the taller the more")}
    legend = [(kinds.get(what, f"h-{what.value}"), word) for what, word in told.items()]
    return heat_drawing.drawn(drawn, words=_("When stations were at work"), legend=legend)


def _drawn(what: What, level: int | None, words: Mapping[What, str]) -> heat_drawing.Look:
    """How a cell is drawn and what it says; those of one level are told alike, so that neighbours are one box."""
    if level:
        least, most = 100 * (level - 1) // LEVELS, 100 * level // LEVELS
        said = _("at work %(least)s to %(most)s %%") % {"least": least, "most": most}
        return heat_drawing.Look(f"h-{level}", level / LEVELS, said)
    return heat_drawing.Look("h-idle" if level == 0 else f"h-{what.value}", 1.0, words[what])


def _cells(look: Look, rows: Sequence[_Known], length: timedelta) -> Figure:
    """A file of thousands of rows, of which a page need know only that there are some."""
    columns = [
        Column("station_code", _("Station")), Column("from", _("From"), "instant"), Column("to", _("To"), "instant"),
        Column("state", _("State")), Column("share_percent", _("At work"), "ratio", "shift_utilization"),
    ]  # fmt: skip
    told = [
        Row([row.station.code, cell.window.start, cell.window.end, cell.look.value, cell.share])
        for row in (rows if look.query.get("format") == "csv" else rows[:1])
        for cell in utilisation.apart(row.stretches, row.station, length)
    ]
    return Figure("cells", _("Every cell"), columns, told, _("There are no cells."), is_file=True)
