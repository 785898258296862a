"""From the rules of a station to its plan: shifts, what interrupts them, and the spans of planned time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from operator import attrgetter
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from mesproject.words import gettext_noop as _
from production.windows import Window, difference, union
from scheduling.calendar import Attendance, DayChange, Shift, Version, shifts_by_version
from scheduling.holiday_days import Days
from scheduling.recurrence import Recurrence, spans
from scheduling.wall_clock import local_to_utc, shop_day_window


class Kind(StrEnum):
    """What a span of shift time is meant for; only PRODUCTION is planned production time."""

    PRODUCTION = "production"
    HOLIDAY = "holiday"
    CUSTOM_HOLIDAY = "custom-holiday"
    MAINTENANCE = "maintenance"
    NON_PRODUCTION = "non-production"
    BREAK = "break"
    UNATTENDED = "unattended"
    OPTIONAL = "optional"
    NO_RUN = "no-run"


# Before and after everything, a day from the ends of time so that every zone can show it.
EVER, NEVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
NOWHERE = Window(EVER, EVER)
LABELS = {
    Kind.PRODUCTION: _("Production"),
    Kind.HOLIDAY: _("Public holiday"),
    Kind.CUSTOM_HOLIDAY: _("Company holiday"),
    Kind.MAINTENANCE: _("Planned maintenance"),
    Kind.NON_PRODUCTION: _("No production"),
    Kind.BREAK: _("Break"),
    Kind.UNATTENDED: _("Unattended"),
    Kind.OPTIONAL: _("Optional shift"),
    Kind.NO_RUN: _("No job"),
}
# What shift time without a job run is.
WITHOUT_RUN = {
    Attendance.ATTENDED: Kind.PRODUCTION,
    Attendance.BY_RUN: Kind.NO_RUN,
    Attendance.OPTIONAL: Kind.OPTIONAL,
    Attendance.UNATTENDED: Kind.UNATTENDED,
}
# Where events overlap, the first of these counts: a break on a holiday is a holiday.
BY_WEIGHT = (Kind.HOLIDAY, Kind.CUSTOM_HOLIDAY, Kind.MAINTENANCE, Kind.NON_PRODUCTION, Kind.BREAK)


@dataclass(frozen=True, slots=True)
class EventRule:
    """An assignment of an event to a pattern: when it recurs, and until what it lasts."""

    assignment: int
    event: int
    kind: Kind
    name: str
    starts: Recurrence
    ends: Recurrence | None = None
    length: timedelta | None = None


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """A calendar of holidays on a pattern: whole days, each with a name of its own."""

    assignment: int
    event: int
    days: Days

    def spans(self, tz: ZoneInfo, within: Window) -> Iterator[tuple[Window, str]]:
        """The local days that share time with a window."""
        first, last = (at.astimezone(tz).date() for at in (within.start, within.end))
        for day, name in self.days.between(first, last):
            midnight = datetime.combine(day, time())
            window = Window(local_to_utc(midnight, tz), local_to_utc(midnight + timedelta(days=1), tz))
            if window.start < window.end and window.clip(within):  # a zone may skip a day
                yield window, name


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event on one station. Without an assignment it was entered once, by hand."""

    window: Window
    kind: Kind
    name: str
    event: int
    assignment: int | None = None
    pattern: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decides a station's plan, but for job runs and one-offs.

    `patterns` and `events` belong to `versions`, in the same order. Without `all_planned` attended time is
    planned only where a job run covers it.
    """

    tz: ZoneInfo
    day_start: time
    all_planned: bool = True
    versions: tuple[Version, ...] = ()
    patterns: tuple[int, ...] = ()
    events: tuple[tuple[EventRule | HolidayRule, ...], ...] = ()
    changes: tuple[DayChange, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedSpan:
    """A stretch of one shift with one purpose; `reason` is the event's name where there is one."""

    window: Window
    kind: Kind
    shift: Shift
    reason: str = ""


@dataclass(slots=True)
class Plan:
    """A station's plan in a window: its shifts and events in order, and the purpose of each span of shift time."""

    shifts: list[Shift] = field(default_factory=list)
    events: list[Occurrence] = field(default_factory=list)
    spans: list[PlannedSpan] = field(default_factory=list)

    @property
    def production(self) -> list[Window]:
        """The planned production time, as sorted windows that neither overlap nor touch."""
        return union(span.window for span in self.spans if span.kind is Kind.PRODUCTION)


@dataclass(frozen=True, slots=True)
class Pause:
    """Time between the start and the end of a shift that is not meant for production, and why."""

    window: Window
    reason: str


def pauses(spans: Iterable[PlannedSpan], shift: Window) -> list[Pause]:
    """What of a whole shift is no planned production time, in order; gaps between its pieces are breaks."""
    inside = [span for span in spans if span.window.clip(shift)]
    found = [
        Pause(span.window, span.reason or LABELS[span.kind])
        for span in inside
        if span.kind is not Kind.PRODUCTION
    ]
    gaps = difference([shift], (span.window for span in inside))
    return sorted([*found, *(Pause(gap, LABELS[Kind.BREAK]) for gap in gaps)], key=attrgetter("window"))


def expand(rules: Rules, within: Window) -> tuple[list[Shift], list[Occurrence]]:
    """The shifts and events that share time with the window: whole, in order."""
    shifts = shifts_by_version(
        rules.versions, tz=rules.tz, day_start=rules.day_start, within=within, changes=rules.changes
    )
    if not rules.all_planned:
        shifts = [_by_run(shift) for shift in shifts]
    return shifts, sorted(_occurrences(rules, within), key=_order)


def _by_run(shift: Shift) -> Shift:
    return replace(shift, attendance=Attendance.BY_RUN) if shift.attendance is Attendance.ATTENDED else shift


def _order(one: Occurrence) -> tuple[Window, int]:
    return one.window, one.assignment or 0


def _occurrences(rules: Rules, within: Window) -> Iterator[Occurrence]:
    """Those of the pattern that is followed on the shop day in which they start."""
    begins = [
        shop_day_window(version.valid_from, tz=rules.tz, day_start=rules.day_start).start
        for version in rules.versions
    ]
    for holds, pattern, events in zip(pairwise([*begins, NEVER]), rules.patterns, rules.events, strict=True):
        for rule in events:
            if isinstance(rule, HolidayRule):
                found = ((window, Kind.HOLIDAY, name) for window, name in rule.spans(rules.tz, within))
            else:
                windows = spans(rule.starts, rule.ends, rule.length, tz=rules.tz, within=within)
                found = ((window, rule.kind, rule.name) for window in windows)
            for window, kind, name in found:
                if holds[0] <= window.start < holds[1]:
                    yield Occurrence(window, kind, name, rule.event, rule.assignment, pattern)


def purposes(
    shifts: Sequence[Shift],
    events: Iterable[Occurrence],
    runs: Iterable[Window],
    within: Window,
) -> list[PlannedSpan]:
    """Cut the shift time of a window by purpose: sorted, disjoint, and as long as the shifts are.

    `runs` is when job runs cover the station.
    """
    found: list[PlannedSpan] = []
    interruptions, covered = _Sweep(sorted(events, key=_start_of)), _Sweep(sorted(runs), key=_itself)
    for shift in shifts:
        if not (window := shift.window.clip(within)):
            continue
        here, run = interruptions.touching(window), covered.touching(window)
        here.sort(key=lambda one: (BY_WEIGHT.index(one.kind), one.name))
        for piece in _pieces(window, [*(one.window for one in here), *run]):
            runs_here = any(piece.start in one for one in run)
            _append(found, _purpose(piece, shift, here, runs_here))
    return found


_Item = TypeVar("_Item")


class _Sweep(Generic[_Item]):
    """Items in order of their starts, asked for windows in order: each is looked at a few times at most."""

    def __init__(self, items: Sequence[_Item], key: Callable[[_Item], Window] = attrgetter("window")) -> None:
        self._items, self._key, self._next = items, key, 0
        self._open: list[_Item] = []

    def touching(self, window: Window) -> list[_Item]:
        """The items that share time with the window; none of the windows asked later begins before it."""
        while self._next < len(self._items) and self._key(self._items[self._next]).start < window.end:
            self._open.append(self._items[self._next])
            self._next += 1
        self._open = [item for item in self._open if self._key(item).end > window.start]
        return list(self._open)


def _start_of(event: Occurrence) -> datetime:
    return event.window.start


def _itself(window: Window) -> Window:
    return window


def _pieces(window: Window, others: Iterable[Window]) -> Iterator[Window]:
    """The window, cut wherever one of the others begins or ends."""
    inside = {at for other in others for at in (other.start, other.end) if window.start < at < window.end}
    for start, end in pairwise([window.start, *sorted(inside), window.end]):
        yield Window(start, end)


def _append(found: list[PlannedSpan], span: PlannedSpan) -> None:
    """Add a span, or lengthen the last one where it is the same."""
    last = found[-1] if found else None
    if last and last.window.end == span.window.start and replace(last, window=span.window) == span:
        found[-1] = replace(last, window=Window(last.window.start, span.window.end))
    else:
        found.append(span)


def _purpose(window: Window, shift: Shift, here: Sequence[Occurrence], runs: bool) -> PlannedSpan:
    """What a span is for, in which nothing changes; `here` are the events of the shift, the weightiest first."""
    for event in here:
        if window.start in event.window:
            return PlannedSpan(window, event.kind, shift, event.name)
    if runs and shift.attendance is not Attendance.UNATTENDED:
        return PlannedSpan(window, Kind.PRODUCTION, shift)
    return PlannedSpan(window, WITHOUT_RUN[shift.attendance], shift)


_Part = TypeVar("_Part", Shift, Occurrence)


def sewn(before: Sequence[_Part], after: Sequence[_Part], at: datetime) -> list[_Part]:
    """What held up to an instant and what holds from it on, as one: what goes on over it is whole."""
    found = [cut for part in before if (cut := _clipped(part, Window(EVER, at)))]
    ending = {_same(part): number for number, part in enumerate(found) if part.window.end == at}
    for part in after:
        if not (cut := _clipped(part, Window(at, NEVER))):
            continue
        number = ending.get(_same(part)) if cut.window.start == at else None
        if number is None:
            found.append(cut)
        else:
            found[number] = replace(cut, window=Window(found[number].window.start, cut.window.end))
    return sorted(found, key=lambda part: part.window)


def _clipped(part: _Part, to: Window) -> _Part | None:
    if to.start <= part.window.start and part.window.end <= to.end:
        return part
    window = part.window.clip(to)
    return replace(part, window=window) if window else None


def _same(part: _Part) -> _Part:
    """The part without its time: two of the same are one, cut in two."""
    return replace(part, window=NOWHERE)
