"""Rejects by their reason, the most first, and one reason with its trend and each of its rejects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from mesproject.analysis import charts, names, pareto
from mesproject.analysis.asked import Look, analysing
from mesproject.analysis.figure import Column, Figure, Page, Row, Tile
from mesproject.analysis.names import Names
from mesproject.analysis.pareto import AMOUNT, COUNT, Share
from mesproject.analysis.stops import MOST, MOST_IN_A_FILE, more_note, number_in, only_of
from mesproject.analysis.sums import of
from mesproject.analysis.times import Grain, grain_of, name_of, stretches
from mesproject.analysis.words import shown, tick_of
from mesproject.reports.how_asked import NoSuchPlace
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from quality.models import Reject

# What the pareto may be of, and the group of facts that this is.
BY = {"reason": "reason", "station": "machine", "sku": "part", "shift": "shift"}
TOLD = ("rejected_parts", "reject_rate", "scrap_parts", "rework_parts", "nonconform_parts")


@analysing
def page(look: Look) -> Page:
    """The pareto of a place and time; what machines counted as bad stands apart: nobody said why."""
    by, order = look.one_of("by", list(BY)), look.one_of("order", [AMOUNT, COUNT])
    shares = _shares(look, by)
    sums = total(m for _key, m in look.production(metrics=[METRICS[name] for name in TOLD]))
    return Page(
        "rejects", _("Rejects"), _("Units declared not good, by what was wrong with them."),
        [_pareto(by, pareto.sorted_by(shares, order)), _apart(sums, sum(share.amount for share in shares))],
        tiles=_tiles(look, sums),
        switches=[
            look.switch("by", _("By"), _words()),
            look.switch("order", _("Sorted by"), {AMOUNT: _("Units"), COUNT: _("Number")}),
        ],
        how="" if by == "reason" else f"by={BY[by]}",
    )  # fmt: skip


def _words() -> dict[str, str]:
    return {"reason": _("Reason"), "station": _("Station"), "sku": _("Product"), "shift": _("Shift")}


def _shares(look: Look, by: str) -> list[Share]:
    group = BY[by]
    found = {key: lost for (key,), lost in look.losses("rejects", group).items()}
    told = names.reasons(look, found) if by == "reason" else names.of_group(look, group, found)
    return [_share(look, by, key, told, lost) for key, lost in found.items()]


def _share(look: Look, by: str, key: Any, told: Names, lost: tuple[float, int]) -> Share:
    code, name = told.get(key, ("", str(key)))
    if by == "reason":
        link = look.link("analysis:rejected", reason=str(key), by=None, order=None)
    else:
        link = look.link(station=code, by=None) if by == "station" else ""
    return Share(key, code, name, *lost, link)


def _pareto(by: str, found: pareto.Pareto) -> Figure:
    chart = pareto.drawn(
        found, say=_units, tick=tick_of, words=_("Rejects, the most first"), kind=lambda _share: "f-bar"
    )
    whole, count = sum(one.amount for one in found.shares), sum(one.count for one in found.shares)
    return Figure(
        "pareto", _("Declared rejects"),
        [
            Column(by, _words()[by]), Column("code", _("Code")),
            Column("units", _("Units"), "units", "rejects_by_reason"),
            Column("share_percent", _("Share"), "ratio", "rejects_share"),
            Column("reached_percent", _("Up to here"), "ratio", "rejects_reached"),
            Column("declarations", _("Declarations"), "count", "reject_declarations"),
            Column("mean", _("On average"), "count", "mean_declaration"),
        ],
        [*pareto.rows(found)],
        _("Nobody declared a reject in this time. Choose more time; rejects are declared at the tablet."),
        chart, metric="rejects_by_reason",
        total=Row([_("All"), "", whole, 1.0, 1.0, count, whole / count if count else None]),
    )  # fmt: skip


def _units(value: float) -> str:
    return shown(value, "count")


def _apart(sums: Measures, declared: float) -> Figure:
    """What is known without a reason, and what becomes of all."""
    rows = [
        Row([_("Counted as bad by machines: nobody said why"), max(sums.bad - declared, 0.0)],
            metrics=["rejects_without_reason"]),
        Row([_("Thrown away"), sums.scrap], metrics=["scrap_parts"]),
        Row([_("To be reworked"), sums.rework], metrics=["rework_parts"]),
        Row([_("Not decided yet"), sums.nonconform], metrics=["nonconform_parts"]),
    ]  # fmt: skip
    return Figure(
        "kinds", _("What became of them"), [Column("what", _("What")), Column("units", _("Units"), "units")],
        rows if sums.bad else [], _("No unit was rejected, neither by people nor by machines."),
        metric="rejected_parts",
    )  # fmt: skip


def _tiles(look: Look, sums: Measures) -> list[Tile]:
    return [
        Tile(_("Rejected"), shown(of(look, "rejected_parts", sums), "units"), "rejected_parts"),
        Tile(_("Reject rate"), shown(of(look, "reject_rate", sums), "ratio"), "reject_rate"),
        Tile(_("Thrown away"), shown(of(look, "scrap_parts", sums), "units"), "scrap_parts"),
        Tile(_("To be reworked"), shown(of(look, "rework_parts", sums), "units"), "rework_parts"),
    ]


# One reason


@analysing
def rejected(look: Look) -> Page:
    """Its trend, and each reject, newest first."""
    reason, grain = number_in(look, "reason"), grain_of(look.asked)
    told = names.reasons(look, [] if reason is None else [reason])
    if reason is not None and reason not in told:
        raise NoSuchPlace(_("There is no such reason."))
    only = {} if reason is None else {"reason": [reason]}
    found = {key: lost for (key,), lost in look.losses("rejects", grain, only=only).items()}
    chosen = only_of("reason", reason)
    units, count = (
        sum(units for units, _count in found.values()),
        sum(count for _units, count in found.values()),
    )
    return Page(
        "rejects", _("All rejects") if reason is None else told[reason][1], _("Each reject, and its units."),
        [_trend(look, found, grain, chosen), _list(look, reason)],
        tiles=[
            Tile(_("Units"), shown(units, "units"), "rejects_by_reason", how=chosen),
            Tile(_("Declarations"), shown(count, "count"), "reject_declarations", how=chosen),
        ],
        back=(_("Rejects"), look.link("analysis:rejects", reason=None)),
    )  # fmt: skip


def _trend(look: Look, found: Mapping[Any, tuple[float, int]], grain: Grain, chosen: str) -> Figure:
    parts = [(key, *found.get(key, (0.0, 0))) for key in stretches(look.asked, grain, found)]
    columns = [
        charts.Column(
            name_of(key, grain), [charts.Part(units, "f-bar")], f"{name_of(key, grain)}: {_units(units)}"
        )
        for key, units, _count in parts
    ]
    return Figure(
        "trend", _("Over time"),
        [
            Column(grain, _("Time"), "day"), Column("units", _("Units"), "units", "rejects_by_reason"),
            Column("declarations", _("Declarations"), "count", "reject_declarations"),
        ],
        [Row(part) for part in parts], _("Nothing of it lies in this time. Choose more time."),
        charts.columns(columns, say=tick_of, words=_("Rejects over time")), metric="rejects_by_reason", how=chosen,
    )  # fmt: skip


def _list(look: Look, reason: int | None) -> Figure:
    most = MOST_IN_A_FILE if look.query.get("format") == "csv" else MOST
    rows = [*_rows(_rejects(look, reason, most + 1))]
    return Figure(
        "rejects", _("Rejects"),
        [
            Column("at", _("When"), "instant"), Column("units", _("Units"), "count", "rejects_by_reason"),
            Column("station", _("Station")),
            Column("reason", _("Reason")), Column("who", _("Who")), Column("sku", _("Product")),
        ],
        rows[:most], _("There is no such reject in this time. Choose more time or other stations."),
        note=more_note(most) if len(rows) > most else "",
    )  # fmt: skip


def _rejects(look: Look, reason: int | None, most: int) -> Iterable[Reject]:
    rows = Reject.objects.of(look.company).filter(station__among=[one.pk for one in look.asked.stations])
    if reason is not None:
        rows = rows.filter(reason=reason)
    # Chosen before anything is joined: a year has many, and PostgreSQL would join them all.
    newest = rows.within(look.asked.range.window).order_by("-at", "-pk").values_list("pk", flat=True)[:most]
    with_names = Reject.objects.of(look.company).select_related(
        "station", "reason", "operator", "user", "device", "job_run__sku", "job_run__job__sku"
    )
    return with_names.filter(pk__among=[*newest]).order_by("-at", "-pk")


def _rows(found: Iterable[Reject]) -> Iterator[Row]:
    for one in found:
        run = one.job_run
        sku = run.effective_sku if run else None
        who = str(one.operator or one.user or one.device or "")
        yield Row(
            [one.at, one.quantity, one.station.name, str(one.reason), who, sku.code if sku else ""],
            reverse("admin:quality_reject_change", args=[one.pk]),
        )
