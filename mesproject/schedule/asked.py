"""What programs say of a schedule, as runs: codes become rows, or a refusal that names the value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from msgspec import UNSET
from rest_framework.exceptions import NotFound

from downtime.api.busroot_asked import named
from mesproject.accounts.callers import Caller
from mesproject.busroot import OFFSET, BadValue, codes_of
from mesproject.schedule import non_production
from mesproject.schedule.non_production import FIRST_ID
from mesproject.schedule.reading import WITH
from mesproject.schedule.shapes import Planning, ScheduleQuery
from production import planning
from production.models import JobRun, Plant, Sku, SkuGroup, Station
from production.windows import Window
from scheduling.calendar import Shift
from scheduling.models import EventInstance
from scheduling.rangecode import BadRange, Clock, resolve
from scheduling.shifts_around import shifts_around

# How the values of a plan are called in the model, where nothing has to be looked up.
TAKEN = {
    "planned_start_at": "planned_start", "planned_end_at": "planned_end", "planned_quantity": "planned_quantity",
    "cycle_time": "cycle_time_ms", "auto_start": "starts_by_plan", "auto_end": "ends_by_plan",
    "auto_end_on_quantity_complete": "ends_on_quantity", "start_program": "start_program",
    "extend_shift": "extends_shift",
    "start_in_setup": "starts_in_setup", "expected_setup_duration": "expected_setup_ms",
}  # fmt: skip
# And how the model's fields are called by programs.
CALLED = {
    "planned_start": "plannedStartAt", "planned_end": "plannedEndAt", "planned_quantity": "plannedQuantity",
    "cycle_time_ms": "cycleTime", "starts_by_plan": "autoStart", "ends_by_plan": "autoEnd",
    "ends_on_quantity": "autoEndOnQuantityComplete", "start_program": "startProgram", "sku": "skuCode",
    "sku_group": "skuGroupCode", "actual_end": "actualEndAt", "job": "workOrderReference",
    "starts_in_setup": "startInSetup", "expected_setup_ms": "expectedSetupDuration",
}  # fmt: skip


def runs_of(caller: Caller) -> QuerySet[JobRun]:
    """The runs that this caller may know of, with everything that is told of them."""
    found = JobRun.objects.of(caller.company).select_related(*WITH)
    return found.filter(station__code__in=list(caller.station_codes)) if caller.station_codes else found


def run_of(caller: Caller, number: int) -> JobRun:
    """One of them."""
    found = runs_of(caller).filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise NotFound(f"There is no schedule {number}.")
    return found


def other_of(caller: Caller, number: int) -> EventInstance:
    """Time for something else, by its id."""
    found = (
        non_production.instances_of(caller).filter(pk=number - FIRST_ID).first() if number < 2**63 else None
    )
    if found is None:
        raise NotFound(f"There is no schedule {number}.")
    return found


def station_of(caller: Caller, code: str) -> Station:
    """A station in use that may be planned."""
    found = named(caller, code)
    if found is None:
        raise BadValue("stationCode", f"There is no station {code}.")
    return found


def plan(caller: Caller, run: JobRun, asked: Planning, *, at: datetime) -> None:
    """Let a run be planned as it is asked; what is left out stays."""
    if asked.is_prioritised is not UNSET:
        run.prioritised_at = (run.prioritised_at or at) if asked.is_prioritised else None
    said = (asked.sku_code, asked.sku_group_code, asked.work_order_reference)
    if any(value is not UNSET for value in said):
        of, order = _product(caller, run, asked), asked.work_order_reference
        known = run.job.name if run.job else ""
        planning.product(caller.company, run, of=of, order=known if order is UNSET else order)
    for name, field in TAKEN.items():
        if (value := getattr(asked, name)) is not UNSET:
            setattr(run, field, value)


def _product(caller: Caller, run: JobRun, asked: Planning) -> Sku | SkuGroup:
    if asked.sku_code is not UNSET and asked.sku_group_code is not UNSET:
        raise BadValue("skuGroupCode", "Give skuCode or skuGroupCode, not both.")
    if asked.sku_group_code is not UNSET:
        group = SkuGroup.objects.of(caller.company).filter(code=asked.sku_group_code).first()
        if group is None:
            raise BadValue("skuGroupCode", f"There is no SKU group {asked.sku_group_code}.")
        return group
    if asked.sku_code is not UNSET:
        sku = Sku.objects.of(caller.company).filter(code=asked.sku_code, archived_at=None).first()
        if sku is None:
            raise BadValue("skuCode", f"There is no SKU {asked.sku_code}.")
        return sku
    there = run.sku_group or run.effective_sku
    if there is None:
        raise BadValue("skuCode", "Give skuCode or skuGroupCode.")
    return there


# Lists


def listed(
    caller: Caller, query: ScheduleQuery, *, at: datetime
) -> tuple[QuerySet[JobRun], QuerySet[EventInstance]]:
    """What a query asks for, each in the order of its time: runs, and time for something else."""
    stations, window = _stations(caller, query), _window(caller, query, at)
    rows = runs_of(caller).filter(station__in=stations)
    others = non_production.instances_of(caller).filter(station__in=stations)
    if query.scheduleids is not None:
        ids = _ids(query.scheduleids)
        rows = rows.filter(pk__in=ids)
        others = others.filter(pk__in=[number - FIRST_ID for number in ids if number > FIRST_ID])
    if window is not None:
        rows = rows.filter(_touching(window))
    elif query.scheduleids is None:
        rows = rows.filter(actual_end=None)
    if window is not None or query.scheduleids is None:
        others = non_production.touching(others, window, at=at)
    return rows.order_by("actual_start", "planned_start", "pk"), others


def _stations(caller: Caller, query: ScheduleQuery) -> QuerySet[Station]:
    rows = Station.objects.of(caller.company).in_place()
    if caller.station_codes:
        rows = rows.filter(code__in=list(caller.station_codes))
    if query.plantcode is not None:
        rows = rows.filter(group__plant=_plant(caller, query.plantcode))
    codes = codes_of("stationcodes", query.stationcodes)
    if codes:
        _check("station", codes, rows.filter(code__in=_plain(codes)).values_list("code", flat=True))
        rows = rows.filter(code__in=codes)
    return rows


def _plain(codes: Sequence[str]) -> list[str]:
    return [code for code in codes if "\x00" not in code]


def _check(what: str, codes: Sequence[str], known: Any) -> None:
    there = set(known)
    if missing := next((code for code in codes if code not in there), None):
        raise NotFound(f"There is no {what} {missing[:64]}.")


def _plant(caller: Caller, code: str) -> Plant:
    plant = None if "\x00" in code else Plant.objects.of(caller.company).filter(code=code).first()
    if plant is None:
        raise NotFound(f"There is no plant {code[:64]}.")
    return plant


def _ids(text: str) -> list[int]:
    codes = codes_of("scheduleids", text)
    if bad := next((code for code in codes if not (code.isascii() and code.isdecimal())), None):
        raise BadValue("scheduleids", f"“{bad[:64]}” is no id.")
    return [number for number in map(int, codes) if number < 2**63]


def _window(caller: Caller, query: ScheduleQuery, at: datetime) -> Window | None:
    """The time of a range, on the clock of the stations' plant; none where nobody asks for one."""
    if query.rangecode is None:
        return None
    stations = list(_stations(caller, query)[:1000])
    clocks = {Clock(station.plant.tz, station.plant.day_start) for station in stations}
    if len(clocks) > 1:
        raise BadValue("plantcode", "These stations have several clocks. Say whose: give plantcode.")

    def shifts() -> list[Shift]:
        return shifts_around(stations, at)

    try:
        clock = clocks.pop() if clocks else Clock(ZoneInfo("UTC"), time())
        return resolve(OFFSET.sub("+", query.rangecode), now=at, clock=clock, shifts=shifts).window
    except BadRange as error:
        raise BadValue("rangecode", str(error)) from None


def _touching(window: Window) -> Q:
    """Runs that share time with a window, by when they ran, else by when they are planned."""
    ran = Q(actual_start__lt=window.end) & (Q(actual_end=None) | Q(actual_end__gt=window.start))
    planned = Q(actual_start=None, planned_start__lt=window.end)
    planned &= Q(planned_end__gt=window.start) | Q(planned_end=None, planned_start__gte=window.start)
    return ran | planned
