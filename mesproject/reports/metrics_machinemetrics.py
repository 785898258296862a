"""Times, counts and rates that MachineMetrics reports name, and their like. Pure.

`CERTAIN` are the names proven by its documents and clients. The others are ours: names we expect there.
"""

from __future__ import annotations

from mesproject.reports.definition import SENTENCES, Definition, of
from mesproject.reports.measures import Measures
from mesproject.reports.metric import BUSROOT, MACHINEMETRICS, Metric, additive, derived, names, ratio
from mesproject.reports.metrics_factors import MADE, NON_OPTIONAL

CERTAIN = frozenset({
    "actualPartTime", "allTime", "availability", "averagePartsPerHour", "categorizedDowntime", "downtime",
    "expectedPartsPerHour", "expectedPartTime", "expectedSetupTime", "goodParts", "idealPartsPerHour",
    "idealPartTime", "inCycleIdealParts", "maxEndTime", "minStartTime", "nonOptionalTime",
    "nonconformParts", "nonconformRate", "oee", "oeeFailureThreshold", "oeeWarningThreshold", "ooe",
    "partsGoal", "partsGoalFailureThreshold", "partsGoalWarningThreshold", "performance",
    "plannedDowntime", "rejectedParts", "timeInCut", "timeInCycle", "totalParts", "utilizationRate",
})  # fmt: skip
# Second names of the same metric.
ALIASES = {"setupTime": "time_in_setup", "utilization": "utilization_rate", "timeScheduled": "scheduled_time"}

IN_CYCLE = of("run_ms", "run_outside_ms")
DOWNTIME = of("stop_ms", "planned_stop_ms", "setup_ms")
PLANNED = of("planned_ms")


def _unknown(_m: Measures, _d: Definition) -> float | None:
    return None


def _edge(name: str, meaning: str, mm: str, *, start: bool) -> Metric:
    said = "the earliest start" if start else "the latest end"
    return Metric(
        name, meaning, "instant", f"{said} of the records of a group", _unknown, MACHINEMETRICS,
        dialects=names(mm=mm), edge="start" if start else "end",
    )  # fmt: skip


def _threshold(name: str, mm: str) -> Metric:
    def compute(_m: Measures, definition: Definition) -> float | None:
        found: float = getattr(definition, name)
        return found

    return Metric(
        f"{name}_threshold", SENTENCES[name], "ratio", "as the company set it", compute, MACHINEMETRICS,
        dialects=names(mm=mm),
    )  # fmt: skip


TIMES = (
    additive("all_time", "All time of the window.", "ms", of("all_ms"), source=MACHINEMETRICS, mm="allTime",
             busroot="totalMs"),
    additive("shift_time", "Time in shifts.", "ms", of("shift_ms"), source=BUSROOT, busroot="shiftMs"),
    additive("non_optional_time", "Time in shifts, but for optional ones without a job.", "ms", NON_OPTIONAL,
             source=MACHINEMETRICS, mm="nonOptionalTime"),
    additive("scheduled_time", "Planned production time: in a shift, with a job, and in no break or other pause.",
             "ms", PLANNED, source=BUSROOT, mm="scheduledTime", busroot="scheduledProductionMs"),
    additive("scheduled_non_production_time", "Time in shifts that is planned for something else than production.",
             "ms", of("break_ms", "maintenance_ms", "non_production_ms"), source=BUSROOT,
             busroot="scheduledNonProductionMs"),
    additive("time_outside_shifts", "Time in no shift.", "ms", of("all_ms", less=["shift_ms"])),
    additive("optional_time", "Time in optional shifts without a job.", "ms", of("optional_ms")),
    additive("unattended_time", "Time in shifts that nobody attends.", "ms", of("unattended_ms")),
    additive("no_run_time", "Time in shifts without a job.", "ms", of("no_run_ms")),
    additive("break_time", "Time in breaks.", "ms", of("break_ms")),
    additive("holiday_time", "Time of shifts that falls on holidays.", "ms", of("holiday_ms")),
    additive("maintenance_time", "Time planned for maintenance.", "ms", of("maintenance_ms")),
    additive("non_production_time", "Time planned for other things than production.", "ms",
             of("non_production_ms")),
    additive("run_time", "Time at work in planned production time, without micro-stops.", "ms", of("run_ms"),
             busroot="productiveMs"),
    additive("time_in_cycle", "Time at work in planned production time, and the ideal time of the units made outside "
             "it.", "ms", IN_CYCLE, source=MACHINEMETRICS, mm="timeInCycle"),
    derived("time_in_cut", "Time in cut. No signal tells cutting from other work, so there is no answer.", "ms",
            "not measured", _unknown, source=MACHINEMETRICS, mm="timeInCut"),
    additive("time_in_production", "Planned production time without setup.", "ms",
             of("planned_ms", less=["setup_ms"]), mm="timeInProduction"),
    additive("time_in_setup", "Time in setup.", "ms", of("setup_ms"), mm="timeInSetup"),
    derived("expected_setup_time", "Setup time that the jobs begun were expected to take. No job says it yet, so "
            "there is no answer.", "ms", "not measured", _unknown, source=MACHINEMETRICS, mm="expectedSetupTime"),
    additive("downtime", "Time of stops in planned production time, for whatever cause: unplanned, planned, or setup. "
             "Micro-stops and silence of the gateway are none.", "ms", DOWNTIME, source=MACHINEMETRICS, mm="downtime",
             busroot="downtimeMs"),
    additive("planned_downtime", "Time of stops whose cause is a planned one.", "ms", of("planned_stop_ms"),
             source=MACHINEMETRICS, mm="plannedDowntime"),
    additive("unplanned_downtime", "Time of stops without a cause, or with one that is not planned.", "ms",
             of("stop_ms"), mm="unplannedDowntime"),
    additive("categorized_downtime", "Time of stops whose cause is known.", "ms",
             of("stop_ms", "planned_stop_ms", "setup_ms", less=["uncategorized_ms"]), source=MACHINEMETRICS,
             mm="categorizedDowntime"),
    additive("uncategorized_downtime", "Time of stops whose cause nobody has told.", "ms", of("uncategorized_ms"),
             mm="uncategorizedDowntime"),
    additive("micro_stop_time", "Time of micro-stops.", "ms", of("micro_stop_ms")),
    additive("no_signal_time", "Planned production time of which the station told nothing.", "ms",
             of("no_signal_ms")),
    additive("stop_count", "Number of stops that nobody planned, setup left out; one that goes on over a shift's end "
             "counts once.", "count", of("stops")),
    additive("micro_stop_count", "Number of micro-stops.", "count", of("micro_stops")),
    _edge("min_start_time", "When the first record of a group starts.", "minStartTime", start=True),
    _edge("max_end_time", "When the last record of a group ends.", "maxEndTime", start=False),
)  # fmt: skip

COUNTS = (
    additive("good_parts", "Units that are good.", "units", of("good"), source=MACHINEMETRICS, mm="goodParts",
             busroot="productionGoodCount"),
    additive("rejected_parts", "Units that are not good, be they scrap, nonconforming or to be reworked.", "units",
             of("bad"), source=MACHINEMETRICS, mm="rejectedParts", busroot="productionBadCount"),
    additive("total_parts", "All units made.", "units", MADE, source=MACHINEMETRICS, mm="totalParts"),
    additive("scrap_parts", "Units thrown away.", "units", of("scrap"), mm="scrapParts"),
    additive("nonconform_parts", "Units that do not conform.", "units", of("nonconform"), source=MACHINEMETRICS,
             mm="nonconformParts"),
    additive("rework_parts", "Units to be reworked.", "units", of("rework"), mm="reworkParts"),
    additive("parts_goal", "Units that planned production time asks for at the expected part time.", "units",
             of("expected_units"), source=MACHINEMETRICS, mm="partsGoal"),
    additive("ideal_parts", "Units that planned production time asks for at the ideal part time, stops or not.",
             "units", of("ideal_units"), source=BUSROOT, busroot="productionIdealCount"),
    additive("in_cycle_ideal_parts", "The same without the time of stops: what the time at work is good for.",
             "units", of("target_units"), source=MACHINEMETRICS, mm="inCycleIdealParts",
             busroot="productionTargetCount"),
)  # fmt: skip

RATES = (
    ratio("utilization_rate", "Share of all time that the station was at work.", IN_CYCLE, of("all_ms"),
          source=MACHINEMETRICS, mm="utilizationRate"),
    ratio("shift_utilization", "Share of the time in shifts that the station was at work in its plan.",
          of("run_ms"), of("shift_ms"), source=BUSROOT),
    ratio("parts_goal_ratio", "Good units over the parts goal.", of("good"), of("expected_units")),
    ratio("actual_part_time", "Time at work that a unit took.", IN_CYCLE, MADE, unit="ms", source=MACHINEMETRICS,
          mm="actualPartTime"),
    ratio("expected_part_time", "Expected time of a unit, as made.", of("expected_ms"), MADE, unit="ms",
          source=MACHINEMETRICS, mm="expectedPartTime",
          zero_is_unknown=True),
    ratio("ideal_part_time", "Ideal time of a unit, as made.", of("ideal_ms"), MADE, unit="ms",
          source=MACHINEMETRICS, mm="idealPartTime",
          zero_is_unknown=True),
    ratio("average_parts_per_hour", "Units made per hour of planned production time.", MADE, PLANNED,
          unit="units/h", source=MACHINEMETRICS, mm="averagePartsPerHour"),
    ratio("expected_parts_per_hour", "Units asked for per hour of planned production time, at the expected part "
          "time.", of("expected_units"), PLANNED, unit="units/h", source=MACHINEMETRICS, mm="expectedPartsPerHour",
          zero_is_unknown=True),
    ratio("ideal_parts_per_hour", "The same at the ideal part time.", of("ideal_units"), PLANNED, unit="units/h",
          source=MACHINEMETRICS, mm="idealPartsPerHour",
          zero_is_unknown=True),
    ratio("cycle_variance", "How much longer a unit took than is ideal, as a share of the ideal.",
          of("run_ms", "run_outside_ms", less=["ideal_ms"]), of("ideal_ms")),
    ratio("reject_rate", "Share of the units made that are not good.", of("bad"), MADE, mm="rejectRate"),
    ratio("nonconform_rate", "Share of the units made that do not conform.", of("nonconform"), MADE,
          source=MACHINEMETRICS, mm="nonconformRate"),
    _threshold("oee_warning", "oeeWarningThreshold"),
    _threshold("oee_failure", "oeeFailureThreshold"),
    _threshold("parts_goal_warning", "partsGoalWarningThreshold"),
    _threshold("parts_goal_failure", "partsGoalFailureThreshold"),
)  # fmt: skip
