"""Writing plans down ahead, and again after a change of rules: only what changed, never the past.

A plan is written exactly as `planned` answers, so a worker that is late or killed changes no answer.
Everything here may run twice, overlap, or be killed anywhere: each portion of stations is one transaction.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from production.live import look_again
from production.models import Station
from production.windows import Window, total
from scheduling import written
from scheduling.models import Recomputation, StationPlan
from scheduling.planned import LONGEST_EVENT, plans, timetables

# How far ahead plans are written, and by how much that may fall short before they are written on.
HORIZON, SLACK = timedelta(days=400), timedelta(days=1)
# What a change of rules writes down at once, so that the next change finds the time between them written.
AT_ONCE = timedelta(days=2)
# A plan begins this long before the station's first signal: further back than anybody looks from there.
BEFORE = LONGEST_EVENT + timedelta(days=8)
STATIONS_AT_ONCE = 50
# Clocks and holidays are facts of the world that a new version may know better.
TZDATA = "+".join(importlib.metadata.version(name) for name in ("tzdata", "holidays"))


def write_ahead(*, now: datetime) -> int:
    """Write a portion of the plans that fall short of the horizon; how many those were.

    Stations that another worker holds are skipped; where the time zone rules have a new version, the
    future is written anew.
    """
    with transaction.atomic():
        _begin(Station.objects.active().filter(plan=None).order_by("pk")[:STATIONS_AT_ONCE], now)
        due = StationPlan.objects.filter(
            Q(written_until__lt=now + HORIZON - SLACK) | ~Q(tzdata=TZDATA), station__archived_at=None
        )
        claimed = due.select_for_update(skip_locked=True, of=("self",)).order_by("written_until", "pk")
        portion = list(claimed[:STATIONS_AT_ONCE])
        _take_back([plan for plan in portion if plan.tzdata != TZDATA], now)
        _write(portion, _midnight(now + HORIZON))
    return len(portion)


def write_until(station_ids: Iterable[int], until: datetime, *, now: datetime) -> None:
    """Write what somebody asks for at once, where no worker has been yet; never further than the horizon."""
    until = min(until, now + HORIZON)
    written_enough = Q(plan__written_until__gte=until) | ~Q(archived_at=None)
    short = list(Station.objects.filter(pk__in=list(station_ids)).exclude(written_enough).order_by("pk"))
    for first in range(0, len(short), STATIONS_AT_ONCE):
        portion = short[first : first + STATIONS_AT_ONCE]
        with transaction.atomic():
            _begin(portion, now)
            claimed = _claim(station.pk for station in portion)
            _take_back([plan for plan in claimed if plan.tzdata != TZDATA], now)
            _write(claimed, until)


def rules_changed(station_ids: Iterable[int], *, at: datetime) -> list[int]:
    """The rules of these stations have just been changed: from `at` on their plan follows the new ones.

    Call it in the transaction of the change. What was planned before `at` stays as it was, on the stations
    of which there is a written plan; their ids are returned.
    """
    with transaction.atomic():
        claimed = _claim(station_ids)
        _take_back(claimed, at)
        _write(claimed, at + AT_ONCE)
        ids = [plan.pk for plan in claimed]
        look_again(ids, since=None, at=at)
    return ids


def recompute(
    stations: Sequence[Station], *, since: datetime, by: str, reason: str, at: datetime
) -> Recomputation:
    """Let the present rules hold from `since` on, in the past, too; the row that tells of it.

    The stations (from `in_place()`) are of one company; their slices are decided anew from `since` on.
    """
    ids, past = [station.pk for station in stations], Window(since, at)
    with transaction.atomic():
        _begin(Station.objects.filter(pk__in=ids, plan=None), at)
        before = _planned_ms(stations, past)
        claimed = _claim(ids)
        for plan in claimed:
            plan.written_from = min(plan.written_from, since)
        _take_back(claimed, since)
        _write(claimed, at + AT_ONCE)
        after = _planned_ms(stations, past)
        look_again(ids, since=since, at=at)
        return Recomputation.objects.create(
            company_id=stations[0].company_id, asked_at=at, asked_by=by, reason=reason, since=since,
            changed={
                station.code: {"before_ms": before[station.pk], "after_ms": after[station.pk]}
                for station in stations
                if before[station.pk] != after[station.pk]
            },
        )  # fmt: skip


def _begin(stations: Iterable[Station], now: datetime) -> None:
    """What lies before the first signal of a station is nobody's history."""
    ids = [station.pk for station in stations]
    asked: list[Any] = [BEFORE, BEFORE, TZDATA, ids, now]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO scheduling_stationplan (station_id, written_from, written_until, tzdata) "
            "SELECT id, first - %s, first - %s, %s FROM unnest(%s::bigint[]) AS n(id), LATERAL (SELECT LEAST(%s, "
            "(SELECT min(at) FROM production_signal s WHERE s.station_id = n.id)) AS first) f "
            "ON CONFLICT DO NOTHING",
            asked,
        )


def _claim(station_ids: Iterable[int]) -> list[StationPlan]:
    """The plans of these stations, in the order in which everybody locks them."""
    rows = StationPlan.objects.filter(station__in=list(station_ids))
    return list(rows.select_for_update().order_by("pk"))


def _take_back(plans: Collection[StationPlan], to: datetime) -> None:
    for plan in plans:
        plan.written_until = min(plan.written_until, max(to, plan.written_from))
    StationPlan.objects.bulk_update(plans, ["written_from", "written_until"])


def _write(claimed: Sequence[StationPlan], until: datetime) -> None:
    """Write each plan from where it ends on; those that reach further already keep what they have."""
    short = {plan.pk: plan for plan in claimed if plan.written_until < until}
    if not short:
        return
    stations = list(Station.objects.filter(pk__in=short).in_place())
    within = Window(min(plan.written_until for plan in short.values()), until)
    wanted = timetables(stations, within)
    for pk, plan in short.items():
        wanted[pk] = wanted[pk].touching(Window(plan.written_until, until)).since(plan.written_from)
    seams = {pk: plan.written_until for pk, plan in short.items()}
    shifts = {pk: written.shift_rows(one.shifts) for pk, one in wanted.items()}
    written.replace(written.SHIFTS, seams, shifts, until)
    instances = {pk: written.instance_rows(one.recurring) for pk, one in wanted.items()}
    written.replace(written.INSTANCES, seams, instances, until)
    for plan in short.values():
        plan.written_until, plan.tzdata = until, TZDATA
    StationPlan.objects.bulk_update(short.values(), ["written_until", "tzdata"])


def _planned_ms(stations: Sequence[Station], past: Window) -> dict[int, int]:
    found = plans(stations, past)
    return {pk: total(plan.production) // timedelta(milliseconds=1) for pk, plan in found.items()}


def _midnight(at: datetime) -> datetime:
    """A horizon that moves once a day."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
