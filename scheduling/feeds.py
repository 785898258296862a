"""What a phone is shown of a plan: the shifts, breaks, holidays and exceptions of a plant or a station."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from production.models import Plant, Station
from production.windows import Window
from scheduling.calendar import Attendance, Shift
from scheduling.expansion import LABELS, Kind, Occurrence
from scheduling.ical import Entry, calendar
from scheduling.models import CalendarFeed, PatternException
from scheduling.models.patterns import clock
from scheduling.planned import Timetable, timetables
from scheduling.rules import followed_by
from scheduling.wall_clock import local_to_utc

BACK, AHEAD = timedelta(days=31), timedelta(days=92)
MOST_ENTRIES = 4_000
MOST_NAMED = 20
OTHERWISE = {
    Attendance.UNATTENDED: LABELS[Kind.UNATTENDED],
    Attendance.OPTIONAL: LABELS[Kind.OPTIONAL],
}


def text_of(feed: CalendarFeed, *, now: datetime) -> bytes:
    """The calendar of a feed, in the language that is spoken; the same all day long, unless the plan changes."""
    today = datetime.combine(now.astimezone(UTC), time(), UTC)
    within = Window(today - BACK, today + AHEAD)
    stations = list(_stations(feed))
    plant = stations[0].plant if stations else feed.plant
    subject = feed.station or feed.plant
    entries, about = _bounded(_entries(stations, within) if plant else [])
    return calendar(f"{subject}", about, entries, stamp=today, domain=_domain(feed))


def _domain(feed: CalendarFeed) -> str:
    return f"station {feed.station_id}" if feed.station_id else f"plant {feed.plant_id}"


def _stations(feed: CalendarFeed) -> Iterable[Station]:
    stations = Station.objects.of(feed.company_id).active()
    which = Q(pk=feed.station_id) if feed.station_id else Q(group__plant=feed.plant_id)
    return stations.filter(which).in_place().order_by("code")


def _bounded(entries: Iterable[Entry]) -> tuple[list[Entry], str]:
    """In order; where there are too many without breaks, and then only the first of them."""
    found = sorted(entries, key=lambda entry: (_moment(entry.start), entry.kind, entry.summary))
    about = _("Shifts, breaks, holidays and exceptions as they are planned.")
    if len(found) > MOST_ENTRIES:
        found = [entry for entry in found if entry.kind != Kind.BREAK]
        about = _(
            "Shifts, holidays and exceptions as they are planned; there are too many breaks to show them."
        )
    if len(found) > MOST_ENTRIES:
        until = f"{_moment(found[MOST_ENTRIES].start):%Y-%m-%d}"
        about = _("Shifts and holidays until {day}; there are too many to show more.").format(day=until)
    return found[:MOST_ENTRIES], about


def _moment(at: datetime | date) -> datetime:
    return at if isinstance(at, datetime) else datetime.combine(at, time(), UTC)


def _entries(stations: Sequence[Station], within: Window) -> Iterator[Entry]:
    found = timetables(stations, within)
    everybody = len(stations)
    for part, codes in _shared(stations, found).items():
        whom = "" if len(codes) == everybody else _listed(codes)
        yield (
            _of_shift(part, whom)
            if isinstance(part, Shift)
            else _of_event(part, whom, stations[0].plant, within)
        )
    yield from _exceptions(stations, within)


def _shared(stations: Sequence[Station], found: dict[int, Timetable]) -> dict[Shift | Occurrence, list[str]]:
    """Each shift and event once, with the codes of the stations that have it."""
    # Most are the same object on all stations that share it, which is found faster than what is only equal.
    same: dict[int, tuple[Shift | Occurrence, list[str]]] = {}
    for station in stations:
        one = found[station.pk]
        parts: Iterable[Shift | Occurrence] = chain(one.shifts, one.recurring, one.one_offs)
        for part in parts:
            same.setdefault(id(part), (part, []))[1].append(station.code)
    shared: dict[Shift | Occurrence, list[str]] = {}
    for part, codes in same.values():
        shared.setdefault(part, []).extend(codes)
    return shared


def _of_shift(shift: Shift, whom: str) -> Entry:
    name = f"{shift.name} ({shift.team})" if shift.team else shift.name
    how = OTHERWISE.get(shift.attendance, "")
    return Entry("shift", name, shift.window.start, shift.window.end, _told(how and _(how), whom), busy=True)


def _of_event(event: Occurrence, whom: str, plant: Plant, within: Window) -> Entry:
    label = LABELS[event.kind]
    has_own = event.name != label
    about = _told(_(label) if has_own else "", whom)
    window = Window(event.window.start, min(event.window.end, within.end))
    days = _whole_days(window, plant)
    start, end = days or (window.start, window.end)
    return Entry(event.kind.value, event.name if has_own else _(label), start, end, about, name=event.name)


def _whole_days(window: Window, plant: Plant) -> tuple[date, date] | None:
    """The days of a window that begins and ends with one on the plant's clock."""
    first, last = (at.astimezone(plant.tz).date() for at in (window.start, window.end))
    begins, ends = (local_to_utc(datetime.combine(day, time()), plant.tz) for day in (first, last))
    return (first, last) if (begins, ends) == (window.start, window.end) and first < last else None


def _exceptions(stations: Sequence[Station], within: Window) -> Iterator[Entry]:
    """What a date has otherwise, as a note on that day."""
    patterns = {pattern for versions in followed_by(stations).values() for _, pattern in versions}
    rows = PatternException.objects.filter(
        Q(pattern__in=patterns) | Q(station__in=[station.pk for station in stations]),
        date__gte=within.start.date(),
        date__lte=within.end.date(),
    )
    for row in rows.select_related("pattern", "station").order_by("date", "pk")[:MOST_ENTRIES]:
        with override(None):
            name = _said(row)
        until = row.date + timedelta(days=1)
        yield Entry("exception", _said(row), row.date, until, _told(row.reason, str(row.subject)), name=name)


def _said(row: PatternException) -> str:
    what = str(row.get_action_display())
    was = "" if row.replaces is None else f" {clock(row.replaces)}"
    to = "" if row.start_minute is None else f" {row.name} {clock(row.start_minute)}".replace("  ", " ")
    if not was and not to:
        return _("{what}: all shifts").format(what=what)
    return f"{what}:{was}{' →' if was and to else ''}{to}"


def _told(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _listed(codes: Sequence[str]) -> str:
    named = ", ".join(sorted(codes)[:MOST_NAMED])
    more = len(codes) - MOST_NAMED
    return _("{names} and {number} more").format(names=named, number=more) if more > 0 else named
