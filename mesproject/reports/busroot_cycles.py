"""Cycle times in Busroot's words: averages out of the metrics, the best and the worst out of single cycles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from mesproject.busroot import BadValue
from mesproject.reports import busroot_shapes as shapes
from mesproject.reports.asking import production
from mesproject.reports.busroot_edge import UNKNOWN, Asked, range_out
from mesproject.reports.cycle_times import (
    MOST_STATION_DAYS,
    MOST_UNITS,
    Place,
    is_bearable,
    single,
)
from mesproject.reports.cycles import Cycle, spread
from mesproject.reports.definition import Definition
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from production.models import Sku, Station
from production.windows import Window

# Where cycles are beside the point, a second is too long for them.
MOST_UNITS_BESIDE = 20_000


class Cycles:
    """The single cycles of stations; none are known where they are too many to look at."""

    def __init__(self, found: dict[int, list[Cycle]] | None) -> None:
        self._of = found

    @classmethod
    def told(cls, asked: Asked, sums: Iterable[Measures]) -> Cycles:
        """Those of what is asked, where `sums` say that they are not too many."""
        if not is_bearable(asked.stations, asked.window, sums, most=MOST_UNITS_BESIDE):
            return cls(None)
        wanted = {"" if code == UNKNOWN else code for code in asked.skus}
        found: dict[int, list[Cycle]] = defaultdict(list)
        for (part, pk), mine in single(asked.stations, asked.window).items():
            if part in wanted or not wanted:
                found[pk] += mine
        return cls(found)

    def of(
        self, station: Station, within: Window, m: Measures, d: Definition, *, in_shifts: bool
    ) -> shapes.CycleTimes:
        """A station's in a stretch of time."""
        known = self._of.get(station.pk, []) if self._of else []
        mine = [one for one in known if one.at in within and (one.in_shift or not in_shifts)]
        one = station_out(station, mine, m, d)
        specified = METRICS["ideal_part_time"].compute(m, d)
        return shapes.CycleTimes(one.avg, one.min, one.max, one.quantity, specified, [one])


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
    if not is_bearable(asked.stations, asked.window, sums.values(), most=MOST_UNITS):
        raise BadValue(
            "rangecode",
            f"Cycles are counted out of signals, at most {MOST_UNITS:,} units and {MOST_STATION_DAYS:,} days of "
            "stations at once. Ask for less time or fewer stations.",
        )
    all_of = single(asked.stations, asked.window)
    found = {place: [one for one in mine if one.in_shift or not in_shifts] for place, mine in all_of.items()}
    names = sku_names(asked, {part for part, _ in sums})
    parts = dict.fromkeys(part for part, _ in sums)
    return shapes.CycleAnswer(
        results=[_sku(asked, part, names, sums, found, d) for part in parts],
        range=range_out(asked.told.window),
    )


def _sku(
    asked: Asked,
    part: str,
    names: dict[str, str],
    sums: dict[Any, Measures],
    found: dict[Place, list[Cycle]],
    d: Definition,
) -> shapes.SkuCycles:
    stations = [station for station in asked.stations if (part, station.pk) in sums]
    whole = total(sums[part, station.pk] for station in stations)
    seen = spread(one for station in stations for one in found.get((part, station.pk), ()))
    return shapes.SkuCycles(
        sku_code=part or UNKNOWN, sku_name=names.get(part), quantity=whole.good + whole.bad,
        default=METRICS["ideal_part_time"].compute(whole, d), avg=METRICS["actual_part_time"].compute(whole, d),
        min=seen.best if seen else None, max=seen.worst if seen else None, spread=seen.spread if seen else None,
        stations=[
            station_out(station, found.get((part, station.pk), ()), sums[part, station.pk], d) for station in stations
        ],
    )  # fmt: skip


def sku_names(asked: Asked, codes: set[str]) -> dict[str, str]:
    """The names of SKUs, by code."""
    rows = Sku.objects.of(asked.company).filter(code__in=codes - {""})
    return dict(rows.values_list("code", "name"))
