"""A rule's conditions in words, as its list tells them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from downtime.models import AnswerRule
from downtime.models.answers import listed
from mesproject.formats import number
from production.models.plant import in_a_word

BEFORE = {
    AnswerRule.Before.RUNNING: gettext_noop("after running"),
    AnswerRule.Before.NOT_PLANNED: gettext_noop("after time without a plan"),
    AnswerRule.Before.NO_SIGNAL: gettext_noop("after a lost signal"),
}


def words(rule: AnswerRule) -> str:
    """All its conditions; stations, groups and SKUs should be prefetched."""
    return ", ".join([*_what(rule), *_when(rule), *_where(rule)]) or _("every stop")


def _what(rule: AnswerRule) -> Iterator[str]:
    """What the machine said, what was before, and how long it lasts."""
    if rule.error_codes:
        yield _("error {codes}").format(codes=_either(listed(rule.error_codes)))
    if rule.alarm_text:
        yield _("“{text}” in its text").format(text=rule.alarm_text)
    if rule.before:
        yield _(BEFORE[AnswerRule.Before(rule.before)])
    if rule.at_least_ms is not None:
        yield _("at least {length}").format(length=told(rule.at_least_ms))
    if rule.at_most_ms is not None:
        yield _("at most {length}").format(length=told(rule.at_most_ms))


def _when(rule: AnswerRule) -> Iterator[str]:
    if rule.from_time is not None:
        yield _("from {time} on").format(time=f"{rule.from_time:%H:%M}")
    if rule.until_time is not None:
        yield _("before {time}").format(time=f"{rule.until_time:%H:%M}")
    if rule.shifts:
        yield _("shift {names}").format(names=_either(listed(rule.shifts)))
    if rule.setup is not None:
        yield _("in setup") if rule.setup else _("not in setup")


def _where(rule: AnswerRule) -> Iterator[str]:
    if rule.mode:
        yield _("stops by {mode}").format(mode=in_a_word(rule.get_mode_display()))
    if stations := _names(rule.stations.all()):
        yield _("at {stations}").format(stations=stations)
    if groups := _names(rule.groups.all()):
        yield _("in {groups}").format(groups=groups)
    if skus := _names(rule.skus.all()):
        yield _("making {skus}").format(skus=skus)


def _names(rows: Iterable[object]) -> str:
    named = [str(row) for row in rows]
    return _either(named) if named else ""


def _either(names: Iterable[str]) -> str:
    *first, last = names
    return _("{names} or {last}").format(names=", ".join(first), last=last) if first else last


def told(ms: int) -> str:
    """A length as people say it: 90 s, 10 min, 2 h."""
    length = timedelta(milliseconds=ms)
    for unit, name in ((timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if length >= unit and not length % unit:
            return f"{length // unit} {name}"
    return number(f"{ms / 1000:g} s")
