"""The table of metrics: what is computed is what is written, and every promise about it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesproject.reports.catalogue import markdown
from mesproject.reports.definition import ALTERNATIVES, SENTENCES, Definition, class_of
from mesproject.reports.explain import PRICES, block, explain, flagged, measures_in, steps, switches
from mesproject.reports.measures import FIELDS, Measures, total
from mesproject.reports.metric import WORD
from mesproject.reports.metrics import METRICS, in_dialect, needed, values, words
from mesproject.reports.metrics_losses import ladder, six_losses
from mesproject.reports.metrics_machinemetrics import CERTAIN
from mesproject.reports.single_numbers import SINGLES
from tests.reports.measured import DEFINITIONS, MINUTE, histories, make_measures, variant

OURS = Definition()
ADDITIVE = [metric for metric in METRICS.values() if metric.additive]
SHARES = [
    "availability", "quality", "loading", "utilization_rate", "shift_utilization", "reject_rate", "nonconform_rate",
    "schedule_ratio", "production_schedule_ratio", "allocation_ratio", "allocation_efficiency", "technical_efficiency",
    "utilization_efficiency", "production_process_ratio", "setup_ratio", "first_pass_yield", "final_yield",
    "scrap_ratio", "rework_ratio", "fall_off_ratio", "inherent_availability", "wasted_energy_ratio",
]  # fmt: skip
DOCUMENTED = Path(__file__).resolve().parents[2] / "docs" / "kpis.md"


def close(value):
    return pytest.approx(value, rel=1e-9, abs=1e-6)


def as_written(formula: str, measures: Measures, definition: Definition) -> float | None:
    """What a person finds who computes the formula by hand; None where a part has no answer."""
    known = {name: getattr(measures, name) for name in FIELDS}
    known |= {
        name: METRICS[name].compute(measures, definition) for name in WORD.findall(formula) if name in METRICS
    }
    if any(known[name] is None for name in WORD.findall(formula) if name in known):
        return None
    formula, _, cap = formula.partition(", at most ")
    formula = formula.replace("1 h", "3_600_000").replace("×", "*").replace("−", "-")
    found = eval(formula, {}, known | {name: getattr(definition, name) for name in PRICES})
    return min(found, float(cap.rstrip(" %")) / 100) if cap else found


def is_arithmetic(formula: str) -> bool:
    return set(WORD.findall(formula.partition(",")[0])) <= {*FIELDS, *METRICS, *PRICES}


@settings(max_examples=60, deadline=None)
@given(histories(), st.sampled_from(DEFINITIONS))
def test_what_is_computed_is_what_is_written(measures, definition):
    for metric in METRICS.values():
        formula = metric.worded(definition).partition(", without values")[0]
        if not is_arithmetic(formula) or PRICES.keys() & set(WORD.findall(formula)):
            continue
        computed = metric.compute(measures, definition)
        try:
            written = as_written(formula, measures, definition)
        except ZeroDivisionError:
            written = None
        if computed is not None and written is not None:
            assert computed == close(written), metric.name
        # Whoever has no base has no answer. Only OEE and what follows from it knows that nothing made is 0.
        if computed is not None and written is None:
            assert not computed or "cost" in metric.name or "lost_units" in metric.name, metric.name


@given(histories(), st.sampled_from(DEFINITIONS), st.sampled_from(["none", "zero"]))
def test_a_metric_needs_only_the_measures_it_names(measures, definition, idle):
    definition = replace(definition, idle=idle, idle_cost_per_hour=90.0)
    for metric in METRICS.values():
        summed = Measures(**{name: getattr(measures, name) for name in needed([metric], definition)})
        assert metric.compute(summed, definition) == metric.compute(measures, definition), metric.name


def test_oee_needs_neither_energy_nor_money():
    assert needed([METRICS["oee"]]) == (
        "planned_ms", "run_ms", "micro_stop_ms", "planned_stop_ms", "good", "bad", "ideal_ms", "ideal_units",
        "target_units",
    )  # fmt: skip


def test_idle_cost_is_by_the_hour():
    costly = variant(idle_cost_per_hour=120.0)
    night = make_measures(all_ms=90 * MINUTE, stop_ms=30 * MINUTE)
    assert METRICS["schedule_cost"].compute(night, costly) == 120
    assert METRICS["availability_cost"].compute(night, costly) == 60
    assert METRICS["availability_cost"].compute(night, OURS) is None


def test_money_is_unknown_where_no_unit_has_a_value():
    names = (
        "production_value",
        "lost_production_cost",
        "availability_cost",
        "performance_cost",
        "quality_cost",
    )
    day = {"run_ms": 60 * MINUTE, "stop_ms": 30 * MINUTE, "good": 60.0, "ideal_ms": 60.0 * MINUTE}
    plain = make_measures(**day, ideal_units=90.0, target_units=60.0)
    assert [METRICS[name].compute(plain, OURS) for name in names] == [None] * 5
    valued = make_measures(**day, ideal_units=90.0, target_units=60.0, value=120.0, lost_value=60.0)
    assert [METRICS[name].compute(valued, OURS) for name in names] == [120, 60, 60, 0, 0]
    perfect = make_measures(run_ms=60 * MINUTE, good=60.0, value=120.0)
    assert METRICS["lost_production_cost"].compute(perfect, OURS) == 0


@given(st.lists(histories(), max_size=4))
def test_additive_metrics_of_a_whole_are_the_sum_of_its_parts(parts):
    for metric in ADDITIVE:
        assert metric.compute(total(parts), OURS) == close(sum(metric.compute(part, OURS) for part in parts))


@given(histories())
def test_downtime_is_parted_by_kind_and_by_whether_its_cause_is_known(measures):
    found = values(METRICS.values(), measures)
    kinds = ("unplanned_downtime", "planned_downtime", "time_in_setup")
    assert found["downtime"] == sum(found[name] for name in kinds)
    assert found["downtime"] == found["categorized_downtime"] + found["uncategorized_downtime"]


@given(st.lists(histories(), min_size=1, max_size=4), st.sampled_from(DEFINITIONS))
def test_a_ratio_of_a_whole_lies_between_those_of_its_parts(parts, definition):
    for name in ("availability", "quality", "loading", "utilization_rate", "effectiveness"):
        of_parts = [found for part in parts if (found := METRICS[name].compute(part, definition)) is not None]
        whole = METRICS[name].compute(total(parts), definition)
        # Units made without time at work have no pace of their own, but belong to that of the whole.
        if name == "effectiveness" and len(of_parts) < len(parts):
            continue
        assert (whole is None) == (not of_parts)
        if whole is not None:
            assert min(of_parts) - 1e-9 <= whole <= max(of_parts) + 1e-9


@given(histories(), st.sampled_from(DEFINITIONS))
def test_shares_lie_between_nothing_and_all_and_performance_is_never_below_zero(measures, definition):
    found = values(METRICS.values(), measures, definition)
    assert [name for name in SHARES if found[name] is not None and not -1e-9 <= found[name] <= 1 + 1e-9] == []
    assert found["performance"] is None or found["performance"] >= 0
    assert definition.performance_cap is None or (found["performance"] or 0) <= 1


@given(histories(), st.sampled_from(DEFINITIONS))
def test_oee_is_the_product_of_its_factors_under_every_definition(measures, definition):
    found = values(METRICS.values(), measures, definition)
    factors = [found["availability"], found["performance"], found["quality"]]
    if None not in factors:
        assert found["oee"] == close(factors[0] * factors[1] * factors[2])


@given(histories(), st.sampled_from(DEFINITIONS))
def test_the_ladder_multiplies_up_to_oee_and_teep(measures, definition):
    shares = {rung.name: rung.percent for rung in ladder(measures, definition)}
    assert list(shares) == ["schedule", "production_schedule", "availability", "performance", "quality"]
    if None in shares.values():
        return
    oee = shares["availability"] * shares["performance"] * shares["quality"]
    assert METRICS["oee"].compute(measures, definition) == close(oee)
    teep = shares["schedule"] * shares["production_schedule"] * oee
    assert METRICS["teep"].compute(measures, definition) == close(teep)


@given(histories(), st.sampled_from(DEFINITIONS))
def test_the_ladder_of_time_loses_no_millisecond(measures, definition):
    schedule, production, availability, *_ = ladder(measures, definition)
    assert schedule.value + schedule.loss == measures.all_ms
    assert production.value + production.loss == schedule.value
    assert availability.value + availability.loss == production.value
    assert min(schedule.loss, production.loss, availability.loss) >= 0


@given(histories(), st.sampled_from(DEFINITIONS))
def test_the_six_losses_are_all_that_oee_lacks(measures, definition):
    uncut = replace(definition, performance_cap=None)
    losses, base = six_losses(measures, uncut), uncut.base.value(measures, uncut)
    oee = METRICS["oee"].compute(measures, uncut)
    if losses is None or oee is None:
        return
    lost = sum(getattr(losses, name) for name in losses.__slots__)
    assert lost == close(base * (1 - oee))


@given(histories(), st.sampled_from(DEFINITIONS))
def test_the_costs_of_what_planned_time_lost_add_up(measures, definition):
    inside = definition.oee_base == "planned" and definition.optional_shifts == "when_used"
    if not inside or measures.ideal_units < measures.good or "inside" not in {definition.planned_stops}:
        return
    if (definition.changeover, definition.no_signal, definition.rework) != ("inside", "inside", "bad"):
        return
    costs = [rung.cost for rung in ladder(measures, definition)[2:]]
    if None not in costs and measures.planned_ms > measures.good * (measures.ideal_ms or 1):
        assert sum(costs) == close(measures.lost_value)


@pytest.mark.parametrize("definition", [OURS, variant(oee_base="shift"), variant(planned_stops="inside")])
def test_where_nothing_was_planned_there_is_no_answer(definition):
    found = values(METRICS.values(), Measures(), definition)
    ratios = [m.name for m in METRICS.values() if m.unit == "ratio" and "threshold" not in m.name]
    assert {found[name] for name in ratios} == {None}


def test_a_planned_shift_in_which_nothing_ran_is_a_true_zero():
    stood = make_measures(stop_ms=480 * MINUTE, ideal_units=480.0)
    found = values(METRICS.values(), stood)
    assert (found["availability"], found["performance"], found["quality"], found["oee"]) == (0, None, None, 0)


def test_a_machine_that_ran_and_made_nothing_has_no_quality_and_an_oee_of_zero():
    found = values(
        METRICS.values(), make_measures(run_ms=480 * MINUTE, ideal_units=480.0, target_units=480.0)
    )
    assert (found["availability"], found["performance"], found["quality"], found["oee"]) == (1, 0, None, 0)


def test_without_an_ideal_cycle_time_there_is_no_performance():
    unknown = make_measures(run_ms=MINUTE, good=10.0)
    assert METRICS["performance"].compute(unknown, OURS) is None
    assert METRICS["oee"].compute(unknown, OURS) is None
    assert [flag.sentence for flag in flagged(unknown, OURS)] == [
        "No ideal cycle time is known for what was made."
    ]


def test_performance_over_all_is_shown_and_flagged_and_cut_only_by_definition():
    fast = make_measures(run_ms=100 * MINUTE, good=112.0, ideal_ms=112.0 * MINUTE)
    assert METRICS["performance"].compute(fast, OURS) == pytest.approx(1.12)
    [flag] = flagged(fast, OURS)
    assert flag.sentence == "Performance is 112 %: the ideal cycle time is longer than the machine needs."
    capped = variant(performance_cap=1.0)
    assert METRICS["performance"].compute(fast, capped) == 1
    assert METRICS["effectiveness"].compute(fast, capped) == pytest.approx(1.12)
    assert [flag.sentence for flag in flagged(fast, capped)][1] == "The definition cuts it to 100 %."
    assert explain(METRICS["performance"], fast, capped).endswith("at most 100 % = 100 %")


def test_a_number_is_explained_with_the_numbers_in_it():
    day = make_measures(run_ms=373 * MINUTE, stop_ms=47 * MINUTE)
    plain = variant(planned_stops="inside", micro_stops="availability")
    said = explain(METRICS["availability"], day, plain)
    assert said == "availability = run_ms / planned_ms = 373 min / 420 min = 88.8 %"
    nothing = explain(METRICS["availability"], Measures(), plain)
    assert nothing == "availability = run_ms / planned_ms = 0 min / 0 min = no answer"


def test_an_explanation_goes_down_to_the_measures():
    day = make_measures(run_ms=373 * MINUTE, stop_ms=47 * MINUTE, good=18848.0, bad=423.0, ideal_ms=19271e3)
    lines = [step.sentence for step in steps(METRICS["oee"], day, OURS)]
    assert [line.partition(" = ")[0] for line in lines] == ["oee", "availability", "performance", "quality"]
    assert lines[0] == "oee = availability × performance × quality = 88.8 % × 86.1 % × 97.8 % = 74.8 %"


@pytest.mark.parametrize("definition", DEFINITIONS[::17])
def test_every_metric_can_be_explained(definition):
    day = make_measures(run_ms=MINUTE, good=3.0)
    for metric in METRICS.values():
        assert explain(metric, day, definition).startswith(f"{metric.name} = ")


def test_an_answer_can_say_which_definition_it_used():
    said = block(variant(planned_stops="inside", performance_cap=1.0))
    assert json.loads(json.dumps(said)) == said
    assert said["settings"]["planned_stops"] == "inside"
    assert said["formulas"]["performance"] == "ideal_ms / (run_ms + micro_stop_ms), at most 100 %"


def test_every_switch_has_a_sentence():
    assert list(SENTENCES) == list(Definition.__dataclass_fields__)
    assert all(getattr(OURS, name) in ALTERNATIVES[name] for name in ALTERNATIVES)


def test_energy_costs_what_the_company_says_and_is_unknown_until_it_does():
    day = make_measures(run_ms=60 * MINUTE, good=20.0, kwh=40.0, kwh_outside=10.0)
    names = ("energy_cost", "wasted_energy_cost", "energy_cost_per_good_unit", "carbon_dioxide",
             "wasted_carbon_dioxide")  # fmt: skip
    priced = variant(energy_price_per_kwh=0.25, co2_kg_per_kwh=0.4, currency="EUR")
    assert [METRICS[name].compute(day, OURS) for name in names] == [None] * 5
    assert [METRICS[name].compute(day, priced) for name in names] == close([10, 2.5, 0.5, 16, 4])
    assert METRICS["energy_cost_per_good_unit"].compute(make_measures(good=20.0), priced) is None
    free = variant(energy_price_per_kwh=0.0)
    assert METRICS["energy_cost"].compute(day, free) == 0
    said = explain(METRICS["energy_cost"], day, priced)
    assert said == "energy_cost = energy × energy_price_per_kwh = 40 kWh × 0.25 EUR = 10 EUR"


def test_it_is_known_which_switches_a_metric_depends_on():
    assert switches(METRICS["good_parts"], OURS) == []
    assert switches(METRICS["availability"], OURS) == [
        "oee_base", "planned_stops", "changeover", "no_signal", "micro_stops", "optional_shifts",
    ]  # fmt: skip
    assert {"performance_cap", "rework", "idle"} <= {*switches(METRICS["oee"], OURS)}
    assert switches(METRICS["oee_warning_threshold"], OURS) == ["oee_warning"]
    assert switches(METRICS["energy_cost"], OURS) == ["currency", "energy_price_per_kwh"]


@settings(max_examples=40, deadline=None)
@given(histories(), st.sampled_from(DEFINITIONS))
def test_other_switches_change_nothing(measures, definition):
    for metric in METRICS.values():
        others = ALTERNATIVES.keys() - switches(metric, definition)
        changed = replace(definition, **{name: ALTERNATIVES[name][-1] for name in others})
        assert metric.compute(measures, changed) == metric.compute(measures, definition), metric.name


def test_the_measures_of_a_metric_are_those_of_all_its_steps():
    assert measures_in(METRICS["oee"], OURS) == [
        "run_ms", "micro_stop_ms", "planned_ms", "planned_stop_ms", "ideal_ms", "good", "bad",
    ]  # fmt: skip


def test_the_more_specific_cause_says_which_loss_it_is():
    classes = {"mechanical": "availability", "jam": "performance"}
    assert class_of(["mechanical", "jam"], classes) == "performance"
    assert class_of(["mechanical", "bearing"], classes) == "availability"
    assert class_of(["unknown"], classes) is None


def test_machinemetrics_names_are_all_spoken():
    assert len(CERTAIN) == 32
    assert set(words("machinemetrics")) >= CERTAIN
    assert in_dialect("machinemetrics", "timeInCycle") is METRICS["time_in_cycle"]
    assert in_dialect("machinemetrics", "setupTime") is METRICS["time_in_setup"]
    assert in_dialect("machinemetrics", "abc") is None


def test_no_two_metrics_share_a_name_in_any_language():
    spoken = [pair for metric in METRICS.values() for pair in metric.dialects.items()]
    assert len(spoken) == len(set(spoken))
    assert all(re.fullmatch("[a-z_]+", name) for name in METRICS)


def test_metrics_whose_formula_is_words_are_the_known_ones():
    prose = {metric.name for metric in METRICS.values() if not is_arithmetic(metric.worded(OURS))}
    assert prose == {
        "time_in_cut", "expected_setup_time", "startup_loss", "min_start_time", "max_end_time",
        "oee_warning_threshold", "oee_failure_threshold", "parts_goal_warning_threshold",
        "parts_goal_failure_threshold",
    }  # fmt: skip


def test_the_documentation_lists_exactly_the_table():
    assert DOCUMENTED.read_text() == markdown(), "python -m mesproject.reports.catalogue > docs/kpis.md"
    assert set(re.findall(r"^\| `(\w+)` \|", DOCUMENTED.read_text(), re.M)) == {
        *METRICS,
        *SINGLES,
        *SENTENCES,
    }
