"""Who follows a shift pattern: whose plans move when it is changed, and who would be left without one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from production.models import Station, StationGroup
from scheduling.models import PatternAssignment
from scheduling.wall_clock import shop_day


def followers_of(patterns: Iterable[int]) -> list[int]:
    """The ids of all stations that follow one of these patterns, will, or once did."""
    assignments = PatternAssignment.objects.filter(pattern__in=list(patterns))
    stations, groups = assignments.exclude(station=None), assignments.exclude(group=None)
    concerned = Q(pk__in=stations.values("station")) | Q(group__in=groups.values("group"))
    return list(Station.objects.filter(concerned).order_by("pk").values_list("pk", flat=True))


def still_following(pattern: int, *, at: datetime) -> list[str]:
    """The codes of the groups and stations that follow this pattern now or from a later day on."""
    mine = PatternAssignment.objects.filter(pattern=pattern)
    same = Q(group__in=mine.exclude(group=None).values("group")) | Q(
        station__in=mine.exclude(station=None).values("station")
    )
    rows = PatternAssignment.objects.filter(same).select_related(
        "group__plant", "station__group__plant", "station", "group"
    )
    by_follower: dict[tuple[str, int], list[PatternAssignment]] = defaultdict(list)
    for row in rows.order_by("valid_from"):
        by_follower[("station", row.station_id) if row.station_id else ("group", row.group_id or 0)].append(
            row
        )
    return sorted(_code(rows[0]) for rows in by_follower.values() if pattern in _now_or_later(rows, at))


def _now_or_later(rows: list[PatternAssignment], at: datetime) -> set[int]:
    """The patterns of one follower's assignments, in order of their days, that are not over."""
    plant = _group(rows[0]).plant
    today = shop_day(at, tz=plant.tz, day_start=plant.day_start)
    begun = [row.pattern_id for row in rows if row.valid_from <= today]
    return {*begun[-1:], *(row.pattern_id for row in rows if row.valid_from > today)}


def _group(row: PatternAssignment) -> StationGroup:
    group = row.station.group if row.station else row.group
    assert group is not None  # a constraint: one or the other
    return group


def _code(row: PatternAssignment) -> str:
    return (row.station or _group(row)).code
