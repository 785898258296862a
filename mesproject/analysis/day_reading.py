"""A station's day, or a part of it, and all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from downtime.models import Issue, Slice
from mesproject.accounts.models import Company
from mesproject.analysis.signals import Heard, heard
from mesproject.analysis.zoom import SIGNALS_WITHIN, SMALLEST, cell_length, inside
from mesproject.formats import spoken
from mesproject.reports.asking import production
from mesproject.reports.cells import Part, cut
from mesproject.reports.definition import Definition
from mesproject.reports.definitions import definition_of
from mesproject.reports.how_asked import NOT_THERE, Asked, BadQuestion, NoSuchPlace, asked_of
from mesproject.reports.measures import Measures, total
from mesproject.reports.slow import slow_of
from mesproject.reports.story import Question, told
from mesproject.reports.tally import Story, tally
from production.models import JobRun, Station
from production.windows import Window, hull_of
from scheduling.rangecode import BadRange, Clock, resolve
from scheduling.wall_clock import shop_day_window

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Look:
    """Which part of which day of which station: `whole` is the day as far as it has been, `seen` what is looked at."""

    station: Station
    day: date
    whole: Window
    seen: Window
    now: datetime

    @property
    def is_whole(self) -> bool:
        """Whether all of the day is looked at, as far as it has been."""
        return self.seen == self.whole

    @property
    def times(self) -> dict[str, str]:
        """The same as the other pages and `/how/` are asked: a shop day, or two instants."""
        if self.is_whole:
            return {"from": self.day.isoformat(), "to": self.day.isoformat()}
        return {"from": instant(self.seen.start), "to": instant(self.seen.end)}

    def neighbour(self, days: int) -> date | None:
        """The day before or after; None where it has not begun."""
        found = self.day + days * A_DAY
        return found if day_window(self.station, found).start < self.now else None


def instant(at: datetime) -> str:
    """An instant in an address."""
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")


def day_window(station: Station, day: date) -> Window:
    """A day of the station's plant: 23, 24 or 25 hours."""
    return shop_day_window(day, tz=station.plant.tz, day_start=station.plant.day_start)


def look_at(company: Company, code: str, query: Mapping[str, str], *, at: datetime) -> Look:
    """What an address asks: a `date`, or `from` and `to` within one; else today. BadQuestion where that cannot be."""
    station = Station.objects.of(company).in_place().select_related("live").filter(code=code).first()
    if station is None:
        raise NoSuchPlace(str(NOT_THERE["station"]).format(code=code[:64]))
    wanted, day = _asked_time(query, Clock(station.plant.tz, station.plant.day_start), at)
    window = day_window(station, day)
    if window.start >= at:
        raise BadQuestion(_("This lies in the future: there are no numbers yet."))
    whole = Window(window.start, max(min(window.end, at), window.start + SMALLEST))
    return Look(station, day, whole, inside(wanted, whole) if wanted else whole, at)


def _asked_time(query: Mapping[str, str], clock: Clock, at: datetime) -> tuple[Window | None, date]:
    """The part that is asked for, if one is, and the day that it begins in."""
    edges = (query.get("from"), query.get("to"))
    code = "/".join(filter(None, edges)) if all(edges) else query.get("date") or "today"
    try:
        found = resolve(code, now=at, clock=clock)
    except BadRange as error:
        raise BadQuestion(spoken(error.said)) from None
    day = clock.day(found.window.start)
    return (None if found.days == (day, day) else found.window), day


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of it. `sums` are those of every report; signals are None where there are too many to list."""

    look: Look
    asked: Asked
    definition: Definition
    sums: Measures
    story: Story
    cells: Sequence[Part]
    slices: Sequence[Slice]
    issues: Sequence[Issue]
    runs: Mapping[int, JobRun]
    signals: Sequence[Heard] | None
    has_more: bool

    @property
    def stops(self) -> list[Issue]:
        """What was found in signals."""
        return [issue for issue in self.issues if issue.silent_since is not None]

    @property
    def slow(self) -> list[Window]:
        """Where it ran below its pace, as the timelines of its shifts tell it."""
        live = getattr(self.look.station, "live", None)
        counts = live is not None and live.last_output_at is not None
        return [slow for shift in self.story.shifts for slow in self._slow_in(shift.window)] if counts else []

    def _slow_in(self, shift: Window) -> list[Window]:
        begun, station = _been(shift, self.look.now), self.look.station
        running = [one.window.clip(begun) for one in self.story.states if one.state == "running"]
        runs = [
            self.runs[one.id] for one in self.story.runs if one.id in self.runs and one.window.clip(begun)
        ]
        made = [(one.at, one.good + one.bad) for one in self.story.made if one.at in begun]
        return slow_of(station, begun, filter(None, running), runs, made)


def read(company: Company, look: Look) -> Day:
    """Everything of what is looked at; a bounded number of queries."""
    station, past = look.station, _been(look.seen, look.now)
    asked = asked_of(company, {"station": station.code, **look.times}, at=look.now)
    # Of the whole day, because whether it ran slowly is told by its shifts.
    story = told([Question(station, _been(look.whole, look.now), look.whole.start)])[station.pk].story
    slices = list(Slice.objects.filter(station=station).overlapping(past))
    signals, has_more = None, False
    if look.seen.duration <= SIGNALS_WITHIN:
        signals, has_more = heard(station, past, slices)
    return Day(
        look=look,
        asked=asked,
        definition=definition_of(company),
        sums=_sums(asked, look, story, past),
        story=story,
        cells=cut(story, past, cell_length(look.seen)),
        slices=slices,
        issues=_issues(station, past),
        runs=_runs(company, story),
        signals=signals,
        has_more=has_more,
    )


def _been(window: Window, now: datetime) -> Window:
    return Window(window.start, max(window.start, min(window.end, now)))


def _sums(asked: Asked, look: Look, story: Story, past: Window) -> Measures:
    """What reports tell of it. They give a shift to the day in which it starts, so what of a day's last shift lies in
    the next day is asked for; the rest is in the story.
    """
    day = day_window(look.station, look.day)
    whole = hull_of([day, *(shift.window for shift in story.shifts if shift.day == look.day)])
    if look.is_whole and day.end < min(whole.end, look.now):
        within = {look.station: whole}
        return total(measures for _key, measures in production(replace(asked.question, within=within)))
    found = tally(story, past).measures
    return total(m for key, m in found.items() if key.day == look.day or not look.is_whole)


def _issues(station: Station, window: Window) -> list[Issue]:
    """Stops and what people raised that share time with a window, in order."""
    going_on = Q(ended_at=None) | Q(ended_at__gt=window.start)
    rows = Issue.objects.filter(going_on, station=station, started_at__lt=window.end).valid()
    found = list(rows.for_screens().order_by("started_at"))
    for issue in found:
        issue.station = station
    return found


def _runs(company: Company, story: Story) -> dict[int, JobRun]:
    runs = [run.id for run in story.runs]
    return JobRun.objects.of(company).select_related("job__sku", "sku").in_bulk(runs) if runs else {}
