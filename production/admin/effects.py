"""What a change by hand means for detection: which stations must be looked at again, and from when on.

Upper parts add their models by `affects`; everything that is saved or deleted in the admin passes here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import now

from mesproject.accounts.admin_base import OwnedAdmin
from production.live import look_again, sum_each_again
from production.models import JobRun, Station


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


class WatchedAdmin(OwnedAdmin):
    """An admin whose rows, or whose parts, detection depends on."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Remember what the row meant before: a run that moves away concerns the station it leaves, too."""
        form.effects = []
        if change and form.changed_data:
            form.effects.append(effect_of(type(obj)._base_manager.get(pk=obj.pk), form.changed_data))
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """The same for the rows within the page."""
        touched = [part.instance.pk for part in formset.initial_forms if part.has_changed()]
        before = formset.model._base_manager.filter(pk__in=touched) if touched else []
        form.effects += [effect_of(row) for row in before]
        super().save_formset(request, form, formset, change)
        after = [*formset.new_objects, *(row for row, _ in formset.changed_objects)]
        form.effects += [effect_of(row) for row in after]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """When everything is saved, tell the engine."""
        super().save_related(request, form, formsets, change)
        if not change or form.changed_data:
            form.effects.append(effect_of(form.instance, form.changed_data if change else None))
        apply(form.effects, at=now())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """A row that goes means as much as one that comes."""
        effect = effect_of(obj)
        super().delete_model(request, obj)
        apply([effect], at=now())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Many at once."""
        effects = [effect_of(row) for row in queryset]
        super().delete_queryset(request, queryset)
        apply(effects, at=now())
