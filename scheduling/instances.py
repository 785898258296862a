"""Each occurrence of events on stations, as it stands in the table, else as the rules say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from production.models import Station
from production.windows import Window
from scheduling.expansion import Occurrence
from scheduling.models import EventAssignment, EventInstance
from scheduling.planned import LONGEST_EVENT, timetables
from scheduling.writing import write_until


@dataclass(frozen=True, slots=True)
class Instance:
    """One occurrence. Without a `pk` it is worked out: beyond the horizon, or before anything was written."""

    pk: int | None
    station: int
    event: int
    assignment: int | None
    pattern: int | None
    event_type: str
    start_at: datetime
    end_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: EventInstance) -> Self:
        """One that stands in the table."""
        return cls(*(getattr(row, name) for name in _COLUMNS))


def instances(stations: Sequence[Station], within: Window, *, now: datetime) -> list[Instance]:
    """All that share time with the window, in order of their starts, on stations (from `in_place()`).

    What no worker has written yet is written first, up to the horizon, so that it has a number.
    """
    write_until([station.pk for station in stations], within.end, now=now)
    found = timetables(stations, within)
    rows = _rows(stations, within)
    recurring = [(pk, one) for pk, table in found.items() for one in table.recurring]
    unwritten = {one.assignment for pk, one in recurring if _key(pk, one) not in rows}
    told = _told_of(pk for pk in unwritten if pk)
    named = [_recurring(pk, one, rows, told) for pk, one in recurring]
    return sorted(
        [*named, *_one_offs(stations, within)], key=lambda one: (one.start_at, one.station, one.pk or 0)
    )


_Key = tuple[int, int | None, datetime]
# Number, end, made, changed.
_Row = tuple[int | None, datetime | None, datetime, datetime]
_COLUMNS = (
    "id", "station_id", "event_id", "assignment_id", "pattern_id", "event_type", "start_at", "end_at",
    "created_at", "updated_at",
)  # fmt: skip


def _key(station: int, one: Occurrence) -> _Key:
    return station, one.assignment, one.window.start


def _rows(stations: Sequence[Station], within: Window) -> dict[_Key, _Row]:
    near = EventInstance.objects.filter(
        station__in=[station.pk for station in stations], one_off=False,
        start_at__gt=within.start - LONGEST_EVENT, start_at__lt=within.end, end_at__gt=within.start,
    )  # fmt: skip
    columns = ("station_id", "assignment_id", "start_at", "pk", "end_at", "created_at", "updated_at")
    return {(station, of, at): tuple(rest) for station, of, at, *rest in near.values_list(*columns)}


def _told_of(assignments: Iterable[int]) -> dict[int, _Row]:
    """Of what is worked out: when its assignment was made and changed."""
    ids = list(assignments)
    rows = EventAssignment.every.filter(pk__in=ids).values_list("pk", "created_at", "updated_at")
    return {pk: (None, None, made, changed) for pk, made, changed in rows} if ids else {}


def _recurring(station: int, one: Occurrence, rows: dict[_Key, _Row], told: dict[int, _Row]) -> Instance:
    pk, end, made, changed = rows.get(_key(station, one)) or told[one.assignment or 0]
    # A row is whole; a timetable ends where writing does.
    return Instance(
        pk, station, one.event, one.assignment, one.pattern, one.kind.value, one.window.start,
        end or one.window.end, made, changed,
    )  # fmt: skip


def _one_offs(stations: Sequence[Station], within: Window) -> list[Instance]:
    rows: Any = EventInstance.objects.filter(station__in=[station.pk for station in stations], one_off=True)
    return [Instance(*row) for row in rows.overlapping(within).values_list(*_COLUMNS)]
