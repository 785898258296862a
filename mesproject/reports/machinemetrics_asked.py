"""From the body of a MachineMetrics report to a question of facts; what is wrong with it is a 400 with a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import UNSET, structs

from mesproject.accounts.models import Company
from mesproject.reports import budget, metrics
from mesproject.reports.asking import Days, Question
from mesproject.reports.definition import Definition
from mesproject.reports.definitions import definition_of
from mesproject.reports.machinemetrics_entities import Frame, Unknown, values
from mesproject.reports.machinemetrics_shapes import (
    DIALECT,
    GROUPS,
    Asked,
    Filter,
    Kind,
    LossAsked,
    ProductionAsked,
)
from mesproject.reports.metric import Metric
from production.models import Plant, Station
from production.windows import Window
from scheduling.api.machinemetrics_edge import Invalid
from scheduling.wall_clock import shop_day, shop_day_window

FIRST_YEAR, LAST_YEAR = 1970, 2100
PLACES = ("machine", "machineGroup", "plant")


class Wanted(NamedTuple):
    """A metric under the name by which it was asked for."""

    name: str
    metric: Metric


@dataclass(frozen=True)
class Report:
    """What is to be answered."""

    kind: Kind
    frame: Frame
    question: Question
    wanted: Sequence[Wanted]
    definition: Definition
    cost: int


def report(
    kind: Kind,
    asked: ProductionAsked | LossAsked,
    company: Company,
    stations: Sequence[Station],
    *,
    now: datetime,
    like: Frame | None = None,
) -> Report:
    """The report that a body asks for, of those stations that the key may see; what a frame of the same company and
    kind knows is not asked again.
    """
    groups = _groups(kind, asked)
    wanted = _wanted(asked) if isinstance(asked, ProductionAsked) else []
    when = _when(asked)
    frame = frame_of(kind, company, stations, when, like)
    places, only, without = _filters(frame, asked)
    mine = [
        s for s in stations if _is_in(s, places["filter"], True) and not _is_in(s, places["exclude"], False)
    ]
    question = Question(mine, when, groups, only, without, budget.MOST_GROUPS, now=now)
    cost = _cost(kind, question, frame.range)
    return Report(kind, frame, question, wanted, definition_of(company), cost)


def frame_of(
    kind: Kind, company: Company, stations: Sequence[Station], when: Days | Window, like: Frame | None = None
) -> Frame:
    """On which clock, and from when on, the groups of a time are named."""
    tz, day_start = (like.tz, like.day_start) if like else _clock(company)
    if isinstance(when, Days):
        start, end = (shop_day_window(day, tz=tz, day_start=day_start) for day in (when.first, when.last))
        when = Window(start.start, end.end)
    first = shop_day(when.start, tz=tz, day_start=day_start)
    return Frame(company, kind, stations, tz, day_start, when, first, like.known if like else {})


def _clock(company: Company) -> tuple[ZoneInfo, time]:
    plant = Plant.objects.of(company).order_by("code").first()
    return (plant.tz, plant.day_start) if plant else (ZoneInfo("UTC"), time(0))


# Groups and metrics


def _groups(kind: Kind, asked: ProductionAsked | LossAsked) -> tuple[str, ...]:
    found = [item.group for item in asked.group_by]
    allowed = GROUPS if kind == "production" else (*GROUPS, "reason")
    for group in found:
        if group not in allowed:
            raise Invalid("groupBy", "InvalidGroupByItem", f"Group '{group[:64]}' is not valid")
        if found.count(group) > 1:
            raise Invalid("groupBy", "InvalidGroupByItem", f"Group '{group}' is given twice")
    return tuple(found)


def _wanted(asked: ProductionAsked) -> list[Wanted]:
    found = {}
    for name in dict.fromkeys(item.metric for item in asked.data):
        if (metric := metrics.in_dialect(DIALECT, name) or metrics.METRICS.get(name)) is None:
            raise Invalid("data", "InvalidDataItem", f"Metric '{name[:64]}' is not valid")
        found[name] = Wanted(name, metric)
    return list(found.values())


# The window


def _when(asked: Asked) -> Days | Window:
    by_day = {"startDay": asked.start_day, "endDay": asked.end_day}
    by_time = {"start": asked.start, "end": asked.end}
    given = [name for name, value in (by_day | by_time).items() if value is not UNSET]
    if given == list(by_time):
        return _window(asked)
    if given == list(by_day):
        return _days(asked)
    pair = by_time if {*given} & {*by_time} else by_day
    missing = [name for name in pair if name not in given] or given
    raise Invalid(missing[0], "InvalidRange", "Give startDay and endDay, or start and end, and not both.")


def _days(asked: Asked) -> Days:
    assert asked.start_day is not UNSET
    assert asked.end_day is not UNSET
    for name, day in (("startDay", asked.start_day), ("endDay", asked.end_day)):
        _in_years(name, day.year)
    if asked.start_day > asked.end_day:
        raise Invalid("startDay", "InvalidRange", "startDay must be before or equal to endDay.")
    _not_too_long("endDay", asked.end_day - asked.start_day + timedelta(days=1))
    return Days(asked.start_day, asked.end_day)


def _window(asked: Asked) -> Window:
    assert asked.start is not UNSET
    assert asked.end is not UNSET
    for name, at in (("start", asked.start), ("end", asked.end)):
        _in_years(name, at.year)
    window = Window(_utc(asked.start), _utc(asked.end))
    if window.start >= window.end:
        raise Invalid("start", "InvalidRange", "start must be before end.")
    _not_too_long("end", window.duration)
    return window


def _utc(at: datetime) -> datetime:
    """In UTC, to the millisecond: facts know no shorter times."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def _in_years(field: str, year: int) -> None:
    if not FIRST_YEAR < year < LAST_YEAR:
        raise Invalid(field, "InvalidRange", f"{field} is in the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}.")


def _not_too_long(field: str, length: timedelta) -> None:
    if length > timedelta(days=budget.MOST_DAYS):
        raise Invalid(field, "InvalidRange", f"A report covers at most {budget.MOST_DAYS:,} days.")


# Filters


def _filters(frame: Frame, asked: ProductionAsked | LossAsked) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Values by group: of places, by the name of the field; and of all others, taken and left out."""
    known: dict[str, dict[str, list[Any]]] = {}
    for field, given in (("filter", asked.filter), ("exclude", asked.exclude)):
        known[field] = {group: _values(field, group, frame, ids) for group, ids in _named(given) if ids}
    places = {
        field: {group: {*of} for group, of in found.items() if group in PLACES}
        for field, found in known.items()
    }
    rest = [
        {group: of for group, of in known[field].items() if group not in PLACES}
        for field in ("filter", "exclude")
    ]
    return places, rest[0], rest[1]


def _named(given: Filter) -> list[tuple[str, list[str | int]]]:
    return [(field.encode_name, getattr(given, field.name)) for field in structs.fields(given)]


def _values(field: str, group: str, frame: Frame, ids: Sequence[str | int]) -> list[Any]:
    try:
        return values(group, frame, dict.fromkeys(str(id_) for id_ in ids))
    except Unknown as error:
        message = f"'{str(error)[:64]}' is no {group} of yours."
        raise Invalid(f"{field}.{group}", "InvalidFilterItem", message) from None


def _is_in(station: Station, places: dict[str, set[int]], all_of: bool) -> bool:
    """Whether a station is in the places of every group, or of any."""
    own = {"machine": station.pk, "machineGroup": station.group_id, "plant": station.group.plant_id}
    found = (own[group] in wanted for group, wanted in places.items())
    return all(found) if all_of else any(found)


# What it costs


def _cost(kind: Kind, question: Question, range_: Window) -> int:
    days = range_.duration // timedelta(days=1) + 1
    stations = question.stations
    places = max(
        (len({getattr(s, name) if group != "plant" else s.group.plant_id for s in stations})
         for group, name in (("machine", "pk"), ("machineGroup", "group_id"), ("plant", ""))
         if group in question.groups),
        default=1,
    )  # fmt: skip
    found = budget.groups(question.groups, places=places, days=days)
    if found > budget.MOST_GROUPS:
        raise Invalid(
            "groupBy", "TooManyGroups",
            f"This asks for about {found:,.0f} groups; a report has at most {budget.MOST_GROUPS:,}. "
            "Ask for less time or fewer machines, or group by something coarser.",
        )  # fmt: skip
    return budget.rows(question.names, stations=len(stations), days=days, by_hour=kind != "production")
