"""Shifts as a person types them: "Early 06:00-14:00 Mon-Fri". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from mesproject.words import Refusal, Said
from mesproject.words import gettext_noop as _
from scheduling.calendar import MINUTES_PER_DAY, CycleShift

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LINE = re.compile(
    r"(?P<name>.*\S)\s+(?P<start>\d{1,2}:\d\d)\s*[-–]\s*(?P<end>\d{1,2}:\d\d)(?:\s+(?P<days>\S.*))?", re.ASCII
)
HOW = _("Write for example: Early 06:00-14:00 Mon-Fri")


class Unreadable(Refusal, ValueError):
    """A line that is no shift; the text says which and how to write it."""


def parse(text: str) -> list[CycleShift]:
    """The shifts of a text, one line each; without days a line means every day. Raises Unreadable."""
    return [shift for line in text.splitlines() if line.strip() for shift in _shifts(line.strip())]


def span_of(start: int, end: int) -> int:
    """The minutes from one time of day to the next; the same time is a whole day."""
    return (end - start) % MINUTES_PER_DAY or MINUTES_PER_DAY


def overlap(shifts: Sequence[CycleShift], days: int = 7) -> tuple[CycleShift, CycleShift] | None:
    """Two shifts that share time, if any do; the cycle is a ring: its last night meets its first morning."""
    ring = days * MINUTES_PER_DAY
    ordered = sorted(shifts, key=lambda shift: _begin(shift) % ring)
    for shift, after in pairwise([*ordered, *ordered[:1]]):
        if after is not shift and shift.minutes > (_begin(after) - _begin(shift)) % ring:
            return shift, after
    return None


def _begin(shift: CycleShift) -> int:
    return shift.day * MINUTES_PER_DAY + shift.start_minute


def _shifts(line: str) -> Iterator[CycleShift]:
    found = _LINE.fullmatch(line)
    if not found:
        raise Unreadable(_("“{line}” is not a shift. {how}"), line=line, how=Said(HOW))
    start, end = _minute(found["start"], line), _minute(found["end"], line)
    for day in _days(found["days"] or "mon-sun", line):
        yield CycleShift(found["name"], day, start % MINUTES_PER_DAY, span_of(start, end))


def _minute(clock: str, line: str) -> int:
    hour, minute = map(int, clock.split(":"))
    if hour > 24 or minute > 59 or hour * 60 + minute > MINUTES_PER_DAY:
        raise Unreadable(_("{clock} in “{line}” is no time of day."), clock=clock, line=line)
    if minute % 5:
        raise Unreadable(_("{clock} in “{line}”: use steps of five minutes."), clock=clock, line=line)
    return hour * 60 + minute


def _days(text: str, line: str) -> list[int]:
    """ "Mon-Fri", "Sat, Sun", "Fri-Mon": in any mixture."""
    days: list[int] = []
    for part in re.split(r"[,\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip())):
        first, _dash, last = part.partition("-")
        start, end = _day(first, line), _day(last or first, line)
        days += [(start + n) % 7 for n in range((end - start) % 7 + 1)]
    return sorted(set(days))


def _day(name: str, line: str) -> int:
    if name[:3].lower() not in DAYS or not name.isalpha():
        raise Unreadable(_("“{name}” in “{line}” is no weekday. {how}"), name=name, line=line, how=Said(HOW))
    return DAYS.index(name[:3].lower())
