"""Downtime by what it was for, the most first; what nobody has explained and what nobody knows stand apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from downtime.models import Cause
from downtime.models.causes import paths_of
from mesproject.analysis import names, pareto
from mesproject.analysis.asked import Look, analysing
from mesproject.analysis.figure import Column, Figure, Page, Row, Tile
from mesproject.analysis.names import Names
from mesproject.analysis.pareto import AMOUNT, COUNT, Share
from mesproject.analysis.words import lasting, shown, tick_of_time
from mesproject.reports.definition import DEFAULT
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from mesproject.reports.tally import IN_SETUP

NOT_EXPLAINED = 0
# What the pareto may be of, and the group of facts that this is.
BY = {"cause": "reason", "top": "reason", "station": "machine", "shift": "shift", "sku": "part"}
TOLD = (
    "scheduled_time",
    "downtime",
    "uncategorized_downtime",
    "no_signal_time",
    "micro_stop_time",
    "micro_stop_count",
)
TILES = ("downtime", "categorized_downtime", "uncategorized_downtime", "no_signal_time", "micro_stop_time")


@analysing
def page(look: Look) -> Page:
    """The pareto of a place and time."""
    by, order = look.one_of("by", list(BY)), look.one_of("order", [AMOUNT, COUNT])
    shares = _shares(look, by)
    sums = total(m for _key, m in look.production(metrics=map(METRICS.__getitem__, TOLD)))
    return Page(
        "downtime", _("Downtime"), _("Where planned production time was lost, the most first."),
        [_pareto(by, order, [one for one in shares if not _is_untold(by, one)]), _apart(look, sums, shares, by)],
        tiles=_tiles(sums),
        switches=[look.switch("by", _("By"), _words()), look.switch("order", _("Sorted by"), _orders())],
        how="" if BY[by] == "reason" else f"by={BY[by]}",
    )  # fmt: skip


def _words() -> dict[str, str]:
    return {
        "cause": _("Cause"), "top": _("Group of causes"), "station": _("Station"), "shift": _("Shift"),
        "sku": _("Product"),
    }  # fmt: skip


def _orders() -> dict[str, str]:
    return {AMOUNT: _("Time"), COUNT: _("Number")}


def _is_untold(by: str, share: Share) -> bool:
    return BY[by] == "reason" and share.key == NOT_EXPLAINED


def _shares(look: Look, by: str) -> list[Share]:
    group = BY[by]
    found = {key: lost for (key,), lost in look.losses("downtime", group).items()}
    if by == "top":
        found = _gathered(look, found)
    told = names.causes(look, found) if group == "reason" else names.of_group(look, group, found)
    return [_share(look, by, key, told, lost) for key, lost in found.items()]


def _gathered(look: Look, found: Mapping[int, tuple[float, int]]) -> dict[int, tuple[float, int]]:
    """The causes by the ones at the top of their tree."""
    paths = paths_of(Cause.objects.of(look.company).only("pk", "parent"))
    sums: dict[int, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for key, (ms, count) in found.items():
        top = paths[key][0] if key in paths else key
        sums[top] = (sums[top][0] + ms, sums[top][1] + count)
    return dict(sums)


def _share(look: Look, by: str, key: Any, told: Names, lost: tuple[float, int]) -> Share:
    code, name = told.get(key, ("", str(key)))
    return Share(key, code, name, *lost, _drill(look, by, key, code))


def _drill(look: Look, by: str, key: Any, code: str) -> str:
    """To the stops of a cause, or to the causes of a station."""
    if by == "cause":
        return look.link("analysis:stops", cause=str(key), by=None, order=None)
    return look.link(station=code, by=None) if by == "station" else ""


def _pareto(by: str, order: str, shares: Iterable[Share]) -> Figure:
    found = pareto.sorted_by([*shares], order)
    chart = pareto.drawn(
        found, say=lasting, tick=tick_of_time, is_time=True, words=_("Downtime, the most first"),
        kind=lambda share: "f-setup" if by == "cause" and share.key == IN_SETUP else "f-bar",
    )  # fmt: skip
    rows = [*pareto.rows(found)]
    whole, count = sum(one.amount for one in found.shares), sum(one.count for one in found.shares)
    return Figure(
        "pareto", _("Downtime with a cause") if BY[by] == "reason" else _("Downtime"),
        [
            Column(by, _words()[by]), Column("code", _("Code")),
            Column("time_ms", _("Time"), "ms", "downtime_by_cause"),
            Column("share_percent", _("Share"), "ratio", "downtime_share"),
            Column("reached_percent", _("Up to here"), "ratio", "downtime_reached"),
            Column("stops", _("Stops"), "count", "stops_by_cause"),
            Column("mean_ms", _("On average"), "ms", "mean_stop"),
        ],
        rows,
        _("No stop lies in this time. Choose more time or other stations; causes are given at the tablet."),
        chart, metric="categorized_downtime" if BY[by] == "reason" else "downtime",
        total=Row([_("All"), "", whole, 1.0, 1.0, count, whole / count if count else None]),
    )  # fmt: skip


def _apart(look: Look, sums: Measures, shares: Iterable[Share], by: str) -> Figure:
    """What has no cause: nobody has given one, or no signal tells whether it stood at all."""
    count = next((one.count for one in shares if _is_untold(by, one)), None)
    rows = [
        Row([_("Not explained"), sums.uncategorized_ms, count],
            look.link("analysis:stops", cause=str(NOT_EXPLAINED), by=None, order=None),
            ("uncategorized_downtime", "stops_by_cause")),
        Row([_("No signal"), sums.no_signal_ms, None], metrics=("no_signal_time", "")),
        Row([_("Micro-stops"), sums.micro_stop_ms, sums.micro_stops],
            metrics=("micro_stop_time", "micro_stop_count")),
    ]  # fmt: skip
    return Figure(
        "apart", _("Apart from it"),
        [Column("what", _("What")), Column("time_ms", _("Time"), "ms"), Column("stops", _("Stops"), "count")],
        [row for row in rows if row.values[1]],
        _("All stops are explained, and signals told of all the time.") if sums.planned_ms
        else _("Nothing was planned here in this time. Choose more time or other stations."),
        note=_("Stops to which nobody gave a cause, time of which no signal told, and micro-stops."),
        metric="uncategorized_downtime",
    )  # fmt: skip


def _tiles(sums: Measures) -> list[Tile]:
    words = (_("Downtime"), _("With a cause"), _("Not explained"), _("No signal"), _("Micro-stops"))
    return [
        Tile(word, shown(_value(name, sums), "ms"), name) for name, word in zip(TILES, words, strict=True)
    ]


def _value(name: str, sums: Measures) -> float | None:
    """A metric that no definition changes."""
    return METRICS[name].compute(sums, DEFAULT)
