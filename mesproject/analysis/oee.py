"""OEE: from planned time down to what came of it, in time, units or money; and how it went on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mesproject.analysis import charts
from mesproject.analysis.asked import Look, analysing
from mesproject.analysis.figure import Column, Figure, Page, Row, Tile
from mesproject.analysis.sums import COUNTED, of, sums_by, uncounted
from mesproject.analysis.times import Grain, grain_of, name_of, stretches
from mesproject.analysis.words import Unit, shown, tick_of, tick_of_share, tick_of_time
from mesproject.formats import spoken
from mesproject.reports.explain import flagged
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS

TIME, UNITS, MONEY = "time", "units", "money"
UNIT: dict[str, Unit] = {TIME: "ms", UNITS: "units", MONEY: "money"}
LOST = {TIME: "availability_loss", UNITS: "lost_units", MONEY: "lost_production_cost"}
FACTORS = ("oee", "availability", "performance", "quality")
LOSSES = {"availability": "f-stopped", "performance": "f-wait", "quality": "f-soft", "plan": "f-bar"}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the ladder: a loss, or what is left; `group` is which factor it belongs to."""

    metric: str
    word: str
    group: str  # availability, performance, quality, plan; "" for what is left
    kind: str = "f-loss"


def steps(within: str) -> list[Step]:
    """From the top to the bottom; the first is the whole, the last is what came of it."""
    if within == UNITS:
        return [
            Step("", _("Asked for at the ideal pace"), "", "f-bar"),
            Step("availability_lost_units", _("Standing still"), "availability"),
            Step("performance_loss", _("Slowness"), "performance"),
            Step("quality_loss", _("Not good"), "quality"),
            Step("quality_count", _("Good units"), "", "f-good"),
        ]
    if within == MONEY:
        return [
            Step("schedule_cost", _("No plan"), "plan"),
            Step("production_schedule_cost", _("Breaks, maintenance and the like"), "plan"),
            Step("availability_cost", _("Standing still"), "availability"),
            Step("performance_cost", _("Slowness"), "performance"),
            Step("quality_cost", _("Not good"), "quality"),
        ]
    return [
        Step("production_schedule", _("Planned production time"), "", "f-bar"),
        Step("breakdown_loss", _("Stops and silence"), "availability"),
        Step("setup_loss", _("Setup"), "availability"),
        Step("minor_stop_loss", _("Micro-stops"), "performance"),
        Step("reduced_speed_loss", _("Slowness"), "performance"),
        Step("defect_loss", _("Not good"), "quality"),
        Step("productive_time", _("Fully productive"), "", "f-good"),
    ]


@analysing
def page(look: Look) -> Page:
    """The waterfall, the factors and the losses over time, and each station."""
    within, grain = look.one_of("in", [TIME, UNITS, MONEY]), grain_of(look.asked)
    asked = [METRICS[one.metric] for one in steps(within) if one.metric]
    found = look.production(
        "machine", grain, metrics=[*asked, *map(METRICS.__getitem__, (*FACTORS, *COUNTED))]
    )
    by_time, by_station = sums_by(found, 1), sums_by(found, 0)
    sums = total(by_station.values())
    figures = [
        _waterfall(look, within, sums), _factors(look, by_time, grain), _losses(look, within, by_time, grain),
    ]  # fmt: skip
    if len(look.asked.stations) > 1:
        figures.append(_stations(look, by_station))
    return Page(
        "oee", _("OEE"), _("What became of planned time, and what each loss took."), figures,
        tiles=[Tile(word_of(name), shown(of(look, name, sums), "ratio"), name) for name in FACTORS],
        switches=[look.switch("in", _("In"), {TIME: _("Time"), UNITS: _("Units"), MONEY: _("Money")})],
        notes=[*uncounted(look, by_station), *(spoken(flag.said) for flag in flagged(sums, look.definition))],
    )  # fmt: skip


def word_of(factor: str) -> str:
    """A factor as people call it."""
    return {
        "oee": _("OEE"), "availability": _("Availability"), "performance": _("Performance"), "quality": _("Quality"),
    }[factor]  # fmt: skip


def _values(look: Look, within: str, sums: Measures) -> list[tuple[Step, float | None]]:
    """Each step's value; what was asked for in units is what is good and all that was lost."""
    found = [(step, of(look, step.metric, sums) if step.metric else None) for step in steps(within)]
    if within == UNITS and all(value is not None for _step, value in found[1:]):
        found[0] = (found[0][0], sum(value for _step, value in found[1:] if value is not None))
    return found


# The waterfall


def _waterfall(look: Look, within: str, sums: Measures) -> Figure:
    found = _values(look, within, sums)
    is_known = any(value is not None for _step, value in found) and bool(found[0][1] or within == MONEY)
    whole = sum(value or 0 for _step, value in found) if within == MONEY else found[0][1]
    unit = UNIT[within]
    rows = [
        Row([step.word, group_of(step), value, value / whole if whole and value is not None else None],
            metrics=[step.metric or "units_asked_for"])
        for step, value in found
    ]  # fmt: skip
    return Figure(
        "waterfall", _("What the losses cost") if within == MONEY else _("From planned time to good units"),
        [
            Column("step", _("Step")), Column("factor", _("Factor")),
            Column(_named(within), _words()[within], unit),
            Column("share_percent", _("Share of the whole"), "ratio", "loss_share"),
        ],
        rows if is_known else [], _nothing(within), _drawn(look, within, found) if is_known else None,
        metric=LOST[within] if within == MONEY else "oee",
        note=_money_note(found) if within == MONEY and is_known else "", currency=look.definition.currency,
    )  # fmt: skip


def group_of(step: Step) -> str:
    """The factor that a loss belongs to, in words."""
    return _("Plan") if step.group == "plan" else word_of(step.group) if step.group else ""


def _named(within: str) -> str:
    return {TIME: "time_ms", UNITS: "units", MONEY: "cost"}[within]


def _words() -> dict[str, str]:
    return {TIME: _("Time"), UNITS: _("Units"), MONEY: _("Money")}


def _nothing(within: str) -> str:
    if within == MONEY:
        return _(
            "No value is known of what was made here, and none of idle time. Give SKUs a value, or say under Numbers "
            "what an idle hour costs."
        )
    return _("Nothing was planned here in this time. Choose more time or other stations.")


def _money_note(found: Sequence[tuple[Step, float | None]]) -> str:
    if any(value is None for _step, value in found):
        return _("Some losses have no known cost: no SKU's value or no cost of an idle hour says so.")
    return ""


def _drawn(look: Look, within: str, found: Sequence[tuple[Step, float | None]]) -> Any:
    """Losses hang from where the one above them ended; money has no whole, so each cost stands by itself."""
    bars, level, whole = [], 0.0, found[0][1] or 1
    for step, value in found:
        said, kind = shown(value, UNIT[within], look.definition.currency), LOSSES.get(step.group, step.kind)
        if step.group and within != MONEY:
            said += f" · {shown((value or 0) / whole, 'ratio')}"
            bars.append(charts.Bar(step.word, [charts.Part(-(value or 0), kind)], said, start=level))
            level -= value or 0
        else:
            bars.append(charts.Bar(step.word, [charts.Part(value or 0, kind)], said))
            level = value or 0
    say = tick_of_time if within == TIME else tick_of
    groups = {step.group for step, _value in found}
    legend = [(kind, _groups()[group]) for group, kind in LOSSES.items() if group in groups]
    return charts.bars(bars, say=say, words=_("What each loss took"), is_time=within == TIME, legend=legend)


# Over time


def _factors(look: Look, found: Mapping[Any, Measures], grain: Grain) -> Figure:
    keys = stretches(look.asked, grain, found)
    values = {
        name: [of(look, name, found[key]) if key in found else None for key in keys] for name in FACTORS
    }
    chart = charts.columns(
        [charts.Column(name_of(key, grain)) for key in keys], say=tick_of_share, words=_("OEE over time"),
        lines=[charts.Line(values[name], KINDS[name], word_of(name)) for name in FACTORS],
        legend=[(f"l-{KINDS[name]}", word_of(name)) for name in FACTORS],
    )  # fmt: skip
    columns = [Column(grain, _("Time"), "day")]
    columns += [Column(f"{name}_percent", word_of(name), "ratio", name) for name in FACTORS]
    columns.append(Column("planned_ms", _("Planned production time"), "ms", "production_schedule"))
    rows = [
        Row([key, *(values[name][number] for name in FACTORS), _base(look, found.get(key))])
        for number, key in enumerate(keys)
    ]
    return Figure(
        "factors", _("OEE over time"), columns, rows if found else [], _nothing(TIME), chart, metric="oee"
    )


KINDS = {"oee": "ink", "availability": "availability", "performance": "performance", "quality": "quality"}


def _base(look: Look, sums: Measures | None) -> float | None:
    return of(look, "production_schedule", sums) if sums else None


def _losses(look: Look, within: str, found: Mapping[Any, Measures], grain: Grain) -> Figure:
    keys, unit = stretches(look.asked, grain, found), UNIT[within]
    told = [step for step in steps(within) if step.group]
    values = [[of(look, step.metric, found[key]) if key in found else None for step in told] for key in keys]
    chart = charts.columns(
        [*_stacks(look, told, keys, values, grain, unit)], say=tick_of_time if within == TIME else tick_of,
        words=_("Losses over time"), is_time=within == TIME,
        legend=[(LOSSES[group], _groups()[group]) for group in dict.fromkeys(step.group for step in told)],
    )  # fmt: skip
    columns = [Column(grain, _("Time"), "day")]
    columns += [Column(step.metric, step.word, unit, step.metric) for step in told]
    is_known = any(value is not None for line in values for value in line)
    return Figure(
        "losses", _("Losses over time"), columns,
        [Row([key, *line]) for key, line in zip(keys, values, strict=True)] if is_known else [],
        _nothing(within), chart if is_known else None, metric=LOST[within],
        note=_("What was faster than ideal makes up for slowness and is not drawn; the table tells it.")
        if any((value or 0) < 0 for line in values for value in line) else "",
        currency=look.definition.currency,
    )  # fmt: skip


def _groups() -> dict[str, str]:
    return {**{name: word_of(name) for name in FACTORS[1:]}, "plan": _("Plan")}


def _stacks(
    look: Look, told: Sequence[Step], keys: Sequence[Any], values: Sequence[Sequence[float | None]], grain: Grain,
    unit: Unit,
) -> Iterator[charts.Column]:  # fmt: skip
    for key, line in zip(keys, values, strict=True):
        name = name_of(key, grain)
        parts = [
            charts.Part(
                value,
                LOSSES[step.group],
                f"{name}, {step.word}: {shown(value, unit, look.definition.currency)}",
            )
            for step, value in zip(told, line, strict=True)
            if value and value > 0
        ]
        yield charts.Column(name, parts, name)


# Each station


def _stations(look: Look, found: Mapping[int, Measures]) -> Figure:
    rows, bars = [], []
    order = sorted(look.asked.stations, key=lambda one: _oee(look, found.get(one.pk)) or 0, reverse=True)
    for station in order:
        if (sums := found.get(station.pk)) is None or (oee := _oee(look, sums)) is None:
            continue
        link = look.link(station=station.code)
        bars.append(charts.Bar(station.name, [charts.Part(oee, "f-bar")], shown(oee, "ratio"), link))
        values = [of(look, name, sums) for name in FACTORS]
        rows.append(Row([station.name, station.code, *values, _base(look, sums)], link))
    columns = [Column("station", _("Station")), Column("code", _("Code"))]
    columns += [Column(f"{name}_percent", word_of(name), "ratio", name) for name in FACTORS]
    columns.append(Column("planned_ms", _("Planned production time"), "ms", "production_schedule"))
    chart = charts.bars(bars, say=tick_of_share, words=_("OEE of each station"))
    return Figure("stations", _("OEE of each station"), columns, rows, _nothing(TIME), chart, metric="oee")


def _oee(look: Look, sums: Measures | None) -> float | None:
    return of(look, "oee", sums) if sums else None
