"""Reports of facts as Busroot's clients read them: rows of stations, cut into buckets where that is asked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from downtime.models import Cause, Issue
from mesproject.busroot import ms
from mesproject.reports import busroot_shapes as shapes
from mesproject.reports.asking import losses, production
from mesproject.reports.busroot_cycles import Cycles
from mesproject.reports.busroot_edge import UNKNOWN, Asked, check_rows, place, range_out
from mesproject.reports.busroot_ladder import Causes, ladder, ladder_with_costs
from mesproject.reports.definition import Definition
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from mesproject.reports.story import lost_by
from mesproject.reports.tally import IN_SETUP, hours_of
from production.models import Station
from production.windows import Window
from scheduling.calendar import joined
from scheduling.planned import timetables
from scheduling.rangecode import Clock

GROUPS = {
    "hour": ("hour",),
    "day": ("day",),
    "week": ("week",),
    "month": ("month",),
    "shift": ("day", "shift"),
}
HOURS = {"hour": 1, "shift": 8, "day": 24, "week": 168, "month": 720}
SERIES = 11_000
MOST_STOPS = 50_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """A station's row: its key among the facts, and its time."""

    station: Station
    key: tuple[Any, ...]
    window: Window | None

    def place(self, grain: str | None) -> dict[str, Any]:
        """Where the row belongs."""
        found: dict[str, Any] = place(self.station)
        if grain and self.window is not None:
            found["range"] = range_out(self.window)
        if grain == "shift":
            day, name = self.key
            found |= {"day": day.isoformat(), "shift": name or None}
        return found


def grain_of(asked: Asked) -> str | None:
    """The buckets asked for, where they are not too many."""
    grain: str | None = getattr(asked.query, "aggregatewindow", None)
    if grain:
        buckets = asked.window.duration / timedelta(hours=HOURS[grain])
        check_rows(buckets, most=SERIES)
        check_rows(buckets * len(asked.stations))
    return grain


def by_bucket(asked: Asked, *more: str, in_shifts: bool = False) -> dict[tuple[Any, ...], Measures]:
    """The sums of each station and bucket (and what else is grouped by)."""
    grain = grain_of(asked)
    groups = ("machine", *(GROUPS[grain] if grain else ()), *more)
    return dict(production(asked.question(*groups, in_shifts=in_shifts)))


def buckets(asked: Asked, found: Iterable[tuple[Any, ...]]) -> list[Bucket]:
    """The rows of an answer: each station once, or once for each bucket that has facts."""
    grain = grain_of(asked)
    if grain is None:
        return [Bucket(station, (), asked.told.window) for station in asked.stations]
    width = 1 + len(GROUPS[grain])
    stations = {station.pk: station for station in asked.stations}
    keys = dict.fromkeys(key[:width] for key in found)
    windows = _Windows(asked, grain)
    rows = [Bucket(stations[key[0]], key[1:], windows.of(key)) for key in keys]
    order = {station.pk: number for number, station in enumerate(asked.stations)}
    return sorted(
        rows, key=lambda row: (order[row.station.pk], row.window.start if row.window else asked.now)
    )


class _Windows:
    """The time of each bucket, inside what was asked."""

    def __init__(self, asked: Asked, grain: str) -> None:
        self._asked, self._grain = asked, grain
        self._clock = Clock(asked.plant.tz, asked.plant.day_start)
        self._shifts: dict[tuple[Any, ...], Window] = {}
        if grain == "shift":
            self._read_shifts()

    def of(self, key: tuple[Any, ...]) -> Window | None:
        """Of a key of facts; None where the plan has no such shift any more, and of time without one."""
        if self._grain == "shift":
            return self._shifts.get(key)
        found = self._hour(key[1]) if self._grain == "hour" else self._days(key[1])
        return found.clip(self._asked.told.window) if self._asked.range.days is None else found

    def _hour(self, start: datetime) -> Window:
        return next(iter(hours_of(Window(start, start + timedelta(hours=2)), self._asked.plant.tz)))

    def _days(self, first: date) -> Window:
        month = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        last = {"day": first, "week": first + timedelta(days=6), "month": month}[self._grain]
        if days := self._asked.range.days:
            first, last = max(first, days[0]), min(last, days[1])
        return self._clock.days(first, last)

    def _read_shifts(self) -> None:
        margin = timedelta(days=1)
        window = Window(self._asked.window.start - margin, self._asked.window.end + margin)
        for station, table in timetables(self._asked.stations, window).items():
            for shift in joined(table.shifts):
                # Facts know it by its day and name, whichever teams it was of and whatever was between.
                begun = self._shifts.get((station, shift.day, shift.name), shift.window)
                self._shifts[station, shift.day, shift.name] = Window(begun.start, shift.window.end)


# Stops


def stops_by_cause(asked: Asked) -> dict[tuple[Any, ...], list[tuple[int, float]]]:
    """Milliseconds of stops by cause, of each station and bucket."""
    grain = grain_of(asked)
    groups = ("machine", *(GROUPS[grain] if grain else ()), "reason")
    found: dict[tuple[Any, ...], list[tuple[int, float]]] = defaultdict(list)
    for (*key, why), (amount, _) in losses(asked.question(*groups), "downtime"):
        found[tuple(key)].append((why, amount))
    return found


def causes_of(asked: Asked, ids: Iterable[int]) -> Causes:
    """Code and description of causes, and the measure that their stops add to."""
    used = set(ids) - {0}
    rows, lost = Cause.objects.of(asked.company).filter(pk__in=used), lost_by(used)
    named = {pk: (code, said, lost[pk]) for pk, code, said in rows.values_list("pk", "code", "description")}
    return named | {IN_SETUP: ("setup", "Setup", lost[IN_SETUP])}


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop as it is listed."""

    window: Window
    goes_on: bool
    code: str | None

    def out(self, station: Station, within: Window) -> shapes.Downtime:
        """Its part in a stretch of time, and when it really began and ended."""
        end = None if self.goes_on else ms(self.window.end)
        part = range_out(self.window.clip(within) or self.window)
        return shapes.Downtime("stop", station.code, self.code, ms(self.window.start), end, part)


class Stops:
    """The stops of stations, in order; those of a station never overlap."""

    def __init__(self, asked: Asked) -> None:
        self._of: dict[int, list[Stop]] = defaultdict(list)
        if asked.window.start >= asked.window.end:
            return
        rows = Issue.objects.of(asked.company).filter(station__in=asked.stations).overlapping(asked.window)
        if asked.skus:
            rows = rows.filter(_of_skus(asked.skus))
        for pk, start, end, code in rows.order_by("station", "started_at").values_list(
            "station_id", "started_at", "ended_at", "cause__code"
        ):
            window = Window(start, end or max(start, asked.now))
            self._of[pk].append(Stop(window, end is None, code))

    def of(self, station: Station, within: Window) -> list[Stop]:
        """Those that share time with a stretch."""
        mine = self._of.get(station.pk, [])
        low = bisect_right(mine, within.start, key=lambda stop: stop.window.end)
        return mine[low : bisect_left(mine, within.end, key=lambda stop: stop.window.start)]


def _of_skus(codes: Sequence[str]) -> Q:
    """Stops in runs of these SKUs, in the order in which a run's SKU is found."""
    job = Q(job_run__sku=None)
    found = Q(job_run__sku__code__in=codes) | (job & Q(job_run__job__sku__code__in=codes))
    found |= job & Q(job_run__job__sku=None, job_run__job__part__in=codes)
    nothing = Q(job_run=None) | (job & Q(job_run__job__sku=None, job_run__job__part=""))
    return found | nothing if UNKNOWN in codes else found


def runnings(stops: Sequence[Stop], within: Window) -> int:
    """The stretches between stops, those at the edges among them."""
    starts = [within.start, *(stop.window.end for stop in stops)]
    ends = [*(stop.window.start for stop in stops), within.end]
    return sum(start < end for start, end in zip(starts, ends, strict=True))


# Answers


def downtime(asked: Asked, d: Definition) -> shapes.DowntimeAnswer:
    """/downtime: the ladder, how often it stood, and each stop."""
    found = by_bucket(asked)
    check_rows(sum(m.stops for m in found.values()), most=MOST_STOPS)
    why = stops_by_cause(asked)
    causes = causes_of(asked, (cause for rows in why.values() for cause, _ in rows))
    stops, cycles = Stops(asked), Cycles.told(asked, found.values())
    in_shifts = bool(getattr(asked.query, "inshiftaverages", False))
    averages = by_bucket(asked, in_shifts=True) if in_shifts else found
    rows = []
    for one in buckets(asked, found):
        key, window = (one.station.pk, *one.key), one.window or Window(asked.window.start, asked.window.start)
        m, past = (
            found.get(key, Measures()),
            Window(window.start, max(window.start, min(window.end, asked.now))),
        )
        here = stops.of(one.station, past)
        row = shapes.DowntimeRow(
            **one.place(grain_of(asked)),
            reliability_data=_reliability(m, here, past, d),
            cycle_time_analysis=cycles.of(
                one.station, window, averages.get(key, Measures()), d, in_shifts=in_shifts
            ),
            oee=ladder(m, why.get(key, ()), causes, d),
            downtimes=[stop.out(one.station, window) for stop in here],
        )
        rows.append(row)
    return shapes.DowntimeAnswer(results=rows, range=range_out(asked.told.window))


def _reliability(m: Measures, stops: Sequence[Stop], within: Window, d: Definition) -> shapes.Reliability:
    ran = METRICS["availability_time"].compute(m, d)
    return shapes.Reliability(
        runnings(stops, within) if ran else 0, m.stops, ran, METRICS["downtime"].compute(m, d)
    )


def oee(asked: Asked, d: Definition) -> shapes.OeeAnswer:
    """/oee: the ladder with its costs, and that of all stations together."""
    found, why = by_bucket(asked), stops_by_cause(asked)
    causes = causes_of(asked, (cause for rows in why.values() for cause, _ in rows))
    whole: dict[int, float] = defaultdict(float)
    for parts in why.values():
        for cause, amount in parts:
            whole[cause] += amount
    rows = [
        shapes.OeeRow(
            **one.place(grain_of(asked)),
            oee=ladder_with_costs(
                found.get(key := (one.station.pk, *one.key), Measures()), why.get(key, ()), causes, d
            ),
        )
        for one in buckets(asked, found)
    ]
    return shapes.OeeAnswer(
        results=rows,
        range=range_out(asked.told.window),
        total=ladder_with_costs(total(found.values()), whole.items(), causes, d),
    )
