"""The one way to facts: which stations, when, grouped how. Everything that shows a number of the past asks here.

A question is answered from the coarsest facts that are exact for it: by shop day and shift where no run or
operator is asked for, by hours where hours are, and at the edges of a window that cuts a shop day. What cuts
an hour is summed from its story, and so is what facts do not know yet (`tails`). What is still to come is not told.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import connection

from mesproject.reports.measures import FIELDS, Measures
from mesproject.reports.selects import BY_DAY, BY_HOUR, Selects
from mesproject.reports.story import Question as Of
from mesproject.reports.story import told
from mesproject.reports.tails import LONG_AGO, Tail, Tails, tails
from mesproject.reports.tally import EVER, Key, Sums, hour_start, tally
from production.models import Station
from production.windows import Window
from scheduling.planned import LONGEST_SHIFT, Plans
from scheduling.wall_clock import shop_day, shop_day_window

# What may be grouped by: the columns of the question's rows.
GROUPS = {
    "machine": "f.station_id",
    "machineGroup": "s.group_id",
    "plant": "g.plant_id",
    "hour": "f.hour",
    "day": "f.day",
    "week": "date_trunc('week', f.day)::date",
    "month": "date_trunc('month', f.day)::date",
    "shift": "f.shift",
    "run": "f.run_id",
    "operator": "f.operator_id",
    "job": "COALESCE(j.name, '')",
    "jobOperation": "COALESCE(r.job_id, 0)",
    "part": "COALESCE(k.code, NULLIF(j.part, ''), '')",
    "reason": "f.why",
}
OF_JOBS = frozenset({"job", "jobOperation", "part"})
OF_RUNS = OF_JOBS | {"run", "operator"}
# What must be joined for which groups.
JOINS = {
    frozenset(
        {"machineGroup", "plant"}
    ): "JOIN production_station s ON s.id = f.station_id JOIN production_stationgroup g ON g.id = s.group_id ",
    OF_JOBS: "LEFT JOIN production_jobrun r ON r.id = f.run_id LEFT JOIN production_job j ON j.id = r.job_id "
    "LEFT JOIN production_sku k ON k.id = COALESCE(r.sku_id, j.sku_id) ",
}


@dataclass(frozen=True, slots=True)
class Days:
    """Shop days, both included; each plant's own."""

    first: date
    last: date


class TooManyGroups(Exception):
    """There are more groups than the question wants to hear of."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `only` and `without` hold, by group, the values that are (not) taken; values of "" and 0
    are no shift, no run, no operator, no reason.
    """

    stations: Sequence[Station]  # of one company, from in_place()
    when: Days | Window
    groups: tuple[str, ...] = ()
    only: Mapping[str, Collection[Any]] = field(default_factory=dict)
    without: Mapping[str, Collection[Any]] = field(default_factory=dict)
    most: int | None = None  # groups that may be answered
    planned: Plans | None = None  # where whoever asks knows them already
    # In which time each station is asked for, where whoever asks knows; what lies outside is not summed reliably.
    within: Mapping[Station, Window] = field(default_factory=dict)
    now: datetime = field(kw_only=True)

    @property
    def names(self) -> set[str]:
        """All groups that it speaks of."""
        return {*self.groups, *self.only, *self.without}

    @property
    def asks_who(self) -> bool:
        """Whether it matters who was there."""
        return "operator" in self.names

    def spans(self) -> dict[Station, Window]:
        """The time in which anything of it may have happened at each station; of length 0 where none has been."""
        of_plants = {plant: self.span(plant) for plant in _by_plant(self.stations)}
        return {s: self._past(self.within.get(s, of_plants[s.group.plant])) for s in self.stations}

    def span(self, plant: Any) -> Window:
        """The same of any station of a plant, on its clock."""
        if isinstance(self.when, Window):
            window = self.when
        else:
            clock = {"tz": plant.tz, "day_start": plant.day_start}
            first, last = (shop_day_window(day, **clock) for day in (self.when.first, self.when.last))
            # A shift reaches over the end of its shop day, and by another clock than that of its plan over the start.
            window = Window(first.start - LONGEST_SHIFT, last.end + LONGEST_SHIFT)
        return self._past(window)

    def _past(self, window: Window) -> Window:
        return Window(window.start, max(window.start, min(window.end, self.now)))


_Sum = TypeVar("_Sum")


class Answer(list[tuple[tuple[Any, ...], _Sum]], Generic[_Sum]):
    """The sums of each group, in the order of the groups' values.

    They are exact; where so much has changed that a question cannot sum it by itself, only up to `exact_until`.
    """

    exact_until: datetime = EVER.end


class Rows(list[tuple[Any, ...]]):
    """The same as bare rows, which is how a hundred thousand groups are read."""

    exact_until: datetime = EVER.end


Row = tuple[tuple[Any, ...], Any]


@dataclass(frozen=True, slots=True)
class Beyond:
    """What facts do not hold of a question's stations and time, whatever else of them is asked."""

    question: Question
    late: Tails
    stories: Sequence[tuple[Station, Sums]]

    def by_station(self) -> dict[int, Beyond]:
        """That of each station apart."""
        stories: dict[int, list[tuple[Station, Sums]]] = {}
        for station, sums in self.stories:
            stories.setdefault(station.pk, []).append((station, sums))
        return {
            station.pk: Beyond(
                replace(self.question, stations=[station]),
                self.late.only(station.pk),
                stories.get(station.pk, []),
            )
            for station in self.question.stations
        }

    def holds(self, question: Question) -> bool:
        """Whether it is all that another question of these stations asks of it; who was there is read for who asks."""
        mine = self.question
        same = (mine.when, mine.within, mine.now) == (question.when, question.within, question.now)
        return same and (mine.asks_who or not question.asks_who)


def beyond(question: Question) -> Beyond:
    """Told once, for several questions of the same stations, time and now: it takes most of their queries."""
    spans = question.spans()
    late = _tails(question, spans)
    return Beyond(question, late, list(_stories(question, spans, late)))


def exact_until(question: Question) -> datetime:
    """Up to where its answer is exact, without asking it."""
    return _tails(question, question.spans()).exact_until


def production(
    question: Question, measures: Sequence[str] = FIELDS, known: Beyond | None = None
) -> Answer[Measures]:
    """The sums of each group."""
    rows, width = rows_of(question, "production", measures, known), len(question.groups)
    found = ((row[:width], Measures(**dict(zip(measures, row[width:], strict=True)))) for row in rows)
    return _answer(found, rows.exact_until)


def losses(question: Question, kind: str, known: Beyond | None = None) -> Answer[tuple[float, int]]:
    """Amount and records of each group; `kind` is downtime (milliseconds) or rejects (units)."""
    rows = rows_of(question, kind, ("amount", "records"), known)
    found = ((row[:-2], (row[-2], int(row[-1]))) for row in rows if any(row[-2:]))
    return _answer(found, rows.exact_until)


def rows_of(question: Question, kind: str, names: Sequence[str], known: Beyond | None = None) -> Rows:
    """The same as bare rows of the groups' values and the sums of these names, in any order and with groups of 0."""
    known = known if known and known.holds(question) else beyond(question)
    rows = Rows(_asked(question, kind, names, known.late))
    rows.exact_until = known.late.exact_until
    if told := list(_told(question, kind, known.stories)):
        width = len(question.groups)
        found = {row[:width]: row[width:] for row in rows}
        for key, part in told:
            sums = tuple(getattr(part, name) for name in names)
            found[key] = tuple(map(operator.add, found[key], sums)) if key in found else sums
        rows[:] = [(*key, *sums) for key, sums in found.items()]
    if question.most is not None and len(rows) > question.most:
        raise TooManyGroups
    return rows


def _answer(rows: Iterable[tuple[tuple[Any, ...], _Sum]], exact_until: datetime) -> Answer[_Sum]:
    answer = Answer(sorted(rows, key=operator.itemgetter(0)))
    answer.exact_until = exact_until
    return answer


def _tails(question: Question, spans: Mapping[Station, Window]) -> Tails:
    """What facts do not know yet of the stations of a question."""
    been = {station: span for station, span in spans.items() if span.duration}
    found = tails(been, now=question.now)
    # Of what is still to come nothing is told, though facts may know it: the clock was set back.
    found.of |= {station.pk: Tail(LONG_AGO) for station in spans if station not in been}
    return found


# From facts


def _asked(question: Question, kind: str, columns: Sequence[str], late: Tails) -> list[tuple[Any, ...]]:
    selects = _selects(question, kind, columns, late)
    if not selects.parts:
        return []
    keys = [GROUPS[group] for group in question.groups]
    if not keys and not columns:
        return [()]
    sums = [f"sum(f.{name})" for name in columns]
    joins = "".join(text for of, text in JOINS.items() if question.names & of)
    where, more = _filters(question)
    text = f"SELECT {', '.join([*keys, *sums])} FROM ({' UNION ALL '.join(selects.parts)}) f {joins}{where}"
    if keys:
        text += f" GROUP BY {', '.join(str(n) for n in range(1, len(keys) + 1))}"
        # What is taken off again may leave a group of nothing.
        left = " OR ".join(f"sum(f.{name}) <> 0" for name in dict.fromkeys(["all_ms", *columns]))
        text += f" HAVING {left}" if selects.takes_off else ""
    if question.most is not None:
        text += f" LIMIT {question.most + 1:d}"
    with connection.cursor() as cursor:
        cursor.execute(text, [*selects.parameters, *more])
        rows = cursor.fetchall()
    if question.most is not None and len(rows) > question.most:
        raise TooManyGroups
    # One row of nothing is how SQL sums nothing.
    return [] if not keys and rows[0] == (None,) * len(rows[0]) else rows


def _filters(question: Question) -> tuple[str, list[Any]]:
    found, parameters = [], []
    for wanted, word in ((question.only, "="), (question.without, "<>")):
        for group, values in wanted.items():
            if values:
                found.append(f"{GROUPS[group]} {word} {'ANY' if word == '=' else 'ALL'}(%s)")
                parameters.append(list(values))
    return ("WHERE " + " AND ".join(found) if found else ""), parameters


def _table(question: Question, kind: str) -> tuple[str, str]:
    """The facts to read whole days from, and their columns beside the sums."""
    if kind != "production" or "hour" in question.names:
        return BY_HOUR[kind]
    return (BY_DAY[0] if question.names & OF_RUNS else BY_DAY[1]), "0 AS why"


def _selects(question: Question, kind: str, columns: Sequence[str], late: Tails) -> Selects:
    """Selects that together hold each hour of the question once, but for those of tails."""
    if isinstance(question.when, Window) and kind == "production":
        columns = [*dict.fromkeys([*columns, "all_ms"])]
    selects = Selects(_table(question, kind), BY_HOUR[kind], columns, late)
    known = [station for station in question.stations if late.takes_facts(station.pk)]
    if known and isinstance(question.when, Days):
        selects.days([station.pk for station in known], question.when.first, question.when.last)
        return selects
    for plant, stations in _by_plant(known).items():
        span, mine = question.span(plant), [station.pk for station in stations]
        selects.window(mine, _hours(span, plant.tz), *_whole_days(span, plant))
    return selects


def _by_plant(stations: Sequence[Station]) -> dict[Any, list[Station]]:
    found: dict[Any, list[Station]] = {}
    for station in stations:
        found.setdefault(station.group.plant, []).append(station)
    return found


def _whole_days(window: Window, plant: Any) -> tuple[date, date]:
    """The first and the last shop day inside a window; the last is before the first where there is none."""
    first = shop_day(window.start, tz=plant.tz, day_start=plant.day_start)
    if shop_day_window(first, tz=plant.tz, day_start=plant.day_start).start < window.start:
        first += timedelta(days=1)
    return first, shop_day(window.end, tz=plant.tz, day_start=plant.day_start) - timedelta(days=1)


# From stories


def _hours(window: Window, tz: Any) -> Window:
    """The whole hours of a window; none where it lies in one hour."""
    start, end = hour_start(window.start, tz), hour_start(window.end, tz)
    if start < window.start:
        start = _next_hour(window.start, tz)
    return Window(start, max(start, end))


def _next_hour(at: datetime, tz: Any) -> datetime:
    step = hour_start(at, tz) + timedelta(minutes=15)
    while hour_start(step, tz) <= at:
        step += timedelta(minutes=15)
    return hour_start(step, tz)


def _edges(window: Window, tz: Any) -> list[Window]:
    """What of a window lies in hours that it cuts."""
    whole = _hours(window, tz)
    if whole.start >= window.end:
        return [window] if window.duration else []
    edges = [Window(window.start, whole.start), Window(whole.end, window.end)]
    return [edge for edge in edges if edge.duration]


def _stories(
    question: Question, spans: Mapping[Station, Window], late: Tails
) -> Iterable[tuple[Station, Sums]]:
    """The sums of the hours that a question's window cuts, and of the tails, station by station."""
    planned, who = question.planned, question.asks_who
    ended = {s: span for s, span in spans.items() if s.pk in late.of and late.of[s.pk].hour < span.end}
    for plant, stations in _by_plant(question.stations).items():
        for edge in _edges(question.span(plant), plant.tz) if isinstance(question.when, Window) else ():
            # What a tail reaches is part of it.
            cut = [s for s in stations if s not in ended or edge.start < late.of[s.pk].hour]
            found = told([Of(station, edge, edge.start) for station in cut], planned, who=who) if cut else {}
            yield from ((station, tally(found[station.pk].story, edge)) for station in cut)
    yield from late.sums(ended, planned, who=who).items()


def _told(question: Question, kind: str, stories: Sequence[tuple[Station, Sums]]) -> Iterable[Row]:
    known = _Known(question, [sums for _, sums in stories])
    for station, sums in stories:
        for key, why, part in _of_kind(sums, kind):
            if (found := known.key(station, key, why)) is not None:
                yield found, part


def _of_kind(sums: Sums, kind: str) -> Iterable[tuple[Key, int, Any]]:
    if kind == "production":
        return ((key, 0, measures) for key, measures in sums.measures.items())
    losses = sums.downtime if kind == "downtime" else sums.rejects
    return ((key, why, lost) for (key, why), lost in losses.items())


class _Known:
    """What the database would say of the groups of a key, for sums that are not in it."""

    def __init__(self, question: Question, sums: Sequence[Sums]) -> None:
        self._question = question
        self._days = question.when if isinstance(question.when, Days) else Days(date.min, date.max)
        runs = {key.run for one in sums for key in one.measures if key.run}
        self._runs = _runs(runs) if runs and question.names & OF_JOBS else {}

    def key(self, station: Station, key: Key, why: int) -> tuple[Any, ...] | None:
        """The values of the question's groups, or None where its days or filters leave this out."""
        if not self._days.first <= key.day <= self._days.last:
            return None
        job, operation, part = self._runs.get(key.run, ("", 0, ""))
        values = {
            "machine": station.pk, "machineGroup": station.group_id, "plant": station.group.plant_id,
            "hour": key.hour, "day": key.day, "week": key.day - timedelta(days=key.day.weekday()),
            "month": key.day.replace(day=1), "shift": key.shift, "run": key.run, "operator": key.operator,
            "job": job, "jobOperation": operation, "part": part, "reason": why,
        }  # fmt: skip
        only = all(values[g] in wanted for g, wanted in self._question.only.items() if wanted)
        without = any(values[g] in unwanted for g, unwanted in self._question.without.items())
        return tuple(values[group] for group in self._question.groups) if only and not without else None


def _runs(ids: Collection[int]) -> dict[int, tuple[str, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.run_id, {GROUPS['job']}, {GROUPS['jobOperation']}, {GROUPS['part']} "
            f"FROM unnest(%s::bigint[]) AS f(run_id) {JOINS[OF_JOBS]}",
            [list(ids)],
        )
        return {run: (job, operation, part) for run, job, operation, part in cursor.fetchall()}
