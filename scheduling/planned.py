"""The question everything else asks: when stations mean to run.

What is written down is read, the rest is worked out from the rules: before a plan begins, beyond its horizon,
and from the last change of a rule on until a worker has written the plan anew. Both give the same answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection

from production.models import JobRun, Station
from production.windows import Window, union
from scheduling.calendar import Attendance, Shift
from scheduling.expansion import EVER, NEVER, Kind, Occurrence, Plan, PlannedSpan, expand, purposes, sewn
from scheduling.models import StationPlan
from scheduling.rules import rules_of

NOTHING = Window(EVER, EVER)
# No shift is longer, no recurring event is: further back nothing can reach into a window.
LONGEST_SHIFT, LONGEST_EVENT = timedelta(days=3), timedelta(days=32)

# Stations that follow the same pattern have the same plan: each row is read once, with all who share it.
# How far a plan is written is looked up once a station, not once a shift: hence OFFSET 0.
SHIFTS = """
SELECT array_agg(s.station_id), s.start_at, LEAST(s.end_at, p.written_until), s.name, s.team, s.day, s.attendance
FROM (SELECT * FROM scheduling_stationplan WHERE station_id = ANY(%(stations)s) OFFSET 0) p
JOIN scheduling_plannedshift s USING (station_id)
WHERE s.start_at > %(start)s - %(longest_shift)s
  AND s.start_at < %(end)s AND s.start_at < p.written_until AND s.end_at > %(start)s
GROUP BY 2, 3, 4, 5, 6, 7 ORDER BY 2, 3
"""
EVENTS = """
SELECT array_agg(i.station_id), i.start_at, LEAST(i.end_at, p.written_until), i.one_off, i.event_type, i.name,
       i.event_id, i.assignment_id, i.pattern_id
FROM scheduling_eventinstance i JOIN scheduling_stationplan p USING (station_id)
WHERE i.station_id = ANY(%(stations)s) AND NOT i.one_off AND i.start_at > %(start)s - %(longest_event)s
  AND i.start_at < %(end)s AND i.start_at < p.written_until AND i.end_at > %(start)s
GROUP BY 2, 3, 4, 5, 6, 7, 8, 9
UNION ALL
SELECT ARRAY[i.station_id], i.start_at, COALESCE(i.end_at, %(never)s), i.one_off, i.event_type, i.name,
       i.event_id, i.assignment_id, i.pattern_id
FROM scheduling_eventinstance i
WHERE i.station_id = ANY(%(stations)s) AND i.one_off
  AND i.start_at < %(end)s AND (i.end_at IS NULL OR i.end_at > %(start)s)
ORDER BY 2, 3
"""


@dataclass(slots=True)
class Timetable:
    """The shifts and events of a station; recurring events and those that were entered once, by hand."""

    shifts: list[Shift] = field(default_factory=list)
    recurring: list[Occurrence] = field(default_factory=list)
    one_offs: list[Occurrence] = field(default_factory=list)

    @property
    def events(self) -> list[Occurrence]:
        """All of them, in order."""
        return sorted([*self.recurring, *self.one_offs], key=attrgetter("window"))

    @property
    def depends_on_runs(self) -> bool:
        """Whether job runs decide if some of its time is planned."""
        return any(shift.attendance in (Attendance.BY_RUN, Attendance.OPTIONAL) for shift in self.shifts)

    def complete(
        self, known: Window | None, shifts: Sequence[Shift], recurring: Sequence[Occurrence]
    ) -> None:
        """Add what the rules say of the time before and after that which is written down."""
        known = known or NOTHING
        self.shifts = sewn(sewn(shifts, self.shifts, known.start), shifts, known.end)
        self.recurring = sewn(sewn(recurring, self.recurring, known.start), recurring, known.end)

    def touching(self, within: Window) -> Timetable:
        """Only what shares time with a window."""
        recurring, one_offs = _touching(self.recurring, within), _touching(self.one_offs, within)
        return Timetable(_touching(self.shifts, within), recurring, one_offs)

    def since(self, begin: datetime) -> Timetable:
        """Without what lies before an instant; what reaches over it is cut."""
        return Timetable(sewn([], self.shifts, begin), sewn([], self.recurring, begin), self.one_offs)


class Plans(dict[int, Plan]):
    """The plans of stations, by id, and the window that they are known for."""

    within: Window = NOTHING

    def hold(self, stations: Iterable[Station], window: Window) -> bool:
        """Whether they tell all that is planned of these stations in a window."""
        known = self.within
        inside = known.start <= window.start and window.end <= known.end
        return inside and all(station.pk in self for station in stations)


def plans(stations: Sequence[Station], within: Window) -> Plans:
    """The plan of each station (from `in_place()`) that touches the window, by its id.

    Shifts and events are whole, spans are cut to the window. For any number of stations these are two
    queries for what is written down (three where the stations come without their plans), one for job runs
    where they matter, and five where something must be worked out.
    """
    laid_out = timetables(stations, within)
    runs = _runs([pk for pk, one in laid_out.items() if one.depends_on_runs], within)
    found = Plans(_plans(laid_out, runs, within))
    found.within = within
    return found


def for_runs(stations: Sequence[Station], within: Window) -> dict[int, list[Window]]:
    """The time in which a job run would work on each station, whether or not one is there: by station id."""
    found = with_runs(stations, within)
    # Stations that share a plan share the answer.
    shared: dict[int, list[Window]] = {}
    for plan in found.values():
        if id(plan) not in shared:
            shared[id(plan)] = plan.production
    return {pk: shared[id(plan)] for pk, plan in found.items()}


def with_runs(stations: Sequence[Station], within: Window) -> dict[int, Plan]:
    """The plan of each station if a job run were there all the time; those that share one share the object."""
    laid_out = timetables(stations, within)
    always = [within]
    return _plans(laid_out, dict.fromkeys(laid_out, always), within)


def _plans(
    laid_out: Mapping[int, Timetable], runs: Mapping[int, Sequence[Window]], within: Window
) -> dict[int, Plan]:
    known: dict[object, Plan] = {}
    found = {}
    for pk, one in laid_out.items():
        covered = runs.get(pk, ())
        # What stations share are the same objects: their identity spares a plant the same work 200 times.
        key = (*map(id, one.shifts), *map(id, one.recurring), *map(id, one.one_offs), *map(id, covered))
        if key not in known:
            events = one.events
            known[key] = Plan(one.shifts, events, purposes(one.shifts, events, covered, within))
        found[pk] = known[key]
    return found


def planned(stations: Sequence[Station], within: Window) -> dict[int, list[PlannedSpan]]:
    """The disjoint spans of each station's shift time inside the window, with their kind, shift and reason."""
    return {pk: plan.spans for pk, plan in plans(stations, within).items()}


def timetables(stations: Sequence[Station], within: Window) -> dict[int, Timetable]:
    """The shifts and events of each station that touch the window, whole, in order, without asking for runs."""
    ids = [station.pk for station in stations]
    known = written_spans(stations)
    unwritten = [station for station in stations if not _covers(known.get(station.pk), within)]
    # What is cut where writing ends is sewn together again, so both halves must be looked at.
    asked = Window(within.start - LONGEST_EVENT, within.end) if unwritten else within
    found = _written(ids, asked)
    worked_out: dict[int, tuple[list[Shift], list[Occurrence]]] = {}
    rules = rules_of(unwritten) if unwritten else {}
    for station in unwritten:
        here = rules[station.pk]
        if id(here) not in worked_out:
            worked_out[id(here)] = expand(here, asked)
        found[station.pk].complete(known.get(station.pk), *worked_out[id(here)])
    return {pk: one.touching(within) for pk, one in found.items()}


def written_spans(stations: Sequence[Station]) -> dict[int, Window]:
    """From when until when each station's plan is written down.

    One query, and none where the stations come with their plans (`select_related("plan")`).
    """
    if all(Station.plan.is_cached(station) for station in stations):
        plans = {station.pk: getattr(station, "plan", None) for station in stations}
        return {pk: Window(plan.written_from, plan.written_until) for pk, plan in plans.items() if plan}
    rows = StationPlan.objects.filter(station__in=[station.pk for station in stations])
    return {pk: Window(*span) for pk, *span in rows.values_list("pk", "written_from", "written_until")}


_Part = TypeVar("_Part", Shift, Occurrence)


def _touching(parts: list[_Part], within: Window) -> list[_Part]:
    return [part for part in parts if part.window.start < within.end and part.window.end > within.start]


def _covers(known: Window | None, within: Window) -> bool:
    """Whether nothing must be worked out, not even to see whole what reaches into the window."""
    return known is not None and known.start + LONGEST_EVENT <= within.start and within.end <= known.end


def _written(ids: Sequence[int], within: Window) -> dict[int, Timetable]:
    found = {pk: Timetable() for pk in ids}
    asked: dict[str, Any] = {
        "stations": list(ids), "start": within.start, "end": within.end, "never": NEVER,
        "longest_shift": LONGEST_SHIFT, "longest_event": LONGEST_EVENT,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SHIFTS, asked)
        for stations, start, end, name, team, day, attendance in cursor.fetchall():
            shift = Shift(name, Window(start, end), day, Attendance(attendance), team)
            for pk in stations:
                found[pk].shifts.append(shift)
        cursor.execute(EVENTS, asked)
        for stations, start, end, one_off, kind, name, *refs in cursor.fetchall():
            event = Occurrence(Window(start, end), Kind(kind), name, *refs)
            for pk in stations:
                (found[pk].one_offs if one_off else found[pk].recurring).append(event)
    return found


def _runs(station_ids: Sequence[int], within: Window) -> dict[int, list[Window]]:
    """When job runs really ran on these stations; one that still runs covers the rest of the window."""
    runs: dict[int, list[Window]] = defaultdict(list)
    if not station_ids:
        return runs
    begun = JobRun.objects.filter(station__in=station_ids).covering(within.start, within.end)
    for station, start, end in begun.select_related(None).values_list(
        "station_id", "actual_start", "actual_end"
    ):
        runs[station].append(Window(start, end or within.end))
    return {station: union(runs[station]) for station in runs}
