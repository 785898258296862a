"""Which cause the company's rules give a stop, or from when on they can say. Pure; docs/issues.md explains it.

Rules are asked in their order, and the first whose conditions all hold answers. One that holds but for a length of
time that the stop has not reached yet is waited for: no later rule answers in its place, so an answer is not given
twice. After the rules, a table of the machines' error codes is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

import msgspec

from mesproject.words import gettext_noop as _

# By what a stop was answered: kept in English, told in the language of whoever reads it.
BY_RULE = _("Rule {number}: {name}")
BY_CODE = _("Error code {code}")
ANSWERS = (BY_RULE, BY_CODE)
INSTANT = timedelta(milliseconds=1)
# What may stand between the code and the text of an alarm, as our own MTConnect reader writes it.
BETWEEN = ": "


class Rule(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rule: all conditions that are given must hold; of a list, one of its values."""

    pk: int
    name: str
    cause: int
    stations: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    skus: tuple[int, ...] = ()
    error_codes: tuple[str, ...] = ()  # whole, or the beginning of one with a * behind it
    alarm_text: str = ""
    before: str = ""  # what the station did right before it stopped
    mode: str = ""
    at_least_ms: int | None = None
    at_most_ms: int | None = None
    from_time: time | None = None
    until_time: time | None = None
    setup: bool | None = None
    shifts: tuple[str, ...] = ()

    @property
    def asks_errors(self) -> bool:
        """Whether it must know what the machine said."""
        return bool(self.error_codes or self.alarm_text)

    @property
    def asks_runs(self) -> bool:
        """Whether it must know what ran."""
        return self.setup is not None or bool(self.skus)


class Code(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an error code means, everywhere or at a group or a station."""

    code: str
    cause: int
    station: int | None = None
    group: int | None = None


class Book(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rules of a company as they were in force at a time, in their order, and its table of error codes."""

    rules: tuple[Rule, ...] = ()
    codes: tuple[Code, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules or self.codes)

    @property
    def asks_errors(self) -> bool:
        """Whether anything depends on what machines say."""
        return bool(self.codes) or any(rule.asks_errors for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What is known of a stop: where, how it began (on the plant's clock), how long it has lasted, what was said."""

    station: int
    group: int
    mode: str
    began: time
    length: timedelta
    over: bool
    sku: int | None = None
    setup: bool = False
    shift: str = ""
    before: str = ""
    errors: Sequence[str] = ()  # those that held in it, oldest first


@dataclass(frozen=True, slots=True)
class Answer:
    """A cause, by which rule (None: by its error code), and that in words."""

    cause: int
    rule: int | None
    said: str


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer or none; and if the stop goes on, after which length of it there may be another."""

    answer: Answer | None = None
    again_at: timedelta | None = None


NOTHING = Decision()


def decide(book: Book, stop: Stopped) -> Decision:
    """What the rules say of a stop as far as it is known now."""
    for number, rule in enumerate(book.rules, 1):
        if not _holds(rule, stop):
            continue
        if (wait := _wait(rule, stop)) is not None:
            return Decision(again_at=wait)
        if _lasts(rule, stop):
            return Decision(Answer(rule.cause, rule.pk, BY_RULE.format(number=number, name=rule.name)))
    return Decision(_by_code(book.codes, stop))


def _holds(rule: Rule, stop: Stopped) -> bool:
    """Whether all conditions hold but those of its length."""
    return (
        _among(stop.station, rule.stations)
        and _among(stop.group, rule.groups)
        and _among(stop.sku, rule.skus)
        and (not rule.shifts or stop.shift.casefold() in {name.casefold() for name in rule.shifts})
        and rule.before in ("", stop.before)
        and rule.mode in ("", stop.mode)
        and rule.setup in (None, stop.setup)
        and _in_time(rule, stop.began)
        and (not rule.asks_errors or any(_is_meant(rule, error) for error in stop.errors))
    )


def _among(one: int | None, wanted: Sequence[int]) -> bool:
    return not wanted or one in wanted


def _in_time(rule: Rule, began: time) -> bool:
    """Whether it began in the time of day; one that ends before it begins reaches over midnight."""
    since, until = rule.from_time or time.min, rule.until_time
    if until is None:
        return since <= began
    return since <= began < until if since < until else since <= began or began < until


def _is_meant(rule: Rule, error: str) -> bool:
    """Whether one error is of the codes and has the text."""
    if rule.error_codes and not any(matches(pattern, error) for pattern in rule.error_codes):
        return False
    return rule.alarm_text.casefold() in error.casefold()


def matches(pattern: str, error: str) -> bool:
    """Whether an error is a code, or begins with it where a * follows; its text behind the code does not matter."""
    wanted, said = pattern.casefold(), error.casefold()
    if wanted.endswith("*"):
        return said.startswith(wanted[:-1])
    return wanted in (said, said.partition(BETWEEN)[0])


def _wait(rule: Rule, stop: Stopped) -> timedelta | None:
    """After which length of the stop it can be said whether it is long or short enough; None where it can now."""
    if stop.over:
        return None
    at_least, at_most = _length(rule.at_least_ms), _length(rule.at_most_ms)
    if at_most is not None and stop.length > at_most:
        return None
    if at_least is not None and stop.length < at_least:
        return at_least
    return None if at_most is None else at_most + INSTANT


def _lasts(rule: Rule, stop: Stopped) -> bool:
    at_least, at_most = _length(rule.at_least_ms), _length(rule.at_most_ms)
    return (at_least is None or stop.length >= at_least) and (at_most is None or stop.length <= at_most)


def _length(ms: int | None) -> timedelta | None:
    return None if ms is None else timedelta(milliseconds=ms)


def _by_code(codes: Sequence[Code], stop: Stopped) -> Answer | None:
    """The meaning of the first error that has one; that of the station wins over the group's and the company's."""
    here = [
        code for code in codes if code.station in (None, stop.station) and code.group in (None, stop.group)
    ]
    for error in stop.errors:
        meant = [code for code in here if matches(code.code, error)]
        if meant:
            nearest = max(meant, key=_nearness)
            return Answer(nearest.cause, None, BY_CODE.format(code=nearest.code))
    return None


def _nearness(code: Code) -> tuple[bool, bool, bool, int]:
    """Its place first, then a whole code over a beginning, then the longer beginning."""
    return code.station is not None, code.group is not None, not code.code.endswith("*"), len(code.code)
