"""Deciding what stations do: the tick asks whose deadline has passed, and makes the tables agree with detection.

Everything here may run twice, overlap, or be killed anywhere: the answer depends on signals and plan alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from downtime import cases, raising
from downtime.cases import Case
from downtime.counting import recount
from downtime.detection import Piece, Plan, continues, find, pending_gap
from downtime.listening import setting_of
from downtime.models import Slice
from downtime.tiles import replace_tiles
from production.live import GRACE, save
from production.models import Station, StationLive
from production.nudges import announce
from production.windows import Window, difference

STATIONS_AT_ONCE = 500
# When to look again at a station that nothing will change by itself.
LATER = timedelta(days=1)
# The columns of the live row that are the tick's to move.
DECIDED = (
    "status", "since", "job_run_id", "counted_from", "good", "bad", "counters", "last_output_at", "deadline",
    "settled_at", "carry", "dirty_from", "version",
)  # fmt: skip
INSTANT = timedelta(milliseconds=1)


def tick(*, now: datetime) -> int:
    """Look at every station whose deadline has passed, and return how many those were.

    Rows that another tick holds are skipped; a station with late data is decided anew from there.
    """
    with transaction.atomic():
        due = StationLive.objects.filter(deadline__lte=now)
        claimed = due.select_for_update(skip_locked=True).order_by("deadline")
        lives = list(claimed[:STATIONS_AT_ONCE])
        if lives:
            _decide(lives, now)
    return len(lives)


def rebuild(station: Station, *, now: datetime) -> None:
    """Decide a station's whole time anew from its signals; the slices are the same, bit by bit."""
    with transaction.atomic():
        live = StationLive.objects.select_for_update().get(station=station)
        Slice.objects.filter(station=station).delete()
        live.settled_at = live.carry = live.dirty_from = None
        _decide([live], now)


def _decide(lives: Sequence[StationLive], now: datetime) -> None:
    opened, rest = cases.opened(lives, now=now)
    for case in opened:
        shown = [row for row in case.rows if row.at <= now]
        plan = Plan(case.planned, cases.cuts(case))
        case.findings = find(
            setting_of(case.station, case.runs), case.carry, shown, plan, Window(case.start, now)
        )
    decided = [(case.station.pk, case.start, case.findings) for case in opened]
    if decided:
        changed = replace_tiles(decided)
        changed |= raising.reconcile(decided, {case.station.pk: case.runs for case in opened}, now=now)
        changed |= {case.station.pk for case in opened if _settle(case, now)}
        announce(changed)
    for live in rest:
        # Archived or never heard of: only a signal wakes it. Else the clock was set back, or it spoke just now.
        live.deadline = live.settled_at or (live.last_seen_at and live.last_seen_at + INSTANT)
        live.deadline = max(live.deadline, now + INSTANT) if live.deadline else None
    save([*(case.live for case in opened), *rest], DECIDED)


def _settle(case: Case, now: datetime) -> bool:
    """Move the live row to what was found; whether a screen would show the difference."""
    live, findings = case.live, case.findings
    before = (live.status, live.since, live.job_run_id, live.counted_from, live.good, live.bad)
    live.since = _since(live, findings.pieces)
    live.status = findings.now.state
    live.job_run_id = next((run.pk for run in case.runs if run.actual_end is None), None)
    if case.is_new or live.dirty_from is not None or live.counted_from != cases.counted_from(case, now):
        recount(case, now)
    live.settled_at = _settled(case, now)
    live.carry = msgspec.to_builtins(findings.history.before(live.settled_at))
    live.dirty_from = None
    live.deadline = min(findings.look_at or now + LATER, now + LATER)
    after = (live.status, live.since, live.job_run_id, live.counted_from, live.good, live.bad)
    live.version += before != after
    return before != after


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
