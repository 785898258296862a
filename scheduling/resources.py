"""What is planned, over Busroot's dialect: reasons of time without production, and who follows which pattern."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.timezone import now
from rest_framework.request import Request

from mesproject.accounts.callers import Caller
from mesproject.busroot import BadValue, Clash
from mesproject.resource_views import OneView
from mesproject.resources import Column, Resource, text, told
from production import effects
from production.models import Plant, Station, StationGroup
from production.resources import PLANT, STATION, STATION_GROUP, apply, archived
from scheduling.api.busroot import pattern_out
from scheduling.api.busroot_shapes import BusrootPattern, BusrootPatternShift
from scheduling.events import archive
from scheduling.models import EventType, PatternAssignment, ScheduleEvent, ShiftPattern
from scheduling.wall_clock import shop_day

# Reasons of planned time without production

Kind = Literal["non-production", "maintenance"]


def _reasons(caller: Caller, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Breaks and holidays belong to patterns; of the others those with a code."""
    kinds = [EventType.NON_PRODUCTION, EventType.MAINTENANCE]
    return rows.filter(event_type__in=kinds).exclude(code="")


NON_PRODUCTION_REASON = Resource(
    name="non-production-reason", title="non-production reason", model=ScheduleEvent,
    columns={
        "code": Column("code", text(50), required=True, once=True),
        "description": Column("name", text(64), required=True),
        "type": Column("event_type", Kind),
        "accountId": told("company__code", str),
        "createdAt": told("created_at", datetime),
        "updatedAt": told("updated_at", datetime),
        "archivedAt": Column("archived_at", datetime | None, take=archived),
    },
    filters={"codes": ("code", "codes")},
    archives=True,
    rows=_reasons,
    base=lambda caller: {"company": caller.company, "event_type": EventType.NON_PRODUCTION},
    effects=apply,
)  # fmt: skip


class ReasonOneView(OneView):
    """One of them; deleted means put away with whatever still recurs under it."""

    def delete(self, request: Request, code: str) -> HttpResponse:
        """What happened keeps it."""
        archive(self.resource.one(self.allowed("delete", self.resource.label), code), at=now())
        return HttpResponse(status=204)


# Who follows which pattern

WHICH = {"shiftPatternId": int | None}
PATTERN = {"shiftPattern": BusrootPattern | None, "shifts": list[BusrootPatternShift]}


def following(resource: Resource, of: str) -> Resource:
    """A resource of stations or of groups (`of`), with the pattern that each follows by its own right, and with the
    shifts that it has, where a station follows its group.

    It is told as of today, and a change holds from today on.
    """

    def finish(caller: Caller, shown: list[dict[str, Any]]) -> None:
        if resource.finish:
            resource.finish(caller, shown)
        followed = Followed(caller)
        for row in shown:
            row["shiftPatternId"] = own = followed.own(of, row)
            pattern = followed.patterns.get(own or followed.of_group(row) or 0)
            row |= {"shiftPattern": pattern, "shifts": pattern["shifts"] if pattern else []}

    def parts(caller: Caller, row: Any, said: Mapping[str, Any]) -> None:
        if resource.parts:
            resource.parts(caller, row, said)
        if "shiftPatternId" in said:
            _follow(caller, row, of, said["shiftPatternId"])

    return replace(
        resource, finish=finish, parts=parts, extra={**resource.extra, **WHICH, **PATTERN},
        part_types={**resource.part_types, **WHICH},
    )  # fmt: skip


class Followed:
    """Which pattern each station and each group of a company follows today, by the codes of its plant and its own."""

    def __init__(self, caller: Caller) -> None:
        days = {one.code: _today(one, now()) for one in Plant.objects.of(caller.company)}
        rows = PatternAssignment.objects.of(caller.company).order_by("valid_from").values_list(
            "station__group__plant__code", "station__code", "group__plant__code", "group__code", "valid_from",
            "pattern_id",
        )  # fmt: skip
        self._found = {
            ("station", at, station) if station else ("group", plant, group): pattern
            for at, station, plant, group, since, pattern in rows
            if since <= days[at or plant]
        }
        used = ShiftPattern.objects.filter(pk__in=set(self._found.values())).select_related("company")
        self.patterns = {row.pk: pattern_out(row) for row in used.prefetch_related("shifts")}

    def own(self, of: str, row: Mapping[str, Any]) -> int | None:
        """The one that a station or a group follows by its own right."""
        return self._found.get((of, row["plantCode"], row["code"]))

    def of_group(self, row: Mapping[str, Any]) -> int | None:
        """The one of the group that a station is in."""
        return self._found.get(("group", row["plantCode"], row.get("groupCode", "")))


def _today(plant: Plant, at: datetime) -> date:
    return shop_day(at, tz=ZoneInfo(plant.timezone), day_start=plant.day_start)


def _follow(caller: Caller, row: Station | StationGroup, of: str, pattern: int | None) -> None:
    at = now()
    mine = PatternAssignment.objects.filter(**{of: row})
    if pattern is None:
        if mine.exists():
            raise Clash(
                "shiftPatternId", "Who has followed a pattern of its own goes on to another, not to none."
            )
        return
    found = ShiftPattern.objects.of(caller.company).active().filter(pk=pattern).first()
    if found is None:
        raise BadValue("shiftPatternId", f"There is no shift pattern {pattern}.")
    today = _today(row.plant, at)
    if (
        last := mine.filter(valid_from__lte=today).order_by("valid_from").last()
    ) and last.pattern_id == pattern:
        return
    made = mine.filter(valid_from=today).first() or PatternAssignment(valid_from=today, **{of: row})
    made.pattern = found
    made.save()
    effects.apply([effects.effect_of(made)], at=at)


# What stands in what

STATIONS = following(STATION, "station")
GROUPS_OF_PLANTS = replace(following(STATION_GROUP, "group"), name="group-of-plant")


def _with_groups(caller: Caller, shown: list[dict[str, Any]]) -> None:
    assert PLANT.finish
    PLANT.finish(caller, shown)
    rows = GROUPS_OF_PLANTS.of(caller).filter(plant__code__in=[row["code"] for row in shown]).order_by("code")
    found = defaultdict(list)
    for group in GROUPS_OF_PLANTS.listed(caller, rows):
        found[group["plantCode"]].append(group)
    for row in shown:
        row["stationGroups"] = found[row["code"]]


def _with_stations(caller: Caller, shown: list[dict[str, Any]]) -> None:
    assert GROUPS_OF_PLANTS.finish
    GROUPS_OF_PLANTS.finish(caller, shown)
    rows = STATIONS.of(caller).filter(archived_at=None, group__code__in=[row["code"] for row in shown])
    found = defaultdict(list)
    for station in STATIONS.listed(caller, rows.order_by(*STATIONS.order)):
        found[station["plantCode"], station["groupCode"]].append(station)
    for row in shown:
        row["stations"] = found[row["plantCode"], row["code"]]


_GroupsOut: Any = GROUPS_OF_PLANTS.struct("Out")
_StationsOut: Any = STATIONS.struct("Out")
PLANTS = replace(PLANT, finish=_with_groups, extra={**PLANT.extra, "stationGroups": list[_GroupsOut]})
GROUPS = replace(
    GROUPS_OF_PLANTS, name=STATION_GROUP.name, finish=_with_stations,
    extra={**GROUPS_OF_PLANTS.extra, "stations": list[_StationsOut]},
)  # fmt: skip
