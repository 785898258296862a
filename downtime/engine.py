"""Deciding what stations do: the tick asks whose deadline has passed, and makes the tables agree with detection.

Everything here may run twice, overlap, or be killed anywhere: the answer depends on signals and plan alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from downtime import cases, raising, ruling
from downtime.cases import Case
from downtime.counting import recount
from downtime.detection import Findings, Piece, Plan, continues, find, pending_gap
from downtime.listening import setting_of
from downtime.models import Issue, Slice
from downtime.tiles import replace_tiles
from production.live import GRACE, save
from production.models import Station, StationLive
from production.nudges import announce
from production.windows import Window, difference

STATIONS_AT_ONCE = 500
# The columns of the live row that are the tick's to move.
DECIDED = (
    "status", "since", "job_run_id", "counters", "last_output_at", "deadline",
    "settled_at", "carry", "dirty_from", "sums_from", "version",
)  # fmt: skip
INSTANT = timedelta(milliseconds=1)


def tick(*, now: datetime) -> int:
    """Look at every station whose deadline has passed, and at a portion of what lies far back; return how many.

    Rows that another tick holds are skipped; a station with late data is decided anew from there.
    """
    return _present(now) + _past(now)


def is_behind(*, now: datetime) -> bool:
    """Whether something that lies far back still waits to be decided anew."""
    return StationLive.objects.dirty_before(now - cases.PORTION).exists()


def _present(now: datetime) -> int:
    with transaction.atomic():
        due = StationLive.objects.filter(deadline__lte=now)
        claimed = due.select_for_update(skip_locked=True).order_by("deadline")
        lives = list(claimed[:STATIONS_AT_ONCE])
        if lives:
            _decide(lives, now)
    return len(lives)


def _past(now: datetime) -> int:
    """Decide a portion of one station's past: a moved shift concerns years, and nobody is to wait for them."""
    if not is_behind(now=now):
        return 0
    with transaction.atomic():
        far = StationLive.objects.dirty_before(now - cases.PORTION).order_by("station")
        live = far.select_for_update(skip_locked=True, of=("self",)).first()
        if live:
            _decide_portion(live, now)
    return int(live is not None)


def _decide_portion(live: StationLive, now: datetime) -> None:
    """Make slices and issues of a portion agree; the rest stays as it is, and is marked to be the next."""
    length = cases.PORTION
    while opened := cases.portion(live, now=now, length=length):
        case, until = opened
        case.findings = _found(case, until)
        if at := _seam(case, until):
            decided = [(case.station.pk, case.start, case.findings.up_to(at))]
            replace_tiles(decided)
            moved = raising.reconcile(decided, {case.station.pk: case.runs}, now=now)
            _answer([case], now, moved, until=at)
            live.sums_from = min(live.sums_from or case.start, case.start)
            live.dirty_from = at
            live.deadline = live.deadline if cases.is_far(live, now) else now
            save([live], ("dirty_from", "sums_from", "deadline"))
            return
        length *= 2
    _decide([live], now, whole=True)


def _seam(case: Case, until: datetime) -> datetime | None:
    """Where a portion ends: the last work that is settled and in no stop, so that no silence lies across."""
    since, settled = case.live.dirty_from, _settled(case, until)
    assert since is not None
    works = sorted(work.end for work in case.findings.history.works if since < work.end <= settled)
    stops = Issue.objects.filter(station=case.station).overlapping(Window(since, until))
    for begun, ended in stops.order_by("-started_at").values_list("started_at", "ended_at"):
        if works and begun < works[-1] and (ended is None or ended > works[-1]):
            works = [at for at in works if at <= begun]
    return works[-1] if works else None


def rebuild(station: Station, *, now: datetime) -> None:
    """Decide a station's whole time anew from its signals; the slices are the same, bit by bit."""
    with transaction.atomic():
        live = StationLive.objects.select_for_update().get(station=station)
        Slice.objects.filter(station=station).delete()
        live.settled_at = live.carry = live.dirty_from = None
        _decide([live], now)


def _found(case: Case, until: datetime) -> Findings:
    """What a case shows up to an instant."""
    shown = [row for row in case.rows if row.at <= until]
    plan = Plan(case.planned, cases.cuts(case))
    setting = setting_of(case.station, case.runs)
    return find(setting, case.carry, shown, plan, Window(case.start, until))


def _decide(lives: Sequence[StationLive], now: datetime, *, whole: bool = False) -> None:
    opened, rest = cases.opened(lives, now=now, whole=whole)
    for case in opened:
        case.findings = _found(case, now)
    decided = [(case.station.pk, case.start, case.findings) for case in opened]
    if decided:
        changed = replace_tiles(decided)
        moved = raising.reconcile(decided, {case.station.pk: case.runs for case in opened}, now=now)
        changed |= set(moved) | {case.station.pk for case in opened if _settle(case, now)}
        changed |= _answer(opened, now, moved)
        for case in opened:
            case.live.version += case.station.pk in changed
        announce(changed)
    for live in rest:
        # Archived or never heard of: only a signal wakes it. Else the clock was set back, or it spoke just now.
        live.deadline = live.settled_at or (live.last_seen_at and live.last_seen_at + INSTANT)
        live.deadline = max(live.deadline, now + INSTANT) if live.deadline else None
    save([*(case.live for case in opened), *rest], DECIDED)


def _answer(
    opened: Sequence[Case], now: datetime, moved: Mapping[int, datetime], *, until: datetime | None = None
) -> set[int]:
    """Let the rules answer what stands still in what was decided or moved; return the stations where they did."""
    asked = [
        (case.station, min(case.start, moved.get(case.station.pk, case.start)), until)
        for case in opened
        if case.station.has_rules  # type: ignore[attr-defined]
    ]
    ruled = ruling.answer(asked, now=now)
    for case in opened:
        live, pk = case.live, case.station.pk
        if since := ruled.changed.get(pk):
            live.sums_from = min(live.sums_from or since, since)
        if at := ruled.look_at.get(pk):
            live.deadline = min(live.deadline or at, at)
    return set(ruled.changed)


def _settle(case: Case, now: datetime) -> bool:
    """Move the live row to what was found; whether a screen would show the difference."""
    live, findings = case.live, case.findings
    before = (live.status, live.since, live.job_run_id)
    live.since = _since(live, findings.pieces)
    live.status = findings.now.state
    live.job_run_id = next((run.pk for run in case.runs if run.actual_end is None), None)
    if case.is_new or case.is_late:
        live.sums_from = min(live.sums_from or case.start, case.start)
        recount(case)
    live.settled_at = _settled(case, now)
    live.carry = msgspec.to_builtins(findings.history.before(live.settled_at))
    if case.is_late:
        live.dirty_from = None
    coming = _coming(case, now)
    live.deadline = min(at for at in (findings.look_at, coming, now + cases.LATER) if at)
    return before != (live.status, live.since, live.job_run_id)


def _coming(case: Case, now: datetime) -> datetime | None:
    """When to look at a signal that is stored but still to come: some senders' clocks run ahead."""
    position = bisect_left(case.rows, now, key=lambda row: row.at)
    return case.rows[position].at + INSTANT if position < len(case.rows) else None


def _settled(case: Case, now: datetime) -> datetime:
    """Until when nothing but late data can change what was found.

    Not beyond the gap that is open, nor beyond the last sign of life, from which on all may be no signal;
    nor beyond the gap that was open then: the next signal may show that it was no signal at no time.
    """
    history = case.findings.history
    seen, observed = history.last.seen_at or now, difference(case.planned, history.blind)
    open_gaps = [pending_gap(history, observed, until) for until in (seen, now)]
    return max(case.start, min(*open_gaps, seen, now - GRACE))


def _since(live: StationLive, pieces: Sequence[Piece]) -> datetime:
    """Since when the station is in its state, over the cuts between shifts."""
    first = len(pieces) - 1
    while first and continues(pieces[first - 1], pieces[first]):
        first -= 1
    goes_on = first == 0 and live.status == pieces[0].state and live.since is not None
    return min(live.since or pieces[0].start, pieces[0].start) if goes_on else pieces[first].start
