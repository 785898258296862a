"""What MachineMetrics' reports group by: the entity behind each value of a fact, and the value behind each id."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from downtime.models import Cause
from mesproject.accounts.models import Company
from mesproject.reports.machinemetrics_shapes import Kind
from mesproject.reports.models import ShiftFact
from mesproject.reports.tally import IN_SETUP, hour_start, hours_of
from production.models import Job, JobRun, Operator, Sku, Station
from production.windows import Window
from quality.models import RejectReason
from scheduling.models import PatternException, PatternShift
from scheduling.wall_clock import local_to_utc, shop_day_window

HOUR = timedelta(hours=1)
LONGEST = 255
NONE = {
    "shift": "No Shift",
    "run": "No Run",
    "job": "No Job",
    "jobOperation": "No Job",
    "part": "No Part",
    "operator": "No Operator",
}
UNCATEGORIZED: dict[str, Any] = {
    "id": "uncategorized",
    "name": "Uncategorized",
    "color": "#444444",
    "virtual": True,
}
SETUP: dict[str, Any] = {"id": "setup", "name": "Setup", "color": "#edde00", "virtual": True}


class Unknown(Exception):
    """No entity has this id, or not one that the key may see."""


class Entity(NamedTuple):
    """What is told of a group; those of time have a window."""

    id: str
    shown: str
    told: dict[str, Any]
    window: Window | None = None


@dataclass(frozen=True)
class Frame:
    """Whose things are named, and on which clock: that of the company's first plant, by code."""

    company: Company
    kind: Kind
    stations: Sequence[Station]  # all that the key may see
    tz: ZoneInfo
    day_start: time
    range: Window
    first: date  # the shop day in which the range begins
    # The values behind ids that were looked up already.
    known: dict[tuple[str, ...], list[Any]] = field(default_factory=dict)

    def day(self, day: date) -> Window:
        """The window of a shop day."""
        return shop_day_window(day, tz=self.tz, day_start=self.day_start)


def iso(at: datetime) -> str:
    """An instant as MachineMetrics writes it: 2017-07-19T10:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def entities(group: str, frame: Frame, values: Collection[Any]) -> dict[Any, Entity]:
    """The entity of each value, in the order in which items stand."""
    found: dict[Any, Entity] = _ENTITIES[group](group, frame, values)
    return found


def values(group: str, frame: Frame, ids: Iterable[str]) -> list[Any]:
    """The values behind ids, or Unknown with the first that there is none for."""
    known = list(ids)
    for id_ in known:
        if "\x00" in id_ or len(id_) > LONGEST:
            raise Unknown(id_)
    asked = (group, *known)
    if asked not in frame.known:
        frame.known[asked] = _VALUES[group](group, frame, known)
    return frame.known[asked]


def virtual(group: str, frame: Frame) -> list[dict[str, Any]]:
    """Entities that are told whether an item names them or not."""
    return [UNCATEGORIZED, SETUP] if group == "reason" and frame.kind == "downtime" else []


# Places


def _places(group: str, frame: Frame) -> dict[int, Entity]:
    found = {}
    for station in frame.stations:
        if group == "machine":
            uuid = str(station.uuid)
            found[station.pk] = Entity(uuid, station.name, {"id": uuid, "name": station.name})
        else:
            place = station.group if group == "machineGroup" else station.group.plant
            found[place.pk] = Entity(str(place.pk), place.name, {"id": place.pk, "name": place.name})
    return found


def _some_places(group: str, frame: Frame, found: Collection[Any]) -> dict[Any, Entity]:
    return {pk: entity for pk, entity in _places(group, frame).items() if pk in found}


def _place_values(group: str, frame: Frame, ids: list[str]) -> list[Any]:
    by_id = {entity.id: pk for pk, entity in _places(group, frame).items()}
    return [_known(by_id, id_.lower(), id_) for id_ in ids]


def _known(table: dict[str, Any], key: str, id_: str) -> Any:
    if key not in table:
        raise Unknown(id_)
    return table[key]


# Time


def _hours(_: str, frame: Frame, found: Collection[datetime]) -> dict[Any, Entity]:
    known = {}
    for at in sorted(found):
        window = _hour(at, frame.tz)
        told = {"start": iso(at), "end": iso(window.end)}
        known[at] = Entity(_hour_id(at, frame), told["start"], told, window)
    return known


def _hour(at: datetime, tz: ZoneInfo) -> Window:
    """The hour that begins then; where the clock jumps by half an hour it is a short one."""
    whole = Window(at, at + HOUR)
    is_full = at.astimezone(tz).minute == whole.end.astimezone(tz).minute == 0
    return whole if is_full or hour_start(at, tz) != at else next(hours_of(whole, tz))


def _hour_id(at: datetime, frame: Frame) -> str:
    """The hour's number in the range; of plants whose hours begin at other minutes, with these after a point."""
    minutes = (at - hour_start(frame.range.start, frame.tz)) // timedelta(minutes=1)
    number, rest = divmod(minutes, 60)
    return f"{number}.{rest:02}" if rest else str(number)


def _hour_values(_: str, frame: Frame, ids: list[str]) -> list[Any]:
    first = hour_start(frame.range.start, frame.tz)
    found = []
    for id_ in ids:
        number, _, rest = id_.partition(".")
        minutes = 60 * _whole(number, id_) + _whole(rest or "0", id_)
        found.append(first + timedelta(minutes=minutes))
    return found


def _days(group: str, frame: Frame, found: Collection[date]) -> dict[Any, Entity]:
    known = {}
    for day in sorted(found):
        window = Window(frame.day(day).start, frame.day(_next(group, day)).start)
        midnight = local_to_utc(datetime.combine(day, time.min), frame.tz)
        told = {"start": iso(window.start), "end": iso(window.end), "shopDate": iso(midnight)}
        known[day] = Entity(str(_number(group, day) - _number(group, frame.first)), str(day), told, window)
    return known


def _next(group: str, day: date) -> date:
    if group == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if group == "week" else 1)


def _number(group: str, day: date) -> int:
    """A count of days, weeks or months that goes on for ever."""
    if group == "month":
        return day.year * 12 + day.month - 1
    return (day.toordinal() - 1) // 7 if group == "week" else day.toordinal()


def _nth(group: str, number: int) -> date:
    if group == "month":
        return date(number // 12, number % 12 + 1, 1)
    return date.fromordinal(number * 7 + 1 if group == "week" else number)


def _day_values(group: str, frame: Frame, ids: list[str]) -> list[Any]:
    """By number in the range, as entities say it, or by the date of a day or of the first day of a week or month."""
    found = []
    for id_ in ids:
        try:
            number = _number(group, date.fromisoformat(id_)) if "-" in id_ else _nth_of(group, frame, id_)
            found.append(_nth(group, number))
        except (ValueError, OverflowError):
            raise Unknown(id_) from None
    return found


def _nth_of(group: str, frame: Frame, id_: str) -> int:
    return _number(group, frame.first) + _whole(id_, id_)


def _whole(text: str, id_: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Unknown(id_)
    return int(text)


# What is known by its name


def _names(group: str, frame: Frame, found: Collection[str]) -> dict[Any, Entity]:
    known = {name: Entity(name, name, {"id": name, "name": name}) for name in sorted(found) if name}
    return known | (_nothing(group, "") if "" in found else {})


def _nothing(group: str, value: Any) -> dict[Any, Entity]:
    name = NONE[group]
    return {value: Entity(name, name, {"id": name, "name": name, "virtual": True})}


def _shift_values(group: str, frame: Frame, ids: list[str]) -> list[Any]:
    """Names of shifts in a pattern, a date's exception, or the facts: some of the past are called so no more."""
    found = [id_ for id_ in ids if id_ != NONE[group]]
    known: set[str] = set()
    for names in (_planned_shifts, _past_shifts):
        if missing := [id_ for id_ in found if id_ not in known]:
            known |= names(frame, missing)
    table = {name: name for name in known if name}
    named = [_known(table, id_, id_) for id_ in found]
    return ["", *named] if NONE[group] in ids else named


def _planned_shifts(frame: Frame, names: list[str]) -> set[str]:
    named = [
        shifts.objects.of(frame.company).filter(name__in=names) for shifts in (PatternShift, PatternException)
    ]
    return {name for rows in named for name in rows.values_list("name", flat=True)}


def _past_shifts(frame: Frame, names: list[str]) -> set[str]:
    days = (frame.first - timedelta(days=1), frame.range.end.date() + timedelta(days=1))
    rows = ShiftFact.objects.filter(station__in=frame.stations, day__range=days, shift__in=names)
    return set(rows.values_list("shift", flat=True).distinct())


def _name_values(group: str, frame: Frame, ids: list[str]) -> list[Any]:
    jobs = Job.objects.of(frame.company)
    if group == "job":
        known = set(jobs.filter(name__in=ids).values_list("name", flat=True))
    else:
        known = set(jobs.filter(part__in=ids).values_list("part", flat=True))
        known |= set(Sku.objects.of(frame.company).filter(code__in=ids).values_list("code", flat=True))
    found = [_known({id_: id_ for id_ in known}, id_, id_) for id_ in ids if id_ != NONE[group]]
    return [*found, ""] if NONE[group] in ids else found


# What is known by its number


def _rows(group: str, frame: Frame, pks: Collection[int]) -> list[Any]:
    if group == "run":
        runs = JobRun.objects.of(frame.company).filter(pk__in=pks)
        return list(runs.select_related("job", "sku", "station__group__plant"))
    if group == "reason":
        model: Any = Cause if frame.kind == "downtime" else RejectReason
    else:
        model = Job if group == "jobOperation" else Operator
    return list(model.objects.of(frame.company).filter(pk__in=pks))


def _numbered(group: str, frame: Frame, found: Collection[int]) -> dict[Any, Entity]:
    rows = _rows(group, frame, [pk for pk in found if pk > 0])
    order = (lambda row: row.pk) if group == "reason" else (lambda row: (str(row), row.pk))
    known = {row.pk: _TOLD[group](row) for row in sorted(rows, key=order)}
    if IN_SETUP in found:
        known[IN_SETUP] = Entity(SETUP["id"], SETUP["name"], SETUP)
    for pk in sorted(found):
        if pk and pk not in known:  # deleted since
            known[pk] = Entity(str(pk), f"#{pk}", {"id": pk, "name": f"#{pk}"})
    if 0 not in found:
        return known
    if group == "reason":
        return known | {0: Entity(UNCATEGORIZED["id"], UNCATEGORIZED["name"], UNCATEGORIZED)}
    return known | _nothing(group, 0)


def _number_values(group: str, frame: Frame, ids: list[str]) -> list[Any]:
    special = {"uncategorized": 0, "setup": IN_SETUP} if group == "reason" else {NONE[group]: 0}
    wanted = {id_: int(id_) for id_ in ids if id_.isascii() and id_.isdigit() and len(id_) < 19}
    known = {row.pk for row in _rows(group, frame, wanted.values())}
    table = {id_: pk for id_, pk in wanted.items() if pk in known} | special
    return [_known(table, id_, id_) for id_ in ids]


def _reason(row: Any) -> Entity:
    told = {"id": row.pk, "name": row.description, "color": colour(row.pk)}
    return Entity(str(row.pk), row.description, told)


def _operation(job: Job) -> Entity:
    told = {"id": job.pk, "name": str(job), "job": job.name, "part": job.part, "operation": job.operation}
    return Entity(str(job.pk), str(job), told)


def _run(run: JobRun) -> Entity:
    begun = f"{run.actual_start.astimezone(run.station.plant.tz):%Y-%m-%d %H:%M}" if run.actual_start else ""
    name = " · ".join(filter(None, [str(run), run.station.name, begun]))
    return Entity(str(run.pk), name, {"id": run.pk, "name": name})


def _operator(row: Operator) -> Entity:
    name = row.name or row.initials
    return Entity(str(row.pk), name, {"id": row.pk, "name": name})


_TOLD: dict[str, Callable[[Any], Entity]] = {
    "reason": _reason, "jobOperation": _operation, "operator": _operator, "run": _run,
}  # fmt: skip


def colour(number: int) -> str:
    """A colour that a number always has; the golden ratio keeps neighbours apart."""
    hue = 6 * (number * 0.618033988749895 % 1)
    parts = (5 + hue, 3 + hue, 1 + hue)
    levels = [0.85 - 0.6 * max(0.0, min(part % 6, 4 - part % 6, 1.0)) for part in parts]
    return "#" + "".join(f"{round(255 * level):02x}" for level in levels)


_PLACES, _TIMES = ("machine", "machineGroup", "plant"), ("day", "week", "month")
_NUMBERED = ("jobOperation", "operator", "reason", "run")
_ENTITIES: dict[str, Callable[..., dict[Any, Entity]]] = {
    **dict.fromkeys(_PLACES, _some_places), "hour": _hours, **dict.fromkeys(_TIMES, _days),
    **dict.fromkeys(("shift", "job", "part"), _names), **dict.fromkeys(_NUMBERED, _numbered),
}  # fmt: skip
_VALUES: dict[str, Callable[[str, Frame, list[str]], list[Any]]] = {
    **dict.fromkeys(_PLACES, _place_values), "hour": _hour_values, **dict.fromkeys(_TIMES, _day_values),
    "shift": _shift_values, **dict.fromkeys(("job", "part"), _name_values),
    **dict.fromkeys(_NUMBERED, _number_values),
}  # fmt: skip
