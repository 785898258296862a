"""Cycle times in Busroot's words: averages out of the metrics, the best and the worst out of single cycles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from mesproject.busroot import BadValue
from mesproject.reports import busroot_shapes as shapes
from mesproject.reports.asking import production
from mesproject.reports.busroot_edge import UNKNOWN, Asked, range_out
from mesproject.reports.cycles import Cycle, cycles, spread
from mesproject.reports.definition import Definition
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from mesproject.reports.story import Question, told
from production.models import JobRun, Sku, Station
from production.windows import Window

# Single cycles are counted out of signals: so many units, and days times stations, are looked at.
MOST_UNITS = 100_000
MOST_STATION_DAYS = 1_000
# Where cycles are beside the point, a second is too long for them.
MOST_UNITS_BESIDE = 20_000


class Cycles:
    """The single cycles of stations; none are known where they are too many to look at."""

    def __init__(self, found: dict[int, list[Cycle]] | None) -> None:
        self._of = found

    @classmethod
    def told(cls, asked: Asked, sums: Iterable[Measures]) -> Cycles:
        """Those of what is asked, where `sums` say that they are not too many."""
        if (
            not is_bearable(asked, sums, most=MOST_UNITS_BESIDE)
            or asked.window.start >= asked.window.end
            or not asked.stations
        ):
            return cls(None)
        questions = [Question(station, asked.window, asked.window.start) for station in asked.stations]
        of = {pk: list(cycles(one.story)) for pk, one in told(questions).items()}
        return cls(of if not asked.skus else _of_skus(asked, of))

    def of(
        self, station: Station, within: Window, m: Measures, d: Definition, *, in_shifts: bool
    ) -> shapes.CycleTimes:
        """A station's in a stretch of time."""
        known = self._of.get(station.pk, []) if self._of else []
        mine = [one for one in known if one.at in within and (one.in_shift or not in_shifts)]
        one = station_out(station, mine, m, d)
        specified = METRICS["ideal_part_time"].compute(m, d)
        return shapes.CycleTimes(one.avg, one.min, one.max, one.quantity, specified, [one])


def is_bearable(asked: Asked, sums: Iterable[Measures], *, most: int = MOST_UNITS) -> bool:
    """Whether single cycles can be looked at."""
    days = asked.window.duration / timedelta(days=1)
    return days * len(asked.stations) <= MOST_STATION_DAYS and sum(m.good + m.bad for m in sums) <= most


def station_out(station: Station, mine: Sequence[Cycle], m: Measures, d: Definition) -> shapes.StationCycles:
    """The cycles of a station, in short."""
    seen = spread(mine)
    return shapes.StationCycles(
        station.code, station.name, METRICS["actual_part_time"].compute(m, d),
        seen.best if seen else None, seen.worst if seen else None, m.good + m.bad,
    )  # fmt: skip


def analysis(asked: Asked, d: Definition) -> shapes.CycleAnswer:
    """/analysis/cycletime: each SKU, and each station that made it."""
    in_shifts = bool(getattr(asked.query, "inshiftaverages", False))
    rows = production(asked.question("part", "machine", in_shifts=in_shifts))
    sums = {key: m for key, m in rows if m.good + m.bad > 0}
    if not is_bearable(asked, sums.values()):
        raise BadValue(
            "rangecode",
            f"Cycles are counted out of signals, at most {MOST_UNITS:,} units and {MOST_STATION_DAYS:,} days of "
            "stations at once. Ask for less time or fewer stations.",
        )
    single = _by_part(asked, in_shifts=in_shifts)
    names = sku_names(asked, {part for part, _ in sums})
    parts = dict.fromkeys(part for part, _ in sums)
    return shapes.CycleAnswer(
        results=[_sku(asked, part, names, sums, single, d) for part in parts],
        range=range_out(asked.told.window),
    )


_ByPart = dict[tuple[str, int], list[Cycle]]


def _sku(
    asked: Asked, part: str, names: dict[str, str], sums: dict[Any, Measures], single: _ByPart, d: Definition
) -> shapes.SkuCycles:
    stations = [station for station in asked.stations if (part, station.pk) in sums]
    whole = total(sums[part, station.pk] for station in stations)
    seen = spread(one for station in stations for one in single[part, station.pk])
    return shapes.SkuCycles(
        sku_code=part or UNKNOWN, sku_name=names.get(part), quantity=whole.good + whole.bad,
        default=METRICS["ideal_part_time"].compute(whole, d), avg=METRICS["actual_part_time"].compute(whole, d),
        min=seen.best if seen else None, max=seen.worst if seen else None, spread=seen.spread if seen else None,
        stations=[
            station_out(station, single[part, station.pk], sums[part, station.pk], d) for station in stations
        ],
    )  # fmt: skip


def _by_part(asked: Asked, *, in_shifts: bool) -> _ByPart:
    found: _ByPart = defaultdict(list)
    if asked.window.start >= asked.window.end or not asked.stations:
        return found
    questions = [Question(station, asked.window, asked.window.start) for station in asked.stations]
    of = {pk: list(cycles(one.story)) for pk, one in told(questions).items()}
    parts = _parts_of(asked, of)
    for pk, mine in of.items():
        for one in mine:
            if one.in_shift or not in_shifts:
                found[parts.get(one.run, ""), pk].append(one)
    return found


def _of_skus(asked: Asked, of: dict[int, list[Cycle]]) -> dict[int, list[Cycle]]:
    parts = _parts_of(asked, of)
    wanted = {"" if code == UNKNOWN else code for code in asked.skus}
    return {pk: [one for one in mine if parts.get(one.run, "") in wanted] for pk, mine in of.items()}


def _parts_of(asked: Asked, of: dict[int, list[Cycle]]) -> dict[int, str]:
    """The SKU of each run, as facts name it."""
    runs = {one.run for mine in of.values() for one in mine} - {0}
    rows = JobRun.objects.of(asked.company).filter(pk__in=runs)
    codes = rows.values_list("pk", "sku__code", "job__sku__code", "job__part")
    return {pk: sku or of_job or part or "" for pk, sku, of_job, part in codes}


def sku_names(asked: Asked, codes: set[str]) -> dict[str, str]:
    """The names of SKUs, by code."""
    rows = Sku.objects.of(asked.company).filter(code__in=codes - {""})
    return dict(rows.values_list("code", "name"))
