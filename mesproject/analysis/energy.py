"""Energy: how much, when, for what, what it cost and what it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from mesproject.analysis import charts, names
from mesproject.analysis.asked import Look, analysing
from mesproject.analysis.figure import Column, Figure, Page, Row, Tile
from mesproject.analysis.sums import of, sums_by
from mesproject.analysis.times import Grain, grain_of, name_of, stretches
from mesproject.analysis.words import Unit, shown, tick_of
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS

TILES = (
    "energy",
    "wasted_energy",
    "energy_per_good_unit",
    "energy_per_productive_hour",
    "energy_cost",
    "carbon_dioxide",
)
TOLD = ("energy", "wasted_energy", "wasted_energy_ratio", "energy_per_good_unit", "energy_per_productive_hour",
        "energy_cost", "carbon_dioxide")  # fmt: skip


@analysing
def page(look: Look) -> Page:
    """The energy of a place and time, over time and by station."""
    grain = grain_of(look.asked)
    found = look.production("machine", grain, metrics=[METRICS[name] for name in (*TOLD, "good_parts")])
    sums = total(measures for _key, measures in found)
    figures = [_over_time(look, sums_by(found, 1), grain), _per_unit(look, sums_by(found, 1), grain)]
    if len(look.asked.stations) > 1:
        figures.append(_stations(look, sums_by(found, 0)))
    return Page(
        "energy", _("Energy"), _("Energy used in planned production time, and outside it."),
        figures, tiles=_tiles(look, sums),
    )  # fmt: skip


def _word_of(name: str) -> str:
    return {
        "energy": _("Energy"), "wasted_energy": _("Outside planned time"), "wasted_energy_ratio": _("Share outside"),
        "energy_per_good_unit": _("Per good unit"), "energy_per_productive_hour": _("Per hour at work"),
        "energy_cost": _("Cost"), "carbon_dioxide": _("CO₂"), "good_parts": _("Good units"),
    }[name]  # fmt: skip


def _unit_of(name: str) -> Unit:
    return METRICS[name].unit  # type: ignore[return-value]


def _shown(look: Look, name: str, sums: Measures) -> str:
    return shown(of(look, name, sums), _unit_of(name), look.definition.currency)


def _tiles(look: Look, sums: Measures) -> list[Tile]:
    unknown = {
        "energy_cost": _("No price of a kWh is set under Numbers."),
        "carbon_dioxide": _("What a kWh stands for is not set under Numbers."),
    }
    return [
        Tile(word_of, text, name, unknown.get(name, "") if of(look, name, sums) is None else "")
        for name in TILES
        for word_of, text in [(_word_of(name), _shown(look, name, sums))]
    ]


def _columns(first: Column) -> list[Column]:
    names_of = {"energy": "kwh", "wasted_energy": "kwh_outside", "wasted_energy_ratio": "outside_percent",
                "energy_per_good_unit": "kwh_per_good_unit", "energy_per_productive_hour": "kwh_per_hour_at_work",
                "energy_cost": "cost", "carbon_dioxide": "co2_kg"}  # fmt: skip
    return [first, *(Column(names_of[name], _word_of(name), _unit_of(name), name) for name in TOLD)]


def _values(look: Look, sums: Measures | None) -> list[float | None]:
    return [of(look, name, sums) if sums else None for name in TOLD]


def _legend() -> list[tuple[str, str]]:
    return [("f-bar", _("In planned time")), ("f-wait", _("Outside planned time"))]


def _parts(sums: Measures) -> list[charts.Part]:
    return [
        charts.Part(max(sums.kwh - sums.kwh_outside, 0), "f-bar"), charts.Part(max(sums.kwh_outside, 0), "f-wait"),
    ]  # fmt: skip


def _nothing() -> str:
    return _(
        "No meter told of energy in this time. Pin one to the station, or send kwh or kwh_total with its signals."
    )


def _over_time(look: Look, found: Mapping[Any, Measures], grain: Grain) -> Figure:
    keys = stretches(look.asked, grain, found)
    columns = [
        charts.Column(
            name_of(key, grain), _parts(found[key]) if key in found else (),
            f"{name_of(key, grain)}: {_shown(look, 'energy', found.get(key, Measures()))}",
        )
        for key in keys
    ]  # fmt: skip
    rows = [Row([key, *_values(look, found.get(key))]) for key in keys]
    return Figure(
        "time", _("Energy over time, in kWh"), _columns(Column(grain, _("Time"), "day")),
        rows if any(sums.kwh for sums in found.values()) else [], _nothing(),
        charts.columns(columns, say=tick_of, words=_("Energy over time"), legend=_legend()), metric="energy",
        currency=look.definition.currency,
    )  # fmt: skip


def _per_unit(look: Look, found: Mapping[Any, Measures], grain: Grain) -> Figure:
    keys = stretches(look.asked, grain, found)
    values = [of(look, "energy_per_good_unit", found[key]) if key in found else None for key in keys]
    rows = [
        Row([key, value, found[key].good if key in found else None])
        for key, value in zip(keys, values, strict=True)
    ]
    chart = charts.columns(
        [charts.Column(name_of(key, grain)) for key in keys], say=tick_of, words=_("Energy of a good unit over time"),
        lines=[charts.Line(values, "ink", _word_of("energy_per_good_unit"))],
    )  # fmt: skip
    return Figure(
        "per-unit", _("Energy of a good unit, in kWh"),
        [
            Column(grain, _("Time"), "day"),
            Column("kwh_per_good_unit", _word_of("energy_per_good_unit"), "kWh/unit", "energy_per_good_unit"),
            Column("good", _word_of("good_parts"), "units", "good_parts"),
        ],
        rows if any(value is not None for value in values) else [],
        _("No good unit was made with a meter that tells. Choose more time or other stations."),
        chart, metric="energy_per_good_unit",
    )  # fmt: skip


def _stations(look: Look, found: Mapping[int, Measures]) -> Figure:
    told = names.stations(look)
    order = sorted((key for key in found if found[key].kwh), key=lambda key: -found[key].kwh)
    links = {key: look.link(station=told[key][0]) for key in order}
    bars = [
        charts.Bar(told[key][1], _parts(found[key]), _shown(look, "energy", found[key]), links[key])
        for key in order
    ]
    rows = [Row([told[key][1], *_values(look, found[key])], links[key]) for key in order]
    return Figure(
        "stations", _("Energy of each station, in kWh"), _columns(Column("station", _("Station"))), rows, _nothing(),
        charts.bars(bars, say=tick_of, words=_("Energy of each station"), legend=_legend()), metric="energy",
        currency=look.definition.currency,
    )  # fmt: skip
