"""Lanes of the schedule screen as SVG: shifts behind, plans above, what really happened below.

Positions are shares of the width, so a lane is drawn once for every screen and every sheet of paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.busroot import EPOCH, ms
from mesproject.formats import number, spoken
from mesproject.schedule.bars import Run
from mesproject.schedule.judging import Fault
from production.models import Station
from production.windows import Window
from scheduling.expansion import LABELS, Kind, Plan

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# How far around a period its runs are told of, mostly.
AROUND = timedelta(days=14)
# Of a lane, in pixels: a plan, what ran below it, and the air around.
PLAN, RAN, AIR = 28, 14, 4
LEAST = AIR + PLAN + AIR + RAN + AIR
MOST_TRACKS = 4
# What the name of a day takes of the width, in percent: no hour is written upon it.
FREE = 9.0
WORDS = {"ahead": _("ahead"), "on-time": _("on time"), "at-risk": _("at risk")}
Bar = tuple[Run, datetime | None]


def told(at: datetime, tz: ZoneInfo) -> str:
    """An instant as it stands on the screen: Sat 21 Nov 14:00."""
    return date_format(at.astimezone(tz), "D j M H:i")


HOURS = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60)]


class Clock:
    """Writes times as `told` does, without asking the zone each time where its clock does not change."""

    def __init__(self, tz: ZoneInfo, window: Window) -> None:
        self._tz, self._days = tz, dict[int, str]()
        first, last = window.start - AROUND, window.end + AROUND
        offsets = {at.astimezone(tz).utcoffset() for at in (first, window.start, window.end, last)}
        offset = offsets.pop()
        self._first, self._last = (first, last) if not offsets else (window.start, window.start)
        self._offset = offset or timedelta()

    def text(self, at: datetime) -> str:
        """Sat 21 Nov 14:00."""
        if not self._first <= at < self._last:
            return told(at, self._tz)
        day, minute = divmod((at - EPOCH + self._offset) // MINUTE, 24 * 60)
        if day not in self._days:
            self._days[day] = told(at, self._tz)[:-5]
        return self._days[day] + HOURS[minute]


class Brush:
    """Draws into one period."""

    def __init__(self, window: Window, tz: ZoneInfo, now: datetime, editable: bool) -> None:
        self._window, self._tz, self._now, self._editable = window, tz, now, editable
        self._start, self._length, self._end = window.start, window.duration, window.end
        self._clock, self._shows_now = Clock(tz, window), now in window

    def x(self, at: datetime) -> float:
        """Where an instant lies, in percent; what is outside lies at the edge."""
        share = (at - self._start) / self._length
        return 0.0 if share < 0 else 100.0 if share > 1 else 100 * share

    def box(self, start: datetime, end: datetime) -> str:
        """From where on and how wide, as attributes; empty where it is outside."""
        if start >= self._end or end <= self._start:
            return ""
        left = self.x(start)
        return f'x="{left:.3f}%" width="{max(0.12, self.x(end) - left):.3f}%"'

    # What is behind

    def backgrounds(self, plans: Mapping[int, Plan]) -> str:
        """Shifts and what interrupts them, once for all stations that share them."""
        lines = "".join(self._lines())
        return "".join(
            f'<symbol id="plan-{key}">{"".join(self._spans(plan))}{lines}</symbol>'
            for key, plan in plans.items()
        )

    def _spans(self, plan: Plan) -> Iterable[str]:
        for span in plan.spans:
            if box := self.box(span.window.start, span.window.end):
                said = (
                    span.shift.name
                    if span.kind is Kind.PRODUCTION
                    else span.reason or gettext(LABELS[span.kind])
                )
                yield (
                    f'<rect class="t-{span.kind}" {box} height="100%"><title>{escape(said)}</title></rect>'
                )

    def _lines(self) -> Iterable[str]:
        for at, strong, _text in self.marks():
            yield f'<rect class="{"line day" if strong else "line"}" x="{self.x(at):.3f}%" width="1" height="100%"/>'

    def marks(self) -> list[tuple[datetime, bool, str]]:
        """The lines of the clock: when, whether a day begins, and what is written there, where there is room."""
        hours = 3 if self._length < timedelta(days=2) else 6 if self._length < timedelta(days=5) else 12
        first = self._window.start.astimezone(self._tz)
        found = [(self._window.start, True, _day(first))]
        hour = self._window.start.replace(minute=0, second=0, microsecond=0)
        while (hour := hour + HOUR) < self._window.end:
            wall = hour.astimezone(self._tz)
            if wall.hour % hours == 0:
                new = wall.hour == 0
                free = new or (hours < 12 and self.x(hour) - self.x(_last_day(found)) > FREE)
                text = (_day(wall) if new else f"{wall.hour:02}:{wall.minute:02}") if free else ""
                found.append((hour, new, text if self.x(hour) < 100 - FREE / 2 else ""))
        return found

    # What is planned, and what ran

    def row(self, station: Station, lane: str, height: int) -> str:
        """A station with its lane."""
        name, where = escape(station.name), f"{station.code} · {station.group.name}"
        below = gettext("out of use") if station.archived_at else escape(where)
        now = (
            f'<rect class="now" x="{self.x(self._now):.3f}%" width="2" height="100%"/>'
            if self._shows_now
            else ""
        )
        return (
            f'<li class="row" id="s-{station.pk}" data-station="{station.pk}" data-name="{name}">'
            f'<span class="name"><b>{name}</b><small>{below}</small></span>'
            f'<svg class="lane" height="{height}" role="group" aria-label="{name}">{lane}{now}</svg></li>'
        )

    def lane(
        self, bars: Sequence[Bar], faults: Mapping[int, Sequence[Fault]], made: Mapping[int, float], plan: int
    ) -> tuple[str, int]:
        """A station's lane, and how high it is: plans that share time stand below each other."""
        tracks = _tracks(self._shown(bars))
        above: list[str] = []
        below: list[str] = []
        deep = AIR + max([1, *(track + 1 for track, *_ in tracks)]) * (PLAN + AIR)
        for track, run, start, end in tracks:
            amount = made.get(run.pk, run.made or 0.0)
            above.append(
                self._planned(run, start, end, AIR + track * (PLAN + AIR), faults.get(run.pk, ()), amount)
            )
        for run, _end in bars:
            below.append(self._ran(run, deep, made.get(run.pk, run.made or 0.0)))
        drawn = f'<use href="#plan-{plan}" width="100%" height="100%"/>{"".join(below)}{"".join(above)}'
        return drawn, deep + RAN + AIR

    def _shown(self, bars: Sequence[Bar]) -> list[tuple[Run, datetime, datetime]]:
        """Plans with both ends: what goes on until somebody ends it lasts until the next is planned."""
        planned = [(run, run.planned_start, end) for run, end in bars if run.planned_start]
        found = []
        for place, (run, start, end) in enumerate(planned, 1):
            if end is None:
                following = (later for _run, later, _to in planned[place:] if later > start)
                end = next(following, max(self._window.end, start + HOUR))
            if start < self._window.end and end > self._window.start:
                found.append((run, start, end))
        return found

    def _planned(
        self, run: Run, start: datetime, end: datetime, y: int, faults: Sequence[Fault], made: float
    ) -> str:
        kind, icon = _look(run, faults)
        share = min(1.0, made / run.quantity) if run.quantity else 0.0
        done = f'<rect class="made" width="{100 * share:.1f}%" height="{PLAN}" rx="4"/>' if share else ""
        sign = f'<use href="#i-{icon}" x="5" y="7" width="14" height="14"/>' if icon else ""
        moves = " moves" if self._editable and run.actual_start is None else ""
        text = _inside(run, kind, faults, made)
        said, inside = escape(self._label(run, start, end, faults, made)), escape(text)
        return (
            f'<a class="bar {kind}{moves}" href="/schedule/runs/{run.pk}/" data-run="{run.pk}" '
            f'data-start="{ms(start)}" data-end="{ms(end)}"><title>{said}</title>'
            f'<svg {self.box(start, end)} y="{y}" height="{PLAN}">'
            f'<rect class="frame" width="100%" height="{PLAN}" rx="4"/>{done}{sign}'
            f'<text x="{23 if icon else 7}" y="19">{inside}</text></svg></a>'
        )

    def _ran(self, run: Run, y: int, made: float) -> str:
        """What really happened, and where it is expected to lead."""
        ghost = self._expected(run, y) if run.actual_end is None and run.expected_end else ""
        if run.actual_start is None:
            return ghost
        end, kind = run.actual_end or self._now, "ended" if run.actual_end else "runs"
        box = self.box(run.actual_start, max(end, run.actual_start + MINUTE))
        if not box:
            return ghost
        until = self._clock.text(run.actual_end) if run.actual_end else gettext("now")
        told = gettext("{name} ran {start} – {end}, {units}")
        start = self._clock.text(run.actual_start)
        said = escape(told.format(name=run.name, start=start, end=until, units=_units(run, made)))
        return (
            f'{ghost}<a class="ran {kind}" href="/schedule/runs/{run.pk}/" data-run="{run.pk}"><title>{said}</title>'
            f'<svg {box} y="{y}" height="{RAN}"><rect width="100%" height="{RAN}" rx="3"/>'
            f'<text x="5" y="11">{escape(run.name)}</text></svg></a>'
        )

    def _expected(self, run: Run, y: int) -> str:
        begin = self._now if run.actual_start else run.expected_start
        assert run.expected_end is not None
        box = self.box(begin, run.expected_end) if begin else ""
        if not box:
            return ""
        told = gettext("{name} is expected to end {end}")
        said = escape(told.format(name=run.name, end=self._clock.text(run.expected_end)))
        return f'<rect class="ghost" {box} y="{y + 1}" height="{RAN - 2}" rx="3"><title>{said}</title></rect>'

    def _label(self, run: Run, start: datetime, end: datetime, faults: Sequence[Fault], made: float) -> str:
        """All of it in words, for who points at it and for who hears it."""
        clock, product = self._clock.text, f" {run.product}" if run.product else ""
        until = clock(end) if run.planned_end or run.quantity else gettext("somebody ends it")
        units = _units(run, made) or gettext("without a quantity")
        told = gettext("{name}, planned {start} – {end}, {units}")
        said = told.format(name=run.name + product, start=clock(start), end=until, units=units)
        if run.actual_end is None and run.standing:
            said += f", {WORDS[run.standing]}"
        if run.actual_end is None and run.expected_end:
            said += ", " + gettext("expected to end {end}").format(end=clock(run.expected_end))
        return f"{said}. {' '.join(spoken(fault.said) for fault in faults)}".rstrip()


def _day(wall: datetime) -> str:
    return date_format(wall, "D j M")


def _last_day(marks: Sequence[tuple[datetime, bool, str]]) -> datetime:
    return next(at for at, new, _text in reversed(marks) if new)


def _look(run: Run, faults: Sequence[Fault]) -> tuple[str, str]:
    """The class of a bar and the name of its sign."""
    if run.actual_end is not None:
        return "done", ""
    if faults:
        return "cannot", "cannot"
    return (run.standing, run.standing) if run.standing else ("open", "")


def _inside(run: Run, kind: str, faults: Sequence[Fault], made: float) -> str:
    """What is written on a bar; what it has no room for is cut."""
    word = gettext(faults[0].word) if kind == "cannot" else str(WORDS.get(kind, ""))
    star = "★ " if run.prioritised_at and run.actual_start is None else ""
    amount = _units(run, made) if run.actual_start else run.product
    return star + " · ".join(filter(None, (run.name, amount, word)))


def _units(run: Run, made: float) -> str:
    if run.actual_start is None:
        return gettext("{units} units").format(units=number(f"{run.quantity:,.10g}")) if run.quantity else ""
    done = number(f"{int(made):,}")
    if not run.quantity:
        return gettext("{units} made").format(units=done)
    return gettext("{made} of {units}").format(made=done, units=number(f"{run.quantity:,.10g}"))


def _tracks(
    bars: Iterable[tuple[Run, datetime, datetime]],
) -> list[tuple[int, Run, datetime, datetime]]:
    """Each with the first track that is free; where too many share time, the last track takes them all."""
    free: list[datetime] = []
    found = []
    for run, start, end in bars:
        track = next((number for number, until in enumerate(free) if until <= start), len(free))
        track = min(track, MOST_TRACKS - 1)
        free[track : track + 1] = [end]
        found.append((track, run, start, end))
    return found
