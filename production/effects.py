"""What a change by hand means for detection: which stations must be looked at again, and from when on.

Upper parts add their models by `affects`; everything that is saved or deleted by hand, in the admin or over the
API, passes here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet

from production.live import look_again, sum_each_again
from production.messages import EARLIEST
from production.models import Job, JobRun, Plant, SignOn, Sku, Station, StationGroup


@dataclass(frozen=True, slots=True)
class Effect:
    """Stations to look at again: from `since` on, or only as they stand now.

    `began` says of single stations from when on it concerns them. With `plan` it is their planned time that
    moves. A plan that is written down keeps its past; only where none is yet, the station is looked at again
    from `since` on. With `sums_alone` nothing is decided anew, but what it is worth is summed anew.
    """

    stations: tuple[int, ...] = ()
    since: datetime | None = None
    plan: bool = False
    began: Mapping[int, datetime] = field(default_factory=dict)
    sums_alone: bool = False


Reading = Callable[[Any], Effect]
# Told of the stations whose planned time moves, and when; it answers which of them keep their past.
PlanKeeper = Callable[[Collection[int], datetime], Collection[int]]
plan_keepers: list[PlanKeeper] = []
_readings: dict[type[models.Model], tuple[Reading, Collection[str], Collection[str]]] = {}


def affects(
    model: type[models.Model], *fields: str, worth: Collection[str] = ()
) -> Callable[[Reading], Reading]:
    """Register what a row of this model means; with `fields`, only a change of one of these matters.

    A change of `worth` matters as well, but only to sums.
    """

    def register(reading: Reading) -> Reading:
        _readings[model] = (reading, fields, worth)
        return reading

    return register


def effect_of(row: models.Model, changed: Collection[str] | None = None) -> Effect:
    """What a row, of which these fields changed (None: all), means for detection."""
    reading, fields, worth = _readings.get(type(row), (None, (), ()))
    if reading is None:
        return Effect()
    if changed is None or not fields or set(changed) & set(fields):
        return reading(row)
    return replace(reading(row), sums_alone=True) if set(changed) & set(worth) else Effect()


def apply(effects: Iterable[Effect], *, at: datetime) -> None:
    """Have the engine look again at every station concerned that is still there, and its sums made anew."""
    found = [effect for effect in effects if effect.stations]
    sum_each_again(_earliest(found))
    found = [effect for effect in found if not effect.sums_alone]
    moved = {station for effect in found if effect.plan for station in effect.stations}
    kept = {station for keep in plan_keepers if moved for station in keep(moved, at)}
    for since, stations in _by_since(found, kept).items():
        there = Station.objects.filter(pk__in=stations).values_list("pk", flat=True)
        look_again(there, since=since, at=at)


def _by_since(effects: Iterable[Effect], kept: Collection[int]) -> dict[datetime | None, set[int]]:
    found: dict[datetime | None, set[int]] = {}
    for effect in effects:
        for station in set(effect.stations) - set(kept if effect.plan else ()):
            found.setdefault(effect.began.get(station, effect.since), set()).add(station)
    return found


def _earliest(effects: Iterable[Effect]) -> dict[int, datetime]:
    """From when on the worth of what each station made has changed. A station out of use is not decided anew."""
    found: dict[int, datetime] = {}
    for effect in effects:
        for station, since in effect.began.items():
            found[station] = min(found.get(station, since), since)
    return found


def effect_on(runs: QuerySet[JobRun]) -> Effect:
    """What concerns some runs concerns their stations, each from the first of them on."""
    begun = runs.filter(actual_start__isnull=False).order_by()
    began = dict(begun.values_list("station").annotate(since=models.Min("actual_start")))
    return Effect(tuple(began), began=began)


# What stands in the plant, and what is made.


@affects(Plant, "timezone", "day_start")
def _plant(plant: Plant) -> Effect:
    """Another clock moves every shift."""
    stations = Station.objects.filter(group__plant=plant).values_list("pk", flat=True)
    return Effect(tuple(stations), EARLIEST, plan=True)


@affects(StationGroup, "plant")
def _group(group: StationGroup) -> Effect:
    return Effect(tuple(group.stations.values_list("pk", flat=True)), EARLIEST, plan=True)


@affects(Station)
def _station(station: Station) -> Effect:
    """New settings hold from now on; what was decided stays, unless late data reopens it."""
    return Effect((station.pk,), plan=True)


@affects(
    Sku, "cycle_time_ms", "minimum_cycle_time_ms", "stop_multiplier", "units_per_count", worth=("value",)
)
def _sku(sku: Sku) -> Effect:
    """The stations that ever made it, from then on."""
    return effect_on(JobRun.objects.filter(Q(sku=sku) | Q(sku=None, job__sku=sku)))


@affects(Job, "sku", "ideal_part_time_ms", "units_per_count", worth=("expected_part_time_ms", "part_value"))
def _job(job: Job) -> Effect:
    """The stations that ever ran it, from then on."""
    return effect_on(JobRun.objects.filter(job=job))


@affects(JobRun)
def _run(run: JobRun) -> Effect:
    """Its station, from the run's beginning on; one that is only planned changes nothing yet."""
    began = {run.station_id: run.setup_matters_from(run.actual_start)} if run.actual_start else {}
    return Effect(tuple(began), began=began)


@affects(SignOn)
def _sign_on(sign_on: SignOn) -> Effect:
    """Whose the numbers of its station are, from then on; no stop depends on it."""
    began = {sign_on.station_id: sign_on.started_at}
    return Effect(tuple(began), began=began, sums_alone=True)
