"""What somebody said of a stop that has become another meanwhile: asked again, so that his word is not lost."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Max, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from downtime.errors import (
    AlreadyAnswered,
    IssueClosed,
    IssueOpen,
    IssueWithdrawn,
    NoNeighbours,
    NoSuchCut,
)
from downtime.models import Cause, Issue, IssueEvent
from downtime.seen import last_answer, with_last_words
from downtime.splitting import stood_still
from production.entries import is_late, refuse
from production.errors import DomainError
from production.windows import Window

# What is said of one part; the rest may hold for several.
OF_ONE = frozenset({"cause", "acknowledge", "estimate", "escalate", "note", "watch"})
MOVABLE = OF_ONE | {"split", "merge", "exclude", "reopen"}
MEANWHILE = AlreadyAnswered | IssueClosed | IssueOpen | IssueWithdrawn | NoNeighbours | NoSuchCut
MOST = 6
# What is shorter is told to the second.
SHORT = timedelta(minutes=4)

Choice = dict[str, Any]
Said = dict[str, Any]


def ask_again(
    request: HttpRequest, step: str, issue: Issue, error: DomainError, *, said: Said, at: datetime
) -> None:
    """Refuse a late entry with a question: of which of the stops there are now is it meant, and what of it holds?"""
    if not is_late(request) or step not in MOVABLE or not isinstance(error, MEANWHILE):
        return
    issue.refresh_from_db()
    parts = _parts(issue, said.get("cut"), at)
    if choices := list(_choices(step, issue, parts, said, at)):
        leave = {"label": _("Leave it as it is"), "address": "", "fields": {}, "leave": True}
        question = _question(step, issue, parts, error)
        refuse(request, error.detail, question=question, choices=[*choices, leave])


def _parts(issue: Issue, cut: datetime | None, at: datetime) -> list[Issue]:
    """What there is now of the time in which it was, oldest first; of many those around a cut."""
    if not issue.is_by_machine:
        return [] if issue.withdrawn_at else [issue]
    mine = with_last_words(Issue.objects.filter(station=issue.station_id).stops())
    around = mine.overlapping(Window(issue.started_at, _end(issue, cut, at))).values_list("pk", flat=True)
    found = mine.filter(Q(silent_since=issue.silent_since) | Q(pk__in=around))
    parts = list(found.select_related("station__group__plant", "cause").order_by("started_at"))
    near = sorted(parts, key=lambda part: _distance(part, cut)) if cut else parts
    return [part for part in parts if part in near[:MOST]]


def _end(issue: Issue, cut: datetime | None, at: datetime) -> datetime:
    """Until when the stop lasted, as anybody may have seen it; other stops that came later are none of its parts."""
    ended = issue.events.filter(kind=IssueEvent.Kind.ENDED).aggregate(last=Max("at"))["last"]
    seen = [issue.ended_at or at, ended or issue.started_at]
    return max(*seen, min(cut, at) + timedelta(seconds=1)) if cut else max(seen)


def _distance(part: Issue, cut: datetime) -> timedelta:
    after = cut - part.ended_at if part.ended_at else timedelta()
    return max(part.started_at - cut, after, timedelta())


def _choices(step: str, issue: Issue, parts: Sequence[Issue], said: Said, at: datetime) -> Iterator[Choice]:
    if step == "split":
        yield from _cuts(parts, said, at)
    elif step == "merge":
        yield from _pairs(issue, parts, said["following"])
    elif step == "cause":
        yield from (_explains(part, said["cause"]) for part in parts if not _says(part, said["cause"]))
    else:
        yield from (_choice(step, part, _span(part)) for part in parts if _takes(step, part, issue))


def _takes(step: str, part: Issue, issue: Issue) -> bool:
    """Whether there is anything for the step to do at a part; what a stop refused itself, it refuses again."""
    if step == "exclude":
        return part.excluded_at is None
    if step == "reopen":
        is_closed = not part.is_by_machine and part.ended_at is not None
        return part.cause_id is not None or part.excluded_at is not None or is_closed
    return part != issue


def _says(part: Issue, cause: Cause) -> bool:
    return part.cause_id == cause.pk and part.excluded_at is None


def _cuts(parts: Sequence[Issue], said: Said, at: datetime) -> Iterator[Choice]:
    """What lies around the cut is cut there; what lies beside it, or cannot be cut, has one of the two causes."""
    for part in parts:
        cut, end = said["cut"], part.ended_at or at
        if part.started_at < cut < end and stood_still(part, cut):
            words = _("Cut at {time}: {before}, then {after}").format(
                time=_clock(part, cut), before=said["before"], after=said["cause"]
            )
            yield _choice("split", part, words, hint=f"{_span(part)}, {_by_now(part)}")
            continue
        meant = [said["before"]] if part.started_at < cut else []
        meant += [said["cause"]] if cut < end else []
        yield from (_explains(part, cause, also=True) for cause in meant if not _says(part, cause))


def _pairs(issue: Issue, parts: Sequence[Issue], following: Issue) -> Iterator[Choice]:
    """Parts that follow each other and were to be one."""
    for first, second in pairwise(part for part in parts if part.silent_since == issue.silent_since):
        if issue.started_at < second.started_at <= following.started_at:
            words = _("Join {one} and {other}").format(one=_span(first), other=_span(second))
            hint = f"{_told(first)}, {_told(second)}"
            yield _choice("merge", first, words, hint=hint, following=str(second.uuid))


def _explains(part: Issue, cause: Cause, *, also: bool = False) -> Choice:
    return _choice("cause", part, f"{_span(part)}: {cause}", also=also, cause=str(cause.pk))


def _choice(
    step: str, part: Issue, words: str, *, hint: str = "", also: bool = False, **fields: str
) -> Choice:
    """What would be entered instead; `also` where the rest of the question goes on."""
    own = {"seen": str(part.cause_id or ""), "last": str(last_answer(part)), "key": str(uuid.uuid4())}
    return {
        "label": words,
        "hint": hint or _by_now(part),
        "address": reverse("downtime:step", args=[part.uuid, step]),
        "fields": own | fields,
        "also": also or step not in OF_ONE,
    }


def _question(step: str, issue: Issue, parts: Sequence[Issue], error: DomainError) -> str:
    if step == "merge":
        return _("The parts are others by now. Which are joined?")
    if parts == [issue]:
        if isinstance(error, NoSuchCut):
            return _("What holds instead?")
        return _("By now it is “{cause}”. Which is right?").format(cause=_told(issue))
    if step == "split":
        return _("The stop is another one by now. What still holds?")
    if len(parts) > 1:
        return _("The stop was split meanwhile. Which part is it for?")
    return _("The stop is part of another one by now. Is it for that one?")


def _told(part: Issue) -> str:
    """What is said of it by now."""
    return _("excluded") if part.excluded_at else str(part.cause or _("no cause yet"))


def _by_now(part: Issue) -> str:
    return _("by now: {told}").format(told=_told(part))


def _span(part: Issue) -> str:
    return f"{_clock(part, part.started_at)}–{_clock(part, part.ended_at) if part.ended_at else _('goes on')}"


def _clock(part: Issue, at: datetime) -> str:
    is_short = part.ended_at and part.ended_at - part.started_at < SHORT
    return f"{localtime(at, part.station.plant.tz):{'%H:%M:%S' if is_short else '%H:%M'}}"
