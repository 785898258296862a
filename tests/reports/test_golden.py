"""Numbers that others published, from our own formulas. Each case names the definition that reproduces it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mesproject.reports.definition import Definition, class_of
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS, capacity, values
from mesproject.reports.metrics_losses import six_losses
from production.windows import Window, intersection
from production.windows import total as time_of
from tests.reports.measured import make_measures, variant

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "oee.json"
CASES = {case["id"]: case for case in json.loads(GOLDEN.read_text())}

# Streams of events are in test_golden_events.py, shifts in tests/scheduling/test_rotations.py.
ELSEWHERE = {"events", "stop_processing", "schedule", "counter", "counter_pulse"}

OURS = Definition()
PLANNED_STOPS_INSIDE = variant(planned_stops="inside")
IDLE_IS_ZERO = variant(idle="zero")

DEFINITIONS = {
    "vorne-oee-com": OURS,
    "teeptrak-cnc": OURS,  # rework counts as bad
    "reliamag-clean": OURS,
    "firgelli-packaging": OURS,
    "cncoptimization": OURS,
    "lean-tutorial-machine-a": OURS,
    "fabrico-availability": OURS,
    "worximity": OURS,  # planned stops outside
    "connectoee-textbook": OURS,
    "nakajima-world-class": OURS,
    "leanworx-teep-1": OURS,
    "scribd-teep-sheet": PLANNED_STOPS_INSIDE,
    "oee-lib-six-losses": OURS,  # setup is a loss of availability
    "oee-lib-rollup": OURS,
    "almus-weighted": OURS,
    "almus-defect-over-output": OURS,
    "almus-reported-idle": IDLE_IS_ZERO,
    "oee-lib-reliability": OURS,  # operating time, without repair, between failures
    "connectoee-mttr": OURS,
    "connectoee-fpy": OURS,
    "connectoee-utilization-variance": OURS,
    "oee-lib-loss-value": OURS,
    "oee-lib-capacity": OURS,
    "rhize-iso22400-ex1": OURS,  # performance is not cut
    "openmes-unplanned": OURS,
    "openmes-planned": OURS,  # planned stops outside
    "almus-overlap-union": OURS,
    "almus-clip-previous-day": OURS,
    "umh-loss-class": OURS,
    "c8y-ideal": OURS,
}

UNIT_MS = {"min": 60_000, "s": 1_000, "h": 3_600_000}


def ms(value: float, unit: str = "min") -> int:
    return round(value * UNIT_MS[unit])


def measured(case: str) -> Measures:
    """What the inputs of an APQ case say, as facts would have it."""
    known = CASES[case]["inputs"]
    unit = known.get("unit", "min")
    planned = ms(known["planned_production_time"], unit)
    run = ms(known["run_time"], unit) if "run_time" in known else planned - ms(known["downtime"], unit)
    setup = ms(known.get("setup_time", 0), unit)
    made, bad = known.get("total_count", 0), known.get("reject_count", 0)
    cycle = known["ideal_cycle_time_s"] * 1000 if "ideal_cycle_time_s" in known else None
    cycle = cycle if cycle else known.get("ideal_cycle_time", 0) * UNIT_MS[unit]
    return make_measures(
        planned_ms=planned, run_ms=run, stop_ms=planned - run - setup, setup_ms=setup,
        all_ms=ms(known.get("all_time", 0), unit), good=float(made - bad), bad=float(bad), ideal_ms=made * cycle,
        ideal_units=planned / cycle if cycle else 0.0, target_units=run / cycle if cycle else 0.0,
    )  # fmt: skip


def agree(case: str, found: dict[str, float | None], **names: str) -> None:
    """Every number we share with the case is what was published; `names` says what it calls ours."""
    expected, tol = CASES[case]["expected"], CASES[case]["tol"]
    shared = {name: name for name in expected if name in found} | names
    assert shared
    for theirs, ours in shared.items():
        published = expected[theirs]
        if METRICS[ours].unit == "ms" and published is not None:
            published *= UNIT_MS.get(CASES[case]["inputs"].get("unit"), 1)
        assert found[ours] == (None if published is None else pytest.approx(published, abs=tol)), theirs


def found_in(case: str, measures: Measures) -> dict[str, float | None]:
    return values(METRICS.values(), measures, DEFINITIONS[case])


def test_every_published_formula_is_answered():
    asked = {name for name, case in CASES.items() if case["kind"] not in ELSEWHERE}
    assert asked == set(DEFINITIONS)


@pytest.mark.parametrize("case", [name for name, case in CASES.items() if case["kind"] == "apq"])
def test_availability_performance_and_quality(case):
    agree(case, found_in(case, measured(case)))


def test_vorne_counts_and_utilization():
    found = found_in("vorne-oee-com", measured("vorne-oee-com"))
    agree("vorne-oee-com", found, utilization="loading", good_count="good_parts")
    assert found["availability_time"] == ms(373)


def test_availability_of_a_shift():
    agree("fabrico-availability", found_in("fabrico-availability", measured("fabrico-availability")))


@pytest.mark.parametrize("case", ["openmes-unplanned", "openmes-planned"])
def test_planned_stops_take_planned_time_away(case):
    known, expected = CASES[case]["inputs"], CASES[case]["expected"]
    planned, unplanned = known.get("planned_min", 0), known["unplanned_min"]
    run = known["shift_min"] - planned - unplanned
    found = found_in(case, make_measures(run_ms=ms(run), stop_ms=ms(unplanned), planned_stop_ms=ms(planned)))
    agree(case, found)
    assert found["production_schedule"] == ms(expected["planned"])
    assert found["availability_time"] == ms(expected["operating"])


def test_performance_from_rates():
    known = CASES["worximity"]["inputs"]
    run, planned = ms(known["run_time"], "h"), ms(known["planned_production_time"], "h")
    made, cycle = known["actual_rate"] * known["run_time"], UNIT_MS["h"] / known["target_rate"]
    agree("worximity", found_in("worximity", make_measures(
        run_ms=run, stop_ms=planned - run, good=float(made), ideal_ms=made * cycle,
    )))  # fmt: skip


def test_nakajimas_factors_multiply():
    known = CASES["nakajima-world-class"]["inputs"]
    run = 1_000_000 * known["availability"]
    agree("nakajima-world-class", found_in("nakajima-world-class", make_measures(
        planned_ms=1_000_000, run_ms=round(run), ideal_ms=run * known["performance"],
        good=1000 * known["quality"], bad=1000 * (1 - known["quality"]),
    )))  # fmt: skip


def test_teep_is_oee_of_all_time():
    known = CASES["leanworx-teep-1"]["inputs"]
    planned = ms(known["scheduled_h"], "h")
    measures = make_measures(
        planned_ms=planned, run_ms=planned, all_ms=ms(known["calendar_h"], "h"), good=1.0,
        ideal_ms=planned * known["oee"],
    )  # fmt: skip
    agree("leanworx-teep-1", found_in("leanworx-teep-1", measures), utilization="loading")


def test_planned_stops_may_stay_inside_availability():
    known = CASES["scribd-teep-sheet"]["inputs"]
    day, idle, planned, unplanned = (
        ms(known[name], "h")
        for name in ("calendar_h", "idle_h", "scheduled_downtime_h", "unscheduled_downtime_h")
    )
    run = day - idle - planned - unplanned
    measures = make_measures(
        run_ms=run, planned_stop_ms=planned, stop_ms=unplanned, all_ms=day,
        good=float(known["good"]), bad=float(known["produced"] - known["good"]),
        ideal_ms=run * known["actual_rate"] / known["design_rate"],
    )  # fmt: skip
    found = found_in("scribd-teep-sheet", measures)
    agree("scribd-teep-sheet", found, utilization="loading")
    assert found["availability_time"] == ms(CASES["scribd-teep-sheet"]["expected"]["uptime_h"], "h")


def test_the_six_big_losses():
    case = CASES["oee-lib-six-losses"]
    found = six_losses(
        measured(case["id"]), DEFINITIONS[case["id"]], startup_bad=case["inputs"]["startup_rejects"]
    )
    assert found is not None
    expected = {name: ms(value) for name, value in case["expected"].items()}
    assert found.breakdowns == expected["breakdowns"]
    assert found.setup == expected["setup_and_adjustments"]
    assert found.minor_stops + found.reduced_speed == expected["minor_stops_and_reduced_speed"]
    assert found.defects == pytest.approx(expected["process_defects"])
    assert found.startup == pytest.approx(expected["reduced_yield"])
    lost = sum(getattr(found, name) for name in found.__slots__)
    assert lost == pytest.approx(expected["total_loss"])


def test_a_rollup_is_computed_from_sums_and_not_averaged():
    case, parts = CASES["oee-lib-rollup"], []
    for part in case["inputs"]["parts"]:
        good, made = float(part["good_count"]), part["total_count"]
        run, planned = ms(part["run_time"]), ms(part["planned_production_time"])
        parts.append(make_measures(
            run_ms=run, stop_ms=planned - run, good=good, bad=made - good,
            ideal_ms=float(made * ms(part["ideal_cycle_time"])),
        ))  # fmt: skip
    found = found_in(case["id"], total(parts))
    agree(case["id"], found, total="total_parts", good="good_parts")
    mean = sum(METRICS["oee"].compute(part, OURS) for part in parts) / len(parts)
    assert mean == pytest.approx(case["expected"]["naive_average_must_not_be"])
    assert found["oee"] != pytest.approx(mean, abs=0.01)


@pytest.mark.parametrize("case", ["almus-weighted", "almus-defect-over-output", "almus-reported-idle"])
def test_sums_that_buckets_report(case):
    known = CASES[case]["inputs"]
    agree(case, found_in(case, make_measures(
        run_ms=ms(known["run"]), stop_ms=ms(known["planned"] - known["run"]), ideal_ms=float(ms(known["ideal"])),
        good=float(known["total"] - known["reject"]), bad=float(known["reject"]),
    )))  # fmt: skip


def test_an_idle_shift_has_no_performance_by_our_own_definition():
    measures = make_measures(stop_ms=ms(660), ideal_units=660.0)
    found = values(METRICS.values(), measures, OURS)
    assert (found["availability"], found["performance"], found["quality"], found["oee"]) == (0, None, None, 0)


def test_time_between_failures():
    known = CASES["oee-lib-reliability"]["inputs"]
    found = found_in("oee-lib-reliability", make_measures(
        run_ms=known["operating_time"], stop_ms=known["total_repair_time"], stops=known["failures"],
    ))  # fmt: skip
    agree("oee-lib-reliability", found)


def test_time_to_repair():
    case = CASES["connectoee-mttr"]
    down = case["inputs"]["unplanned_down_s"]
    found = found_in(case["id"], make_measures(
        run_ms=ms(case["inputs"]["operating_time"], "s"), stop_ms=ms(sum(down), "s"), stops=len(down),
    ))  # fmt: skip
    assert found["stop_count"] == case["expected"]["failures"]
    assert found["mttr"] == ms(case["expected"]["mttr_min"])
    assert found["mtbf"] == ms(case["expected"]["mtbf_min"])


def test_repair_may_count_between_failures():
    measures = make_measures(run_ms=1000, stop_ms=50, stops=5)
    found = values(METRICS.values(), measures, replace(OURS, repair_in_mtbf=True))
    assert found["mtbf"] == found["mttf"] + found["mttr"] == 210


def test_first_pass_and_final_yield():
    known = CASES["connectoee-fpy"]["inputs"]
    found = found_in("connectoee-fpy", Measures(
        good=float(known["good"]), bad=float(known["reject"] + known["rework"]), rework=float(known["rework"]),
    ))  # fmt: skip
    agree("connectoee-fpy", found, fpy="first_pass_yield", yield_="final_yield")


def test_utilization_and_cycle_variance():
    known, case = CASES["connectoee-utilization-variance"]["inputs"], "connectoee-utilization-variance"
    station_a = make_measures(all_ms=ms(known["all_s"], "s"), planned_ms=ms(known["planned_s"], "s"))
    assert found_in(case, station_a)["loading"] == CASES[case]["expected"]["utilization"]
    station_b = make_measures(
        run_ms=ms(known["run_s_b"], "s"), good=float(known["total_b"]),
        ideal_ms=known["total_b"] * known["ideal_cycle_s"] * 1000,
    )  # fmt: skip
    agree(case, found_in(case, station_b))


def test_lost_units_and_their_value():
    case = CASES["oee-lib-loss-value"]
    measures, expected = measured(case["id"]), case["expected"]
    worth = case["inputs"]["value_per_unit"]
    measures.value, measures.lost_value = (
        measures.good * worth,
        (measures.ideal_units - measures.good) * worth,
    )
    found = found_in(case["id"], measures)
    assert found["availability_lost_units"] == expected["lost_units"]["availability"]
    assert found["performance_loss"] == expected["lost_units"]["performance"]
    assert found["quality_loss"] == expected["lost_units"]["quality"]
    assert found["lost_units"] == expected["lost_units"]["total"]
    assert found["availability_cost"] == pytest.approx(expected["lost_value"]["availability"])
    assert found["lost_production_cost"] == expected["lost_value"]["total"]


def test_capacity_and_takt():
    case = CASES["oee-lib-capacity"]
    known, expected = case["inputs"], case["expected"]
    available = ms(known["available"])
    found = capacity(
        make_measures(run_ms=available, ideal_units=available / ms(known["cycle_time"])), known["demand"]
    )
    assert found.takt_ms == ms(expected["takt"])
    assert found.needed_per_hour == pytest.approx(expected["required_rate"] * 60)
    assert (found.most, found.load) == (expected["max_output"], expected["utilization_needed"])
    assert found.enough is expected["meets"]


def test_iso_22400_effectiveness_is_not_cut():
    case = CASES["rhize-iso22400-ex1"]
    known, expected = case["inputs"], case["expected"]
    made = known["good"] + known["scrap"]
    found = found_in(case["id"], make_measures(
        run_ms=ms(expected["APT_s"], "s"), stop_ms=ms(expected["ADET_s"], "s"), good=float(known["good"]),
        bad=float(known["scrap"]), scrap=float(known["scrap"]),
        ideal_ms=float(made * ms(known["planned_cycle_s"], "s")),
    ))  # fmt: skip
    agree(case["id"], found, quality_ratio="quality")
    assert found["performance"] == found["effectiveness"]
    assert found["production_schedule"] == ms(expected["PBT_s"], "s")


@pytest.mark.parametrize("case", ["almus-overlap-union", "almus-clip-previous-day"])
def test_stops_count_once_and_only_in_the_window(case):
    known = CASES[case]["inputs"]
    midnight = datetime(2026, 3, 11, tzinfo=UTC)
    stops = [Window(*(midnight + timedelta(hours=at) for at in stop)) for stop in known["events_h"]]
    window = Window(*(midnight + timedelta(hours=at) for at in known["window_h"]))
    assert time_of(intersection(stops, [window])) == timedelta(
        minutes=CASES[case]["expected"]["downtime_min"]
    )


def test_a_child_cause_overrides_the_class_of_its_category():
    case = CASES["umh-loss-class"]
    classes = dict.fromkeys(case["inputs"]["availability_loss"], "availability")
    classes |= dict.fromkeys(case["inputs"]["performance_loss"], "performance")
    # Their tree is in the digits: 40100 and 40200 belong to the category 40000.
    found = [class_of([code // 10_000 * 10_000, code], classes) for code in case["inputs"]["states"]]
    assert [each == "performance" for each in found] == case["expected"]["is_performance"]
    assert [each == "availability" for each in found] == case["expected"]["is_availability"]


def test_an_ideal_producer_has_an_oee_of_one():
    known = CASES["c8y-ideal"]["inputs"]
    agree("c8y-ideal", found_in("c8y-ideal", make_measures(
        run_ms=UNIT_MS["h"], good=float(known["ok_per_h"]),
        ideal_ms=known["pieces_per_h"] * UNIT_MS["h"] / known["ideal_per_h"],
    )))  # fmt: skip
