"""Writing calendars (RFC 5545) that phones subscribe to. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

LINE = 75  # bytes, without the line's end
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a calendar: from an instant to an instant, or whole days (`end` is the day after)."""

    kind: str
    summary: str
    start: datetime | date
    end: datetime | date
    description: str = ""
    busy: bool = False
    # What tells it from others of its kind that begin then, where the summary is in words of a language.
    name: str = ""


def calendar(name: str, about: str, entries: Iterable[Entry], *, stamp: datetime, domain: str) -> bytes:
    """The whole text. `domain` makes the ids of its events its own; `stamp` is when it was made."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Floorlight//Planned time//EN", "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(name)}", f"X-WR-CALDESC:{escaped(about)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
    ]  # fmt: skip
    known: dict[tuple[str, str, str], int] = {}
    for entry in entries:
        key = (entry.kind, entry.name or entry.summary, entry.start.isoformat())
        known[key] = known.get(key, 0) + 1
        lines += _event(entry, uid=_uid(domain, (*key, str(known[key]))), stamp=stamp)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _event(entry: Entry, *, uid: str, stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}"
    yield f"DTSTAMP:{_instant(stamp)}"
    yield f"DTSTART{_moment(entry.start)}"
    yield f"DTEND{_moment(entry.end)}"
    yield f"SUMMARY:{escaped(entry.summary)}"
    if entry.description:
        yield f"DESCRIPTION:{escaped(entry.description)}"
    yield f"CATEGORIES:{escaped(entry.kind)}"
    yield f"TRANSP:{'OPAQUE' if entry.busy else 'TRANSPARENT'}"
    yield "END:VEVENT"


def _uid(domain: str, key: Sequence[str]) -> str:
    """The same for the same event each time it is asked for, so that phones keep it."""
    return f"{hashlib.sha256('|'.join((domain, *key)).encode()).hexdigest()[:32]}@floorlight"


def _moment(at: datetime | date) -> str:
    return f":{_instant(at)}" if isinstance(at, datetime) else f";VALUE=DATE:{at:%Y%m%d}"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """A text as a value: on one line, without what would end it."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> bytes:
    """A line of at most 75 bytes and its continuations, never cut inside a letter."""
    rest, parts, most = line.encode(), [], LINE
    while len(rest) > most:
        end = most
        while rest[end] & 0xC0 == 0x80:
            end -= 1
        parts.append(rest[:end])
        rest, most = rest[end:], LINE - 1
    return b"\r\n ".join([*parts, rest]) + b"\r\n"
