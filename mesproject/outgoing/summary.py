"""Yesterday in numbers: those of reports, by the company's definition, for a plant and its groups of stations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from downtime.models import Cause, Issue, Slice
from mesproject.reports.asking import Days, Question, losses, production
from mesproject.reports.definition import Definition
from mesproject.reports.definitions import definition_of
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from mesproject.reports.tally import IN_SETUP
from production.models import Plant, Station, StationGroup
from production.models.live import Status
from production.windows import Window
from scheduling.wall_clock import shop_day_window

WEEK = timedelta(days=7)
MOST_CAUSES, MOST_STOPS = 6, 5
FACTORS = {
    "oee": "OEE",
    "availability": _("Availability"),
    "performance": _("Performance"),
    "quality": _("Quality"),
}


@dataclass(frozen=True, slots=True)
class Factor:
    """A ratio of yesterday, and by how many points it differs from the day before and the seven days before."""

    name: str
    value: float | None
    day: float | None
    week: float | None

    @property
    def title(self) -> str:
        """As people call it."""
        return str(FACTORS[self.name])


@dataclass(frozen=True, slots=True)
class Bar:
    """A cause of downtime: how long, and how long is its bar, in percent of the longest."""

    name: Any  # words that wait for their language, or a cause's own
    ms: float
    percent: int

    @property
    def rest(self) -> int:
        """What is left of the longest's length."""
        return 100 - self.percent


@dataclass(frozen=True, slots=True)
class Stop:
    """One of the longest: which, since when on the wall, and how much of the day's planned time it cost."""

    issue: Issue
    since: str
    ms: float


@dataclass(frozen=True, slots=True)
class Part:
    """A plant or a group."""

    name: str
    measures: Measures
    factors: list[Factor]
    definition: Definition
    bars: list[Bar]

    def metric(self, name: str) -> float | None:
        """Any metric of it."""
        return METRICS[name].compute(self.measures, self.definition)

    @property
    def good(self) -> float | None:
        """Output: good units."""
        return self.metric("good_parts")

    @property
    def target(self) -> float | None:
        """Units that planned time asked for at the ideal pace, as boards show it."""
        return self.metric("ideal_parts")

    @property
    def efficiency(self) -> float | None:
        """Output over target."""
        return self.metric("efficiency")

    @property
    def bad(self) -> float | None:
        """Rejects."""
        return self.metric("rejected_parts")

    @property
    def downtime(self) -> float | None:
        """Milliseconds of stops."""
        return self.metric("downtime")

    @property
    def unexplained(self) -> float | None:
        """Milliseconds of stops without a cause."""
        return self.metric("uncategorized_downtime")

    @property
    def energy(self) -> float | None:
        """In kWh; None where no meter told."""
        return self.metric("energy") or None


@dataclass(frozen=True, slots=True)
class PlantDay:
    """A plant's shop day, with all that any reader may want of it."""

    plant: Plant
    day: date
    definition: Definition
    groups: Mapping[int, StationGroup]
    sums: Mapping[tuple[int, date], Measures]
    lost: Mapping[int, Mapping[int, float]]  # by group and cause, in milliseconds
    causes: Mapping[int, Any]
    stops: Sequence[Stop]

    @property
    def with_shifts(self) -> set[int]:
        """The groups that had time in shifts."""
        none = Measures()
        return {pk for pk in self.groups if self.sums.get((pk, self.day), none).shift_ms > 0}

    def whole(self, groups: Collection[int]) -> Part:
        """These groups together."""
        return self._part(self.plant.name, groups)

    def parts(self, groups: Collection[int]) -> list[Part]:
        """Each of these groups, in the plant's order."""
        return [self._part(group.name, [pk]) for pk, group in self.groups.items() if pk in groups]

    def longest(self, groups: Collection[int]) -> list[Stop]:
        """Their longest stops."""
        return [stop for stop in self.stops if stop.issue.station.group_id in groups][:MOST_STOPS]

    def _part(self, name: str, groups: Collection[int]) -> Part:
        yesterday = self._sum(groups, [self.day])
        before = self._sum(groups, [self.day - timedelta(days=1)])
        week = self._sum(groups, [self.day - timedelta(days=days) for days in range(1, WEEK.days + 1)])
        factors = [self._factor(metric, yesterday, before, week) for metric in FACTORS]
        return Part(name, yesterday, factors, self.definition, self._bars(groups))

    def _sum(self, groups: Collection[int], days: Iterable[date]) -> Measures:
        keys = ((group, day) for day in days for group in groups)
        return total(self.sums[key] for key in keys if key in self.sums)

    def _factor(self, name: str, *stretches: Measures) -> Factor:
        value, *others = (METRICS[name].compute(stretch, self.definition) for stretch in stretches)
        day, week = (None if value is None or other is None else value - other for other in others)
        return Factor(name, value, day, week)

    def _bars(self, groups: Collection[int]) -> list[Bar]:
        lost: dict[int, float] = {}
        for group in groups:
            for cause, ms in self.lost.get(group, {}).items():
                lost[cause] = lost.get(cause, 0) + ms
        ranked = sorted(lost.items(), key=lambda each: (-each[1], each[0]))
        named = [(self.causes.get(cause, _("unexplained")), ms) for cause, ms in ranked]
        if len(named) > MOST_CAUSES:
            rest = named[MOST_CAUSES - 1 :]
            named = [*named[: MOST_CAUSES - 1], (_other(len(rest)), sum(ms for _cause, ms in rest))]
        most = max((ms for _, ms in named), default=0)
        return [Bar(name, ms, max(1, round(100 * ms / most))) for name, ms in named if ms > 0]


def _other(count: int) -> Any:
    return ngettext_lazy("%(count)d other cause", "%(count)d other causes", "count") % {"count": count}


def plant_day(plant: Plant, day: date, *, now: datetime) -> PlantDay:
    """The numbers of a plant's shop day, in as many queries for any number of stations."""
    stations = list(Station.objects.of(plant.company_id).in_place().filter(group__plant=plant))
    groups = {station.group_id: station.group for station in stations}
    question = Question(stations, Days(day - WEEK, day), ("machineGroup", "day"), now=now)
    asked = Question(stations, Days(day, day), ("machineGroup", "reason"), now=now)
    lost: dict[int, dict[int, float]] = {}
    for (group, cause), (ms, _n) in losses(asked, "downtime"):
        lost.setdefault(group, {})[cause] = ms
    causes = Cause.objects.of(plant.company_id).values_list("pk", "description")
    return PlantDay(
        plant, day, definition_of(plant.company_id), groups, _keyed(production(question)), lost,
        {**dict(causes), IN_SETUP: _("setup")},
        _stops(plant, stations, day, now),
    )  # fmt: skip


def is_summed(plant: Plant, day: date) -> bool:
    """Whether the facts of a shop day are there, and nothing in it has changed since."""
    end = shop_day_window(day, tz=plant.tz, day_start=plant.day_start).end
    decided = Station.objects.active().filter(group__plant=plant, live__settled_at__isnull=False)
    late = Q(facts=None) | Q(facts__summed_until__lt=end) | Q(live__sums_from__lt=end)
    return not decided.filter(late).exists()


def _keyed(answer: Iterable[tuple[tuple[Any, ...], Measures]]) -> dict[tuple[int, date], Measures]:
    return {(group, day): measures for (group, day), measures in answer}


def _stops(plant: Plant, stations: Sequence[Station], day: date, now: datetime) -> list[Stop]:
    """The stops of the day, longest first, each as long as it lasted within it."""
    window = shop_day_window(day, tz=plant.tz, day_start=plant.day_start)
    if not window.duration:
        return []
    pks = [station.pk for station in stations]
    stood: dict[int, list[Window]] = {}
    for piece in (
        Slice.objects.filter(station__among=pks, state=Status.STOPPED).overlapping(window).defer("carry")
    ):
        stood.setdefault(piece.station_id, []).append(piece.window(now))
    issues = Issue.objects.filter(station__among=pks).overlapping(window)
    found = [
        _stop(issue, window, stood.get(issue.station_id, ()), now)
        for issue in issues.select_related("station__group__plant", "cause")
    ]
    return sorted((stop for stop in found if stop.ms), key=lambda stop: (-stop.ms, stop.issue.pk))


def _stop(issue: Issue, window: Window, stood: Iterable[Window], now: datetime) -> Stop:
    """How long of it counts: breaks and the time between shifts do not."""
    start, end = max(issue.started_at, window.start), min(issue.ended_at or now, window.end)
    counted = (one.clip(Window(start, end)) for one in stood)
    lasted = sum((piece.duration for piece in counted if piece), timedelta())
    since = f"{start.astimezone(issue.station.group.plant.tz):%H:%M}"
    return Stop(issue, since, lasted.total_seconds() * 1000)
