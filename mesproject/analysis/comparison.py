"""Operators and shifts side by side, with what must be known before anybody is judged by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from mesproject.accounts.backends import may
from mesproject.analysis import charts, names
from mesproject.analysis.asked import Look, analysing
from mesproject.analysis.figure import Column, Figure, Page, Row
from mesproject.analysis.sums import of, sums_by
from mesproject.analysis.times import grain_of, name_of, stretches
from mesproject.analysis.words import shown, tick_of_share
from mesproject.reports.measures import Measures
from mesproject.reports.metrics import METRICS
from mesproject.reports.tally import NO_SHIFT, NOBODY

# What may be compared: the group of facts, and the value of it that is nobody.
BY = {"operator": ("operator", NOBODY), "shift": ("shift", NO_SHIFT)}
TOLD = ("all_time", "scheduled_time", "good_parts", "rejected_parts", "average_parts_per_hour", "efficiency",
        "performance", "quality")  # fmt: skip
# Less than this says little: a shift's time at stations, and so many units.
LITTLE_MS, FEW_UNITS = 8 * 3_600_000, 30
# So many lines can be told apart over time.
MOST_LINES = 4
LINES = ("ink", "availability", "performance", "quality")


@analysing
def page(look: Look) -> Page:
    """Who made what, at what pace and how well. Only who may look at sign-ons sees operators."""
    choices = [by for by in BY if by == "shift" or _may_see_operators(look)]
    by, grain = look.one_of("by", choices), grain_of(look.asked)
    group, nobody = BY[by]
    found = look.production(group, grain, metrics=[METRICS[name] for name in TOLD])
    sums = sums_by(found, 0)
    told = names.of_group(look, group, list(sums))
    order = sorted(sums, key=lambda key: (key == nobody, -(of(look, "efficiency", sums[key]) or 0), str(key)))
    order = [key for key in order if sums[key].planned_ms or sums[key].good or sums[key].bad]
    words = {"operator": _("Operator"), "shift": _("Shift")}
    return Page(
        "comparison", _("Operators and shifts"),
        _("What was made while whom was signed on, or in which shift."),
        [_compared(look, by, order, sums, told), _over_time(look, order, found, told, nobody)],
        switches=[look.switch("by", _("Compare"), {name: words[name] for name in choices})],
        notes=[_("Stations, products and stops differ: compare people at one station, and over weeks.")],
    )  # fmt: skip


def _may_see_operators(look: Look) -> bool:
    return may(look.user.role, "view", "production.signon")


def is_little(sums: Measures) -> bool:
    """Whether it is too little to say anything by."""
    return sums.planned_ms < LITTLE_MS or sums.good + sums.bad < FEW_UNITS


def _compared(
    look: Look, by: str, order: Sequence[Any], sums: Mapping[Any, Measures], told: names.Names
) -> Figure:
    words = {"operator": _("Operator"), "shift": _("Shift")}
    bars = [_bar(look, told[key][1], sums[key]) for key in order]
    rows = [
        Row([
            told[key][1], *(of(look, name, sums[key]) for name in TOLD),
            _("Little: says nothing yet") if is_little(sums[key]) else "",
        ])
        for key in order
    ]  # fmt: skip
    return Figure(
        by, _("Good units of what planned time is good for"),
        [
            Column(by, words[by]),
            Column("all_ms", _("Signed on") if by == "operator" else _("Time"), "ms", "all_time"),
            Column("planned_ms", _("Planned"), "ms", "scheduled_time"),
            Column("good", _("Good"), "units", "good_parts"),
            Column("rejected", _("Rejected"), "units", "rejected_parts"),
            Column("units_per_hour", _("Units per hour"), "count", "average_parts_per_hour"),
            Column("efficiency_percent", _("Good of target"), "ratio", "efficiency"),
            Column("performance_percent", _("Rate against ideal"), "ratio", "performance"),
            Column("quality_percent", _("Quality"), "ratio", "quality"), Column("remark", _("Remark")),
        ],
        rows,
        _("Nobody was signed on in this time. Operators sign on at the tablet; choose more time or other stations.")
        if by == "operator" else _("There was no shift in this time. Choose more time."),
        charts.bars(bars, say=tick_of_share, words=_("Good units of the target"),
                    legend=[("f-bar", _("Enough to compare")), ("f-little", _("Little: says nothing yet"))]),
        metric="efficiency",
        note=_("Who is at two stations at once is signed on for the time of both.") if by == "operator" else "",
    )  # fmt: skip


def _bar(look: Look, name: str, sums: Measures) -> charts.Bar:
    share = of(look, "efficiency", sums)
    part = charts.Part(max(share or 0, 0), "f-little" if is_little(sums) else "f-bar")
    said = f"{shown(share, 'ratio')} · {shown(sums.good, 'units')}"
    return charts.Bar(name, [part], said)


def _over_time(look: Look, order: Sequence[Any], found: Any, told: names.Names, nobody: Any) -> Figure:
    grain, sums = grain_of(look.asked), dict(found)
    keys = stretches(look.asked, grain, (time for _key, time in sums))
    chosen = [key for key in order if key != nobody]
    values = {
        key: [of(look, "efficiency", sums[key, time]) if (key, time) in sums else None for time in keys]
        for key in chosen
    }
    drawn = chosen[:MOST_LINES]
    chart = charts.columns(
        [charts.Column(name_of(time, grain)) for time in keys], say=tick_of_share, words=_("Over time"),
        lines=[charts.Line(values[key], kind, told[key][1]) for key, kind in zip(drawn, LINES, strict=False)],
        legend=[(f"l-{kind}", told[key][1]) for key, kind in zip(drawn, LINES, strict=False)],
    )  # fmt: skip
    rows = [Row([time, *(values[key][number] for key in chosen)]) for number, time in enumerate(keys)]
    columns = [Column(grain, _("Time"), "day")]
    columns += [Column(told[key][0] or told[key][1], told[key][1], "ratio", "efficiency") for key in chosen]
    return Figure(
        "time", _("Good units of the target over time"), columns, rows if chosen else [],
        _("Nobody was signed on in this time. Choose more time or other stations."), chart, metric="efficiency",
        note=_("The first %(count)s are drawn; the table has them all.") % {"count": MOST_LINES}
        if len(chosen) > MOST_LINES else "",
    )  # fmt: skip
