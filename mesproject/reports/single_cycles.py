"""How the times of single units come about: the units of a place and time, or of its last day where it has many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from mesproject.accounts.models import Company
from mesproject.reports.asking import Question
from mesproject.reports.cycle_times import single
from mesproject.reports.cycles import ENOUGH_TO_BE_LONG, Cycle, long_above, quantile
from mesproject.reports.explain import plain, said
from mesproject.reports.single_example import Example, Part
from production.models import Station
from production.windows import Window

# Signals of so many days of stations are read for an example.
MOST_STATION_DAYS = 8
A_DAY = timedelta(days=1)
SHOWN = 5


def example(name: str, company: Company, question: Question, window: Window) -> Example:
    """What a number of single units comes to."""
    stations, seen = _bearable(question.stations, window)
    parts = question.only.get("part")
    found = single(stations, seen)
    mine = [one for (part, _pk), of in found.items() if parts is None or part in parts for one in of]
    note = (
        ""
        if seen == window and len(stations) == len(question.stations)
        else _("Only the last day is looked at.")
    )
    if not mine:
        return Example(None, note=note)
    limit = _limit(mine) if name.startswith("long") else None
    return _told(name, mine, limit, note)


def _bearable(stations: Sequence[Station], window: Window) -> tuple[Sequence[Station], Window]:
    """All of it, or its last day at so many of the stations."""
    if window.duration / A_DAY * len(stations) <= MOST_STATION_DAYS:
        return stations, window
    return stations[:MOST_STATION_DAYS], Window(max(window.start, window.end - A_DAY), window.end)


def _limit(found: Sequence[Cycle]) -> tuple[float, list[float]] | None:
    """Above what a unit is long, and the times, of the run that made the most of them."""
    runs: dict[int, list[float]] = defaultdict(list)
    for one in found:
        runs[one.run].append(one.ms)
    most = max(runs.values(), key=len)
    most.sort()
    return (long_above(most), most) if len(most) >= ENOUGH_TO_BE_LONG else None


def _told(name: str, found: list[Cycle], limit: tuple[float, list[float]] | None, note: str) -> Example:
    lengths = sorted(one.ms for one in found)
    first, median, third, best = (quantile(lengths, share) for share in (0.25, 0.5, 0.75, 0.1))
    parts = list(_parts(found, lengths))
    if name.startswith("long"):
        if limit is None:
            return Example(None, "", parts, note)
        above, most = limit
        low, high = quantile(most, 0.25), quantile(most, 0.75)
        numbers = f"{said(high, 'ms')} + 1.5 × {said(high - low, 'ms')}"
        is_count = name == "long_units"
        return Example(
            sum(ms > above for ms in most) if is_count else above, "" if is_count else numbers, parts, note
        )
    if name == "cycle_of_unit":
        return Example(max(found, key=lambda one: one.at).ms, "", parts, note)
    told = {
        "median_cycle": (median, ""), "best_cycle": (best, ""), "units_measured": (float(len(lengths)), ""),
        "cycle_spread": (third - first, f"{said(third, 'ms')} − {said(first, 'ms')}"),
    }  # fmt: skip
    return Example(*told[name], parts, note)


def _parts(found: Sequence[Cycle], lengths: Sequence[float]) -> Iterator[Part]:
    """How many there are, where the quarters lie, and the last ones."""
    yield Part(_("Units measured"), "", plain(len(lengths)))
    for share, word in (
        (0.0, _("the shortest")), (0.1, _("one in ten takes less")), (0.25, _("a quarter takes less")),
        (0.5, _("half take less")), (0.75, _("three quarters take less")), (1.0, _("the longest")),
    ):  # fmt: skip
        yield Part(f"quantile({share:g})", word, said(quantile(lengths, share), "ms"))
    for one in sorted(found, key=lambda one: one.at)[-SHOWN:]:
        at = timezone.localtime(one.at)
        yield Part(
            f"{at:%Y-%m-%d %H:%M:%S}",
            _("from the count before to this one, for each unit"),
            said(one.ms, "ms"),
        )
