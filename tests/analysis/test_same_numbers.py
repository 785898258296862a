"""One number everywhere: the pages of the analysis and the reports say the same of a history that was corrected."""

from datetime import timedelta

import pytest

from tests.analysis.desk import Desk, number, settings
from tests.make import NOON
from tests.reports.test_facts import settle

pytestmark = pytest.mark.django_db
HOURLY = {"idle_cost_per_hour": 60.0, "currency": "EUR", "energy_price_per_kwh": 0.3, "co2_kg_per_kwh": 0.4}
DEFINITIONS = [
    {},
    {"planned_stops": "inside", "micro_stops": "availability", "rework": "good"},
    {"oee_base": "shift", "no_signal": "outside", "changeover": "outside"},
]


@pytest.fixture
def desk():
    return Desk().correct()


def by(rows, name):
    return {row[name]: row for row in rows}


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_the_waterfall_is_busroot_s_ladder(desk, definition):
    settings(desk.company, **definition)
    ladder = desk.busroot("oee")["total"]
    time = [number(row["time_ms"]) for row in desk.rows("oee", "waterfall")]
    assert time[0] == pytest.approx(ladder["productionScheduleDuration"])
    assert time[0] - sum(time[1:-1]) == pytest.approx(time[-1])
    assert time[-1] / time[0] == pytest.approx(ladder["oee"] / 100)
    units = [number(row["units"]) for row in desk.rows("oee", "waterfall", **{"in": "units"})]
    assert units[2:] == pytest.approx(
        [ladder["performanceTargetLossCount"], ladder["goodQualityLossCount"], ladder["goodQualityCount"]]
    )
    assert units[0] - sum(units[1:-1]) == pytest.approx(units[-1])


def test_the_losses_cost_what_busroot_says_and_nothing_where_nobody_knows(desk):
    settings(desk.company, **HOURLY)
    ladder = desk.busroot("oee")["total"]
    money = [number(row["cost"]) for row in desk.rows("oee", "waterfall", **{"in": "money"})]
    names = ["scheduleLossCost", "productionScheduleLossCost", "availabilityLossCost",
             "performanceTargetLossCost", "goodQualityLossCost"]  # fmt: skip
    assert money == pytest.approx([ladder[name] for name in names])
    assert "EUR" in desk.page("oee", **{"in": "money"})


def test_without_a_value_and_a_cost_of_idle_time_no_loss_has_a_price():
    desk = Desk()
    settle(now=NOON + timedelta(days=8))
    shown = desk.page("oee", **{"in": "money"})
    assert "No value is known of what was made here" in shown
    assert "EUR" not in shown


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_factors_over_time_and_by_station_are_those_of_machinemetrics(desk, definition):
    settings(desk.company, **definition)
    metrics = ["oee", "availability", "performance"]
    told = {row["machine"]: row for row in desk.machinemetrics("machine", metrics=metrics)}
    rows = by(desk.rows("oee", "stations"), "station")
    assert set(rows) == set(told)
    for name, row in rows.items():
        assert [number(row[f"{metric}_percent"]) for metric in metrics] == pytest.approx(
            [100 * told[name][metric] for metric in metrics]
        )
    hours = {row["hour"]: row for row in desk.rows("oee", "factors")}
    [whole] = desk.machinemetrics("day", metrics=metrics)
    [day] = desk.rows("oee", "factors", range="2026-03-09/2026-03-12")[2:3]
    assert number(day["oee_percent"]) == pytest.approx(100 * whole["oee"])
    assert len(hours) == 24


def test_downtime_by_cause_is_busroot_s_list_of_stops(desk):
    ladder = desk.busroot("oee")["total"]
    told = {lost["code"]: lost["duration"] for lost in [*ladder["stops"], *ladder["scheduledNonProduction"]]}
    rows = by(desk.rows("downtime", "pareto"), "code")
    assert set(rows) == {"TOOL", "CLEAN"}
    for code, row in rows.items():
        assert number(row["time_ms"]) == told[code]
    apart = by(desk.rows("downtime", "apart"), "what")
    assert number(apart["Not explained"]["time_ms"]) == told[None]
    [whole] = desk.machinemetrics(metrics=["downtime", "uncategorizedDowntime"])
    assert sum(number(row["time_ms"]) for row in rows.values()) == (
        whole["downtime"] - whole["uncategorizedDowntime"]
    )


def test_the_stops_of_a_cause_are_those_of_its_bar(desk):
    row = by(desk.rows("downtime", "pareto"), "code")["TOOL"]
    key = desk.cause.children.get().pk
    stops = desk.rows("downtime/stops", "stops", cause=key)
    assert len(stops) == int(row["stops"])
    trend = desk.rows("downtime/stops", "trend", cause=key)
    assert sum(number(one["time_ms"]) for one in trend) == number(row["time_ms"])
    assert desk.rows("downtime/stops", "stops", cause=0)
    assert len(desk.rows("downtime/stops", "stops")) >= len(stops) + 1


@pytest.mark.parametrize("grouping", ["station", "shift", "sku"])
def test_downtime_by_anything_else_adds_up_to_the_same(desk, grouping):
    [whole] = desk.machinemetrics(metrics=["downtime"])
    rows = desk.rows("downtime", "pareto", by=grouping)
    assert sum(number(row["time_ms"]) for row in rows) == whole["downtime"]


def test_causes_below_another_are_one_in_their_group(desk):
    rows = by(desk.rows("downtime", "pareto", by="top"), "code")
    assert set(rows) == {"JAM", "CLEAN"}


@pytest.mark.parametrize(("grouping", "group"), [("station", "machine"), ("shift", "shift"), ("sku", "part")])
def test_what_was_made_is_what_machinemetrics_says(desk, grouping, group):
    metrics = ["goodParts", "rejectedParts", "totalParts"]
    told = desk.machinemetrics(group, metrics=metrics)
    told = sorted([row[name] for name in metrics] for row in told if row["totalParts"])
    rows = desk.rows("production", grouping, by=grouping)
    found = sorted(
        [number(row[name]) for name in ("good", "rejected", "total")] for row in rows if number(row["total"])
    )
    assert found == [pytest.approx(one) for one in told]


def test_production_of_a_week_and_of_a_product_are_parts_of_the_same(desk):
    [week] = desk.rows("production", "time", by="week", range="2026-W11")
    [whole] = desk.machinemetrics(metrics=["goodParts", "rejectedParts"])
    assert (number(week["good"]), number(week["rejected"])) == (whole["goodParts"], whole["rejectedParts"])
    rows = desk.rows("production", "sku", by="sku")
    parts = [desk.rows("production", "station", sku=code) for code in ("A-1", "UNKNOWN")]
    assert sum(number(row["good"]) for row in rows) == whole["goodParts"]
    assert sum(number(row["good"]) for part in parts for row in part) == whole["goodParts"]


def test_rejects_are_those_of_machinemetrics_and_the_machine_s_own_stand_apart(desk):
    [whole] = desk.machinemetrics(metrics=["rejectedParts"])
    declared = by(desk.rows("rejects", "pareto"), "code")
    assert {code: number(row["units"]) for code, row in declared.items()}["SCRATCH"] == 2
    assert sum(number(row["units"]) for row in declared.values()) == 7
    apart = desk.rows("rejects", "kinds")
    assert number(apart[0]["units"]) == whole["rejectedParts"] - 7
    assert sum(number(row["units"]) for row in apart[1:]) == whole["rejectedParts"]
    listed = desk.rows("rejects/list", "rejects")
    assert sum(number(row["units"]) for row in listed) == 7
    assert sum(number(row["units"]) for row in desk.rows("rejects/list", "trend")) == 7


def test_operators_made_what_machinemetrics_says(desk):
    told = {row["operator"]: row for row in desk.machinemetrics("operator", metrics=["goodParts", "allTime"])}
    rows = by(desk.rows("comparison", "operator"), "operator")
    assert number(rows["Ann Berg"]["good"]) == told["Ann Berg"]["goodParts"]
    assert number(rows["Ann Berg"]["all_ms"]) == told["Ann Berg"]["allTime"]
    assert number(rows["Nobody signed on"]["good"]) == told["No Operator"]["goodParts"]


def test_energy_is_busroot_s_with_what_it_cost(desk):
    settings(desk.company, **HOURLY)
    told = {row["stationCode"]: row for row in desk.busroot("energy")["results"]}
    rows = by(desk.rows("energy", "stations"), "station")
    for station in desk.stations[:2]:
        row, said = rows[station.name], told[station.code]
        assert number(row["kwh"]) == said["electricalKwh"]
        assert number(row["kwh_outside"]) == said["electricalKwhOutsideProduction"]
        assert number(row["cost"]) == pytest.approx(said["cost"])
        assert number(row["co2_kg"]) == pytest.approx(said["co2"])
    hours = desk.rows("energy", "time")
    assert sum(number(row["kwh"]) or 0 for row in hours) == pytest.approx(
        sum(number(row["kwh"]) for row in rows.values())
    )
