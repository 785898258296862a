"""From signals and plan to the states of a station's time. Pure; docs/algorithms/detection.md explains it.

Work is a set of instants (units made) and spans (productive, fast enough, enough power). Time that is planned
and seen is cut into work and the gaps between it; the length of a gap decides what it was.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from production.counters import Counters, Rule, RuleAt, one
from production.messages import Row
from production.windows import Window, difference, intersection, union

RUNNING, MICRO_STOP, STOPPED = "running", "micro_stop", "stopped"
NO_SIGNAL, NOT_PLANNED = "no_signal", "not_planned"


NOTHING_COUNTED = Counters()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a gap may be: up to `quiet` it is still running, up to `stop` a micro-stop, beyond a stop."""

    quiet: timedelta
    stop: timedelta


@dataclass(frozen=True, slots=True)
class Setting:
    """How a station is listened to. `limits` are (from, Limits), sorted; the first holds before its time, too."""

    mode: str
    limits: Sequence[tuple[datetime, Limits]]
    counting: RuleAt = lambda _: Rule()
    heartbeat: timedelta | None = None
    speed_threshold: float = 0.0
    power_threshold_kw: float = 0.0

    def limits_at(self, at: datetime) -> Limits:
        """The limits for a gap that begins at this instant."""
        position = bisect_right([since for since, _ in self.limits], at)
        return self.limits[max(position - 1, 0)][1]


@dataclass(frozen=True, slots=True)
class Carry:
    """What must be remembered of everything before an instant to go on from there."""

    known_from: datetime | None = None  # the first signal ever
    working: bool = False
    worked_at: datetime | None = None  # the end of the last work; while it works, its last beginning
    seen_at: datetime | None = None
    seen_from: datetime | None = None  # since when without a break
    available: bool = True
    meter: tuple[datetime, float] | None = None
    energy: float | None = None  # what the meter last showed, in kWh, whether work is told from it or not
    counters: Counters = NOTHING_COUNTED


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch in one state. `silent_since`: the last work before a stop or micro-stop; `raised_at`: its deadline."""

    start: datetime
    end: datetime
    state: str
    silent_since: datetime | None = None
    raised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """When the station is meant to run, and where slices are cut in any case (shift changes)."""

    planned: Sequence[Window]
    cuts: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """The tiles of a span, what to remember at any instant in it, and when to look again."""

    pieces: list[Piece]
    history: History
    cuts: frozenset[datetime]
    look_at: datetime | None
    until: datetime | None = None  # an end beyond which nothing is said

    def up_to(self, at: datetime) -> Findings:
        """The same up to the end of a work: no silence goes on there, and what follows is left as it was."""
        pieces = [replace(piece, end=min(piece.end, at)) for piece in self.pieces if piece.start < at]
        return replace(self, pieces=pieces, until=at)

    @property
    def now(self) -> Piece:
        """The piece that goes on."""
        return self.pieces[-1]

    @property
    def silence(self) -> datetime | None:
        """Since when there has been no work, or None while there is."""
        if self.until is not None:
            return None
        last = self.history.last
        return None if last.working else last.worked_at or last.known_from


class History:
    """Folds signals one by one, and keeps what was true in between."""

    def __init__(self, setting: Setting, carry: Carry, rows: Iterable[Row], until: datetime) -> None:
        self._setting = setting
        self.times: list[datetime] = []
        self.carries = [carry]
        self.works: list[Window] = []  # spans; an instant has no length
        self._blind: list[Window] = []
        for row in rows:
            self._take(row)
        last = self.carries[-1]
        if last.working and last.worked_at is not None:
            self.works.append(Window(last.worked_at, until))
        self.blind = union([*self._blind, *self._unseen(last, until)])

    def before(self, at: datetime) -> Carry:
        """What was known from all signals before this instant."""
        return self.carries[bisect_left(self.times, at)]

    @property
    def last(self) -> Carry:
        """What is known now."""
        return self.carries[-1]

    def _take(self, row: Row) -> None:
        carry = self.carries[-1]
        self._blind.extend(self._unseen(carry, row.at))
        seen_from = carry.seen_from
        if seen_from is None or any(self._unseen(carry, row.at)):
            seen_from = row.at
        available = carry.available if row.available is None else row.available
        units, counters = one(row, self._setting.counting(row.at), carry.counters)
        carry = replace(
            carry,
            known_from=carry.known_from or row.at,
            seen_at=row.at,
            seen_from=seen_from,
            available=available,
            counters=counters,
            energy=carry.energy if row.kwh_total is None else row.kwh_total,
        )
        carry = self._work(carry, row, made=bool(units.good or units.bad))
        if row.available is False:
            # What it last did is not known any more, and is not assumed when it is back.
            carry = self._switch(carry, row.at, False)
        self.times.append(row.at)
        self.carries.append(carry)

    def _unseen(self, carry: Carry, until: datetime) -> Iterator[Window]:
        """The time after the last sign of life in which nothing is known."""
        heartbeat = self._setting.heartbeat
        if carry.seen_at is None:
            return
        if not carry.available or (heartbeat is not None and until - carry.seen_at > heartbeat):
            yield Window(carry.seen_at, until)

    def _work(self, carry: Carry, row: Row, *, made: bool) -> Carry:
        mode = self._setting.mode
        if mode == "power":
            return self._power(carry, row)
        if mode == "production_cycle":
            return self._instant(carry, row.at) if made else carry
        if mode == "process_speed":
            fast = None if row.speed is None else row.speed >= self._setting.speed_threshold
            return self._switch(carry, row.at, fast)
        return self._switch(carry, row.at, row.productive)

    def _instant(self, carry: Carry, at: datetime) -> Carry:
        self.works.append(Window(at, at))
        return replace(carry, worked_at=at)

    def _switch(self, carry: Carry, at: datetime, on: bool | None) -> Carry:
        if on is None or on == carry.working:
            return carry
        if not on and carry.worked_at is not None:
            self.works.append(Window(carry.worked_at, at))
        return replace(carry, working=on, worked_at=at)

    def _power(self, carry: Carry, row: Row) -> Carry:
        """A reading tells of the time since the reading before: mean power in kW against the threshold."""
        energy, since = row.kwh, carry.meter
        if row.kwh_total is not None:
            energy = row.kwh_total - since[1] if since and row.kwh_total >= since[1] else None
        if row.kwh is None and row.kwh_total is None:
            return carry
        reading = row.kwh_total if row.kwh_total is not None else 0.0
        if since is not None and energy is not None and row.at > since[0]:
            hours = (row.at - since[0]).total_seconds() / 3600
            if energy / hours >= self._setting.power_threshold_kw:
                self.works.append(Window(since[0], row.at))
                carry = replace(carry, worked_at=row.at)
        return replace(carry, meter=(row.at, reading))


def find(setting: Setting, carry: Carry, rows: Iterable[Row], plan: Plan, span: Window) -> Findings:
    """The states of `span`, from what was remembered at its start and the signals in it, in order.

    The plan must reach back further than any gap limit before the span, and ahead of its end.
    """
    history = History(setting, carry, rows, span.end)
    observed = difference(plan.planned, history.blind)
    pieces = list(_gaps_and_work(setting, carry, history, observed, span))
    unseen = intersection(intersection(plan.planned, history.blind), [span])
    pieces += [Piece(w.start, w.end, NO_SIGNAL) for w in unseen]
    pieces += [Piece(w.start, w.end, NOT_PLANNED) for w in difference([span], plan.planned)]
    cuts = frozenset(plan.cuts)
    tiles = _joined(_cut(sorted(pieces, key=lambda p: p.start), plan.cuts), cuts)
    return Findings(tiles, history, cuts, _look_at(setting, history, plan, observed, tiles[-1], span.end))


def _gaps_and_work(
    setting: Setting, carry: Carry, history: History, observed: Sequence[Window], span: Window
) -> Iterator[Piece]:
    """The pieces of all time that is planned and seen."""
    works = sorted(history.works)
    ends = _last_ends(carry, history.last.known_from or span.start, works)
    for window in observed:
        if window.end <= span.start or window.start >= span.end:
            continue
        if setting.mode == "off":
            clipped = window.clip(span)
            assert clipped is not None
            yield Piece(clipped.start, clipped.end, RUNNING)
            continue
        yield from _of_window(setting, carry, works, ends, window, span)


def _last_ends(carry: Carry, known_from: datetime, works: Sequence[Window]) -> list[datetime]:
    """For each work, when the last work before it ended; where there was none, the first sign of life."""
    latest = known_from if carry.working else carry.worked_at or known_from
    ends = []
    for work in works:
        ends.append(latest)
        latest = max(latest, work.end)
    return [*ends, latest]


def _of_window(
    setting: Setting,
    carry: Carry,
    works: Sequence[Window],
    ends: Sequence[datetime],
    window: Window,
    span: Window,
) -> Iterator[Piece]:
    cursor = window.start
    if window.start <= span.start:
        cursor = max(cursor, carry.seen_from or span.start)
    if carry.worked_at is not None and not carry.working:
        cursor = max(cursor, min(carry.worked_at, span.start))
    until = min(window.end, span.end)
    position = bisect_left(works, window.start, key=lambda work: work.end)
    while position < len(works) and works[position].start < until:
        work = works[position]
        gap = Window(cursor, max(cursor, work.start))
        yield from _gap(setting, gap, ends[position], span, over=True)
        if work.end > max(work.start, cursor, span.start):
            yield Piece(max(work.start, cursor, span.start), min(work.end, until), RUNNING)
        cursor = max(cursor, min(work.end, until))
        position += 1
    over = window.end < span.end
    yield from _gap(setting, Window(cursor, max(cursor, until)), ends[position], span, over=over)


def _gap(setting: Setting, gap: Window, silent: datetime, span: Window, *, over: bool) -> Iterator[Piece]:
    """Time without work: what it was if it is over, what it is so far if it is not."""
    start = max(gap.start, span.start)
    if gap.end <= start:
        return
    limits, length = setting.limits_at(gap.start), gap.duration
    if length > limits.stop:
        yield Piece(start, gap.end, STOPPED, silent, gap.start + limits.stop)
    elif length > limits.quiet and over:
        yield Piece(start, gap.end, MICRO_STOP, silent)
    else:
        yield Piece(start, gap.end, RUNNING)


def _cut(pieces: Iterable[Piece], cuts: Sequence[datetime]) -> Iterator[Piece]:
    """The same pieces, none across a cut."""
    for piece in pieces:
        inside = [at for at in cuts if piece.start < at < piece.end]
        for start, end in pairwise([piece.start, *inside, piece.end]):
            yield replace(piece, start=start, end=end)


def _joined(pieces: Iterable[Piece], cuts: frozenset[datetime]) -> list[Piece]:
    """Neighbours of one state become one piece, except at a cut."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and piece.start not in cuts and continues(joined[-1], piece):
            joined[-1] = replace(joined[-1], end=piece.end)
        else:
            joined.append(piece)
    return joined


def continues(before: Piece, after: Piece) -> bool:
    """Whether two neighbours are one stretch: the same state, and the same silence."""
    return before.state == after.state and before.silent_since == after.silent_since


def _look_at(
    setting: Setting,
    history: History,
    plan: Plan,
    observed: Sequence[Window],
    now: Piece,
    until: datetime,
) -> datetime | None:
    """The next instant at which the state can change without a signal."""
    edges = [edge for window in plan.planned for edge in (window.start, window.end)]
    times = [at for at in (*edges, *plan.cuts) if at > until]
    last = history.last
    if (
        now.state in (RUNNING, STOPPED, MICRO_STOP)
        and setting.heartbeat is not None
        and last.seen_at is not None
    ):
        times.append(last.seen_at + setting.heartbeat)
    if now.state == RUNNING and setting.mode != "off" and not last.working:
        gap = pending_gap(history, observed, until)
        times.append(gap + setting.limits_at(gap).stop)
    return min(times, default=None)


def pending_gap(history: History, observed: Sequence[Window], until: datetime) -> datetime:
    """Where the gap that is open at `until` began; `until` itself where there is none."""
    if history.last.working:
        return until
    current = [window.start for window in observed if window.start <= until <= window.end]
    if not current:
        return until
    begun = [current[-1], *(at for at in (history.last.worked_at, history.last.seen_from) if at is not None)]
    return max(at for at in begun if at <= until)
