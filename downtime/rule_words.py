"""A rule's conditions in words, as its list tells them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from downtime.models import AnswerRule
from downtime.models.answers import listed

BEFORE = {
    AnswerRule.Before.RUNNING: "after running",
    AnswerRule.Before.NOT_PLANNED: "after time without a plan",
    AnswerRule.Before.NO_SIGNAL: "after a lost signal",
}


def words(rule: AnswerRule) -> str:
    """All its conditions; stations, groups and SKUs should be prefetched."""
    return ", ".join(_conditions(rule)) or "every stop"


def _conditions(rule: AnswerRule) -> Iterator[str]:
    if rule.error_codes:
        yield f"error {_either(listed(rule.error_codes))}"
    if rule.alarm_text:
        yield f"“{rule.alarm_text}” in its text"
    if rule.before:
        yield BEFORE[AnswerRule.Before(rule.before)]
    if rule.at_least_ms is not None:
        yield f"at least {told(rule.at_least_ms)}"
    if rule.at_most_ms is not None:
        yield f"at most {told(rule.at_most_ms)}"
    if rule.from_time is not None:
        yield f"from {rule.from_time:%H:%M}"
    if rule.until_time is not None:
        yield f"before {rule.until_time:%H:%M}"
    if rule.shifts:
        yield f"shift {_either(listed(rule.shifts))}"
    if rule.setup is not None:
        yield "in setup" if rule.setup else "not in setup"
    if rule.mode:
        yield rule.get_mode_display().partition(":")[0].lower()
    for label, rows in (("at", rule.stations), ("in", rule.groups), ("making", rule.skus)):
        if names := [str(row) for row in rows.all()]:
            yield f"{label} {_either(names)}"


def _either(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def told(ms: int) -> str:
    """A length as people say it: 90 s, 10 min, 2 h."""
    length = timedelta(milliseconds=ms)
    for unit, name in ((timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if length >= unit and not length % unit:
            return f"{length // unit} {name}"
    return f"{ms / 1000:g} s"
