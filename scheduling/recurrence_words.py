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

from mesproject.words import Said as Sentence
from mesproject.words import gettext_noop as _
from scheduling.recurrence_rules import FREQUENCIES, MIDNIGHT, SECOND, Recurrence

# Named as Django's own catalogues name them.
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = tuple(calendar.month_name[1:])
WORKDAYS = (0, 1, 2, 3, 4)
PLACES = {
    1: _("first"), 2: _("second"), 3: _("third"), 4: _("fourth"),
    5: _("fifth"), -1: _("last"),
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


def in_words(rule: Recurrence) -> Sentence:
    """The rule as a sentence without a full stop; a rule without such a sentence by its unit."""
    sentence = said(rule)
    if sentence is None:
        values = {"unit": Sentence(FREQUENCY_WORDS[rule.freq]), "first": _day(rule.start.date())}
        return Sentence(_("By a rule: {unit}, from {first}"), values)
    at = Sentence(_("at {time}"), {"time": f"{sentence.at:%H:%M}"}) if sentence.at else Sentence(_("all day"))
    if sentence.repeats is Repeats.ONCE:
        return Sentence(_("Once, on {day}, {at}"), {"day": _day(sentence.first), "at": at})
    values = {"every": _every(sentence), "at": at, "first": _day(sentence.first)}
    if sentence.last:
        return Sentence(_("{every}, {at}, from {first} until {last}"), values | {"last": _day(sentence.last)})
    return Sentence(_("{every}, {at}, from {first}"), values)


FREQUENCY_WORDS = dict(zip(FREQUENCIES, (_("yearly"), _("monthly"), _("weekly"), _("daily")), strict=True))
EACH = {
    Repeats.DAILY: (_("Every day"), _("Every {n} days")),
    Repeats.WEEKLY: (_("Every week: {days}"), _("Every {n} weeks: {days}")),
    Repeats.MONTHLY: (_("Every month on day {day}"), _("Every {n} months on day {day}")),
    Repeats.MONTHLY_WEEKDAY: (_("Every month: {place} {weekday}"), _("Every {n} months: {place} {weekday}")),
    Repeats.YEARLY: (_("Every year: {day} {month}"), _("Every {n} years: {day} {month}")),
}
LAST_DAYS = (_("Every month on the last day"), _("Every {n} months on the last day"))


def _every(sentence: Said) -> Sentence:
    texts, values = EACH[sentence.repeats], dict[str, Any](n=sentence.every)
    match sentence.repeats:
        case Repeats.WEEKLY if sentence.weekdays == WORKDAYS and sentence.every == 1:
            return Sentence(_("On weekdays"))
        case Repeats.WEEKLY:
            values["days"] = _listed(sentence.weekdays)
        case Repeats.MONTHLY if sentence.month_day == LAST_DAY:
            texts = LAST_DAYS
        case Repeats.MONTHLY:
            values["day"] = sentence.month_day
        case Repeats.MONTHLY_WEEKDAY:
            values |= {"place": Sentence(PLACES[sentence.place]), "weekday": Sentence(DAYS[sentence.weekday])}
        case Repeats.YEARLY:
            values |= {
                "day": sentence.first.day,
                "month": Sentence(MONTHS[sentence.first.month - 1], context="alt. month"),
            }
    return Sentence(texts[sentence.every > 1], values)


def _listed(days: Sequence[int]) -> Sentence:
    """Days of the week with commas between them."""
    named = {DAYS[day].lower(): Sentence(DAYS[day]) for day in days}
    return Sentence(", ".join(f"{{{name}}}" for name in named), named)


def _day(day: date) -> str:
    return day.isoformat()
