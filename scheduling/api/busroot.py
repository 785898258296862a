"""Busroot's shift patterns over HTTP: /api/shift-pattern and /api/shift. What its manual leaves open is
decided in docs/busroot.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from django.http import HttpResponse
from django.utils.timezone import now
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from mesproject.accounts.callers import Caller
from mesproject.accounts.models import ApiKey
from mesproject.busroot import BadValue, BusrootView, decoded
from production.models import Station
from scheduling.followers import followers_of
from scheduling.models import PatternShift, ShiftPattern
from scheduling.weeks import BadWeek, Wanted, archive, change_week, make_week

MOST_SHIFTS = 500
# Hours are decimal; with two places 06:20 is 6.33, which is 12 seconds off.
TOLERANCE_MINUTES = 0.35
STEP = 5

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class ShiftIn(msgspec.Struct, forbid_unknown_fields=True):
    """A shift as it is sent; it may be told by either of the names that Busroot uses."""

    id: Id | None = None
    shiftId: Id | None = None  # noqa: N815
    name: Name | None = None
    shiftName: Name | None = None  # noqa: N815
    startHour: float | None = None  # noqa: N815
    duration: float | None = None
    weekDay: Annotated[int, msgspec.Meta(ge=0, le=7)] | None = None  # noqa: N815
    shiftPatternId: Id | None = None  # noqa: N815


class WeekIn(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /shift."""

    shiftPatternId: Id | None = None  # noqa: N815
    title: Name | None = None
    shifts: Annotated[list[ShiftIn], msgspec.Meta(max_length=MOST_SHIFTS)] = []
    deleteShifts: Annotated[list[Id], msgspec.Meta(max_length=MOST_SHIFTS)] = []  # noqa: N815


_week = msgspec.json.Decoder(WeekIn)


class WeekView(BusrootView):
    """A view that knows how a week is refused."""

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """A bad week is a bad value."""
        others = super().get_exception_handler()

        def handler(error: Exception, context: dict[str, Any]) -> Response | None:
            if isinstance(error, BadWeek):
                error = BadValue(error.field, error.reason)
            return others(error, context)

        return handler


class ShiftPatternsView(WeekView):
    """GET /shift-pattern: the patterns in use."""

    def get(self, request: Request) -> Response:
        """All of the company's, with their shifts."""
        patterns = ShiftPattern.objects.of(self.key(ApiKey.Scope.READ).company).active()
        rows = patterns.select_related("company").prefetch_related("shifts")
        return Response({"isSuccess": True, "results": [pattern_out(row) for row in rows]})


class ShiftPatternView(WeekView):
    """DELETE /shift-pattern/{id}."""

    def delete(self, request: Request, shift_pattern: int) -> HttpResponse:
        """Archive it, unless groups or stations follow it."""
        key = self.key(ApiKey.Scope.WRITE)
        archive(_pattern(key, shift_pattern), at=now())
        return HttpResponse(status=204)


class ShiftView(WeekView):
    """POST /shift: make a pattern with its shifts, or change one."""

    def post(self, request: Request) -> Response:
        """Everything that was asked, or nothing."""
        key = self.key(ApiKey.Scope.WRITE)
        asked = decoded(request, _week)
        pattern = _made(key, asked) if asked.shiftPatternId is None else _changed(key, asked)
        shifts = [shift_out(row) for row in pattern.shifts.order_by("day", "start_minute")]
        return Response({"isSuccess": True, "result": {"shifts": shifts, "shiftPatternId": pattern.pk}})


def _made(key: Caller, asked: WeekIn) -> ShiftPattern:
    if asked.title is None:
        raise BadWeek("title", "A new pattern needs a title; to change one, send its shiftPatternId.")
    if asked.deleteShifts:
        raise BadWeek("deleteShifts", "A new pattern has no shifts to delete.")
    for number, shift in enumerate(asked.shifts):
        if shift.id is not None or shift.shiftId is not None:
            raise BadWeek(f"shifts[{number}].id", "A shift of a new pattern has no id yet; leave it out.")
    return make_week(key.company, title=_title(asked.title), shifts=_wanted(asked))


def _changed(key: Caller, asked: WeekIn) -> ShiftPattern:
    pattern = _pattern(key, asked.shiftPatternId)
    title = None if asked.title is None else _title(asked.title)
    shifts, without = _wanted(asked), list(dict.fromkeys(asked.deleteShifts))
    change_week(pattern, title=title, shifts=shifts, without=without, at=now())
    return pattern


def _pattern(key: Caller, pk: int | None) -> ShiftPattern:
    """A pattern that this key may change: one limited to some stations must not move the plans of others."""
    pattern = ShiftPattern.objects.of(key.company).active().filter(pk=pk).first()
    if pattern is None:
        raise NotFound(f"There is no shift pattern {pk}.")
    if key.station_codes:
        followers = Station.objects.filter(pk__in=followers_of([pattern.pk]))
        if followers.exclude(code__in=key.station_codes).exists():
            raise PermissionDenied("Stations follow this pattern that this API key may not name.")
    return pattern


def _title(text: str) -> str:
    if not text.strip():
        raise BadWeek("title", "A title has at least one letter.")
    return text.strip()


def _wanted(asked: WeekIn) -> list[Wanted]:
    return [_one(asked, shift, f"shifts[{number}]") for number, shift in enumerate(asked.shifts)]


def _one(asked: WeekIn, shift: ShiftIn, where: str) -> Wanted:
    if shift.shiftPatternId not in (None, asked.shiftPatternId):
        raise BadWeek(f"{where}.shiftPatternId", "A shift cannot move to another pattern.")
    name = _either(shift.name, shift.shiftName, f"{where}.name")
    return Wanted(
        id=_either(shift.id, shift.shiftId, f"{where}.id"),
        name=None if name is None else _named(name, f"{where}.name"),
        day=None if shift.weekDay is None else (shift.weekDay - 1) % 7,
        start_minute=_minutes(shift.startHour, f"{where}.startHour", "from 0 to below 24", 0, 24 * 60 - STEP),
        minutes=_minutes(shift.duration, f"{where}.duration", "above 0 up to 24", STEP, 24 * 60),
    )


_Value = TypeVar("_Value")


def _either(one: _Value | None, other: _Value | None, where: str) -> _Value | None:
    """A value under one of its two names."""
    if one is not None and other is not None and one != other:
        raise BadWeek(where, "It is said twice, and differently.")
    return other if one is None else one


def _named(name: str, where: str) -> str:
    if not name.strip():
        raise BadWeek(where, "A name has at least one letter.")
    return name.strip()


def _minutes(hours: float | None, where: str, allowed: str, least: int, most: int) -> int | None:
    """Decimal hours as minutes, in steps of five."""
    if hours is None:
        return None
    minutes = round(hours * 60 / STEP) * STEP if abs(hours) < 1000 else most + STEP
    if not least <= minutes <= most:
        raise BadWeek(where, f"It is in hours, {allowed}; this is {hours:g}.")
    if abs(hours * 60 - minutes) > TOLERANCE_MINUTES:
        raise BadWeek(where, f"Shifts have steps of five minutes (0.0833 hours); this is {hours:g}.")
    return minutes


def pattern_out(pattern: ShiftPattern) -> dict[str, Any]:
    """A pattern as Busroot shows it; of a cycle that is no week, the shifts have no weekday."""
    rows = sorted(pattern.shifts.all(), key=lambda row: (row.day, row.start_minute))
    both = [{**shift_out(row), "id": row.pk, "name": row.name} for row in rows]
    if not pattern.is_weekly:
        both = [{**shift, "weekDay": None} for shift in both]
    return {
        "accountId": pattern.company.code,
        "title": pattern.title,
        "id": pattern.pk,
        "code": pattern.code,
        "duration": _hours(sum(row.minutes for row in rows)),
        "startHour": _hours(min(row.start_minute for row in rows)) if rows else None,
        "endHour": _hours(max(row.start_minute + row.minutes for row in rows)) if rows else None,
        "shifts": both,
    }


def shift_out(row: PatternShift) -> dict[str, Any]:
    """A shift as POST /shift answers it; Sunday is 0."""
    return {
        "shiftId": row.pk,
        "startHour": _hours(row.start_minute),
        "duration": _hours(row.minutes),
        "shiftName": row.name,
        "shiftPatternId": row.pattern_id,
        "weekDay": (row.day + 1) % 7,
    }


def _hours(minutes: int) -> float:
    """Decimal hours; whole ones without a fraction."""
    return minutes // 60 if minutes % 60 == 0 else round(minutes / 60, 4)
