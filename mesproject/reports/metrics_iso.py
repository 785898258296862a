"""Key performance indicators of ISO 22400-2 that one station's time and counts can answer; and energy. Pure.

Its time elements in our measures: planned busy time is the base of availability; actual production time is
the time at work; delay is micro-stops and stops; busy is production, setup and delay; the order's execution
time is planned production time with the pauses in it. A failure is a stop that was not planned.
"""

from __future__ import annotations

from mesproject.reports.definition import BETWEEN_FAILURES, RUNNING, Definition, of
from mesproject.reports.measures import Measures
from mesproject.reports.metric import BUSROOT, ISO, Metric, additive, derived, ratio
from mesproject.reports.metrics_factors import MADE

BUSY = of("run_ms", "setup_ms", "micro_stop_ms", "stop_ms")
ORDER = of("planned_ms", "break_ms", "maintenance_ms", "non_production_ms")
IN_CYCLE = of("run_ms", "run_outside_ms")


def inherent(m: Measures, d: Definition) -> float | None:
    """Availability as only failures limit it."""
    running = d.running.value(m, d)
    return running / (running + m.stop_ms) if m.stops and running > 0 else None


ISO_22400: tuple[Metric, ...] = (
    ratio("allocation_ratio", "Share of an order's time at the station that the station was busy with it.", BUSY,
          ORDER, source=ISO),
    ratio("allocation_efficiency", "Share of planned production time that the station was busy.", BUSY,
          of("planned_ms"), source=ISO),
    ratio("utilization_efficiency", "Share of the busy time that the station was at work.", of("run_ms"), BUSY,
          source=ISO),
    ratio("technical_efficiency", "Time at work over that and delays.", of("run_ms"),
          of("run_ms", "micro_stop_ms", "stop_ms"), source=ISO),
    ratio("production_process_ratio", "Share of an order's time at the station that the station was at work.",
          of("run_ms"), ORDER, source=ISO),
    ratio("setup_ratio", "Share of processing time that is setup.", of("setup_ms"), of("run_ms", "setup_ms"),
          source=ISO),
    ratio("throughput", "Units made per hour of an order's time at the station.", MADE, ORDER, unit="units/h",
          source=ISO),
    ratio("first_pass_yield", "Share of the units made that were good at once; a reworked unit was not.",
          of("good"), MADE, source=ISO),
    ratio("final_yield", "Good units over good and lost ones, those to be reworked left out.", of("good"),
          of("good", "bad", less=["rework"])),
    ratio("scrap_ratio", "Share of the units made that is thrown away.", of("scrap"), MADE, source=ISO,
          mm="scrapRate"),
    ratio("rework_ratio", "Share of the units made that is to be reworked.", of("rework"), MADE, source=ISO),
    ratio("fall_off_ratio", "Share of the units that entered the first operation and were thrown away. Each station "
          "is its own first operation here, so that of a line is the scrap of all over the units of all.",
          of("scrap"), MADE, source=ISO),
    ratio("mtbf", "Mean operating time between failures: time over the number of stops (not one more, as "
          "ISO 22400 divides); none without a stop.", BETWEEN_FAILURES, of("stops"), unit="ms", source=ISO),
    ratio("mttf", "Mean time at work to a failure.", RUNNING, of("stops"), unit="ms", source=ISO),
    ratio("mttr", "Mean time to repair: the length of a stop.", of("stop_ms"), of("stops"), unit="ms", source=ISO),
    derived("inherent_availability", "Time at work over that and repair: availability as only failures limit it.",
            "ratio", "mttf / (mttf + mttr)", inherent),
)  # fmt: skip


def energy_cost(m: Measures, d: Definition) -> float | None:
    """What energy cost; None without a price."""
    return None if d.energy_price_per_kwh is None else m.kwh * d.energy_price_per_kwh


def wasted_energy_cost(m: Measures, d: Definition) -> float | None:
    """The same of what was wasted."""
    return None if d.energy_price_per_kwh is None else m.kwh_outside * d.energy_price_per_kwh


def energy_cost_per_good_unit(m: Measures, d: Definition) -> float | None:
    """None also where no meter told anything."""
    cost = energy_cost(m, d)
    return cost / m.good if cost is not None and m.good > 0 and m.kwh else None


def carbon_dioxide(m: Measures, d: Definition) -> float | None:
    """Kilograms; None where the company has not said what a kWh stands for."""
    return None if d.co2_kg_per_kwh is None else m.kwh * d.co2_kg_per_kwh


def wasted_carbon_dioxide(m: Measures, d: Definition) -> float | None:
    """The same of the energy that was wasted."""
    return None if d.co2_kg_per_kwh is None else m.kwh_outside * d.co2_kg_per_kwh


ENERGY: tuple[Metric, ...] = (
    additive("energy", "Energy used.", "kWh", of("kwh"), source=BUSROOT),
    additive("wasted_energy", "Energy used outside planned production time.", "kWh", of("kwh_outside"),
             source=BUSROOT),
    ratio("wasted_energy_ratio", "Share of the energy that is wasted.", of("kwh_outside"), of("kwh")),
    ratio("energy_per_unit", "Energy per unit made.", of("kwh"), MADE, unit="kWh/unit", source=ISO,
          zero_is_unknown=True),
    ratio("energy_per_good_unit", "Energy per good unit.", of("kwh"), of("good"), unit="kWh/unit",
          zero_is_unknown=True),
    ratio("energy_per_productive_hour", "Energy per hour at work.", of("kwh"), IN_CYCLE, unit="kW", source=BUSROOT,
          zero_is_unknown=True),
    derived("energy_cost", "What the energy used cost.", "money", "energy × energy_price_per_kwh", energy_cost,
            source=BUSROOT),
    derived("wasted_energy_cost", "What the energy used outside planned production time cost.", "money",
            "wasted_energy × energy_price_per_kwh", wasted_energy_cost),
    derived("energy_cost_per_good_unit", "What the energy of a good unit cost.", "money", "energy_cost / good",
            energy_cost_per_good_unit),
    derived("carbon_dioxide", "Carbon dioxide that the energy used stands for.", "kg", "energy × co2_kg_per_kwh",
            carbon_dioxide, source=BUSROOT),
    derived("wasted_carbon_dioxide", "Carbon dioxide of the energy used outside planned production time.", "kg",
            "wasted_energy × co2_kg_per_kwh", wasted_carbon_dioxide),
)  # fmt: skip
