"""Red, amber, green, and what that is in words: the one place that says how an issue stands. Pure.

See docs/issues.md for the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mesproject.words import Said
from mesproject.words import gettext_noop as _


class Rag(StrEnum):
    """How much an issue needs somebody."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an issue. `asks` is False where nobody has to explain it: raised by hand, or excluded."""

    ended: bool
    owner: str | None = None  # None: nobody has acknowledged it; empty: somebody without a name
    back_at: datetime | None = None
    escalated: bool = False
    cause: str | None = None
    asks: bool = True
    excluded: bool = False
    withdrawn: bool = False
    by_rule: bool = False  # a rule gave the cause, and no person has said anything of it
    in_setup: bool = False  # the station is being set up, and nobody says that it is anything else


def rag(issue: Standing, *, now: datetime) -> Rag:
    """Red: it goes on and nobody has it, help was called, or it lasts longer than was said.

    Amber: it goes on in somebody's hands, or it is over and nobody has explained it. Green: nothing is to be done, or
    the station is being set up.
    """
    if issue.withdrawn or issue.excluded:
        return Rag.GREEN
    if issue.ended:
        return Rag.AMBER if issue.asks and issue.cause is None and not issue.in_setup else Rag.GREEN
    if issue.in_setup and issue.owner is None and not issue.escalated:
        return Rag.GREEN
    if issue.owner is None or issue.escalated or (issue.back_at is not None and issue.back_at < now):
        return Rag.RED
    return Rag.AMBER


def status_text(issue: Standing, *, now: datetime) -> str:
    """The same in English words, for programs."""
    return ", ".join(map(str, status_words(issue, now=now)))


def status_words(issue: Standing, *, now: datetime) -> list[Said]:
    """The same in words, for people, who are told it in their language."""
    if issue.withdrawn:
        return [Said(_("Withdrawn"))]
    if issue.excluded:
        return [Said(_("Excluded"))]
    if issue.ended:
        return [_over(issue)]
    said = [Said(_("Setup")) if issue.in_setup and issue.owner is None else _hands(issue)]
    if issue.back_at is not None:
        said.append(_estimate(issue.back_at - now))
    if issue.escalated:
        said.append(Said(_("help called")))
    return said


def _over(issue: Standing) -> Said:
    if issue.in_setup:
        return Said(_("Over: setup"))
    if issue.cause is None:
        return Said(_("Over, not explained") if issue.asks else _("Closed"))
    return Said(
        _("Over: {cause} (by a rule)") if issue.by_rule else _("Over: {cause}"), {"cause": issue.cause}
    )


def _hands(issue: Standing) -> Said:
    if issue.owner is None:
        return Said(_("Nobody on it"))
    return Said(_("In hand of {who}"), {"who": issue.owner}) if issue.owner else Said(_("In hand"))


def _estimate(left: timedelta) -> Said:
    minutes = -(-abs(left) // timedelta(minutes=1))
    return Said(
        _("back in {minutes} min") if left >= timedelta() else _("overdue by {minutes} min"),
        {"minutes": minutes},
    )
