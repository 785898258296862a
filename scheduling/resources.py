"""What is planned, over Busroot's dialect: reasons of time without production, and who follows which pattern."""

from __future__ import annotations

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
from production.resources import apply, archived
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

PATTERN = {"shiftPatternId": int | None}


def following(resource: Resource, of: str) -> Resource:
    """A resource of stations or of groups (`of`), with the pattern that each follows by its own right.

    It is told as of today, and a change holds from today on.
    """

    def finish(caller: Caller, shown: list[dict[str, Any]]) -> None:
        if resource.finish:
            resource.finish(caller, shown)
        found = followed(caller, of)
        for row in shown:
            row["shiftPatternId"] = found.get((row["plantCode"], row["code"]))

    def parts(caller: Caller, row: Any, said: Mapping[str, Any]) -> None:
        if resource.parts:
            resource.parts(caller, row, said)
        if "shiftPatternId" in said:
            _follow(caller, row, of, said["shiftPatternId"])

    return replace(
        resource, finish=finish, parts=parts, extra={**resource.extra, **PATTERN},
        part_types={**resource.part_types, **PATTERN},
    )  # fmt: skip


def followed(caller: Caller, of: str) -> dict[tuple[str, str], int]:
    """The pattern of each station or group, by the codes of its plant and its own, as of today."""
    plant = f"{of}__group__plant" if of == "station" else f"{of}__plant"
    rows = PatternAssignment.objects.of(caller.company).exclude(**{of: None}).order_by("valid_from")
    days: dict[str, date] = {one.code: _today(one, now()) for one in Plant.objects.of(caller.company)}
    return {
        (code, name): pattern
        for code, name, since, pattern in rows.values_list(
            f"{plant}__code", f"{of}__code", "valid_from", "pattern_id"
        )
        if since <= days[code]
    }


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
