"""The schedule in Busroot's words."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mesproject.busroot import Codes, Paging
from mesproject.resources import text

Moment = Annotated[
    datetime, Meta(tz=True, description="An instant with its offset, as 2026-03-11T12:00:00Z.")
]
Quantity = Annotated[float, Meta(gt=0, le=1_000_000_000, description="Good units.")]
PaceMs = Annotated[int, Meta(ge=1, le=2**31 - 1, description="Milliseconds for a unit.")]

SetupMs = Annotated[int, Meta(ge=0, le=2**31 - 1, description="Milliseconds that setting up takes.")]


class ScheduleQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which runs."""

    rangecode: Annotated[
        str | None, Meta(description="What shares time with this; without, what runs and what is to come.")
    ] = None
    plantcode: Annotated[str | None, Meta(description="A plant's code.")] = None
    stationcodes: Codes = None
    scheduleids: Annotated[str | None, Meta(description="Ids with commas between them.")] = None
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many: 1 to 1,000.")] = 1000
    skip: Annotated[int, Meta(ge=0, le=100_000, description="How many to leave out first.")] = 0


class Planning(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """What is planned; what is left out stays as it is."""

    sku_code: text(32) | UnsetType = UNSET  # type: ignore[valid-type]
    sku_group_code: text(32) | UnsetType = UNSET  # type: ignore[valid-type]
    work_order_reference: text(64, 0) | UnsetType = UNSET  # type: ignore[valid-type]
    planned_start_at: Moment | UnsetType | None = UNSET
    planned_end_at: Moment | UnsetType | None = UNSET
    planned_quantity: Quantity | UnsetType | None = UNSET
    cycle_time: PaceMs | UnsetType | None = UNSET
    auto_start: bool | UnsetType = UNSET
    auto_end: bool | UnsetType = UNSET
    auto_end_on_quantity_complete: bool | UnsetType = UNSET
    start_program: text(64, 0) | UnsetType = UNSET  # type: ignore[valid-type]
    extend_shift: bool | UnsetType = UNSET
    is_prioritised: bool | UnsetType = UNSET
    start_in_setup: bool | UnsetType = UNSET
    expected_setup_duration: SetupMs | UnsetType | None = UNSET


class ScheduleIn(Planning, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A new run; with `actualStartAt` it has begun, with `actualEndAt` it is over. Or a reason why nothing is made."""

    station_code: text(32)  # type: ignore[valid-type]
    actual_start_at: Moment | None = None
    actual_end_at: Moment | None = None
    non_production_reason_code: text(50) | UnsetType = UNSET  # type: ignore[valid-type]


class ScheduleChange(Planning, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """What is planned otherwise; the station only until it begins."""

    station_code: text(32) | UnsetType = UNSET  # type: ignore[valid-type]


class At(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """When it happened; without, now."""

    at: Moment | None = None


class Together(msgspec.Struct, rename="camel"):
    """An SKU that is made together with others."""

    sku_code: str
    production_multiplier: float


class Worked(msgspec.Struct, rename="camel"):
    """Somebody who was signed on at the station while it went on; the duration in milliseconds."""

    initials: str
    name: str
    duration: int


class Schedule(msgspec.Struct, rename="camel", kw_only=True):
    """A run: planned, running or done; or time for something else. What has no meaning here is null."""

    id: int
    account_id: str
    station_code: str
    station_name: str
    work_order_reference: str | None = None
    sku_code: str | None = None
    sku_name: str | None = None
    sku_value: float | None = None
    sku_group_code: str | None = None
    sku_group_name: str | None = None
    skus: list[Together] = []
    operators: list[Worked] = []
    planned_start_at: str | None = None
    planned_start_at_timestamp: int | None = None
    planned_end_at: str | None = None
    planned_end_at_timestamp: int | None = None
    planned_duration: int | None = None
    planned_quantity: float | None = None
    actual_start_at: str | None = None
    actual_start_at_timestamp: int | None = None
    actual_end_at: str | None = None
    actual_end_at_timestamp: int | None = None
    start_in_setup: bool = False
    is_in_setup: bool = False
    setup_end_at: str | None = None
    setup_end_at_timestamp: int | None = None
    expected_setup_duration: int | None = None
    effective_expected_setup_duration: int | None = None
    is_started: bool = False
    is_ended: bool = False
    quantity_good: float | None = 0.0
    quantity_bad: float | None = 0.0
    ideal_quantity: float | None = 0.0
    cycle_time: int | None = None
    units_per_minute: float | None = None
    units_per_hour: float | None = None
    effective_cycle_time: int | None = None
    effective_units_per_minute: float | None = None
    effective_units_per_hour: float | None = None
    batch_size: float | None = None
    effective_batch_size: float | None = None
    effective_minimum_cycle_time: int | None = None
    downtime_duration_threshold_multiplier: float | None = None
    auto_start: bool = False
    auto_end: bool = False
    auto_end_on_quantity_complete: bool = False
    start_program: str = ""
    priority_at: str | None = None
    is_prioritised: bool = False
    expected_start_at: str | None = None
    expected_end_at: str | None = None
    expected_quantity: float | None = None
    due_at: str | None = None
    standing: str | None = None
    performance_ideal: float | None = None
    performance_actual: float | None = None
    performance_mode_from: str = "schedule"
    extend_shift: bool = False
    allow_schedule_cut_short: bool = True
    non_production_reason_code: str | None = None
    non_production_reason_description: str | None = None
    line_speed_target: None = None
    effective_line_speed_target: None = None
    deleted_at: None = None
    logs: list[Any] = []


class SchedulesAnswer(msgspec.Struct, rename="camel", kw_only=True):
    """The envelope of a list."""

    is_success: bool = True
    results: list[Schedule]
    paging: Paging


class ScheduleAnswer(msgspec.Struct, rename="camel", kw_only=True):
    """The envelope of one."""

    is_success: bool = True
    result: Schedule
