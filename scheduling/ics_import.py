"""The whole days that a calendar file (.ics, RFC 5545) marks, out of a stranger's bytes. Pure.

What could take long is refused by a look at the bytes, before anything is read; rules are expanded by
our own engine, which refuses those that never end. See docs/holidays.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mesproject.words import Said
from mesproject.words import gettext_noop as _
from production.windows import Window
from scheduling.holiday_days import shortened
from scheduling.recurrence import BadRule, occurrences, read

LARGEST_FILE = 2 * 1024 * 1024
MOST_LINES = 40_000
MOST_EVENTS = 2_000
MOST_RULES = 200
MOST_DAYS = 10_000
MOST_EXCEPTIONS = 1_000  # of one event
LONGEST_EVENT = 366
TOO_LARGE = _("The file has {size} MB; at most 2 MB are read.")
YEARS_BACK, YEARS_AHEAD = 1, 10

_UTC = ZoneInfo("UTC")
_WANTED = {
    "UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
    "SEQUENCE", "STATUS",
}  # fmt: skip
_FOLD = re.compile(r"\r?\n[ \t]")
# Up to the first colon that is not in quotes; possessive, so that no line can make it go back.
_HEAD = re.compile(r'(?:[^":]++|"[^"]*+"|")*+')
_DATE = re.compile(r"(\d{8})(?:T(\d{6})Z?)?", re.ASCII)
_DURATION = re.compile(r"\+?P(?:(\d{1,4})W|(\d{1,4})D)", re.ASCII)
_UNTIL = re.compile(r"(UNTIL=\d{8})T\d{6}Z?", re.IGNORECASE | re.ASCII)
_ESCAPED = re.compile(r"\\([\\;,nN])")
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f]+")


class BadCalendar(Exception):
    """A file that is not taken; `field` names the part, `said` tells people what is allowed."""

    def __init__(self, field: str, sentence: str, **values: Any) -> None:
        self.field, self.said = field, Said(sentence, values)
        super().__init__(str(self.said))


@dataclass(frozen=True, slots=True)
class Found:
    """What a file means: its days with their names, in order, and what of it is no whole day."""

    days: dict[date, str]
    left_out: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Event:
    """One VEVENT: for each property its parameters and value, in the order of the file."""

    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def one(self, name: str) -> tuple[str, str] | None:
        """The first property of this name: parameters, value."""
        return next(((given, value) for found, given, value in self.lines if found == name), None)

    def text(self, name: str, default: str = "") -> str:
        """The value of the first property of this name."""
        found = self.one(name)
        return found[1].strip() if found else default

    def items(self, name: str) -> list[str]:
        """The values of all lists of this name, as one."""
        return [item for found, _given, value in self.lines if found == name for item in value.split(",")]

    @property
    def name(self) -> str:
        """As people see it."""
        text = _ESCAPED.sub(lambda m: " " if m[1] in "nN" else m[1], self.text("SUMMARY"))
        return shortened(_UNSHOWN.sub(" ", text).strip() or "Holiday")

    @property
    def where(self) -> Said:
        """For messages."""
        return Said(_("event “{name}”"), {"name": self.name})


def days_of(data: bytes, *, today: date) -> Found:
    """The days from a year before `today` to ten years after it. Raises BadCalendar."""
    span = (
        today.replace(year=today.year - YEARS_BACK, day=1),
        today.replace(year=today.year + YEARS_AHEAD, day=1),
    )
    names: dict[date, list[str]] = {}
    left_out: list[str] = []
    number = 0
    for event, days in _merged(list(_events(_text(data))), span):
        if days is None:
            left_out.append(event.name)
            continue
        for day in _covered(event, days, span):
            if (number := number + 1) > MOST_DAYS:
                told = _("The file has more than {most} days. Import fewer years or events.")
                raise BadCalendar("file", told, most=MOST_DAYS)
            here = names.setdefault(day, [])
            if event.name not in here:
                here.append(event.name)
    return Found({day: shortened("; ".join(names[day])) for day in sorted(names)}, left_out)


def _text(data: bytes) -> str:
    if len(data) > LARGEST_FILE:
        raise BadCalendar("file", TOO_LARGE, size=f"{len(data) / 1024 / 1024:.0f}")
    if data.count(b"\n") > MOST_LINES:
        raise BadCalendar("file", _("The file has more than {most} lines."), most=MOST_LINES)
    if data.count(b"BEGIN:VEVENT") > MOST_EVENTS:
        raise BadCalendar("file", _("The file has more than {most} events."), most=MOST_EVENTS)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadCalendar("file", _("The file is not text in UTF-8.")) from None
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        raise BadCalendar("file", _("This is no calendar file: it does not begin with BEGIN:VCALENDAR."))
    return _FOLD.sub("", text)


def _events(text: str) -> Iterator[_Event]:
    """The events of the file, without what lies inside them (alarms) or beside them (zones)."""
    inside: list[str] = []
    event = _Event()
    for line in text.splitlines():
        name, given, value = _parted(line)
        if name == "BEGIN":
            inside.append(value.strip().upper())
            event = _Event() if inside == ["VCALENDAR", "VEVENT"] else event
        elif name == "END":
            if not inside or inside.pop() != value.strip().upper():
                raise BadCalendar("file", _("The file is broken: END:{part} has no BEGIN."), part=value[:30])
            if inside == ["VCALENDAR"] and value.strip().upper() == "VEVENT":
                yield event
        elif name in _WANTED and inside == ["VCALENDAR", "VEVENT"]:
            event.lines.append((name, given.upper(), value))
    if inside:
        raise BadCalendar("file", _("The file is cut off: {part} has no END."), part=inside[-1][:30])


def _parted(line: str) -> tuple[str, str, str]:
    """NAME, its parameters and the value of a line; a colon in quotes is not the end of the parameters."""
    end = _HEAD.match(line).end()  # type: ignore[union-attr]  # it matches every line
    head, value = line[:end], line[end + 1 :]
    name, _semicolon, given = head.partition(";")
    return name.strip().upper(), given, value


def _merged(events: list[_Event], span: tuple[date, date]) -> Iterator[tuple[_Event, list[date] | None]]:
    """Each event with the days on which it begins (None: it has parts of days), changed ones in their place."""
    if sum(1 for event in events if event.one("RRULE")) > MOST_RULES:
        raise BadCalendar("RRULE", _("At most {most} events of a file may recur."), most=MOST_RULES)
    if sum(len(event.items("EXDATE")) + len(event.items("RDATE")) for event in events) > MOST_DAYS:
        raise BadCalendar(
            "EXDATE", _("A file has at most {most} exceptions (EXDATE, RDATE)."), most=MOST_DAYS
        )
    newest: dict[tuple[str, str], _Event] = {}
    for number, event in enumerate(events):
        key = (event.text("UID") or f"#{number}", event.text("RECURRENCE-ID")[:8])
        if key not in newest or _sequence(event) >= _sequence(newest[key]):
            newest[key] = event
    replaced: dict[str, set[date]] = {}
    for (uid, instead), event in newest.items():
        if instead:
            replaced.setdefault(uid, set()).add(_date("RECURRENCE-ID", instead, event))
            if "THISANDFUTURE" in (event.one("RECURRENCE-ID") or ("", ""))[0]:
                raise BadCalendar(
                    "RECURRENCE-ID", _("RANGE=THISANDFUTURE is not supported ({where})."), where=event.where
                )
    since, until = (datetime.combine(day, time(), UTC) for day in span)
    within = Window(since - timedelta(LONGEST_EVENT), until)
    for (uid, instead), event in newest.items():
        if event.text("STATUS").upper() != "CANCELLED":
            starts = _starts(event, within)
            gone = set() if instead else replaced.get(uid, set())
            yield event, None if starts is None else [day for day in starts if day not in gone]


def _sequence(event: _Event) -> int:
    text = event.text("SEQUENCE")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _starts(event: _Event, within: Window) -> list[date] | None:
    """The days on which it begins, of a rule those in the window; None where it begins at a time of day."""
    if event.one("EXRULE"):
        raise BadCalendar("EXRULE", _("EXRULE is no longer part of iCalendar ({where})."), where=event.where)
    if len(event.items("EXDATE")) > MOST_EXCEPTIONS or len(event.items("RDATE")) > MOST_EXCEPTIONS:
        told = _("An event has at most {most} exceptions ({where}).")
        raise BadCalendar("EXDATE", told, most=MOST_EXCEPTIONS, where=event.where)
    if (start := event.one("DTSTART")) is None:
        raise BadCalendar("DTSTART", _("An event has no start ({where})."), where=event.where)
    first = _date("DTSTART", start[1], event)
    if not _is_whole(start[1]) or _length(event, first) is None:
        return None
    days = {first, *(_date("RDATE", item, event) for item in event.items("RDATE"))} | set(
        _recurring(event, first, within)
    )
    return sorted(days - {_date("EXDATE", item, event) for item in event.items("EXDATE")})


def _recurring(event: _Event, first: date, within: Window) -> Iterable[date]:
    rules = [value for name, _given, value in event.lines if name == "RRULE"]
    if not rules:
        return []
    if len(rules) > 1:
        raise BadCalendar("RRULE", _("An event has at most one RRULE ({where})."), where=event.where)
    try:
        until = _UNTIL.sub(r"\1", rules[0].strip())
        text = f"DTSTART;VALUE=DATE:{first:%Y%m%d}\nRRULE:{until}"
        rule = read(text, default_start=datetime.combine(first, time()))
        return [at.date() for at in occurrences(rule, tz=_UTC, within=within)]
    except BadRule as error:
        raise BadCalendar(error.field, "{reason} ({where})", reason=error.said, where=event.where) from None


def _covered(event: _Event, starts: Iterable[date], span: tuple[date, date]) -> Iterator[date]:
    """The days inside the span that an event covers."""
    for first in starts:
        if first > span[1]:
            return
        for number in (
            range(_length(event, first) or 0) if first >= span[0] - timedelta(LONGEST_EVENT) else ()
        ):
            if span[0] <= (day := first + timedelta(number)) < span[1]:
                yield day


def _length(event: _Event, first: date) -> int | None:
    """How many days it lasts; None where it does not end with a day."""
    begin = _date("DTSTART", event.text("DTSTART"), event)
    days: int | None = 1
    if (end := event.one("DTEND")) is not None:
        days = (_date("DTEND", end[1], event) - begin).days if _is_whole(end[1]) else None
    elif text := event.text("DURATION"):
        matched = _DURATION.fullmatch(text)
        days = int(matched[1] or 0) * 7 + int(matched[2] or 0) if matched else None
    elif "T" in event.text("DTSTART").upper():
        days = None  # RFC 5545: an instant
    if days is not None and days > LONGEST_EVENT:
        told = _("An event lasts at most {most} days ({where}).")
        raise BadCalendar("DTEND", told, most=LONGEST_EVENT, where=event.where)
    if days is not None and days < 0:
        raise BadCalendar("DTEND", _("An event ends before it starts ({where})."), where=event.where)
    return max(days, 1) if days is not None else None


def _is_whole(value: str) -> bool:
    """Whether a value is a date, or midnight."""
    matched = _DATE.fullmatch(value.strip())
    return bool(matched) and (matched[2] or "000000") == "000000"  # type: ignore[index]


def _date(name: str, value: str, event: _Event) -> date:
    matched = _DATE.match(value.strip())
    try:
        return datetime.strptime(matched[1] if matched else "", "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        told = _("{name} has the value “{value}”, which is no date ({where}).")
        raise BadCalendar(name, told, name=name, value=value[:30], where=event.where) from None
