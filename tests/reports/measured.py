"""Measures that hold together, as facts would have them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from hypothesis import strategies as st

from mesproject.reports.definition import Definition
from mesproject.reports.measures import Measures

MINUTE = 60_000

# Every way in which plants define OEE differently.
DEFINITIONS = [
    Definition(
        oee_base=base, planned_stops=stops, changeover=setup, no_signal=silence, micro_stops=micro,
        optional_shifts=optional, rework=rework, performance_cap=cap,
    )
    for base, stops, setup, silence, micro, optional, rework, cap in product(
        ("planned", "shift", "all"), ("inside", "outside"), ("inside", "outside"), ("inside", "outside"),
        ("availability", "performance"), ("when_used", "planned"), ("bad", "good"), (None, 1.0),
    )
]  # fmt: skip


def make_measures(**known) -> Measures:
    """Measures of one kind of unit; whatever contains other times is at least as long as they are."""
    m = Measures(**known)
    m.planned_ms = m.planned_ms or (
        m.run_ms + m.micro_stop_ms + m.stop_ms + m.planned_stop_ms + m.setup_ms + m.no_signal_ms
    )
    pauses = m.optional_ms + m.unattended_ms + m.no_run_ms + m.break_ms + m.holiday_ms + m.maintenance_ms
    m.shift_ms = m.shift_ms or m.planned_ms + pauses + m.non_production_ms
    m.all_ms = m.all_ms or m.shift_ms
    return m


def variant(**chosen) -> Definition:
    """Ours, but for what is chosen."""
    return replace(Definition(), **chosen)


MS = st.integers(0, 10_000_000)
UNITS = st.integers(0, 5_000)


@st.composite
def histories(draw) -> Measures:
    """Any stretch of a station's time, of one ideal cycle time."""
    spans = (
        "run_ms", "micro_stop_ms", "stop_ms", "planned_stop_ms", "setup_ms", "no_signal_ms", "optional_ms",
        "unattended_ms", "no_run_ms", "break_ms", "holiday_ms", "maintenance_ms", "non_production_ms",
    )  # fmt: skip
    m = make_measures(**{name: draw(MS) for name in spans})
    m.all_ms = m.shift_ms + draw(MS)
    m.uncategorized_ms, m.run_outside_ms = draw(st.integers(0, m.stop_ms)), draw(st.integers(0, 1000))
    m.stops, m.micro_stops = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    m.scrap, m.nonconform, m.rework = (float(draw(UNITS)) for _ in range(3))
    m.good, m.bad = float(draw(UNITS)), m.scrap + m.nonconform + m.rework
    cycle = draw(st.sampled_from([250, 1_000, 60_000]))
    made = m.good + m.bad
    m.ideal_ms, m.expected_ms = made * cycle, made * cycle * 1.1
    m.ideal_units, m.expected_units = m.planned_ms / cycle, m.planned_ms / cycle / 1.1
    m.target_units = (m.run_ms + m.micro_stop_ms + m.no_signal_ms) / cycle
    m.kwh_outside = draw(st.floats(0, 100))
    m.kwh, m.value = m.kwh_outside + draw(st.floats(0, 100)), m.good * 10
    m.lost_value = max(0.0, m.ideal_units - m.good) * 10
    return m
