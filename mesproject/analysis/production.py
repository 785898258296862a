"""What was made: good and rejected units against the target, by station, product, shift or stretch of time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from mesproject.analysis import charts, names
from mesproject.analysis.asked import Look, analysing
from mesproject.analysis.figure import Column, Figure, Page, Row, Tile
from mesproject.analysis.sums import COUNTED, of, sums_by, uncounted
from mesproject.analysis.times import Grain, grain_of, name_of, stretches
from mesproject.analysis.words import shown, tick_of
from mesproject.reports.cycle_pages import UNKNOWN
from mesproject.reports.machinemetrics_entities import NONE
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS

# What may be compared, and the group of facts that this is.
BY = {"station": "machine", "sku": "part", "shift": "shift", "group": "machineGroup", "day": "day", "week": "week",
      "month": "month"}  # fmt: skip
TIMES: dict[str, Grain] = {"day": "day", "week": "week", "month": "month"}
TOLD = ("good_parts", "rejected_parts", "total_parts", "ideal_parts", "efficiency", "quality")


@analysing
def page(look: Look) -> Page:
    """The units of a place and time, and how they came over time."""
    by, grain = look.one_of("by", list(BY)), grain_of(look.asked)
    groups = [BY[by]] if by in TIMES else [BY[by], grain]
    found = look.production(*groups, metrics=[METRICS[name] for name in (*TOLD, *COUNTED)], only=only(look))
    if by in TIMES:
        figures = [_over_time(look, sums_by(found, 0), TIMES[by])]
    else:
        figures = [_compared(look, by, sums_by(found, 0)), _over_time(look, sums_by(found, 1), grain)]
    return Page(
        "production", _("Production"), _("Good and rejected units, against what planned time is good for."),
        figures, tiles=_tiles(look, total(measures for _key, measures in found)),
        switches=[look.switch("by", _("By"), words())], back=_back(look),
        notes=uncounted(look, sums_by(found, 0)) if by == "station" else [], how=_narrowed(look),
    )  # fmt: skip


def words() -> dict[str, str]:
    """What each grouping is called."""
    return {
        "station": _("Station"), "sku": _("Product"), "shift": _("Shift"), "group": _("Group"), "day": _("Day"),
        "week": _("Week"), "month": _("Month"),
    }  # fmt: skip


def only(look: Look) -> dict[str, Collection[Any]]:
    """The product that the address names, if it does."""
    sku = look.query.get("sku")
    return {"part": ["" if sku == UNKNOWN else sku]} if sku else {}


def _narrowed(look: Look) -> str:
    """The same in the words of the pages of numbers."""
    found = only(look).get("part")
    return urlencode({"only.part": next(iter(found)) or NONE["part"]}) if found else ""


def _back(look: Look) -> tuple[str, str] | None:
    return (_("All products"), look.link(sku=None)) if look.query.get("sku") else None


def _columns(first: Column) -> list[Column]:
    return [
        first, Column("good", _("Good"), "units", "good_parts"),
        Column("rejected", _("Rejected"), "units", "rejected_parts"),
        Column("total", _("All"), "units", "total_parts"), Column("target", _("Target"), "units", "ideal_parts"),
        Column("efficiency_percent", _("Good of target"), "ratio", "efficiency"),
        Column("quality_percent", _("Quality"), "ratio", "quality"),
    ]  # fmt: skip


def _values(look: Look, sums: Measures | None) -> list[float | None]:
    return [of(look, name, sums) if sums else None for name in TOLD]


def _tiles(look: Look, sums: Measures) -> list[Tile]:
    told = (_("Good"), _("Rejected"), _("Target"), _("Good of target"), _("Quality"))
    chosen = ("good_parts", "rejected_parts", "ideal_parts", "efficiency", "quality")
    return [
        Tile(word, shown(of(look, name, sums), "ratio" if METRICS[name].unit == "ratio" else "units"), name)
        for word, name in zip(told, chosen, strict=True)
    ]


def _compared(look: Look, by: str, found: Mapping[Any, Measures]) -> Figure:
    told = names.of_group(look, BY[by], list(found))
    order = sorted(found, key=lambda key: (-found[key].good, str(key)))
    links = {key: _drill(look, by, told.get(key, ("", ""))[0]) for key in order}
    made = [key for key in order if found[key].good or found[key].bad or found[key].planned_ms]
    bars = [
        charts.Bar(
            told.get(key, ("", str(key)))[1], _parts(found[key]), _said(look, found[key]), links[key],
            target=found[key].ideal_units,
        )
        for key in made
    ]  # fmt: skip
    rows = [Row([told.get(key, ("", str(key)))[1], *_values(look, found[key])], links[key]) for key in made]
    chart = charts.bars(bars, say=tick_of, words=_("Units made against the target"), legend=legend())
    return Figure(
        by, _("Made"), _columns(Column(by, words()[by])), rows, nothing(), chart, metric="total_parts"
    )


def _drill(look: Look, by: str, code: str) -> str:
    """A station by its products, a product by its stations."""
    if by == "station":
        return look.link(station=code, by="sku")
    return look.link(sku=code or UNKNOWN, by=None) if by == "sku" else ""


def _parts(sums: Measures) -> Sequence[charts.Part]:
    return [charts.Part(max(sums.good, 0), "f-good"), charts.Part(max(sums.bad, 0), "f-bad")]


def legend() -> list[tuple[str, str]]:
    """What good, rejected and target are drawn as."""
    return [("f-good", _("Good")), ("f-bad", _("Rejected")), ("l-target", _("Target"))]


def _said(look: Look, sums: Measures) -> str:
    share = shown(of(look, "efficiency", sums), "ratio")
    return f"{shown(sums.good, 'units')} · {share}"


def nothing() -> str:
    """What to do where nothing was made."""
    return _("Nothing was made or planned here in this time. Choose more time or other stations.")


def _over_time(look: Look, found: Mapping[Any, Measures], grain: Grain) -> Figure:
    keys = stretches(look.asked, grain, found)
    told = [found.get(key) for key in keys]
    columns = [
        charts.Column(
            name_of(key, grain), _parts(sums) if sums else (), _words_of(look, name_of(key, grain), sums)
        )
        for key, sums in zip(keys, told, strict=True)
    ]
    target = charts.Line([sums.ideal_units if sums else None for sums in told], "target", _("Target"))
    chart = charts.columns(
        columns, say=tick_of, words=_("Units made over time"), lines=[target], legend=legend()
    )
    rows = [Row([key, *_values(look, sums)]) for key, sums in zip(keys, told, strict=True)]
    return Figure(
        "time", _("Over time"), _columns(Column(grain, _("Time"), "day")), rows if found else [], nothing(), chart,
        metric="total_parts",
    )  # fmt: skip


def _words_of(look: Look, name: str, sums: Measures | None) -> str:
    return f"{name}: {_said(look, sums)}" if sums else name
