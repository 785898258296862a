"""The rules that decide plans, read from the tables: patterns, exceptions, and the events that recur on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import Q

from production.models import Station
from scheduling.calendar import Attendance, CycleShift, DayChange, Version
from scheduling.expansion import EventRule, HolidayRule, Kind, Rules
from scheduling.holiday_days import Days
from scheduling.holiday_rules import days_by_calendar
from scheduling.models import EventAssignment, PatternAssignment, PatternException, PatternShift, ShiftPattern
from scheduling.recurrence import Recurrence, read

# Stored rules name their own start.
ANY_START = datetime.fromisoformat("2000-01-01T00:00")
# From a date on, this pattern.
Followed = tuple[date, int]


def rules_of(stations: Sequence[Station]) -> dict[int, Rules]:
    """The rules of each station (from `in_place()`), by its id; five queries for any number (six with files).

    A station's own pattern wins over its group's from the day on which the own one holds. Stations with the
    same rules share one object, so that they can share what follows from it.
    """
    followed = followed_by(stations)
    patterns, own_changes = _patterns(
        {pattern for versions in followed.values() for _, pattern in versions}, [one.pk for one in stations]
    )
    known: dict[object, Rules] = {}
    found = {}
    for station in stations:
        plant, versions, own = station.group.plant, followed[station.pk], tuple(own_changes[station.pk])
        all_planned = station.assume_all_shift_time_planned
        key = (plant.timezone, plant.day_start, all_planned, versions, own)
        if key not in known:
            known[key] = Rules(
                tz=plant.tz, day_start=plant.day_start, all_planned=all_planned,
                versions=tuple(patterns[pattern].version(since) for since, pattern in versions),
                patterns=tuple(pattern for _, pattern in versions),
                events=tuple(tuple(patterns[pattern].events) for _, pattern in versions),
                changes=own,
            )  # fmt: skip
        found[station.pk] = known[key]
    return found


def followed_by(stations: Sequence[Station]) -> dict[int, tuple[Followed, ...]]:
    """Which pattern each station follows from which date on; one query."""
    groups = {station.group_id for station in stations}
    concerned = Q(station__in=[s.pk for s in stations]) | Q(group__in=groups)
    assignments = PatternAssignment.objects.filter(concerned).order_by("valid_from")
    of_station: dict[int, list[Followed]] = defaultdict(list)
    of_group: dict[int, list[Followed]] = defaultdict(list)
    for station, group, since, pattern in assignments.values_list(
        "station_id", "group_id", "valid_from", "pattern_id"
    ):
        (of_station[station] if station else of_group[group]).append((since, pattern))
    return {s.pk: _merged(of_group.get(s.group_id, []), of_station.get(s.pk, [])) for s in stations}


def _merged(group: Sequence[Followed], own: Sequence[Followed]) -> tuple[Followed, ...]:
    """The group's patterns up to the day on which the station's own begin, then these."""
    begin = own[0][0] if own else date.max
    return (*(version for version in group if version[0] < begin), *own)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern with all that hangs on it."""

    days: int
    anchor: date
    shifts: list[CycleShift]
    changes: list[DayChange]
    events: list[EventRule | HolidayRule]

    def version(self, since: date) -> Version:
        return Version(since, self.shifts, self.days, self.anchor, self.changes)


def _patterns(
    ids: Iterable[int], stations: Sequence[int]
) -> tuple[dict[int, _Pattern], dict[int, list[DayChange]]]:
    """Each pattern with its shifts, exceptions, events and holidays; and the exceptions of single stations."""
    wanted = list(ids)
    changes, own_changes = _changes(wanted, stations)
    found = {
        pk: _Pattern(days, anchor, [], changes[pk], [])
        for pk, days, anchor in ShiftPattern.objects.filter(pk__in=wanted).values_list("pk", "days", "anchor")
    }
    columns = ("pattern_id", "name", "day", "start_minute", "minutes", "attendance", "team")
    rows = PatternShift.objects.filter(pattern__in=wanted).values_list(*columns)
    for pk, name, day, start, minutes, attendance, team in rows:
        found[pk].shifts.append(CycleShift(name, day, start, minutes, Attendance(attendance), team))
    in_use = EventAssignment.every.active().filter(pattern__in=wanted, calendar__archived_at=None)
    assignments = list(in_use.select_related("event", "calendar"))
    days = days_by_calendar({row.calendar for row in assignments if row.calendar})
    for row in assignments:
        found[row.pattern_id].events.append(_rule(row, days))
    return found, own_changes


def _rule(assignment: EventAssignment, days: Mapping[int, Days]) -> EventRule | HolidayRule:
    event = assignment.event
    if assignment.calendar_id:
        return HolidayRule(assignment.pk, event.pk, days[assignment.calendar_id])
    return EventRule(
        assignment=assignment.pk,
        event=event.pk,
        kind=Kind(event.event_type),
        name=event.name,
        starts=parsed(assignment.start_rule),
        ends=parsed(assignment.end_rule) if assignment.end_rule else None,
        length=timedelta(minutes=event.minutes) if event.minutes else None,
    )


@lru_cache(10_000)
def parsed(text: str) -> Recurrence:
    """A stored rule."""
    return read(text, default_start=ANY_START)


def _changes(
    patterns: Sequence[int], stations: Sequence[int]
) -> tuple[dict[int, list[DayChange]], dict[int, list[DayChange]]]:
    """The exceptions of patterns, and those of single stations."""
    of_pattern: dict[int, list[DayChange]] = defaultdict(list)
    of_station: dict[int, list[DayChange]] = defaultdict(list)
    concerned = Q(pattern__in=patterns) | Q(station__in=stations)
    for row in PatternException.objects.filter(concerned).order_by("pk"):
        if row.pattern_id is not None:
            of_pattern[row.pattern_id].append(_change(row))
        elif row.station_id is not None:
            of_station[row.station_id].append(_change(row))
    return of_pattern, of_station


def _change(row: PatternException) -> DayChange:
    start, minutes = row.start_minute or 0, row.minutes
    match row.action:
        case PatternException.Action.CANCELLED:
            return DayChange.cancelled(row.date, row.replaces)
        case PatternException.Action.EXTRA:
            shift = CycleShift(row.name, 0, start, minutes or 0, Attendance(row.attendance), row.team)
            return DayChange.extra(shift, row.date)
        case _:  # moved, overtime: the shift that was there, at another time
            to = row.to_date or row.date
            return DayChange.moved(row.date, row.replaces or 0, to=to, to_minute=start, minutes=minutes)
