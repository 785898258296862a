"""When stations mean to run: their shifts and their planned production time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Q

from production.models import JobRun, Station
from production.windows import Window, intersection, union
from scheduling.calendar import CycleShift, Shift, Version, shifts_by_version
from scheduling.models import PatternAssignment, PatternShift

# From a date on, this pattern.
Followed = tuple[date, int]


def shifts_of(stations: Sequence[Station], within: Window) -> dict[int, list[Shift]]:
    """The shifts of each station, by its id: whole, in order. Stations come with their plant (`in_place()`).

    A station's own pattern wins over its group's from the day on which the own one holds. Two queries for
    any number of stations; stations that follow the same patterns share one expansion and one list.
    """
    followed = _followed(stations)
    weeks = _weeks({pattern for versions in followed.values() for _, pattern in versions})
    known: dict[object, list[Shift]] = {}
    found = {}
    for station in stations:
        plant, versions = station.group.plant, followed[station.pk]
        key = (plant.timezone, plant.day_start, versions)
        if key not in known:
            dated = [Version(since, weeks[pattern]) for since, pattern in versions]
            known[key] = shifts_by_version(dated, tz=plant.tz, day_start=plant.day_start, within=within)
        found[station.pk] = known[key]
    return found


def planned(stations: Sequence[Station], within: Window) -> dict[int, list[Window]]:
    """The planned production time of each station inside the window, by its id, sorted and disjoint.

    In shift, and a job run covers it or the station takes all its shift time as planned. Three queries.
    """
    return planned_in(shifts_of(stations, within), stations, within)


def planned_in(
    shifts: dict[int, list[Shift]], stations: Sequence[Station], within: Window
) -> dict[int, list[Window]]:
    """Like `planned`, for a caller who knows the shifts already; one query."""
    runs = _runs([s.pk for s in stations if not s.assume_all_shift_time_planned], within)
    known: dict[int, list[Window]] = {}
    found = {}
    for station in stations:
        own = shifts[station.pk]
        # Stations of one pattern share one list of shifts: its identity spares 5,000 times the same union.
        if id(own) not in known:
            known[id(own)] = intersection((shift.window for shift in own), [within])
        in_shift = known[id(own)]
        all_planned = station.assume_all_shift_time_planned
        found[station.pk] = in_shift if all_planned else intersection(in_shift, runs[station.pk])
    return found


def next_boundary(windows: Iterable[Window], at: datetime) -> datetime | None:
    """The first start or end after an instant, or None where nothing changes any more."""
    edges = (edge for window in windows for edge in (window.start, window.end))
    return min((edge for edge in edges if edge > at), default=None)


def _followed(stations: Sequence[Station]) -> dict[int, tuple[Followed, ...]]:
    """Which pattern each station follows from which date on."""
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


def _weeks(patterns: Iterable[int]) -> dict[int, list[CycleShift]]:
    """The shifts of each pattern; empty where a pattern has none."""
    weeks: dict[int, list[CycleShift]] = {pattern: [] for pattern in patterns}
    rows = PatternShift.objects.filter(pattern__in=weeks)
    for pattern, name, weekday, start, minutes in rows.values_list(
        "pattern_id", "name", "weekday", "start_minute", "minutes"
    ):
        weeks[pattern].append(CycleShift(name, weekday, start, minutes))
    return weeks


def _runs(station_ids: Sequence[int], within: Window) -> dict[int, list[Window]]:
    """When job runs really ran on these stations; one that still runs covers the rest of the window."""
    runs: dict[int, list[Window]] = defaultdict(list)
    begun = JobRun.objects.filter(station__in=station_ids).covering(within.start, within.end)
    for station, start, end in begun.select_related(None).values_list(
        "station_id", "actual_start", "actual_end"
    ):
        runs[station].append(Window(start, end or within.end))
    return {station: union(runs[station]) for station in station_ids}
