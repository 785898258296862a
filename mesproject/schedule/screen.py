"""What the schedule screen shows: stations down, time across, and of each station what is planned and what ran.

Rows are read as tuples (`bars`) and drawn as text (`drawing`): a week of 200 stations has thousands of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company
from mesproject.schedule import drawing
from mesproject.schedule.bars import Run, made_by, runs_on
from mesproject.schedule.judging import Asked, Fault, Works, judged
from mesproject.schedule.reading import WITH
from mesproject.words import Said
from production.models import JobRun, Plant, Station
from production.windows import Window
from scheduling.forecast import PlannedTime
from scheduling.planned import with_runs
from scheduling.wall_clock import shop_day, shop_day_window

RANGES = {"day": 1, "3days": 3, "week": 7}
RANGE_NAMES = (("day", _("Day")), ("3days", _("3 days")), ("week", _("Week")))
# To what a run that is moved jumps, in minutes.
STEPS = {"day": 5, "3days": 15, "week": 30}


class ViewForm(forms.Form):
    """What of the schedule is shown. What is not known means: today, a day, all stations."""

    range = forms.ChoiceField(required=False, choices=RANGE_NAMES)
    on = forms.DateField(required=False)
    plant = forms.ChoiceField(required=False)
    group = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, stations: Sequence[Station], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stations = stations
        plants = {station.plant.code: station.plant.name for station in stations}
        groups = {station.group.code: station.group.name for station in stations}
        self.fields["plant"].choices = [("", _("all plants")), *plants.items()]  # type: ignore[attr-defined]
        self.fields["group"].choices = [("", _("all groups")), *groups.items()]  # type: ignore[attr-defined]

    @property
    def span(self) -> str:
        """How much time is shown."""
        return self.cleaned_data.get("range") or "day"

    def stations(self) -> list[Station]:
        """Those that are asked for."""
        plant, group = self.cleaned_data.get("plant"), self.cleaned_data.get("group")
        return [
            station
            for station in self._stations
            if (not plant or station.plant.code == plant) and (not group or station.group.code == group)
        ]

    def asked(self, **changes: str) -> str:
        """The same as the end of an address, with some of it otherwise."""
        said = {name: str(value) for name, value in self.cleaned_data.items() if value} | changes
        return urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True, slots=True)
class Period:
    """Whole shop days of one plant's clock."""

    window: Window
    first: date
    days: int
    today: date
    tz: ZoneInfo

    @property
    def neighbours(self) -> dict[str, str]:
        """Where the buttons lead."""
        length = timedelta(days=self.days)
        return {"before": f"{self.first - length}", "after": f"{self.first + length}"}

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first + timedelta(days=self.days - 1)


def period(form: ViewForm, plant: Plant | None, *, at: datetime) -> Period:
    """The days that are asked for; a week begins on its Monday."""
    tz = plant.tz if plant else ZoneInfo("UTC")
    begins = plant.day_start if plant else datetime.min.time()
    today = shop_day(at, tz=tz, day_start=begins)
    first = form.cleaned_data.get("on") or today
    first = min(max(first, date(2000, 1, 10)), date(2100, 1, 1))
    if form.span == "week":
        first -= timedelta(days=first.weekday())
    days = RANGES[form.span]
    window = Window(
        shop_day_window(first, tz=tz, day_start=begins).start,
        shop_day_window(first + timedelta(days=days), tz=tz, day_start=begins).start,
    )
    return Period(window, first, days, today, tz)


def stations_of(company: Company) -> list[Station]:
    """The stations of a company in the order of the hall, and those out of use for which something is planned."""
    open_at = JobRun.objects.of(company).filter(actual_end=None).values("station")
    rows = Station.objects.of(company).filter(Q(archived_at=None) | Q(pk__in=open_at))
    return list(rows.in_place().select_related("plan"))


def known_runs(company: Company) -> Any:
    """The runs of a company, with all that is told of them."""
    return JobRun.objects.of(company).select_related(*WITH)


@dataclass(frozen=True, slots=True)
class Rows:
    """All that is drawn: the rows, and once what many of them have in common."""

    drawn: SafeString
    backgrounds: SafeString
    stations: int
    bars: int
    # How many runs cannot be made as they are planned.
    faulty: int


class Timed:
    """The plan of some stations, and all that is made of it only once for those that share it."""

    def __init__(self, stations: Sequence[Station], within: Window) -> None:
        self._plans = with_runs(stations, within) if stations else {}
        self.shared = {id(plan): plan for plan in self._plans.values()}
        self._works = {key: Works(plan, within) for key, plan in self.shared.items()}
        self._times = {key: PlannedTime(plan.production) for key, plan in self.shared.items()}

    def key(self, station: int) -> int:
        """What is the same for stations that share a plan."""
        return id(self._plans[station])

    def works(self, station: int) -> Works:
        """What each instant is meant for."""
        return self._works[self.key(station)]

    def time(self, station: int) -> PlannedTime:
        """Its planned production time."""
        return self._times[self.key(station)]


def rows_of(stations: Sequence[Station], period: Period, *, at: datetime, editable: bool) -> Rows:
    """Everything of these stations in a period."""
    runs = runs_on([station.pk for station in stations], period.window)
    timed, made = Timed(stations, period.window), made_by(runs, period.tz)
    mine: dict[int, list[Run]] = defaultdict(list)
    for run in runs:
        mine[run.station].append(run)
    brush = drawing.Brush(period.window, period.tz, at, editable)
    drawn, faulty = [], 0
    for station in stations:
        bars = bars_of(mine[station.pk], timed.time(station.pk))
        faults = faults_of(station, bars, timed.works(station.pk), at)
        drawn.append(brush.row(station, *brush.lane(bars, faults, made, timed.key(station.pk))))
        faulty += len(faults)
    shared = mark_safe(brush.backgrounds(timed.shared))
    return Rows(mark_safe("".join(drawn)), shared, len(stations), len(runs), faulty)


def bars_of(runs: Iterable[Run], time: PlannedTime) -> list[tuple[Run, datetime | None]]:
    """Each run with the end that is planned for it."""
    return [(run, run.end(time)) for run in runs]


def faults_of(
    station: Station, bars: Iterable[tuple[Run, datetime | None]], works: Works, at: datetime
) -> dict[int, list[Fault]]:
    """What cannot be done of what is still to be made at a station."""
    asked = [asked_of(run, end) for run, end in bars if run.actual_end is None]
    found = judged(asked, works, now=at, tz=station.plant.tz)
    if station.archived_at:
        gone = Fault("out of use", Said("{station} is out of use.", {"station": station.name}))
        return {one.run: [gone, *found.get(one.run, ())] for one in asked}
    return found


def asked_of(run: Run, end: datetime | None) -> Asked:
    """A run as it is judged."""
    return Asked(
        run.pk, run.name, run.planned_start, end, run.actual_start is not None, run.due, run.expected_end,
        run.ordered_for,
    )  # fmt: skip
