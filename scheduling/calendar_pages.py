"""What a calendar shows: the days of a month or a week, with shifts, events and exceptions of some stations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from production.models import Station
from production.windows import Window
from scheduling.calendar import Shift
from scheduling.expansion import Kind, Occurrence, Plan
from scheduling.planned import plans
from scheduling.rules import Followed, followed_by
from scheduling.wall_clock import local_to_utc

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
# Within a day: what concerns all of it first, then by time.
HOLIDAYS = (Kind.HOLIDAY, Kind.CUSTOM_HOLIDAY)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that begins on a day, or goes on there: on the plant's clock, without a zone."""

    name: str
    kind: str
    start: datetime
    end: datetime
    length: timedelta
    pattern: int | None = None
    event: int | None = None
    assignment: int | None = None
    team: str = ""

    @property
    def is_shift(self) -> bool:
        """Whether it is a shift, and not an event."""
        return self.event is None

    @property
    def is_break(self) -> bool:
        """Breaks are many, so months count them."""
        return self.kind == Kind.BREAK

    def hours_on(self, day: date) -> str:
        """From when to when, as seen from one of its dates; nothing for all of that date."""
        midnight = datetime.combine(day, time())
        starts, ends = self.start > midnight, self.end < midnight + DAY
        if self.is_shift or (starts and self.end <= midnight + DAY + timedelta(hours=12)):
            end = "24:00" if self.end == midnight + DAY else f"{self.end:%H:%M}"
            return f"{self.start:%H:%M}–{end}"
        if starts:
            return _("from %(start)s") % {"start": f"{self.start:%H:%M}"}
        return _("until %(end)s") % {"end": f"{self.end:%H:%M}"} if ends else ""


@dataclass(slots=True)
class Day:
    """One date: what is on it, each with the stations that it is about."""

    date: date
    today: bool = False
    outside: bool = False
    entries: list[tuple[Entry, frozenset[int]]] = field(default_factory=list)


@dataclass(slots=True)
class Lane:
    """Stations with one and the same plan."""

    stations: list[Station]
    days: list[Day]
    entries: Sequence[Entry] = ()


def week_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def weeks_of_month(day: date) -> tuple[date, date]:
    """The first Monday that a month's page shows, and the day after its last Sunday."""
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - DAY
    return week_of(first), week_of(last) + WEEK


def window_of(first: date, until: date, tz: ZoneInfo) -> Window:
    """The time of some days on a clock."""
    return Window(*(local_to_utc(datetime.combine(day, time()), tz) for day in (first, until)))


def days(
    stations: Sequence[Station],
    first: date,
    until: date,
    *,
    tz: ZoneInfo,
    today: date,
    month: int | None = None,
) -> list[Day]:
    """Each day with everything on it, said once for all stations that share it."""
    found = {day: Day(day, day == today, month not in (None, day.month)) for day in _dates(first, until)}
    about: dict[tuple[date, Entry], set[int]] = defaultdict(set)
    for entries, ids in _by_plan(stations, window_of(first, until, tz), tz):
        for entry in entries:
            for day in _dates_of(entry):
                about[day, entry] |= ids
    for (day, entry), ids in sorted(about.items(), key=lambda item: _order(item[0][1])):
        if day in found:
            found[day].entries.append((entry, frozenset(ids)))
    return list(found.values())


def lanes(stations: Sequence[Station], first: date, *, tz: ZoneInfo, today: date) -> list[Lane]:
    """A week of each different plan, with the stations that have it."""
    together: dict[tuple[Entry, ...], set[int]] = defaultdict(set)
    for entries, ids in _by_plan(stations, window_of(first, first + WEEK, tz), tz):
        together[tuple(entries)] |= ids
    found = []
    for shared, ids in together.items():
        week = {day: Day(day, day == today) for day in _dates(first, first + WEEK)}
        for entry in sorted(shared, key=_order):
            for day in _dates_of(entry):
                if day in week:
                    week[day].entries.append((entry, frozenset(ids)))
        found.append(Lane([one for one in stations if one.pk in ids], list(week.values()), shared))
    return found


def _by_plan(
    stations: Sequence[Station], within: Window, tz: ZoneInfo
) -> Iterator[tuple[list[Entry], set[int]]]:
    """The entries of each different plan, and the stations that have it."""
    versions = followed_by(stations)
    shared: dict[tuple[int, tuple[Followed, ...]], tuple[Plan, set[int]]] = {}
    for pk, plan in plans(stations, within).items():
        shared.setdefault((id(plan), versions[pk]), (plan, set()))[1].add(pk)
    for (_plan, followed), (plan, ids) in shared.items():
        shifts = [_of_shift(shift, followed, tz) for shift in plan.shifts]
        yield [*shifts, *(_of_event(event, tz) for event in plan.events)], ids


def _of_shift(shift: Shift, followed: Sequence[Followed], tz: ZoneInfo) -> Entry:
    pattern = next((pattern for since, pattern in reversed(followed) if since <= shift.day), None)
    kind = shift.attendance.value
    return Entry(shift.name, kind, *_walls(shift.window, tz), shift.window.duration, pattern, team=shift.team)


def _of_event(event: Occurrence, tz: ZoneInfo) -> Entry:
    length = event.window.duration
    return Entry(
        event.name, event.kind.value, *_walls(event.window, tz), length, event.pattern, event.event, event.assignment
    )  # fmt: skip


def _walls(window: Window, tz: ZoneInfo) -> tuple[datetime, datetime]:
    start, end = (at.astimezone(tz).replace(tzinfo=None) for at in (window.start, window.end))
    return start, end


def _dates_of(entry: Entry) -> Iterable[date]:
    """The dates it is shown on: a shift on that of its start, an event on all that it touches."""
    if entry.is_shift:
        return [entry.start.date()]
    last = (entry.end - timedelta(microseconds=1)).date()
    # An event without an end would be on every day there is; no page shows more than six weeks and a bit.
    return _dates(
        entry.start.date(), min(max(last, entry.start.date()), entry.start.date() + 400 * DAY) + DAY
    )


def _dates(first: date, until: date) -> Iterator[date]:
    while first < until:
        yield first
        first += DAY


def _order(entry: Entry) -> tuple[bool, bool, datetime, str]:
    return entry.kind not in HOLIDAYS, not entry.is_shift and not entry.is_break, entry.start, entry.name


def who(ids: frozenset[int], stations: Sequence[Station]) -> str:
    """Whom an entry is about: nothing where it is all, else groups, a code, or a number."""
    if len(ids) == len(stations):
        return ""
    by_group: Mapping[str, set[int]] = defaultdict(set)
    for station in stations:
        by_group[station.group.name].add(station.pk)
    whole = [name for name, members in by_group.items() if members <= ids]
    if whole and set().union(*(by_group[name] for name in whole)) == ids:
        return ", ".join(whole)
    if len(ids) <= 2:
        return ", ".join(station.code for station in stations if station.pk in ids)
    return _("{count} stations").format(count=len(ids))
