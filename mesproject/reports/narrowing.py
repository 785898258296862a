"""What of a question only some values are asked for: `only.shift=Early`, `not.part=A-1`, as addresses say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from downtime.models import Cause
from mesproject.accounts.models import Company
from mesproject.reports.asking import Question
from mesproject.reports.how_asked import Asked, BadQuestion, not_one_of
from mesproject.reports.machinemetrics_asked import frame_of
from mesproject.reports.machinemetrics_entities import NONE, Frame, Unknown, values
from mesproject.reports.machinemetrics_shapes import GROUPS, Kind
from production.models import Operator, Station
from quality.models import RejectReason

MARKS = ("only", "not")
NARROWING = (*GROUPS, "reason")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """By group, the values that are taken, and those that are not; in order of groups."""

    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The words of an address."""
        return [
            (f"{mark}.{group}", value)
            for mark, found in zip(MARKS, (self.only, self.without), strict=True)
            for group in NARROWING
            for value in found.get(group, ())
        ]

    def to(self, **values_: str) -> Narrowed:
        """The same of one value of each of these groups only."""
        return replace(self, only={**self.only, **{group: (value,) for group, value in values_.items()}})


def narrows(name: str) -> bool:
    """Whether a word of an address says something of it."""
    return name.partition(".")[0] in MARKS and "." in name


def narrowing_in(pairs: Iterable[tuple[str, str]]) -> Narrowed:
    """What an address says of it, or BadQuestion."""
    found: dict[str, dict[str, dict[str, None]]] = {mark: {} for mark in MARKS}
    for name, value in pairs:
        mark, _dot, group = name.partition(".")
        if not narrows(name) or not value:
            continue
        if group not in NARROWING:
            raise BadQuestion(not_one_of(mark, NARROWING))
        found[mark].setdefault(group, {})[value] = None
    only, without = ({group: tuple(of) for group, of in found[mark].items()} for mark in MARKS)
    return Narrowed(only, without)


def narrowed(company: Company, asked: Asked, by: Narrowed, kind: Kind = "production") -> Question:
    """The question of a page, of these values only."""
    question = asked.question
    if not by.pairs:
        return question
    frame = frame_of(kind, company, asked.everywhere, question.when)
    only, without = (
        {group: values(group, frame, ids) for group, ids in ids_of(frame, found).items()}
        for found in (by.only, by.without)
    )
    return replace(question, only=only, without=without)


def ids_of(frame: Frame, found: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The ids of values, which people say by codes and names as well. BadQuestion where there is no such thing."""
    return {group: [_id(group, frame, value) for value in of] for group, of in found.items()}


def _id(group: str, frame: Frame, value: str) -> str:
    try:
        values(group, frame, [value])
    except Unknown:
        if (found := _named(group, frame, value)) is None:
            raise BadQuestion(_("“%(value)s” is not there.") % {"value": value[:64]}) from None
        return found
    return value


def _named(group: str, frame: Frame, value: str) -> str | None:
    """The id of what has this code or name."""
    if value.casefold() == NONE.get(group, "").casefold():
        return NONE[group] or None
    if (of_place := _PLACES.get(group)) is not None:
        ids = (of_place(station) for station in frame.stations)
        return next((id_ for id_, *names in ids if value.casefold() in map(str.casefold, names)), None)
    if group == "operator":
        rows: Any = Operator.objects.of(frame.company).filter(
            Q(initials__iexact=value) | Q(name__iexact=value)
        )
    elif group == "reason":
        model: Any = Cause if frame.kind == "downtime" else RejectReason
        rows = model.objects.of(frame.company).filter(Q(code__iexact=value) | Q(description__iexact=value))
    else:
        return None
    pk = rows.order_by("pk").values_list("pk", flat=True).first()
    return None if pk is None else str(pk)


def _machine(station: Station) -> tuple[str, str, str]:
    return str(station.uuid), station.code, station.name


def _group(station: Station) -> tuple[str, str, str]:
    return str(station.group_id), station.group.code, station.group.name


def _plant(station: Station) -> tuple[str, str, str]:
    plant = station.group.plant
    return str(plant.pk), plant.code, plant.name


_PLACES = {"machine": _machine, "machineGroup": _group, "plant": _plant}
