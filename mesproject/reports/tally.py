"""From the story of a station to sums: cut time wherever anything changes, and add up what each piece was. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from mesproject.reports.measures import Measures
from production.windows import Window
from scheduling.calendar import Shift
from scheduling.expansion import Kind, PlannedSpan
from scheduling.wall_clock import SECOND, clock_at, clock_over, shop_days

MS = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS_PER_HOUR = 60 * 60
EVER = Window(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
NO_SHIFT, NO_RUN, NOBODY = "", 0, 0
UNPLANNED = "stop_ms"
# The cause of a stop to which nobody gave one, while the station was set up.
IN_SETUP = -1


class Key(NamedTuple):
    """To what a stretch of time belongs: all that reports group by, at the finest grain of facts."""

    hour: datetime  # the instant at which an hour of the plant's clock, or another cell, begins
    day: date  # the shop day
    shift: str
    run: int
    operator: int


@dataclass(frozen=True, slots=True)
class State:
    """What detection found; a stop names the cause, where one was given, and the measure that its time adds to.

    `begins` is False where it only goes on, over the edge of a shift or a break: it is counted once.
    """

    window: Window
    state: str
    cause: int = 0
    begins: bool = True
    lost: str = UNPLANNED


@dataclass(frozen=True, slots=True)
class Run:
    """A job run on the station; times in milliseconds per unit."""

    window: Window
    id: int
    ideal_ms: int | None = None
    expected_ms: int | None = None
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Present:
    """An operator who stood at the station."""

    window: Window
    operator: int


class Made(msgspec.Struct, frozen=True, gc=False):
    """What a signal added."""

    at: datetime
    good: float = 0.0
    bad: float = 0.0
    kwh: float = 0.0


@dataclass(frozen=True, slots=True)
class Declared:
    """Units that a person declared bad, and the measure that they add to."""

    at: datetime
    quantity: float
    reason: int
    lost: str = "scrap"


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a station's window: sorted, and disjoint where it has length.

    Before its first signal and after it was taken out of use a station has no time that could be summed.
    """

    tz: ZoneInfo
    day_start: time
    ideal_ms: int
    states: Sequence[State] = ()
    shifts: Sequence[Shift] = ()
    spans: Sequence[PlannedSpan] = ()
    runs: Sequence[Run] = ()
    people: Sequence[Present] = ()
    made: Sequence[Made] = ()
    declared: Sequence[Declared] = ()
    known: Window = EVER


@dataclass(slots=True)
class Lost:
    """Time and number of stops of one cause, or units and number of declarations of one reason."""

    amount: float = 0
    records: int = 0


@dataclass(slots=True)
class Sums:
    """Measures by key; downtime by key and cause (0: none given), rejects by key and reason."""

    measures: dict[Key, Measures] = field(default_factory=dict)
    downtime: dict[tuple[Key, int], Lost] = field(default_factory=dict)
    rejects: dict[tuple[Key, int], Lost] = field(default_factory=dict)

    def at(self, key: Key) -> Measures:
        """The measures of a key, which may be new."""
        known = self.measures.get(key)
        if known is None:
            known = self.measures[key] = Measures()
        return known


def tally(story: Story, within: Window, cells: Sequence[Window] = ()) -> Sums:
    """Sum up a window. Cutting it anywhere and adding the parts gives the same sums.

    `cells` that tile the window take the place of the clock's hours: see `cells_of`.
    """
    sums = Sums()
    if (window := within.clip(story.known)) is None:
        return sums
    frame = _Frame(story, window, cells)
    states, spans = Cursor(story.states), Cursor(story.spans)
    for start, end in pairwise([window.start, *changes(story, window, frame.days), window.end]):
        place, run = frame.place(start)
        state, span = states.at(start), spans.at(start)
        kind = span.kind if span else Kind.BREAK
        pace, value = _pace(story, run), run.value if run else 0.0
        begins = state is not None and state.begins and state.window.start == start
        for hour, ms in frame.parts(start, end):
            key = Key(hour, *place)
            measures = sums.at(key)
            measures.all_ms += ms
            if frame.shift is None:
                continue
            measures.shift_ms += ms
            if kind is not Kind.PRODUCTION:
                _not_planned(measures, kind, ms)
                continue
            _planned(measures, state, ms, pace, value)
            if state and state.state == "stopped":
                _stopped(sums, key, state, ms, begins=begins)
            elif state and state.state == "micro_stop":
                measures.micro_stops += begins
            begins = False
    _count(story, sums, window, cells)
    return sums


def in_ms(at: datetime) -> int:
    """Whole milliseconds since the epoch: lengths of pieces add up, wherever time is cut."""
    return (at - EPOCH) // MS


def hours_of(window: Window, tz: ZoneInfo) -> Iterator[Window]:
    """The hours of a clock that touch a window, cut to it; a new one begins where the clock jumps, too."""
    begin = window.start
    for at in _struck(window, tz):
        yield Window(begin, at)
        begin = at
    yield Window(begin, window.end)


def cells_of(window: Window, tz: ZoneInfo, length: timedelta) -> Iterator[Window]:
    """The hours of a clock that touch a window, cut into cells of at most a length; all inside the window."""
    return (Window(*edges) for edges in pairwise([*cell_starts(window, tz, length), window.end]))


def cell_starts(window: Window, tz: ZoneInfo, length: timedelta) -> Iterator[datetime]:
    """Where those cells begin."""
    if window.start < window.end:
        yield window.start
    for hour in hours_of(Window(hour_start(window.start, tz), window.end), tz):
        for number in range(-(-hour.duration // length)):
            if (at := hour.start + number * length) > window.start:
                yield at


def hour_start(at: datetime, tz: ZoneInfo) -> datetime:
    """The instant at which the hour of the clock that contains this one began."""
    second = (at - EPOCH) // SECOND
    clock = clock_at(tz, second)
    number = bisect_right(clock.starts, second) - 1
    begun = second - (second + clock.offsets[number]) % SECONDS_PER_HOUR
    return EPOCH + timedelta(seconds=max(begun, clock.starts[number]))


def _struck(window: Window, tz: ZoneInfo) -> Iterator[datetime]:
    """The instants inside a window at which a clock shows a full hour, or jumps, in order."""
    first, last = (window.start - EPOCH) // SECOND, -((EPOCH - window.end) // SECOND)
    clock = clock_over(tz, first, last)
    begins = bisect_right(clock.starts, first) - 1
    starts = (*clock.starts[begins : bisect_left(clock.starts, last)], last)
    for (start, end), offset in zip(pairwise(starts), clock.offsets[begins:], strict=False):
        if start > first:
            yield EPOCH + timedelta(seconds=start)
        begin = max(start, first) + 1
        for at in range(begin + -(begin + offset) % SECONDS_PER_HOUR, end, SECONDS_PER_HOUR):
            yield EPOCH + timedelta(seconds=at)


_Item = TypeVar("_Item")


class Cursor(Generic[_Item]):
    """Items in order, asked for instants in order: which one contains it."""

    def __init__(
        self, items: Iterable[_Item], window: Callable[[_Item], Window] = attrgetter("window")
    ) -> None:
        self._items, self._next = list(items), 0
        self._windows = [window(item) for item in self._items]

    def at(self, at: datetime) -> _Item | None:
        """The item that contains an instant; none of those asked later lies before it."""
        windows, here = self._windows, self._next
        while here < len(windows) and windows[here].end <= at:
            here += 1
        self._next = here
        return self._items[here] if here < len(windows) and windows[here].start <= at else None


# The shop day, shift, run and operator of an instant: a key without its hour.
_Place = tuple[date, str, int, int]


class _Frame:
    """Which hour, shop day, shift, run and operator an instant belongs to; asked in order of time."""

    def __init__(self, story: Story, window: Window, cells: Sequence[Window] = ()) -> None:
        begin = hour_start(window.start, story.tz)
        self.hours = list(cells) or list(hours_of(Window(begin, max(window.end, begin + MS)), story.tz))
        self.days = list(shop_days(window, tz=story.tz, day_start=story.day_start))
        self.shift: Shift | None = None
        self._hours, self._hour = Cursor(self.hours, lambda hour: hour), 0
        self._days = Cursor(self.days, lambda day: day[1])
        self._shifts, self._runs = Cursor(story.shifts), Cursor(story.runs)
        self._people = Cursor(story.people)

    def place(self, at: datetime) -> tuple[_Place, Run | None]:
        """Where an instant belongs but for its hour, and the run of that time; `shift` is left at the shift of it."""
        day = self._days.at(at)
        assert day is not None
        self.shift, run, present = self._shifts.at(at), self._runs.at(at), self._people.at(at)
        # A shift counts on the shop day in which it starts, though it may reach into the next.
        shop_day = self.shift.day if self.shift else day[0]
        name = self.shift.name if self.shift else NO_SHIFT
        who = present.operator if present else NOBODY
        return (shop_day, name, run.id if run else NO_RUN, who), run

    def key(self, at: datetime) -> tuple[Key, Run | None]:
        """The key of an instant, and the run of that time."""
        hour = self._hours.at(at)
        assert hour is not None
        place, run = self.place(at)
        return Key(hour.start, *place), run

    def parts(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
        """A piece of time cut by hours: the beginning of each hour, and how many milliseconds of it are in there."""
        hours, here, at = self.hours, self._hour, start
        while hours[here].end <= start:
            here += 1
        begun = in_ms(start)
        while at < end:
            hour = hours[here]
            at = hour.end if hour.end < end else end
            until = in_ms(at)
            yield hour.start, until - begun
            begun, here = until, here + 1
        self._hour = here - 1


def changes(story: Story, window: Window, days: Iterable[tuple[date, Window]]) -> list[datetime]:
    """The instants inside a window at which anything changes but the hour; the shop days are those that touch it."""
    spans: list[Window] = [
        *(state.window for state in story.states), *(shift.window for shift in story.shifts),
        *(span.window for span in story.spans), *(run.window for run in story.runs),
        *(present.window for present in story.people), *(day for _, day in days),
    ]  # fmt: skip
    return sorted({at for span in spans for at in (span.start, span.end) if window.start < at < window.end})


_WHY = {
    Kind.HOLIDAY: "holiday_ms",
    Kind.CUSTOM_HOLIDAY: "holiday_ms",
    Kind.MAINTENANCE: "maintenance_ms",
    Kind.NON_PRODUCTION: "non_production_ms",
    Kind.BREAK: "break_ms",
    Kind.UNATTENDED: "unattended_ms",
    Kind.OPTIONAL: "optional_ms",
    Kind.NO_RUN: "no_run_ms",
}
_BECAME = {"running": "run_ms", "micro_stop": "micro_stop_ms"}


def _not_planned(measures: Measures, kind: Kind, ms: int) -> None:
    setattr(measures, _WHY[kind], getattr(measures, _WHY[kind]) + ms)


def _planned(measures: Measures, state: State | None, ms: int, pace: tuple[int, int], value: float) -> None:
    stopped = state is not None and state.state == "stopped"
    name = state.lost if state and stopped else _BECAME.get(state.state if state else "", "no_signal_ms")
    setattr(measures, name, getattr(measures, name) + ms)
    ideal, expected = pace
    measures.planned_ms += ms
    measures.ideal_units += ms / ideal
    measures.expected_units += ms / expected
    measures.lost_value += ms / ideal * value
    if not stopped:
        measures.target_units += ms / ideal


def _stopped(sums: Sums, key: Key, state: State, ms: int, *, begins: bool) -> None:
    measures = sums.measures[key]
    if not state.cause:
        measures.uncategorized_ms += ms
    lost = sums.downtime.setdefault((key, state.cause), Lost())
    lost.amount += ms
    # A failure is a stop that was not planned; the pareto counts them all.
    measures.stops += begins and state.lost == UNPLANNED
    lost.records += begins


def _pace(story: Story, run: Run | None) -> tuple[int, int]:
    """Ideal and expected milliseconds per unit."""
    ideal = (run.ideal_ms if run else None) or story.ideal_ms
    return ideal, (run.expected_ms if run else None) or ideal


def _count(story: Story, sums: Sums, window: Window, cells: Sequence[Window]) -> None:
    """Add what was made, used and declared bad."""
    frame, spans = _Frame(story, window, cells), Cursor(story.spans)
    for made in story.made:
        if made.at not in window:
            continue
        key, run = frame.key(made.at)
        measures, span = sums.at(key), spans.at(made.at)
        _made(measures, made.good, made.bad, _pace(story, run), run.value if run else 0.0)
        measures.kwh += made.kwh
        if span is None or span.kind is not Kind.PRODUCTION:
            measures.kwh_outside += made.kwh
            # Slices tell nothing of this time, so units stand for the time that they take at the least.
            measures.run_outside_ms += round((made.good + made.bad) * _pace(story, run)[0])
    frame = _Frame(story, window, cells)
    for declared in story.declared:
        if declared.at not in window:
            continue
        key, run = frame.key(declared.at)
        _declared(sums.at(key), declared, run.value if run else 0.0)
        lost = sums.rejects.setdefault((key, declared.reason), Lost())
        lost.amount += declared.quantity
        lost.records += 1


def _made(measures: Measures, good: float, bad: float, pace: tuple[int, int], value: float) -> None:
    ideal, expected = pace
    measures.good += good
    measures.bad += bad
    measures.nonconform += bad  # nobody has said what becomes of what a machine counts as bad
    measures.ideal_ms += (good + bad) * ideal
    measures.expected_ms += (good + bad) * expected
    measures.value += good * value
    measures.lost_value -= good * value


def _declared(measures: Measures, declared: Declared, value: float) -> None:
    """The machine has counted it as good."""
    measures.good -= declared.quantity
    measures.bad += declared.quantity
    setattr(measures, declared.lost, getattr(measures, declared.lost) + declared.quantity)
    measures.value -= declared.quantity * value
    measures.lost_value += declared.quantity * value
