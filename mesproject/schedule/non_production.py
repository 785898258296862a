"""Time that is planned for something else, in the schedule's words: one-off events with a reason.

They begin and end by plan; one without an end lasts until somebody ends it.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from msgspec import UNSET

from mesproject.accounts.callers import Caller
from mesproject.busroot import MS, BadValue, iso, ms
from mesproject.schedule.shapes import Planning, Schedule, ScheduleIn
from production.planning import FIRST, FURTHEST, HasBegun
from production.windows import Window
from scheduling import one_offs
from scheduling.events import enter_once
from scheduling.models import EventInstance, EventType, ScheduleEvent

# Their ids follow those that runs will ever have.
FIRST_ID = 1 << 40
KINDS = (EventType.NON_PRODUCTION, EventType.MAINTENANCE)


def instances_of(caller: Caller) -> QuerySet[EventInstance]:
    """Those that this caller may know of."""
    found = EventInstance.objects.of(caller.company).filter(one_off=True, event_type__in=KINDS)
    found = found.select_related("station__group__plant__company", "event").order_by("start_at", "pk")
    return found.filter(station__code__in=list(caller.station_codes)) if caller.station_codes else found


def touching(
    rows: QuerySet[EventInstance], window: Window | None, *, at: datetime
) -> QuerySet[EventInstance]:
    """Those that share time with a window; without one, those that go on or are to come."""
    begun = rows if window is None else rows.filter(start_at__lt=window.end)
    return begun.filter(Q(end_at=None) | Q(end_at__gt=at if window is None else window.start))


def plan(caller: Caller, asked: ScheduleIn, station: object, *, at: datetime) -> EventInstance:
    """Enter one; what is said of a product has no meaning with it."""
    code, start, end = asked.non_production_reason_code, asked.planned_start_at, asked.planned_end_at
    if (
        asked.sku_code is not UNSET
        or asked.sku_group_code is not UNSET
        or asked.planned_quantity not in (UNSET, None)
    ):
        raise BadValue("nonProductionReasonCode", "Nothing is made in it: leave out SKUs and quantities.")
    reasons = ScheduleEvent.objects.of(caller.company).filter(event_type__in=KINDS, archived_at=None)
    reason = reasons.exclude(code="").filter(code=code).first()
    if reason is None:
        raise BadValue("nonProductionReasonCode", f"There is no non-production reason {code}.")
    if not isinstance(start, datetime):
        raise BadValue("plannedStartAt", "plannedStartAt is required.")
    ended = end if isinstance(end, datetime) else None
    _check(start, ended, at)
    [made] = enter_once(reason, [station], start=start, end=ended, by=str(caller), at=at)  # type: ignore[list-item]
    return made


def change(caller: Caller, one: EventInstance, asked: Planning, *, at: datetime) -> None:
    """Let it end at another time."""
    said = [name for name in asked.__struct_fields__ if getattr(asked, name) is not UNSET]
    if said != ["planned_end_at"]:
        raise BadValue(
            "plannedEndAt", "Of non-production only plannedEndAt can be changed. Withdraw it and plan anew."
        )
    end = asked.planned_end_at
    ended = end if isinstance(end, datetime) else None
    _check(one.start_at, ended, at)
    one_offs.end_at(one, ended, by=str(caller), at=at)


def end(caller: Caller, one: EventInstance, *, at: datetime) -> None:
    """End it, where it goes on then; a second time changes nothing."""
    if one.start_at >= at:
        raise BadValue("at", "It has not begun by then.")
    if one.end_at is None or one.end_at > at:
        one_offs.end_at(one, at, by=str(caller), at=at)


def withdraw(caller: Caller, one: EventInstance, *, at: datetime) -> None:
    """Take back what has not begun."""
    if one.start_at <= at:
        raise HasBegun
    one_offs.take_back([one], by=str(caller), at=at)


def _check(start: datetime, end: datetime | None, at: datetime) -> None:
    for name, value in (("plannedStartAt", start), ("plannedEndAt", end)):
        if value is not None and not FIRST <= value <= at + FURTHEST:
            raise BadValue(name, "This lies too far away: years are from 2000 to five from now.")
    if end is not None and end <= start:
        raise BadValue("plannedEndAt", "The planned end must be after the planned start.")


def shown(one: EventInstance, *, at: datetime) -> Schedule:
    """One of them as a schedule in which nothing is made."""
    station, begun = one.station, one.start_at <= at
    over = one.end_at is not None and one.end_at <= at
    end, start = one.end_at, one.start_at
    return Schedule(
        id=FIRST_ID + one.pk, account_id=station.plant.company.code, station_code=station.code,
        station_name=station.name, planned_start_at=iso(start), planned_start_at_timestamp=ms(start),
        planned_end_at=iso(end) if end else None, planned_end_at_timestamp=ms(end) if end else None,
        planned_duration=(end - start) // MS if end else None, is_started=begun, is_ended=over,
        actual_start_at=iso(start) if begun else None, actual_start_at_timestamp=ms(start) if begun else None,
        actual_end_at=iso(end) if over and end else None, actual_end_at_timestamp=ms(end) if over and end else None,
        auto_start=True, auto_end=end is not None, non_production_reason_code=one.event.code or None,
        non_production_reason_description=one.name,
    )  # fmt: skip
