"""What stands in the plant and what is made, over Busroot's dialect: plant, station group, station, SKU, SKU group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.timezone import now
from msgspec import Meta

from mesproject.accounts.callers import Caller
from mesproject.busroot import BadValue
from mesproject.resources import PLAIN, Column, Ms, Number, Resource, text, told
from production import effects
from production.models import File, Plant, SignOn, Sku, SkuGroup, SkuGroupMember, Station, StationGroup

Hours = Annotated[
    float, Meta(ge=0, le=24, description="Decimal hours on the plant's clock; 24 is read as 0.")
]
Instant = datetime | None


def apply(before: Any, after: Any, fields: Sequence[str], at: datetime) -> None:
    """What a change means for detection, as in the admin."""
    rows = [row for row in (before, after) if row is not None]
    changed = fields if before is not None and after is not None else None
    effects.apply([effects.effect_of(row, changed) for row in rows], at=at)


def apply_to_station(before: Any, after: Any, fields: Sequence[str], at: datetime) -> None:
    """The same; a station that comes back is looked at at once."""
    if "archived_at" in fields:
        effects.apply([effects.Effect((after.pk,))], at=at)
    else:
        apply(before, after, fields, at)


def _hours(value: time) -> float:
    return round(value.hour + value.minute / 60, 4)


def _day_start(caller: Caller, hours: float) -> time:
    minutes = round(hours * 60) % (24 * 60)
    if abs(hours * 60 - round(hours * 60)) > 0.35:
        raise BadValue("dayStartHour", f"A day begins at a whole minute; this is {hours:g} hours.")
    return time(minutes // 60, minutes % 60)


def archived(caller: Caller, value: None) -> None:
    """Only null can be sent: it brings back what was archived."""


def _group(caller: Caller, code: str) -> StationGroup:
    groups = list(in_a_plant(StationGroup.objects.of(caller.company), code).select_related("plant")[:2])
    if len(groups) == 1:
        return groups[0]
    if groups:
        raise BadValue("groupCode", f"Several plants have a group {code[:64]}. Say which: plant:{code[:64]}.")
    raise BadValue("groupCode", f"There is no station group {code[:64]}.")


def in_a_plant(rows: QuerySet[Any], code: str) -> QuerySet[Any]:
    """Groups by their code, or by `plant:code` where several plants have such a group."""
    plant, _, name = code.rpartition(":")
    found = rows.filter(code=name)
    return found.filter(plant__code=plant) if plant else found


def _plant(caller: Caller, code: str) -> Plant:
    plant = Plant.objects.of(caller.company).filter(code=code).first()
    if plant is None:
        raise BadValue("plantCode", f"There is no plant {code[:64]}.")
    return plant


def _by_the_clock(caller: Caller, shown: list[dict[str, Any]]) -> None:
    at = now()
    for row in shown:
        row["now"] = at


PLANT = Resource(
    name="plant", title="plant", model=Plant,
    columns={
        "code": Column("code", text(55), required=True, once=True),
        "name": Column("name", text(128), required=True),
        "timezone": Column("timezone", text(64), required=True),
        "dayStartHour": Column("day_start", Hours, _hours, _day_start),
        "accountId": told("company__code", str),
    },
    filters={"plantcode": ("code", "code"), "stationcodes": ("groups__stations__code", "codes")},
    within="groups__stations__code",
    finish=_by_the_clock,
    extra={"now": datetime},
    effects=apply,
)  # fmt: skip


# What Busroot says of groups and of stations, and what has no meaning here: told as it is so, and not taken.
OF_GROUPS = {"allowScheduleStationFlexibility": False, "createdAt": None, "updatedAt": None}
OF_STATIONS: dict[str, Any] = {
    "allowScheduleStationFlexibility": False, "allowInterruptionMode": False,
    "allowScheduleCutShort": True, "lineSpeedTarget": None, "slowDurationThreshold": None,
    "electricalPowerNominalKw": None, "speedScale": None, "speedOffset": None, "speedToProductionRatio": None,
    "idleCostPerMinute": None, "moduleVisibility": [], "updatedAt": None,
}  # fmt: skip


def _types(constants: Mapping[str, Any]) -> dict[str, Any]:
    return {name: type(value) for name, value in constants.items()}


def _complete(caller: Caller, shown: list[dict[str, Any]]) -> None:
    for row in shown:
        row |= OF_GROUPS


def _with_ad_hoc(caller: Caller, rows: QuerySet[Any]) -> QuerySet[Any]:
    allowing = Station.objects.active().filter(group=OuterRef("pk"), allow_ad_hoc=True)
    return rows.annotate(ad_hoc=Exists(allowing))


STATION_GROUP = Resource(
    name="station-group", title="station group", model=StationGroup,
    columns={
        "code": Column("code", text(55), required=True, once=True),
        "name": Column("name", text(128), required=True),
        "plantCode": Column("plant__code", text(55), take=_plant, into="plant", required=True),
        "plantTimezone": told("plant__timezone", str),
        "allowQuickScheduleStart": told("ad_hoc", bool),
    },
    filters={
        "plantcode": ("plant__code", "code"), "stationgroupcodes": ("code", "codes"),
        "stationcodes": ("stations__code", "codes"),
    },
    order=("plant__code", "code", "pk"),
    within="stations__code",
    find=in_a_plant,
    base=lambda caller: {},
    rows=_with_ad_hoc,
    finish=_complete,
    extra=_types(OF_GROUPS),
    effects=apply,
)  # fmt: skip

Mode = Literal["production_cycle", "utilisation", "process_speed", "power", "off"]
Counter = Literal["delta", "reset", "rollover"]
# By what Busroot calls the signal that tells work from silence.
StatusMode = Literal["production_signal", "productive_signal", "line_speed", "electrical_usage", "off"]
STATUS_MODES: dict[str, StatusMode] = {
    "production_cycle": "production_signal", "utilisation": "productive_signal", "process_speed": "line_speed",
    "power": "electrical_usage", "off": "off",
}  # fmt: skip


def _rate(of: int) -> Callable[[int | None], float | None]:
    """The same pace in units per so many milliseconds."""
    return lambda pace: of / pace if pace else None


def _pace(of: int) -> Callable[[Caller, float | None], int | None]:
    """Back to a cycle time, to the nearest millisecond; more than one each is none that is known."""
    return lambda caller, rate: None if rate is None else round(max(1, min(of / rate, 2**31 - 1)))


Rate = Annotated[float, Meta(gt=0, le=60_000)]
Rates = Annotated[float, Meta(gt=0, le=3_600_000)]


def _with_who_is_there(caller: Caller, shown: list[dict[str, Any]]) -> None:
    here = SignOn.objects.of(caller.company).at(now())
    initials = dict(here.values_list("station__code", "operator__initials"))
    for row in shown:
        row |= {"currentOperatorInitials": initials.get(row["code"]), **OF_STATIONS}


STATION = Resource(
    name="station", title="station", model=Station,
    columns={
        "code": Column("code", text(32), required=True, once=True),
        "name": Column("name", text(128), required=True),
        "groupCode": Column("group__code", text(120), take=_group, into="group", required=True),
        "groupName": told("group__name", str),
        "plantCode": told("group__plant__code", str),
        "timezone": told("group__plant__timezone", str),
        "accountId": told("company__code", str),
        "machineRef": told("machine_ref", int),
        "uuid": told("uuid", str, str),
        "erpId": Column("erp_id", text(64, 0)),
        "position": Column("position", Annotated[int, Meta(ge=0, le=32_767)]),
        "forceAllShiftTimeAsPlannedProduction": Column("assume_all_shift_time_planned", bool),
        "allowQuickScheduleStart": Column("allow_ad_hoc", bool),
        "downtimeDetectionMode": Column("detection", Mode),
        "productiveStatusMode": told("detection", StatusMode, STATUS_MODES.__getitem__),
        "cycleTime": Column("cycle_time_ms", Ms),
        "unitsPerMinute": Column("cycle_time_ms", Rate, _rate(60_000), _pace(60_000)),
        "unitsPerHour": Column("cycle_time_ms", Rates, _rate(3_600_000), _pace(3_600_000)),
        "downtimeDurationThresholdMultiplier": Column("stop_multiplier", Number),
        "utilisationDowntimeThreshold": Column("utilisation_threshold_ms", Ms),
        "lineSpeedStoppedThreshold": Column("speed_threshold", Number),
        "electricalUsageStoppedThresholdKw": Column("power_threshold_kw", Number),
        "minimumCycleTime": Column("minimum_cycle_time_ms", Ms),
        "productiveHoldOnTime": Column("hold_on_ms", Ms),
        "microStopDuration": Column("micro_stop_ms", Ms),
        "heartbeat": Column("heartbeat_ms", Ms | None),
        "allowManualProduction": Column("counted_by_hand", bool),
        "counter": Column("counter", Counter),
        "counterModulus": Column("counter_modulus", Annotated[int, Meta(ge=2, le=2**62)] | None),
        "maxUnitsPerMinute": Column("max_units_per_minute", Number | None),
        "statusCode": told("live__status", str | None),
        "statusCodeUpdatedAt": told("live__since", Instant),
        "createdAt": told("created_at", datetime),
        "archivedAt": Column("archived_at", Instant, take=archived),
    },
    filters={
        "plantcode": ("group__plant__code", "code"), "stationgroupcodes": ("group__code", "codes"),
        "stationcodes": ("code", "codes"),
    },
    order=("group__plant__code", "group__code", "position", "code"),
    within="code",
    archives=True,
    finish=_with_who_is_there,
    extra={"currentOperatorInitials": str | None, **_types(OF_STATIONS)},
    effects=apply_to_station,
    either=("cycleTime", "unitsPerMinute", "unitsPerHour"),
)  # fmt: skip


def _value(caller: Caller, value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _instructions(caller: Caller, code: str | None) -> File | None:
    if code is None:
        return None
    found: File | None = File.objects.of(caller.company).filter(code=code).first()
    if found is None:
        raise BadValue("instructionsFileCode", f"There is no file {code[:64]}.")
    return found


class Specification(msgspec.Struct, forbid_unknown_fields=True):
    """What an ERP keeps with an SKU: a name and a value, for people."""

    name: Annotated[str, Meta(min_length=1, max_length=64, pattern=PLAIN)]
    value: Annotated[str, Meta(max_length=255, pattern=PLAIN)]


SKU = Resource(
    name="sku", title="SKU", model=Sku,
    columns={
        "code": Column("code", text(32), required=True, once=True),
        "name": Column("name", text(128), required=True),
        "cycleTime": Column("cycle_time_ms", Ms | None),
        "unitsPerMinute": Column("cycle_time_ms", Rate | None, _rate(60_000), _pace(60_000)),
        "unitsPerHour": Column("cycle_time_ms", Rates | None, _rate(3_600_000), _pace(3_600_000)),
        "minimumCycleTime": Column("minimum_cycle_time_ms", Ms | None),
        "downtimeDurationThresholdMultiplier": Column("stop_multiplier", Number | None),
        "batchSize": Column("units_per_count", Number),
        "value": Column("value", Number | None, lambda value: None if value is None else float(value), _value),
        "lineSpeedTarget": Column("line_speed_target", Number | None),
        "allowUseInQuickSchedule": Column("allow_ad_hoc", bool),
        "specifications": Column(
            "specifications", Annotated[list[Specification], Meta(max_length=50)],
            take=lambda caller, rows: msgspec.to_builtins(rows),
        ),
        "instructionsUrl": Column("instructions_url", text(200, 0)),
        "instructionsFileCode": Column(
            "instructions__code", text(64) | None, take=_instructions, into="instructions"
        ),
        "archivedAt": Column("archived_at", Instant, take=archived),
    },
    filters={"skucodes": ("code", "codes")},
    archives=True,
    effects=apply,
    either=("cycleTime", "unitsPerMinute", "unitsPerHour"),
)  # fmt: skip


class Member(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """How many of an SKU one cycle of its group makes."""

    sku_code: Annotated[str, Meta(min_length=1, max_length=32, pattern=PLAIN)]
    production_multiplier: Annotated[float, Meta(gt=0, le=1_000_000)] = 1


def _with_members(caller: Caller, shown: list[dict[str, Any]]) -> None:
    members = SkuGroupMember.objects.of(caller.company).filter(group__code__in=[row["code"] for row in shown])
    found = defaultdict(list)
    for group, sku, multiplier in members.order_by("sku__code").values_list(
        "group__code", "sku__code", "multiplier"
    ):
        found[group].append({"skuCode": sku, "productionMultiplier": multiplier})
    for row in shown:
        row["skus"] = found[row["code"]]


def _members(caller: Caller, group: SkuGroup, said: Mapping[str, Any]) -> None:
    """The whole list takes the place of what was; one by one, so that each change is on record."""
    if "skus" not in said:
        return
    wanted = {one.sku_code: one.production_multiplier for one in said["skus"]}
    skus = {sku.code: sku for sku in Sku.objects.of(caller.company).filter(code__in=list(wanted))}
    if missing := next((code for code in wanted if code not in skus), None):
        raise BadValue("skus", f"There is no SKU {missing[:64]}.")
    there = {member.sku.code: member for member in group.members.select_related("sku")}
    for code in there.keys() - wanted.keys():
        there[code].delete()
    for code, multiplier in wanted.items():
        member = there.get(code) or SkuGroupMember(group=group, sku=skus[code])
        if member.pk is None or member.multiplier != multiplier:
            member.multiplier = multiplier
            member.save()


SKU_GROUP = Resource(
    name="sku-group", title="SKU group", model=SkuGroup,
    columns={
        "code": Column("code", text(32), required=True, once=True),
        "name": Column("name", text(128), required=True),
        "defaultCycleTime": Column("default_cycle_time_ms", Annotated[int, Meta(ge=1, le=43_200_000)] | None),
    },
    finish=_with_members,
    extra={"skus": list[Member]},
    parts=_members,
    part_types={"skus": Annotated[list[Member], Meta(max_length=500)]},
)  # fmt: skip
