"""Reports as Busroot answers them."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import fields

from mesproject.busroot import Paging

Perc = float | None


class TimeRange(Struct, rename="camel"):
    """A stretch of time; instants and lengths are milliseconds."""

    from_: int = field(name="from")
    to: int = 0
    duration: int = 0
    from_iso: str = ""
    to_iso: str = ""
    duration_formatted: str = ""


class Place(Struct, rename="camel", kw_only=True):
    """A station; with `aggregatewindow` a stretch of its time, too."""

    station_code: str
    station_name: str
    station_group_code: str
    station_group_name: str
    range: TimeRange | UnsetType = UNSET
    day: str | UnsetType | None = UNSET
    shift: str | UnsetType | None = UNSET


class Reliability(Struct, rename="camel"):
    """How often it ran and stood, and for how many milliseconds."""

    runnings_count: int
    stops_count: int
    total_running_time: float | None
    total_stopped_time: float | None


class StationCycles(Struct, rename="camel"):
    """Milliseconds a unit took on a station; min and max of single cycles, null where they are too many to look at."""

    station_code: str
    station_name: str
    avg: float | None
    min: float | None
    max: float | None
    quantity: float


class CycleTimes(Struct, rename="camel"):
    """Milliseconds a unit took; `default` is what was specified."""

    avg: float | None
    min: float | None
    max: float | None
    quantity: float
    default: float | None
    stations: list[StationCycles] = []


class Lost(Struct, rename="camel"):
    """A part of a loss: milliseconds, money, percent of the rung it is taken from."""

    code: str | None
    description: str
    duration: float
    cost: float | None
    percent: Perc


class Oee(Struct, rename="camel"):
    """The ladder of losses: times in milliseconds, units, percents of 0 to 100."""

    schedule_duration: float | None
    schedule_loss_duration: float | None
    schedule_perc: Perc
    production_schedule_duration: float | None
    production_schedule_loss_duration: float | None
    production_schedule_perc: Perc
    availability_duration: float | None
    availability_loss_duration: float | None
    availability_perc: Perc
    performance_target_count: float | None
    performance_target_loss_count: float | None
    performance_target_perc: Perc
    good_quality_count: float | None
    good_quality_loss_count: float | None
    good_quality_perc: Perc
    scheduled_non_production: list[Lost]
    stops: list[Lost]
    oee: Perc


class OeeWithCosts(Oee, rename="camel"):
    """The ladder with what each loss cost; null where neither unit values nor idle costs are known."""

    schedule_loss_cost: float | None
    production_schedule_loss_cost: float | None
    availability_loss_cost: float | None
    performance_target_loss_cost: float | None
    good_quality_loss_cost: float | None


class Downtime(Struct, rename="camel"):
    """A stop; `range` is its part in the time asked for."""

    type: Literal["stop"]
    station_code: str
    reason_code: str | None
    start_timestamp: int
    end_timestamp: int | None
    range: TimeRange


class DowntimeRow(Place, rename="camel", kw_only=True):
    """A station of /downtime."""

    reliability_data: Reliability
    cycle_time_analysis: CycleTimes
    oee: Oee
    downtimes: list[Downtime]


class OeeRow(Place, rename="camel", kw_only=True):
    """A station of /oee."""

    oee: OeeWithCosts


class ProductionRow(Place, rename="camel", kw_only=True):
    """What a station made of an SKU."""

    sku_code: str
    sku_name: str | None
    production_good_count: float
    production_bad_count: float
    production_ideal_count: float
    production_target_count: float


class TargetRow(Place, rename="camel", kw_only=True):
    """What a station was to make, and made. Ideal is without, target with stops subtracted; `remaining…` is to come."""

    production_good_count: float
    production_bad_count: float
    production_ideal_count: float
    production_target_count: float
    parts_goal: float
    efficiency_perc: Perc
    remaining_ideal_count: float | UnsetType = UNSET


class EnergyRow(Place, rename="camel", kw_only=True):
    """The energy a station used; money and CO2 are null where the company has no prices."""

    electrical_kwh: float
    electrical_kwh_outside_production: float
    outside_production_perc: Perc
    electrical_kwh_per_unit: float | None
    electrical_kwh_per_productive_hour: float | None
    cost: float | None = None
    co2: float | None = None


class SkuCycles(Struct, rename="camel", kw_only=True):
    """Cycle times of an SKU, in milliseconds a unit; spread is between the quartiles."""

    sku_code: str
    sku_name: str | None
    default: float | None
    avg: float | None
    min: float | None
    max: float | None
    spread: float | None
    quantity: float
    stations: list[StationCycles]


class StationWindow(Struct, rename="camel", kw_only=True):
    """A minute of a station."""

    account_id: str
    station_code: str
    window_start_at: str
    window_end_at: str
    total_ms: int
    shift_ms: int
    scheduled_production_ms: int
    scheduled_non_production_ms: int
    productive_ms: int
    downtime_ms: int
    downtime_since: str | None
    issue_ids: list[int]
    issue_reason_codes: list[str]
    line_speed_avg: float | None
    line_speed_target_avg: float | None
    rssi_avg: float | None
    production_good_count: float
    production_bad_count: float
    production_ideal_count: float
    production_target_count: float
    error_codes: list[str]
    schedule_ids: list[int]
    cycle_time_avg: float | None
    is_alive: bool
    electrical_kwh: float
    electrical_volts_avg: float | None


# Busroot's export of station windows has names of its own for the same.
EXPORT = {
    one.encode_name: "issue_time" if one.name == "downtime_ms" else one.name.replace("_ms", "_time")
    for one in fields(StationWindow)
}


class Cell(Struct, rename="camel", kw_only=True):
    """A cell of the heatmap."""

    from_: int = field(name="from")
    to: int
    state: Literal["productive", "unproductive", "no-signal", "maintenance", "out-of-shift", "future"]
    percent: Perc


class HeatRow(Place, rename="camel", kw_only=True):
    """A station's line of the heatmap."""

    cells: list[Cell]


class Interval(Struct, rename="camel", kw_only=True):
    """What was made in an interval, and what was to be."""

    from_: int = field(name="from")
    to: int
    production_good_count: float
    production_bad_count: float
    production_ideal_count: float
    production_target_count: float
    downtime_ms: int
    lost_production_cost: float | None


class IntervalRow(Place, rename="camel", kw_only=True):
    """A station's intervals."""

    intervals: list[Interval]


class Answer(Struct, rename="camel", kw_only=True):
    """Busroot's envelope; `definition` says how the numbers are meant."""

    is_success: bool = True
    results: list[Any]
    range: TimeRange
    paging: Paging | UnsetType = UNSET
    definition: dict[str, Any] | UnsetType = UNSET


class DowntimeAnswer(Answer, rename="camel", kw_only=True):
    """The envelope of /downtime."""

    results: list[DowntimeRow]


class OeeAnswer(Answer, rename="camel", kw_only=True):
    """The envelope of /oee; `total` is all stations together. Its definition is told in any case."""

    results: list[OeeRow]
    total: OeeWithCosts


class ProductionAnswer(Answer, rename="camel", kw_only=True):
    """The envelope of /production."""

    results: list[ProductionRow]


class TargetAnswer(Answer, rename="camel", kw_only=True):
    """The envelope of /target."""

    results: list[TargetRow]


class EnergyAnswer(Answer, rename="camel", kw_only=True):
    """The envelope of /energy; the prices are per kWh."""

    results: list[EnergyRow]
    price_per_kwh: float | None = None
    co2_per_kwh: float | None = None


class CycleAnswer(Answer, rename="camel", kw_only=True):
    """The envelope of /analysis/cycletime."""

    results: list[SkuCycles]


class WindowAnswer(Answer, rename="camel", kw_only=True):
    """The envelope of /station-window."""

    results: list[StationWindow]


class HeatAnswer(Answer, rename="camel", kw_only=True):
    """The envelope of /utilisation."""

    results: list[HeatRow]


class IntervalAnswer(Answer, rename="camel", kw_only=True):
    """The envelope of /interval-chart."""

    results: list[IntervalRow]
