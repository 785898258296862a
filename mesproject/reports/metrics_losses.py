"""What was lost and where: Busroot's ladder of losses, the six big losses, units and money. Pure.

The ladder goes down from all time: schedule, production schedule, availability, performance, quality. Its five
ratios multiply to TEEP, its last three to OEE. What is put outside availability is lost on the rung above.
"""

from __future__ import annotations

from dataclasses import dataclass

from mesproject.reports.definition import (
    ACCEPTED,
    BASE,
    REJECTED,
    RUNNING,
    SCHEDULED,
    SETUP,
    STANDING,
    Definition,
    of,
)
from mesproject.reports.measures import Measures
from mesproject.reports.metric import (
    BUSROOT,
    HOUR_MS,
    SIX_LOSSES,
    Compute,
    Metric,
    Unit,
    additive,
    derived,
    ratio,
)
from mesproject.reports.metrics_factors import FACTORS, quality

# What target_units count: planned production time without stops.
MOVING = of("run_ms", "micro_stop_ms", "no_signal_ms")


def schedule_loss(m: Measures, d: Definition) -> float:
    """Time without a plan."""
    return m.all_ms - d.scheduled.value(m, d)


def production_schedule_loss(m: Measures, d: Definition) -> float:
    """Planned time that is not for production, and what the definition puts outside."""
    return d.scheduled.value(m, d) - d.base.value(m, d)


def availability_loss(m: Measures, d: Definition) -> float:
    """Planned time that the station was not at work."""
    return d.base.value(m, d) - d.running.value(m, d)


def speed_loss(m: Measures, d: Definition) -> float:
    """Time at work beyond the ideal time of what was made; below 0 where it was faster."""
    return d.running.value(m, d) - m.ideal_ms


def productive(m: Measures, d: Definition) -> float | None:
    """Ideal time of the good units."""
    good = quality(m, d)
    return m.ideal_ms * good if good is not None else (0.0 if m.good == m.bad == 0 else None)


def quality_loss(m: Measures, d: Definition) -> float | None:
    """Ideal time of the units rejected."""
    found = productive(m, d)
    return None if found is None else m.ideal_ms - found


def performance_target(m: Measures, d: Definition) -> float | None:
    """Units that the time at work was good for."""
    moving = MOVING.value(m, d)
    return m.target_units * d.running.value(m, d) / moving if moving > 0 else None


def performance_loss(m: Measures, d: Definition) -> float | None:
    """Units that slowness cost; below 0 where it was faster."""
    target = performance_target(m, d)
    return None if target is None else target - m.good - m.bad


def availability_lost_units(m: Measures, d: Definition) -> float | None:
    """Units that standing still cost: Busroot's ideal less its target."""
    if m.planned_ms <= 0:
        return None
    return m.ideal_units * d.base.value(m, d) / m.planned_ms - (performance_target(m, d) or 0.0)


def lost_units(m: Measures, d: Definition) -> float | None:
    """All that was asked for and is not good."""
    if m.planned_ms <= 0:
        return None
    return m.ideal_units * d.base.value(m, d) / m.planned_ms - d.accepted.value(m, d)


def breakdowns(m: Measures, d: Definition) -> float:
    """Availability's loss that is neither setup nor micro-stops."""
    return availability_loss(m, d) - d.setup.value(m, d) - d.standing.value(m, d)


def idle_cost(lost: float | None, d: Definition) -> float | None:
    """What a time without production costs."""
    return None if lost is None or d.idle_cost_per_hour is None else lost / HOUR_MS * d.idle_cost_per_hour


def _is_valued(m: Measures) -> bool:
    """Whether anything that ran or was planned has a value: a sum of unknown values is not 0 but no answer."""
    return bool(m.value or m.lost_value)


def production_value(m: Measures, _d: Definition) -> float | None:
    """What the good units are worth; None without values."""
    return m.value if _is_valued(m) else None


def lost_production_cost(m: Measures, _d: Definition) -> float | None:
    """What the ideal units are worth that are no good ones; None without values."""
    return m.lost_value if _is_valued(m) else None


def value_cost(lost: float | None, m: Measures, d: Definition) -> float | None:
    """A lost time's part of the lost value, which planned time not turned into good units cost; None without values."""
    fruit = productive(m, d)
    if lost is None or fruit is None or not _is_valued(m):
        return None
    wasted = m.planned_ms - fruit
    if wasted <= 0:
        return None if wasted else 0.0
    return lost * m.lost_value / wasted


def availability_cost(m: Measures, d: Definition) -> float | None:
    """By the value of the units not made, else by the cost of idle time."""
    lost = availability_loss(m, d)
    by_value = value_cost(lost, m, d)
    return by_value if by_value is not None else idle_cost(lost, d)


_IDLE = "{} × idle_cost_per_hour / 1 h"
_VALUE = "{} × lost_value / (planned_ms − productive_time)"


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: what is left, what was lost, the share left, and what the loss cost."""

    name: str
    unit: Unit
    value: float | None
    loss: float | None
    percent: float | None  # a fraction
    cost: float | None


@dataclass(frozen=True, slots=True)
class _Step:
    value: Metric
    loss: Metric
    percent: Metric
    cost: Metric


_FACTOR = {metric.name: metric for metric in FACTORS}


def _cost(name: str, formula: str, compute: Compute) -> Metric:
    meaning = f"What the loss of {name.replace('_', ' ')} cost."
    return derived(f"{name}_cost", meaning, "money", formula, compute, source=BUSROOT, also="value")


_SCHEDULE = _Step(
    derived("schedule", "Time with a plan, be it for production or not.", "ms", SCHEDULED.text, SCHEDULED.value,
            source=BUSROOT, busroot="scheduleDuration"),
    derived("schedule_loss", "Time without a plan: outside shifts, on holidays, without a job.", "ms",
            f"all_ms − {SCHEDULED.text}", schedule_loss, source=BUSROOT, busroot="scheduleLossDuration"),
    ratio("schedule_ratio", "Share of all time with a plan.", SCHEDULED, of("all_ms"), source=BUSROOT,
          busroot="schedulePerc"),
    _cost("schedule", _IDLE.format("schedule_loss"), lambda m, d: idle_cost(schedule_loss(m, d), d)),
)  # fmt: skip
_PRODUCTION = _Step(
    derived("production_schedule", "Time planned for production, as availability is a share of.", "ms", BASE.text,
            BASE.value, source=BUSROOT, busroot="productionScheduleDuration"),
    derived("production_schedule_loss", "Time planned for breaks, maintenance and the like, and what the definition "
            "puts outside availability.", "ms", f"{SCHEDULED.text} − {BASE.text}", production_schedule_loss,
            source=BUSROOT, busroot="productionScheduleLossDuration"),
    ratio("production_schedule_ratio", "Share of the time with a plan that is for production.", BASE, SCHEDULED,
          source=BUSROOT, busroot="productionSchedulePerc"),
    _cost("production_schedule", _IDLE.format("production_schedule_loss"),
          lambda m, d: idle_cost(production_schedule_loss(m, d), d)),
)  # fmt: skip
_AVAILABILITY = _Step(
    derived("availability_time", "Time at work in planned production time.", "ms", RUNNING.text, RUNNING.value,
            source=BUSROOT, busroot="availabilityDuration"),
    derived("availability_loss", "Planned time that the station was not at work.", "ms",
            f"{BASE.text} − {RUNNING.text}", availability_loss, source=BUSROOT, busroot="availabilityLossDuration"),
    _FACTOR["availability"],
    _cost("availability", f"{_VALUE}, without values {_IDLE}".format("availability_loss", "availability_loss"),
          availability_cost),
)  # fmt: skip
_PERFORMANCE = _Step(
    derived("performance_target", "Units that the time at work was good for.", "units",
            f"target_units × {RUNNING.text} / {MOVING.text}", performance_target, source=BUSROOT,
            busroot="performanceTargetCount"),
    derived("performance_loss", "Units that slowness cost; below 0 where the station was faster than ideal.", "units",
            "performance_target − good − bad", performance_loss, source=BUSROOT,
            busroot="performanceTargetLossCount"),
    _FACTOR["performance"],
    _cost("performance", _VALUE.format("speed_loss"), lambda m, d: value_cost(speed_loss(m, d), m, d)),
)  # fmt: skip
_QUALITY = _Step(
    derived("quality_count", "Units that count as good.", "units", ACCEPTED.text, ACCEPTED.value, source=BUSROOT,
            busroot="goodQualityCount"),
    derived("quality_loss", "Units that do not.", "units", REJECTED.text, REJECTED.value, source=BUSROOT,
            busroot="goodQualityLossCount"),
    _FACTOR["quality"],
    _cost("quality", _VALUE.format("quality_loss_time"), lambda m, d: value_cost(quality_loss(m, d), m, d)),
)  # fmt: skip

_STEPS = {
    "schedule": _SCHEDULE, "production_schedule": _PRODUCTION, "availability": _AVAILABILITY,
    "performance": _PERFORMANCE, "quality": _QUALITY,
}  # fmt: skip

LADDER: tuple[Metric, ...] = tuple(
    metric
    for step in _STEPS.values()
    for metric in (step.value, step.loss, step.percent, step.cost)
    if metric.name not in _FACTOR
)

SIX_BIG_LOSSES: tuple[Metric, ...] = (
    derived("breakdown_loss", "Time of stops and silence within availability, neither setup nor micro-stops.", "ms",
            f"availability_loss − setup_loss − {STANDING.text}", breakdowns, source=SIX_LOSSES),
    derived("setup_loss", "Time of setup and adjustment within availability.", "ms", SETUP.text, SETUP.value,
            source=SIX_LOSSES),
    additive("minor_stop_loss", "Time of micro-stops.", "ms", of("micro_stop_ms"), source=SIX_LOSSES),
    additive("reduced_speed_loss", "Time at work beyond the ideal time of what was made; below 0 where the station "
             "was faster.", "ms", of("run_ms", less=["ideal_ms"]), source=SIX_LOSSES),
    derived("defect_loss", "Ideal time of the units rejected, those of startup among them.", "ms",
            "quality_loss_time", quality_loss, source=SIX_LOSSES),
    derived("startup_loss", "Ideal time of the units rejected while starting up. No signal tells them apart, so "
            "there is no answer.", "ms", "not measured", lambda _m, _d: None, source=SIX_LOSSES),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SixLosses:
    """Nakajima's, in milliseconds; they add up to what lies between planned time and the ideal time of good units."""

    breakdowns: float
    setup: float
    minor_stops: float
    reduced_speed: float
    defects: float
    startup: float


def six_losses(m: Measures, d: Definition, *, startup_bad: float = 0.0) -> SixLosses | None:
    """The six, where it is known how many units were rejected while starting up; None where quality is unknown."""
    bad = quality_loss(m, d)
    if bad is None:
        return None
    startup = m.ideal_ms * startup_bad / (m.good + m.bad) if startup_bad else 0.0
    return SixLosses(
        breakdowns(m, d), d.setup.value(m, d), m.micro_stop_ms, m.run_ms - m.ideal_ms, bad - startup, startup
    )


LOST: tuple[Metric, ...] = (
    derived("productive_time", "Ideal time of the good units: what OEE leaves of planned time.", "ms",
            "ideal_ms × quality", productive),
    derived("speed_loss", "Time at work beyond the ideal time of what was made.", "ms", f"{RUNNING.text} − ideal_ms",
            speed_loss),
    derived("quality_loss_time", "Ideal time of the units rejected.", "ms", "ideal_ms − productive_time",
            quality_loss),
    derived("availability_lost_units", "Units that standing still cost.", "units",
            f"ideal_units × {BASE.text} / planned_ms − performance_target", availability_lost_units, source=BUSROOT),
    derived("lost_units", "Units asked for at the ideal pace that are not good, for whatever reason.", "units",
            f"ideal_units × {BASE.text} / planned_ms − {ACCEPTED.text}", lost_units, source=BUSROOT),
    derived("production_value", "Value of the good units; no answer where no unit's value is known.", "money",
            "value", production_value, also="lost_value"),
    derived("lost_production_cost", "Value of the units that stops, slowness and rejects cost; no answer where no "
            "unit's value is known.", "money", "lost_value", lost_production_cost, source=BUSROOT, also="value"),
)  # fmt: skip


def ladder(m: Measures, d: Definition) -> tuple[Rung, ...]:
    """The five rungs, from all time down to good units."""
    return tuple(
        Rung(
            name, step.value.unit, step.value.compute(m, d), step.loss.compute(m, d), step.percent.compute(m, d),
            step.cost.compute(m, d),
        )
        for name, step in _STEPS.items()
    )  # fmt: skip
