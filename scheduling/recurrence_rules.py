"""Recurrence rules as people and calendars write them (RFC 5545, RRULE), read strictly. Pure.

Every text is answered in bounded time: what is not a rule that a plant could mean is a BadRule, which names
the part and says what is allowed. What the rules mean, and where we differ from RFC 5545 or from other
programs, is in docs/algorithms/recurrence.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mesproject.words import Said
from mesproject.words import gettext_noop as _
from scheduling.wall_clock import local_to_utc

LONGEST_TEXT = 2000
LONGEST_LIST = 60
MOST_OCCURRENCES = 100_000
LARGEST_INTERVAL = 366
EARLIEST, LATEST = 1970, 2100  # years in which a rule may begin
LAST_YEAR = 2399  # no rule has occurrences after it

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MIDNIGHT = time()
SECOND = timedelta(seconds=1)


class BadRule(ValueError):
    """A rule we do not take; `field` is the part at fault, `said` tells people what is allowed."""

    def __init__(self, field: str, sentence: str, **values: Any) -> None:
        self.field, self.said = field, Said(sentence, values)
        super().__init__(f"{field}: {self.reason}")

    @property
    def reason(self) -> str:
        """What is allowed, in English, for programs."""
        return str(self.said)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule and its beginning, on the wall clock of `zone`, or of the plant where that is None.

    `until` is the last wall time that may be an occurrence. Lists are sorted and without repeats; of `byday`
    each item is a weekday (Monday is 0) and its place in the month or year, 0 for every such day.
    """

    start: datetime
    freq: str
    zone: str | None = None
    all_day: bool = False
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    bymonth: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byday: tuple[tuple[int, int], ...] = ()
    byhour: tuple[int, ...] = ()
    byminute: tuple[int, ...] = ()
    bysecond: tuple[int, ...] = ()
    bysetpos: tuple[int, ...] = ()
    wkst: int = 0


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What a list of numbers may hold, and the frequencies that may use it."""

    low: int
    high: int
    counts_back: bool = False
    only: tuple[str, ...] = FREQUENCIES


LISTS = {
    "BYMONTH": _Numbers(1, 12),
    "BYWEEKNO": _Numbers(1, 53, counts_back=True, only=("YEARLY",)),
    "BYYEARDAY": _Numbers(1, 366, counts_back=True, only=("YEARLY",)),
    "BYMONTHDAY": _Numbers(1, 31, counts_back=True, only=("YEARLY", "MONTHLY", "DAILY")),
    "BYHOUR": _Numbers(0, 23),
    "BYMINUTE": _Numbers(0, 59),
    "BYSECOND": _Numbers(0, 59),
    "BYSETPOS": _Numbers(1, 366, counts_back=True),
}
TIMES = ("BYHOUR", "BYMINUTE", "BYSECOND")
COUNTED = _("{name} lists numbers from {low} to {high}.")
COUNTED_BACK = _("{name} lists numbers from {low} to {high}, or -{low} to -{high} counted from the end.")
BYDAY_LISTS = _("BYDAY lists MO, TU, WE, TH, FR, SA, SU, as in BYDAY=MO,FR or BYDAY=-1SU.")
PLACES_ALLOWED = _("The number before a weekday is 1 to {most} or -1 to -{most} with FREQ={freq}.")
NO_PLACES = _("A number before a weekday is allowed with FREQ=MONTHLY, or YEARLY without BYWEEKNO, only.")
LOCAL_UNTIL = _(
    "The rule starts in local time, so UNTIL is written in local time too, without the Z at its end: {example}."
)
PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *LISTS)

_LINES = re.compile(r"(?:\\[nr]|\s)+")
_START = re.compile(r"DTSTART(?P<parameters>(?:;[^:;]*)*):(?P<value>.*)", re.IGNORECASE)
_MOMENT = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?", re.IGNORECASE)
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_ZONE = re.compile(r"(?!posix|right|localtime|Factory)[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")


def parse(text: str, *, default_start: datetime) -> Recurrence:
    """The rule a text describes, with `default_start` (a wall time) where it has no DTSTART of its own."""
    if len(text) > LONGEST_TEXT:
        raise BadRule("RRULE", _("A rule has at most {most} characters."), most=LONGEST_TEXT)
    begin, body = _lines(text)
    start, zone, all_day = _start(begin) if begin else (default_start.replace(microsecond=0), None, False)
    parts = _parts(body)
    freq = _one_of("FREQ", parts.get("FREQ", ""), FREQUENCIES)
    count = _number("COUNT", parts["COUNT"], 1, MOST_OCCURRENCES) if "COUNT" in parts else None
    if count and "UNTIL" in parts:
        raise BadRule("UNTIL", _("Give either COUNT or UNTIL, not both."))
    lists = {name.lower(): _list(name, parts[name], freq) for name in LISTS if name in parts}
    if all_day:
        lists = {name: items for name, items in lists.items() if name.upper() not in TIMES}
    return Recurrence(
        start=start,
        freq=freq,
        zone=zone,
        all_day=all_day,
        interval=_number("INTERVAL", parts.get("INTERVAL", "1"), 1, LARGEST_INTERVAL),
        count=count,
        until=_until(parts["UNTIL"], start, zone, all_day) if "UNTIL" in parts else None,
        byday=_weekdays(parts["BYDAY"], freq, weeks="BYWEEKNO" in parts) if "BYDAY" in parts else (),
        wkst=WEEKDAYS.index(_one_of("WKST", parts.get("WKST", "MO"), WEEKDAYS)),
        **lists,
    )


def write(rule: Recurrence) -> str:
    """The one text of a rule: DTSTART and RRULE, which reads as the same rule again."""
    return f"DTSTART{_written_start(rule)}\nRRULE:" + ";".join(
        f"{name}={value}" for name, value in _written_parts(rule)
    )


def as_object(rule: Recurrence) -> dict[str, object]:
    """The rule as JSON can say it, lists as lists and times as ISO 8601 on the wall clock of `tzid`."""
    shown: dict[str, object] = {
        "freq": rule.freq,
        "dtstart": _iso(rule.start, rule),
        "tzid": rule.zone,
        "interval": rule.interval,
        "wkst": WEEKDAYS[rule.wkst],
        "count": rule.count,
        "until": _iso(rule.until, rule) if rule.until else None,
        "byweekday": [_written_weekday(*item) for item in rule.byday],
    }
    return shown | {name.lower(): list(getattr(rule, name.lower())) for name in LISTS}


def _lines(text: str) -> tuple[str, str]:
    """The DTSTART line, empty where there is none, and the parts of the one rule."""
    begin = body = ""
    for line in _LINES.split(text.strip()):
        name = re.split("[:;=]", line, maxsplit=1)[0].upper()
        if name == "DTSTART" and not begin:
            begin = line
        elif name in ("RRULE", *PARTS) and not body:
            body = line.partition(":")[2] if name == "RRULE" else line
        elif name in ("DTSTART", "RRULE", *PARTS):
            raise BadRule(name, _("A rule is one DTSTART line and one RRULE line, without blanks inside."))
        elif line:
            told = _("Only DTSTART and RRULE are allowed; EXRULE, RDATE and others are not.")
            raise BadRule(_shown(name), told)
    if not body:
        raise BadRule("FREQ", _("A rule begins with FREQ=YEARLY, MONTHLY, WEEKLY or DAILY."))
    return begin, body


def _shown(name: str) -> str:
    """A name from outside, short enough to be repeated."""
    return name[:20] or "RRULE"


def _parts(body: str) -> dict[str, str]:
    """The parts by name, in capitals; a semicolon at the end, as some calendars write it, is nothing."""
    parts: dict[str, str] = {}
    for part in body.upper().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        if name not in PARTS:
            raise BadRule(_shown(name), _("The parts of a rule are {parts}."), parts=", ".join(PARTS))
        if not equals or not value:
            raise BadRule(name, _("{name} needs a value, as in {name}=…."), name=name)
        if name in parts:
            raise BadRule(name, _("{name} is given twice; once is allowed."), name=name)
        parts[name] = value
    if "BYSETPOS" in parts and not any(name in parts for name in ("BYDAY", *LISTS) if name != "BYSETPOS"):
        raise BadRule("BYSETPOS", _("BYSETPOS picks from another BY… list, so the rule needs one."))
    return parts


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise BadRule(field, _("{name} is one of {all}."), name=field, all=", ".join(allowed))
    return value


def _number(field: str, value: str, low: int, high: int) -> int:
    if not _NUMBER.fullmatch(value) or not low <= int(value) <= high:
        raise BadRule(
            field, _("{name} is a whole number from {low} to {high}."), name=field, low=low, high=high
        )
    return int(value)


def _items(field: str, value: str) -> list[str]:
    if value.count(",") >= LONGEST_LIST:
        raise BadRule(field, _("{name} lists at most {most} values."), name=field, most=LONGEST_LIST)
    return value.split(",")


def _list(field: str, value: str, freq: str) -> tuple[int, ...]:
    allowed = LISTS[field]
    if freq not in allowed.only:
        only = ", ".join(f"FREQ={one}" for one in allowed.only)
        raise BadRule(field, _("{name} is allowed only with: {only}."), name=field, only=only)
    found = set()
    for item in _items(field, value):
        number = int(item) if _NUMBER.fullmatch(item) else None
        size = abs(number) if number is not None and allowed.counts_back else number
        if number is None or size is None or not allowed.low <= size <= allowed.high:
            told = COUNTED_BACK if allowed.counts_back else COUNTED
            raise BadRule(field, told, name=field, low=allowed.low, high=allowed.high)
        found.add(number)
    return tuple(sorted(found))


def _weekdays(value: str, freq: str, *, weeks: bool) -> tuple[tuple[int, int], ...]:
    found = set()
    most = {"YEARLY": 0 if weeks else 53, "MONTHLY": 5}.get(freq, 0)
    for item in _items("BYDAY", value):
        if not (matched := _WEEKDAY.fullmatch(item)):
            raise BadRule("BYDAY", BYDAY_LISTS)
        place = int(matched[1] or 0)
        if matched[1] and not 1 <= abs(place) <= most:
            raise BadRule("BYDAY", PLACES_ALLOWED if most else NO_PLACES, most=most, freq=freq)
        found.add((WEEKDAYS.index(matched[2]), place))
    return tuple(sorted(found))


def _start(line: str) -> tuple[datetime, str | None, bool]:
    """Where a DTSTART line begins: its wall time, the zone it names, and whether it is a date alone."""
    if not (matched := _START.fullmatch(line)):
        raise BadRule("DTSTART", _("DTSTART is written as DTSTART:20260131T143000."))
    parameters = dict(_parameters(matched["parameters"]))
    moment, utc, is_date = _moment("DTSTART", matched["value"])
    if (parameters.get("VALUE", "").upper() == "DATE") is not is_date and "VALUE" in parameters:
        raise BadRule("DTSTART", _("VALUE=DATE goes with a date alone, as in DTSTART;VALUE=DATE:20260131."))
    if not EARLIEST <= moment.year <= LATEST:
        told = _("DTSTART lies in the years {first} to {last}.")
        raise BadRule("DTSTART", told, first=str(EARLIEST), last=str(LATEST))
    zone = None if is_date else _zone(parameters.get("TZID"), utc=utc)
    return moment, zone, is_date


def _parameters(text: str) -> Iterator[tuple[str, str]]:
    for parameter in text.split(";")[1:]:
        name, _equals, value = parameter.partition("=")
        if name.upper() not in ("TZID", "VALUE"):
            raise BadRule("DTSTART", _("DTSTART has the parameters TZID and VALUE only."))
        yield name.upper(), value.strip('"')


def _zone(name: str | None, *, utc: bool) -> str | None:
    if utc and name not in (None, "UTC"):
        raise BadRule("DTSTART", _("DTSTART has either a TZID or a Z at its end, not both."))
    if utc or name is None:
        return "UTC" if utc else None
    if not is_zone(name):
        raise BadRule("DTSTART", _("TZID is a zone of the IANA time zone database, as in Europe/Berlin."))
    return name


def is_zone(name: str) -> bool:
    """Whether a name from outside is one of the IANA time zone database."""
    if len(name) > 64 or not _ZONE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of the database is an OSError
        return False
    return True


def _moment(field: str, text: str) -> tuple[datetime, bool, bool]:
    """A date or date-time of iCalendar: as wall time, whether it is in UTC, whether it is a date alone."""
    matched = _MOMENT.fullmatch(text)
    try:
        if not matched:
            raise ValueError
        moment = datetime.strptime(matched[1] + (matched[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        told = _("{name} is a date or a time that exists, as in 20260131T143000.")
        raise BadRule(field, told, name=field) from None
    return moment, bool(matched[3]), matched[2] is None


def _until(text: str, start: datetime, zone: str | None, all_day: bool) -> datetime | None:
    """The last wall time that may be an occurrence, None where that lies beyond every answer."""
    moment, utc, is_date = _moment("UNTIL", text)
    if utc and zone is None:
        example = "UNTIL=20261231" if all_day else "UNTIL=20261231T235959"
        raise BadRule("UNTIL", LOCAL_UNTIL, example=example)
    if moment.year > LAST_YEAR:
        return None
    if all_day:
        until = datetime.combine(moment, MIDNIGHT)
    elif is_date:  # against RFC 5545, but usual: that whole day
        until = datetime.combine(moment, MIDNIGHT) + timedelta(days=1) - SECOND
    else:
        until = moment
    if zone and not (is_date and zone == "UTC"):
        until = _zoned_until(until, ZoneInfo(zone), utc=utc)
    if until < start:
        raise BadRule("UNTIL", _("UNTIL is not before DTSTART."))
    return until


def _zoned_until(until: datetime, tz: ZoneInfo, *, utc: bool) -> datetime:
    """The last wall time whose instant is not after `until`."""
    instant = until.replace(tzinfo=UTC) if utc else local_to_utc(until, tz)
    low = instant.astimezone(tz).replace(tzinfo=None)
    if local_to_utc(low, tz) == instant:
        return low
    # Clocks had gone back, so the whole hour they show twice has been there for the first time.
    return _last(low, low + timedelta(hours=25), lambda wall: local_to_utc(wall, tz) <= instant)


def _last(low: datetime, high: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """The last second from `low` on at which something holds that does not hold at `high`."""
    while high - low > SECOND:
        middle = low + (high - low) // 2 // SECOND * SECOND
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _written_start(rule: Recurrence) -> str:
    if rule.all_day:
        return f";VALUE=DATE:{rule.start:%Y%m%d}"
    if rule.zone == "UTC":
        return f":{rule.start:%Y%m%dT%H%M%S}Z"
    return (f";TZID={rule.zone}" if rule.zone else "") + f":{rule.start:%Y%m%dT%H%M%S}"


def _written_parts(rule: Recurrence) -> Iterator[tuple[str, str]]:
    yield "FREQ", rule.freq
    if rule.interval > 1:
        yield "INTERVAL", str(rule.interval)
    if rule.count:
        yield "COUNT", str(rule.count)
    if rule.until:
        yield "UNTIL", _written_until(rule.until, rule)
    if rule.wkst:
        yield "WKST", WEEKDAYS[rule.wkst]
    if rule.byday:
        yield "BYDAY", ",".join(_written_weekday(*item) for item in rule.byday)
    for name in LISTS:
        if items := getattr(rule, name.lower()):
            yield name, ",".join(map(str, items))


def _written_until(until: datetime, rule: Recurrence) -> str:
    if rule.all_day:
        return f"{until:%Y%m%d}"
    if rule.zone:
        return f"{local_to_utc(until, ZoneInfo(rule.zone)):%Y%m%dT%H%M%S}Z"
    return f"{until:%Y%m%dT%H%M%S}"


def _written_weekday(weekday: int, place: int) -> str:
    return f"{place or ''}{WEEKDAYS[weekday]}"


def _iso(moment: datetime, rule: Recurrence) -> str:
    return moment.date().isoformat() if rule.all_day else moment.isoformat()
