"""Recurrence rules as people say them: on weekdays, on the last Friday of every month, once. Pure.

A rule that can be said is one of six sentences; the others stay texts for experts.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from mesproject.words import gettext_noop
from scheduling.recurrence_rules import FREQUENCIES, MIDNIGHT, SECOND, Recurrence

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORKDAYS = (0, 1, 2, 3, 4)
PLACES = {
    1: gettext_noop("first"), 2: gettext_noop("second"), 3: gettext_noop("third"), 4: gettext_noop("fourth"),
    5: gettext_noop("fifth"), -1: gettext_noop("last"),
}  # fmt: skip
LAST_DAY = -1
DAY = timedelta(days=1)


class Repeats(StrEnum):
    """How something comes back."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MONTHLY_WEEKDAY = "monthly-weekday"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True)
class Said:
    """A recurrence in a person's words. Without a time of day it is about whole days.

    `weekdays` belong to weeks, `month_day` (or LAST_DAY) to months, `place` and the one weekday to "the second
    Tuesday of a month". `last` is the last day on which it may begin.
    """

    repeats: Repeats
    first: date
    at: time | None = None
    every: int = 1
    weekdays: tuple[int, ...] = ()
    month_day: int = 1
    place: int = 1
    weekday: int = 0
    last: date | None = None

    def rule(self) -> Recurrence:
        """The rule that says the same."""
        rule = Recurrence(
            start=datetime.combine(self.first, self.at or MIDNIGHT), freq="DAILY", all_day=self.at is None
        )
        if self.repeats is Repeats.ONCE:
            return replace(rule, count=1)
        return replace(rule, interval=self.every, until=self._until(), **self._days())

    def _until(self) -> datetime | None:
        if not self.last:
            return None
        midnight = datetime.combine(self.last, MIDNIGHT)
        return midnight if self.at is None else midnight + DAY - SECOND

    def _days(self) -> dict[str, Any]:
        match self.repeats:
            case Repeats.WEEKLY:
                days = self.weekdays or (self.first.weekday(),)
                return {"freq": "WEEKLY", "byday": tuple((day, 0) for day in sorted(days))}
            case Repeats.MONTHLY:
                return {"freq": "MONTHLY", "bymonthday": (self.month_day,)}
            case Repeats.MONTHLY_WEEKDAY:
                return {"freq": "MONTHLY", "byday": ((self.weekday, self.place),)}
            case Repeats.YEARLY:
                return {"freq": "YEARLY"}
        return {}


def said(rule: Recurrence) -> Said | None:
    """The rule in a person's words, None where they do not reach."""
    plain = _plain(rule)
    if plain.start.second:
        return None
    guess = _guess(plain)
    if guess.place not in PLACES or not (guess.month_day > 0 or guess.month_day == LAST_DAY):
        return None
    return guess if guess.rule() == plain else None


def _guess(rule: Recurrence) -> Said:
    """What would be said of the rule if it could be."""
    first, places = rule.start.date(), {place for _, place in rule.byday}
    if rule.freq == "DAILY":
        repeats = Repeats.ONCE if rule.count == 1 else Repeats.DAILY
    elif rule.freq == "MONTHLY":
        repeats = Repeats.MONTHLY_WEEKDAY if rule.byday else Repeats.MONTHLY
    else:
        repeats = Repeats(rule.freq.lower())
    return Said(
        repeats, first,
        at=None if rule.all_day else rule.start.time(),
        every=rule.interval,
        weekdays=tuple(day for day, _ in rule.byday),
        month_day=rule.bymonthday[0] if rule.bymonthday else first.day,
        place=next(iter(places), 1) or 1,
        weekday=rule.byday[0][0] if rule.byday else first.weekday(),
        last=rule.until.date() if rule.until and repeats is not Repeats.ONCE else None,
    )  # fmt: skip


def _plain(rule: Recurrence) -> Recurrence:
    """The same rule, with what its text may leave out or say in another way as `Said.rule` says it."""
    rule = _time_in_start(rule)
    if rule.freq == "DAILY" and rule.byday and rule.interval == 1:
        rule = replace(rule, freq="WEEKLY")
    if rule.freq == "WEEKLY":
        weekdays = rule.byday or ((rule.start.weekday(), 0),)
        return replace(rule, byday=weekdays, wkst=0 if rule.interval == 1 else rule.wkst)
    if rule.freq == "MONTHLY" and not (rule.byday or rule.bymonthday):
        rule = replace(rule, bymonthday=(rule.start.day,))
    if rule.freq == "YEARLY" and _names_its_own_date(rule):
        rule = replace(rule, bymonth=(), bymonthday=())
    return replace(rule, wkst=0)


def _names_its_own_date(rule: Recurrence) -> bool:
    month, day = rule.start.month, rule.start.day
    return not rule.byday and rule.bymonth in ((), (month,)) and rule.bymonthday in ((), (day,))


def _time_in_start(rule: Recurrence) -> Recurrence:
    """BYHOUR and BYMINUTE of one value as the time of the start, where no other day comes in by that."""
    if rule.all_day or not (rule.byhour or rule.byminute or rule.bysecond):
        return rule
    if max(map(len, (rule.byhour, rule.byminute, rule.bysecond))) > 1:
        return rule
    hour, minute, second = (
        named[0] if named else own
        for named, own in zip(
            (rule.byhour, rule.byminute, rule.bysecond), rule.start.time().isoformat().split(":"), strict=True
        )
    )
    start = rule.start.replace(hour=int(hour), minute=int(minute), second=int(second))
    if start < rule.start:
        return rule
    return replace(rule, start=start, byhour=(), byminute=(), bysecond=())


def in_words(rule: Recurrence) -> str:
    """The rule as a sentence without a full stop; a rule without such a sentence by its unit."""
    sentence = said(rule)
    if sentence is None:
        return f"By a rule: {FREQUENCY_WORDS[rule.freq]}, {_from_until(rule.start.date(), None)}"
    at = f" at {sentence.at:%H:%M}" if sentence.at else ", all day"
    if sentence.repeats is Repeats.ONCE:
        return f"Once, on {_day(sentence.first)}{at}"
    return f"{_every(sentence)}{at}, {_from_until(sentence.first, sentence.last)}"


FREQUENCY_WORDS = dict(zip(FREQUENCIES, ("yearly", "monthly", "weekly", "daily"), strict=True))


def _every(sentence: Said) -> str:
    match sentence.repeats:
        case Repeats.DAILY:
            return _each("day", sentence.every)
        case Repeats.WEEKLY:
            days = sentence.weekdays
            if sentence.every == 1:
                return "On weekdays" if days == WORKDAYS else f"On {_listed(days)}"
            return f"{_each('week', sentence.every)} on {_listed(days)}"
        case Repeats.MONTHLY:
            day = "the last day" if sentence.month_day == LAST_DAY else f"day {sentence.month_day}"
            return f"{_each('month', sentence.every)} on {day}"
        case Repeats.MONTHLY_WEEKDAY:
            day = f"{PLACES[sentence.place]} {DAYS[sentence.weekday]}"
            return f"{_each('month', sentence.every)} on the {day}"
    return (
        f"{_each('year', sentence.every)} on {sentence.first.day} {calendar.month_name[sentence.first.month]}"
    )


def _each(unit: str, every: int) -> str:
    return f"Every {unit}" if every == 1 else f"Every {every} {unit}s"


def _listed(days: Sequence[int]) -> str:
    names = [DAYS[day] if len(days) < 3 else DAYS[day][:3] for day in days]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _from_until(first: date, last: date | None) -> str:
    return f"from {_day(first)}" + (f" until {_day(last)}" if last else "")


def _day(day: date) -> str:
    return f"{day.day} {calendar.month_abbr[day.month]} {day.year}"
