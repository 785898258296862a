"""What a change of shifts, events and exceptions by hand means for detection."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q

from production.effects import Effect, affects, effect_of, plan_keepers
from production.models import Plant, Station
from scheduling.models import (
    EventAssignment,
    PatternAssignment,
    PatternException,
    PatternShift,
    ScheduleEvent,
    ShiftPattern,
)
from scheduling.wall_clock import shop_day_window
from scheduling.writing import rules_changed

# No clock is further from UTC, no shift that begins before a date reaches further over it.
AROUND = timedelta(days=2)


@plan_keepers.append
def _keep(stations: Collection[int], at: datetime) -> Collection[int]:
    """What was planned stays; what is planned follows the new rules."""
    return rules_changed(stations, at=at)


@affects(PatternAssignment)
def _assignment(assignment: PatternAssignment) -> Effect:
    """Those who follow, from the first day on."""
    return following([assignment], assignment.valid_from)


@affects(ShiftPattern, "shifts", "days", "anchor")
def _pattern(pattern: ShiftPattern) -> Effect:
    """Everybody who follows or followed it."""
    assignments = list(pattern.assignments.select_related("station__group__plant", "group__plant"))
    return following(assignments, min((a.valid_from for a in assignments), default=date.max))


@affects(PatternShift)
def _shift(shift: PatternShift) -> Effect:
    return _pattern(shift.pattern)


def following(assignments: list[PatternAssignment], since: date) -> Effect:
    """Those who follow by these assignments, from a day on."""
    if not assignments:
        return Effect()
    stations = {a.station_id for a in assignments if a.station_id}
    groups = {a.group_id for a in assignments if a.group_id}
    followers = Station.objects.filter(Q(pk__in=stations) | Q(group__in=groups)).values_list("pk", flat=True)
    starts = [
        shop_day_window(since, tz=plant.tz, day_start=plant.day_start).start
        for plant in {_plant_of(assignment) for assignment in assignments}
    ]
    return Effect(tuple(followers), min(starts), plan=True)


def _plant_of(assignment: PatternAssignment) -> Plant:
    group = assignment.station.group if assignment.station else assignment.group
    assert group is not None  # a constraint: one or the other
    return group.plant


@affects(EventAssignment)
def _recurring(assignment: EventAssignment) -> Effect:
    """All who follow its pattern."""
    return effect_of(assignment.pattern)


@affects(ScheduleEvent, "name", "event_type", "minutes")
def _event(event: ScheduleEvent) -> Effect:
    """All on whose patterns it recurs."""
    return joint(effect_of(one) for one in event.assignments.active().select_related("pattern"))


def joint(effects: Iterable[Effect]) -> Effect:
    """Several changes of plans as one, so that each station is written anew once."""
    found = [effect for effect in effects if effect.stations]
    if not found:
        return Effect()
    stations = {station for effect in found for station in effect.stations}
    return Effect(
        tuple(sorted(stations)),
        min(filter(None, (effect.since for effect in found)), default=None),
        plan=True,
    )


@affects(PatternException)
def _exception(row: PatternException) -> Effect:
    """Its station, or all who follow its pattern, about its date."""
    day = min(row.date, row.to_date or row.date)
    since = datetime.combine(day, time(), UTC) - AROUND
    if row.station_id:
        return Effect((row.station_id,), since, plan=True)
    effect = effect_of(row.pattern) if row.pattern else Effect()
    return replace(effect, since=max(since, effect.since)) if effect.stations and effect.since else effect
