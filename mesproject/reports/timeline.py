"""The timeline of a shift as rectangles and hour marks, ready to be drawn as SVG. Lengths are in percent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from downtime.models import Issue, Slice
from downtime.parts import cut
from mesproject.reports.counting import Reading, reading_of
from mesproject.reports.glance import Glance
from mesproject.reports.setups import SETUP, SLOW, label_of
from mesproject.reports.slow import Ran, slow_in
from production.models.live import Status
from production.windows import Window, difference, hull_of, intersection
from scheduling.expansion import Pause

# A stop of ten seconds must still be seen.
NARROWEST = 0.15
AN_INSTANT = timedelta(microseconds=1)
LAST_LABEL = 96.0
MOST_MARKS = 12
# The width of a letter on the narrowest screen, a tablet.
LETTER = 0.82


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch in one state; `unexplained` where a stop waits for its cause."""

    window: Window
    state: str
    unexplained: bool
    x: float = 0.0
    width: float = 0.0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A full hour on the plant's clock."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Rest:
    """A break or other pause of the shift, past or to come; `label` is empty where it does not fit."""

    x: float
    width: float
    label: str
    title: str

    @property
    def middle(self) -> float:
        """Its middle."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of it; `now` is where the present is, None when the shift is over."""

    bars: list[Bar]
    rests: list[Rest]
    marks: list[Mark]
    now: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """What the timeline of a glance's shift is drawn of besides: what was found in signals, and what of it was slow."""

    slices: list[Slice]
    slow: list[Window]


def courses(seen: Sequence[Glance]) -> dict[int, Course]:
    """Those of the glances that have a shift, by the station's id; as many queries for any number."""
    shifts = {glance.station.pk: _so_far(glance) for glance in seen if glance.shift}
    if not shifts:
        return {}
    slices: dict[int, list[Slice]] = {pk: [] for pk in shifts}
    near = hull_of(shifts.values())
    near = Window(near.start, near.end + AN_INSTANT)
    for piece in Slice.objects.filter(station__among=list(shifts)).overlapping(near):
        slices[piece.station_id].append(piece)
    slow = slow_in(
        _ran(glance, shifts[glance.station.pk], slices) for glance in seen if glance.shift and glance.counts
    )
    return {pk: Course(found, slow.get(pk, [])) for pk, found in slices.items()}


def _so_far(glance: Glance) -> Window:
    assert glance.shift is not None
    begun = glance.shift.window.start
    return Window(begun, max(begun, min(glance.shift.window.end, glance.now)))


def _ran(glance: Glance, shift: Window, slices: Mapping[int, Sequence[Slice]]) -> Ran:
    mine = slices[glance.station.pk]
    pieces = (piece for piece in mine if piece.state == Status.RUNNING)
    running = [ran for piece in pieces if (ran := piece.window(shift.end).clip(shift))]
    before = [piece for piece in mine if piece.start <= shift.start]
    begin, reading = (before[-1].start, reading_of(before[-1].carry)) if before else (shift.start, Reading())
    return Ran(glance.station, shift, running, begin, reading)


def of_shift(glance: Glance, course: Course | None = None) -> Timeline | None:
    """That of the shift of a glance; None without one. Its course is read where it is not known already."""
    if glance.shift is None:
        return None
    course = course or courses([glance])[glance.station.pk]
    tz = glance.station.plant.tz
    return draw(glance.shift.window, course.slices, glance.issues, glance.pauses, tz, glance.now, course.slow)


def draw(
    shift: Window,
    slices: Sequence[Slice],
    issues: Sequence[Issue],
    pauses: Sequence[Pause],
    tz: ZoneInfo,
    now: datetime,
    slow: Sequence[Window] = (),
) -> Timeline:
    """Lay the slices and pauses of a shift out from left to right; what ran within `slow` is told apart."""

    def x(at: datetime) -> float:
        return round(100 * ((at - shift.start) / shift.duration), 3)

    so_far = Window(shift.start, min(shift.end, now))
    bars = [
        replace(
            bar,
            x=x(bar.window.start),
            width=max(round(x(bar.window.end) - x(bar.window.start), 3), NARROWEST),
            title=f"{_span(bar.window, tz)} {label_of(bar.state)}",
        )
        for bar in _joined(_paced(_bars(slices, issues, so_far), slow))
    ]
    rests = [_rest(pause, x(pause.window.start), x(pause.window.end), tz) for pause in pauses]
    marks = [Mark(x(at), f"{at.astimezone(tz):%H:%M}") for at in _full_hours(shift, tz)]
    every = -(-len(marks) // MOST_MARKS) or 1
    kept = [mark for mark in marks[::every] if mark.x < LAST_LABEL]
    return Timeline(bars, rests, kept, x(now) if now < shift.end else None)


def _bars(slices: Sequence[Slice], issues: Sequence[Issue], so_far: Window) -> Iterator[Bar]:
    parts: dict[datetime | None, list[tuple[datetime, tuple[str, bool]]]] = defaultdict(list)
    for issue in sorted(issues, key=lambda issue: issue.started_at):
        shown = SETUP if issue.is_setup else Status.STOPPED.value
        parts[issue.silent_since].append((issue.started_at, (shown, issue.is_unexplained)))
    for piece in slices:
        if so_far.start < so_far.end and (seen := piece.window(so_far.end).clip(so_far)):
            stop = parts.get(piece.silent_since) if piece.state == Status.STOPPED else None
            for here, (state, waits) in cut(seen, stop) if stop else [(seen, (piece.state, False))]:
                yield Bar(here, state, waits)


def _paced(bars: Iterator[Bar], slow: Sequence[Window]) -> Iterator[Bar]:
    """Running bars cut where they were slow."""
    for bar in bars:
        if bar.state != Status.RUNNING or not slow:
            yield bar
            continue
        slowly = intersection([bar.window], slow)
        pieces = [(one, SLOW) for one in slowly] + [
            (one, bar.state) for one in difference([bar.window], slowly)
        ]
        for window, state in sorted(pieces):
            yield Bar(window, state, False)


def _joined(bars: Iterator[Bar]) -> list[Bar]:
    """Neighbours that look alike as one: a seam between them would say that something happened."""
    found: list[Bar] = []
    for bar in bars:
        last = found[-1] if found else None
        alike = last and (last.state, last.unexplained) == (bar.state, bar.unexplained)
        if last and alike and last.window.end == bar.window.start:
            found[-1] = replace(last, window=Window(last.window.start, bar.window.end))
        else:
            found.append(bar)
    return found


def _rest(pause: Pause, start: float, end: float, tz: ZoneInfo) -> Rest:
    width = max(round(end - start, 3), NARROWEST)
    reason = gettext(pause.reason)  # a person's own words stay as they are
    label = reason if width >= LETTER * (len(reason) + 1) else ""
    return Rest(start, width, label, f"{_span(pause.window, tz)} {reason}")


def _span(window: Window, tz: ZoneInfo) -> str:
    return f"{window.start.astimezone(tz):%H:%M}–{window.end.astimezone(tz):%H:%M}"


def _full_hours(shift: Window, tz: ZoneInfo) -> Iterator[datetime]:
    """Full hours on the plant's wall; every offset in use is a multiple of a quarter of an hour."""
    at = shift.start.replace(minute=shift.start.minute - shift.start.minute % 15, second=0, microsecond=0)
    while at < shift.end:
        if at >= shift.start and at.astimezone(tz).minute == 0:
            yield at
        at += timedelta(minutes=15)
