"""Reading the story of stations: what detection found, who was there, what was planned, ran, was made and declared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from downtime.models import Cause, Issue
from downtime.models.causes import paths_of
from downtime.parts import cut
from mesproject.reports.counting import Reading, beginnings, each_counted, rows_of, runs_in
from mesproject.reports.cycles import WORKING
from mesproject.reports.definition import class_of
from mesproject.reports.tally import EVER, IN_SETUP, UNPLANNED, Declared, Made, Present, Run, State, Story
from production.messages import Row
from production.models import JobRun, SignOn, Station
from production.models.live import Status
from production.windows import Window, difference, hull_of, intersection
from quality.models import Reject
from scheduling.expansion import Plan
from scheduling.planned import Plans, plans


@dataclass(slots=True)
class Told:
    """A station's story in a window, and where counting stood at an instant in it."""

    story: Story
    mark: Reading


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one station; counting goes on from `reading` where that is known at the window's start.

    `mark` is the instant in the window at which the reading is wanted.
    """

    station: Station
    window: Window
    mark: datetime
    reading: Reading | None = None


@dataclass(slots=True)
class _Found:
    states: list[State] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    people: list[Present] = field(default_factory=list)
    jobs: list[JobRun] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    first: datetime = EVER.end


def told(questions: Sequence[Question], planned: Plans | None = None, *, who: bool = True) -> dict[int, Told]:
    """The stories of stations (from `in_place()`), by id; a bounded number of queries for any number.

    Their windows should lie near each other: what is planned is read for the time that holds them all, unless
    it is known already. Who was there is read where it is asked.
    """
    planned, found = _planned(questions, planned), _read(questions)
    if who:
        _read_people(found, _hull(questions))
    answers = {}
    for q, (made, mark) in zip(questions, _all_made(questions, found), strict=True):
        answers[q.station.pk] = Told(
            _story(q.station, planned[q.station.pk], found[q.station.pk], made), mark
        )
    return answers


def worked(
    questions: Sequence[Question], ran: Mapping[int, Sequence[JobRun]], planned: Plans | None = None
) -> dict[int, Story]:
    """The same stories as single cycles need them, where it is known what ran (with job and SKU): when stations did
    not work, and what they made; neither why they stopped, nor who was there, nor what was declared. A third of the
    queries, and of the states.
    """
    planned, found = _planned(questions, planned), {q.station.pk: _Found(first=EVER.start) for q in questions}
    _take_runs(found, ran, _hull(questions))
    windows = {q.station.pk: q.window for q in questions}
    for pk, start, end, state, *_ in _slices(windows, but=WORKING):
        found[pk].states.append(State(Window(start, end or max(start, windows[pk].end)), state))
    return {
        q.station.pk: _story(q.station, planned[q.station.pk], found[q.station.pk], made)
        for q, (made, _mark) in zip(questions, _all_made(questions, found), strict=True)
    }


def _planned(questions: Sequence[Question], known: Plans | None) -> Plans:
    """The plans of all of them, read unless they are known."""
    stations, hull = [q.station for q in questions], _hull(questions)
    return known if known is not None and known.hold(stations, hull) else plans(stations, hull)


def uncounted(questions: Sequence[Question], planned: Mapping[int, Plan]) -> dict[int, Story]:
    """The same stories without what machines made and who was there, of stations whose plans are known; four
    queries or five.
    """
    found = _read(questions)
    return {q.station.pk: _story(q.station, planned[q.station.pk], found[q.station.pk]) for q in questions}


def to_come(questions: Sequence[Question], planned: Mapping[int, Plan]) -> dict[int, Story]:
    """What is planned and runs in windows that are still to come, where nothing has happened; one query."""
    found = {q.station.pk: _Found(first=EVER.start) for q in questions}
    _read_runs(found, _hull(questions))
    return {q.station.pk: _story(q.station, planned[q.station.pk], found[q.station.pk]) for q in questions}


def _hull(questions: Sequence[Question]) -> Window:
    return hull_of([q.window for q in questions])


def _read(questions: Sequence[Question]) -> dict[int, _Found]:
    """What was found, what ran, and what was declared."""
    hull, found = _hull(questions), {q.station.pk: _Found() for q in questions}
    _read_runs(found, hull)
    _read_states(found, {q.station.pk: q.window for q in questions})
    for station, *declared in (
        Reject.objects.filter(station__in=found).within(hull).order_by("at", "pk")
        .values_list("station_id", "at", "quantity", "reason_id", "reason__kind")
    ):  # fmt: skip
        found[station].declared.append(Declared(*declared))
    return found


def _story(station: Station, plan: Plan, found: _Found, made: Sequence[Made] = ()) -> Story:
    plant = station.group.plant
    return Story(
        tz=plant.tz, day_start=plant.day_start, ideal_ms=station.cycle_time_ms,
        states=found.states, shifts=plan.shifts, spans=plan.spans, runs=found.runs,
        people=found.people, made=made, declared=found.declared,
        # Before its first word and when out of use it has no time.
        known=Window(found.first, station.archived_at or EVER.end),
    )  # fmt: skip


def first_slices(stations: Iterable[int]) -> dict[int, datetime]:
    """When the time of each station begins: with the first thing it ever said."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.id, f.first FROM unnest(%s::bigint[]) AS n(id), "
            "LATERAL (SELECT min(start) AS first FROM downtime_slice s WHERE s.station_id = n.id) f "
            "WHERE f.first IS NOT NULL",
            [list(stations)],
        )
        return dict(cursor.fetchall())


# The measure that the time of a stop adds to, by what its cause says.
LOST = {Cause.Kind.UNPLANNED: UNPLANNED, Cause.Kind.PLANNED: "planned_stop_ms", Cause.Kind.SETUP: "setup_ms"}


def lost_by(used: Collection[int]) -> dict[int, str]:
    """The measure that stops of these causes add to, and those in setup."""
    found = {IN_SETUP: LOST[Cause.Kind.SETUP]}
    if not (given := set(used) - {IN_SETUP}):
        return found
    companies = Cause.objects.filter(pk__in=given).values("company")
    causes = list(Cause.objects.filter(company__in=companies))
    said = {cause.pk: LOST[Cause.Kind(cause.kind)] for cause in causes if cause.kind}
    paths = paths_of(causes)
    return found | {pk: class_of(paths[pk], said) or UNPLANNED for pk in given}


def _read_states(found: Mapping[int, _Found], windows: Mapping[int, Window]) -> None:
    """The slices of each window, and of each stop whether it begins there, why it was, and what that makes of it."""
    stops = _stops(windows)
    lost = lost_by({cause for parts in stops.values() for _, (_, cause, _) in parts if cause})
    last: dict[int, tuple[str, datetime | None]] = {}
    for pk, start, end, state, silent, first in _slices(windows):
        found[pk].first = first
        window, stop = Window(start, end or windows[pk].end), stops.get((pk, silent))
        goes_on = last.get(pk) == (state, silent)
        last[pk] = (state, silent)
        if window.start >= window.end or window.end <= windows[pk].start:
            continue
        if state == Status.STOPPED and stop is not None:
            for stretch, (begun, given, as_planned) in cut(window, stop):
                asks = not given and not as_planned
                for piece, cause in _set_up(stretch, found[pk].jobs) if asks else [(stretch, given)]:
                    measure = LOST[Cause.Kind.PLANNED] if as_planned else lost.get(cause, UNPLANNED)
                    found[pk].states.append(State(piece, state, cause, begun >= piece.start, measure))
        else:
            found[pk].states.append(State(window, state, begins=not goes_on))


def _set_up(stretch: Window, runs: Iterable[JobRun]) -> list[tuple[Window, int]]:
    """A stretch to which nobody gave a cause, cut where setups begin and end, each piece with what it is for now."""
    setups = [run.setup for run in runs if run.setup]
    inside = [(piece, IN_SETUP) for piece in intersection([stretch], setups)]
    return sorted([*inside, *((piece, 0) for piece in difference([stretch], setups))])


def _slices(windows: Mapping[int, Window], but: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """The slices that touch each window, in order, but for those of some states; each with the instant at which its
    station's time begins.

    The last slice has no end, so where none touches, nothing was known yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT s.station_id, s.start, s."end", s.state, s.silent_since, f.first '
            "FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS n(id, since, until) "
            "JOIN downtime_slice s ON s.station_id = n.id AND s.start < n.until "
            'AND (s."end" IS NULL OR s."end" >= n.since) '
            # The slice before the window is the last one that begins before it: further back none can touch it.
            "AND s.start >= COALESCE((SELECT max(start) FROM downtime_slice b "
            "WHERE b.station_id = n.id AND b.start < n.since), n.since) "
            # When the time of a station begins: with the first thing it ever said.
            "CROSS JOIN LATERAL (SELECT min(start) AS first FROM downtime_slice b WHERE b.station_id = n.id) f "
            "WHERE s.state <> ALL (%s::text[]) ORDER BY s.station_id, s.start",
            [
                list(windows),
                [w.start for w in windows.values()],
                [w.end for w in windows.values()],
                list(but),
            ],
        )
        return cursor.fetchall()


# Of a stop, or of each of its parts: when it began, its cause, and whether its time counts as planned.
_Parts = list[tuple[datetime, tuple[datetime, int, bool]]]


def _stops(windows: Mapping[int, Window]) -> dict[tuple[int, datetime], _Parts]:
    """The parts of each stop that touches its station's window, in order, by station and silence."""
    hull = hull_of(windows.values())
    rows = Issue.objects.filter(station__in=windows).overlapping(hull).with_setup().order_by("started_at")
    found: dict[tuple[int, datetime], _Parts] = {}
    for pk, silent, begun, cause, excluded, in_setup in rows.values_list(
        "station_id", "silent_since", "started_at", "cause_id", "excluded_at", "in_setup"
    ):
        why = cause or (IN_SETUP if in_setup else 0)
        found.setdefault((pk, silent), []).append((begun, (begun, why, excluded is not None)))
    return found


def _read_runs(found: Mapping[int, _Found], hull: Window) -> None:
    _take_runs(found, runs_in(found, hull), hull)


def _take_runs(found: Mapping[int, _Found], ran: Mapping[int, Sequence[JobRun]], hull: Window) -> None:
    for pk, mine in found.items():
        mine.jobs += ran.get(pk, ())
        for run in mine.jobs:
            assert run.actual_start is not None
            mine.runs.append(
                Run(
                    Window(run.actual_start, run.actual_end or hull.end),
                    run.pk,
                    run.effective_cycle_time_ms,
                    run.effective_expected_ms,
                    run.effective_value,
                )
            )


def _read_people(found: Mapping[int, _Found], hull: Window) -> None:
    there = SignOn.objects.filter(station__among=list(found)).overlapping(hull).order_by("started_at")
    for station, operator, start, end in there.values_list(
        "station_id", "operator_id", "started_at", "ends_at"
    ):
        found[station].people.append(Present(Window(start, end), operator))


def _all_made(questions: Sequence[Question], found: Mapping[int, _Found]) -> list[tuple[list[Made], Reading]]:
    """Of each question what was made, and where counting stood at its mark; two queries."""
    begins = beginnings({q.station.pk: q.window.start for q in questions if q.reading is None})
    rows = rows_of(
        {q.station.pk: (begins.get(q.station.pk, (q.window.start,))[0], q.window.end) for q in questions}
    )
    return [
        _made(q, rows.get(q.station.pk, []), q.reading or begins[q.station.pk][1], found[q.station.pk].jobs)
        for q in questions
    ]


def _made(
    q: Question, rows: Sequence[Row], reading: Reading, jobs: Sequence[JobRun]
) -> tuple[list[Made], Reading]:
    """What each signal of the window added, and where counting stood at the mark."""
    found, mark, here = [], None, reading
    for row, good, bad, kwh, after in each_counted(q.station, rows, reading, jobs):
        if mark is None and row.at >= q.mark:
            mark = here
        here = after
        if row.at in q.window and (good or bad or kwh):
            found.append(Made(row.at, good, bad, kwh))
    return found, mark or here
