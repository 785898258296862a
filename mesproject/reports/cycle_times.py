"""Cycle times by product and station: what is specified and by whom, what really was, and what single cycles say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from mesproject.accounts.models import Company
from mesproject.reports.asking import Question, production
from mesproject.reports.counting import runs_in
from mesproject.reports.cycle_summary import Doubt, Summary, doubts, summary
from mesproject.reports.cycles import Cycle, cycles
from mesproject.reports.definition import Definition
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from mesproject.reports.story import Question as Of
from mesproject.reports.story import worked
from production.models import JobRun, Sku, Station
from production.windows import Window
from scheduling.planned import Plans, plans

# Single cycles are counted out of signals: so many units, and days times stations, are looked at.
MOST_UNITS = 100_000
MOST_STATION_DAYS = 1_000

# A part and a station.
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Said:
    """Who specifies a time, and which."""

    by: str
    ms: int


@dataclass(slots=True)
class Line:
    """A part on a station, or (`station` None) on all of them."""

    part: str
    sku: Sku | None
    station: Station | None
    sums: Measures
    said: frozenset[Said]
    definition: Definition
    lengths: list[float] = field(default_factory=list)
    seen: Summary | None = None
    specified: float | None = None
    average: float | None = None
    doubts: list[Doubt] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.specified = self.metric("ideal_part_time")
        self.average = self.metric("actual_part_time")
        self.seen = summary(self.lengths)
        self.doubts = list(doubts(self.specified, self.average, self.seen))

    @property
    def units(self) -> float:
        """All that was made."""
        return self.sums.good + self.sums.bad

    @property
    def performance(self) -> float | None:
        """The ideal time of what was made over the time at work."""
        return self.metric("performance")

    @property
    def said_by(self) -> list[str]:
        """Who specifies the time, each once."""
        return sorted({one.by for one in self.said})

    def metric(self, name: str) -> float | None:
        """A number of the table of metrics."""
        return METRICS[name].compute(self.sums, self.definition)


@dataclass(frozen=True, slots=True)
class Product:
    """A part on all stations that made it, and on each."""

    whole: Line
    lines: list[Line]

    @property
    def is_doubtful(self) -> bool:
        """Whether anything about it is suspicious."""
        return bool(self.whole.doubts or any(line.doubts for line in self.lines))


class Products(NamedTuple):
    """All that was made, whether its single cycles were looked at, and up to where the sums are exact."""

    made: list[Product]
    looked: bool
    exact_until: datetime


def is_bearable(
    stations: Collection[Station], window: Window, sums: Iterable[Measures], *, most: int
) -> bool:
    """Whether single cycles can be looked at."""
    days = window.duration / timedelta(days=1)
    return days * len(stations) <= MOST_STATION_DAYS and sum(m.good + m.bad for m in sums) <= most


def single(
    stations: Sequence[Station], window: Window, planned: Plans | None = None
) -> dict[Place, list[Cycle]]:
    """The single cycles of stations, by the part that they made."""
    found: dict[Place, list[Cycle]] = defaultdict(list)
    if window.start >= window.end or not stations:
        return found
    ran = runs_in([station.pk for station in stations], window)
    parts = {run.pk: run.effective_part for runs in ran.values() for run in runs}
    for pk, story in worked([Of(one, window, window.start) for one in stations], ran, planned).items():
        for cycle in cycles(story):
            found[parts.get(cycle.run, ""), pk].append(cycle)
    return found


def products(
    company: Company, question: Question, window: Window, definition: Definition, *, most: int
) -> Products:
    """What was made at the stations of a question (by part and machine)."""
    planned = plans(question.stations, window) if question.stations and window.duration else None
    answer = production(replace(question, planned=planned))
    sums = {(part, pk): m for (part, pk), m in answer if m.good + m.bad > 0}
    stations = {station.pk: station for station in question.stations}
    made_it = [station for pk, station in stations.items() if any(pk == at for _, at in sums)]
    skus = {sku.code: sku for sku in Sku.objects.of(company).filter(code__in={part for part, _ in sums})}
    looked = is_bearable(made_it, window, sums.values(), most=most)
    lengths = single(made_it, window, planned) if looked else {}
    said = _said(stations, window)
    found: dict[str, list[Line]] = defaultdict(list)
    for (part, pk), m in sorted(sums.items(), key=lambda row: (row[0][0], stations[row[0][1]].code)):
        who = frozenset(said.get((part, pk), ())) or frozenset({Said("station", stations[pk].cycle_time_ms)})
        mine = [one.ms for one in lengths.get((part, pk), ())]
        found[part].append(Line(part, skus.get(part), stations[pk], m, who, definition, mine))
    return Products([_product(lines) for lines in found.values()], looked, answer.exact_until)


def _product(lines: list[Line]) -> Product:
    first = lines[0]
    who = frozenset(said for line in lines for said in line.said)
    whole = Line(
        first.part, first.sku, None, total(line.sums for line in lines), who, first.definition,
        [ms for line in lines for ms in line.lengths],
    )  # fmt: skip
    return Product(whole, lines)


def _said(stations: Mapping[int, Station], window: Window) -> dict[Place, set[Said]]:
    """Who specified the time of each part that ran on each station, and which."""
    rows = JobRun.objects.filter(station__among=list(stations)).covering(window.start, window.end)
    found: dict[Place, set[Said]] = defaultdict(set)
    for station, sku, of_job, part, *times in (
        rows.select_related(None).order_by().values_list(
            "station_id", "sku__code", "job__sku__code", "job__part",
            "cycle_time_ms", "job__ideal_part_time_ms", "sku__cycle_time_ms", "job__sku__cycle_time_ms",
        ).distinct()
    ):  # fmt: skip
        run, job, own, of_its = times
        known = (("run", run), ("job", job), ("SKU", own if sku else of_its))
        by, ms = next(((by, ms) for by, ms in known if ms), ("station", stations[station].cycle_time_ms))
        found[sku or of_job or part or "", station].add(Said(by, ms))
    return found
