"""The next occurrences of a recurrence as a person checks them before saving: on the plant's clock. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mesproject.words import Said
from mesproject.words import gettext_noop as _
from production.windows import Window
from scheduling.recurrence import MovedByClock, Recurrence, moved_by_clock, spans

# Looked at in turn until enough is found: a rule has at most a thousand occurrences a year.
FAR = tuple(timedelta(days=days) for days in (40, 400, 4_000, 40_000))


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One occurrence: when it begins and ends on the plant's clock, how long it really lasts, what is odd."""

    start: datetime
    end: datetime
    length: timedelta
    notes: tuple[Said, ...] = ()


def upcoming(
    starts: Recurrence,
    ends: Recurrence | None = None,
    length: timedelta | None = None,
    *,
    tz: ZoneInfo,
    since: datetime,
    most: int = 20,
) -> list[Upcoming]:
    """The first occurrences that end after `since`, at most so many; none where the rule is over."""
    found: list[Window] = []
    within = Window(since, since)
    for far in FAR:
        within = Window(since, since + far)
        found = spans(starts, ends, length, tz=tz, within=within)
        if len(found) >= most:
            break
    found = found[:most]
    if not found:
        return []
    near = Window(found[0].start, found[-1].start + timedelta(seconds=1))
    moved = {one.at: one for one in moved_by_clock(starts, tz=tz, within=near)}
    return [_shown(window, moved.get(window.start), tz) for window in found]


def _shown(window: Window, moved: MovedByClock | None, tz: ZoneInfo) -> Upcoming:
    start, end = (at.astimezone(tz) for at in (window.start, window.end))
    return Upcoming(start, end, window.duration, (*_began(moved), *_gained(start, end)))


def _began(moved: MovedByClock | None) -> Iterator[Said]:
    if moved is None:
        return
    wall = {"time": f"{moved.wall:%H:%M}"}
    if moved.kind == "gap":
        yield Said(_("The clock skips {time} on this day: it begins at the first time after the gap."), wall)
    else:
        yield Said(_("The clock shows {time} twice on this day: it begins at the first."), wall)


def _gained(start: datetime, end: datetime) -> Iterator[Said]:
    gained = (end.utcoffset() or timedelta()) - (start.utcoffset() or timedelta())
    if not gained:
        return
    values = {"length": duration(abs(gained))}
    if gained > timedelta():
        yield Said(_("The clock goes forward by {length} in between."), values)
    else:
        yield Said(_("The clock goes back by {length} in between."), values)


def duration(length: timedelta) -> str:
    """A length in hours and minutes, from a day on in days too: "1 d 2 h 30 min"."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"
