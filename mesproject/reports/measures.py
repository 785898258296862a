"""What facts hold of a stretch of a station's time: additive measures, from which every KPI is computed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec


class Measures(msgspec.Struct, gc=False):
    """Sums over a stretch of time. Times are whole milliseconds; counts are units, as fractions where so counted.

    Time: all = shift + no shift; shift = planned + the times named by why it is not planned;
    planned = run + micro_stop + stop + planned_stop + setup + no_signal.
    """

    # Calendar and plan
    all_ms: int = 0
    shift_ms: int = 0
    optional_ms: int = 0  # in optional shifts without a run
    unattended_ms: int = 0
    no_run_ms: int = 0
    break_ms: int = 0
    holiday_ms: int = 0  # public and company holidays
    maintenance_ms: int = 0
    non_production_ms: int = 0
    planned_ms: int = 0  # planned production time
    # What became of planned production time
    run_ms: int = 0
    micro_stop_ms: int = 0
    stop_ms: int = 0  # without a cause, or with one that is not planned
    planned_stop_ms: int = 0  # stops whose cause is a planned one
    setup_ms: int = 0  # stops whose cause is a changeover, and those without one while a run is set up
    no_signal_ms: int = 0
    uncategorized_ms: int = 0  # stops without a cause, but for setup
    run_outside_ms: int = 0  # outside planned production time: what the units made then take at the least
    # Counts
    stops: int = 0  # those of stop_ms: failures
    micro_stops: int = 0
    good: float = 0.0
    bad: float = 0.0  # counted by machines or declared by hand: scrap + nonconform + rework
    scrap: float = 0.0
    nonconform: float = 0.0  # and what machines counted as bad
    rework: float = 0.0
    # Time that units are worth, and units that time is worth
    ideal_ms: float = 0.0  # ideal cycle time of all units made
    expected_ms: float = 0.0  # expected cycle time of all units made
    ideal_units: float = 0.0  # what planned production time is good for at the ideal cycle time
    target_units: float = 0.0  # the same, without stops of any kind
    expected_units: float = 0.0  # the same as ideal_units, at the expected cycle time
    # Energy and money
    kwh: float = 0.0
    kwh_outside: float = 0.0  # used outside planned production time
    value: float = 0.0  # of the good units
    lost_value: float = 0.0  # of the ideal units that are no good ones: what stops, slowness and rejects cost

    def add(self, other: Measures, names: Iterable[str] = ()) -> None:
        """Take in another stretch, or these measures of it only."""
        for name in names or FIELDS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


FIELDS = Measures.__struct_fields__


def total(parts: Iterable[Measures], names: Sequence[str] = ()) -> Measures:
    """The sum of stretches that do not overlap; of many, these measures alone are summed sooner."""
    found = Measures()
    for part in parts:
        found.add(part, names)
    return found
