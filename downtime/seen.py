"""What somebody had before his eyes when he answered: of two at once one wins, and the other is told who."""

from __future__ import annotations

from django.db.models import Max, OuterRef, Subquery
from django.db.models.functions import Coalesce

from downtime.errors import AlreadyAnswered
from downtime.models import Issue, IssueEvent
from downtime.models.issues import IssueQuerySet

# What changes what there is to be answered.
ANSWERS = (
    IssueEvent.Kind.EXPLAINED, IssueEvent.Kind.SPLIT, IssueEvent.Kind.MERGED, IssueEvent.Kind.EXCLUDED,
    IssueEvent.Kind.REOPENED, IssueEvent.Kind.CLOSED,
)  # fmt: skip


def with_last_words(issues: IssueQuerySet) -> IssueQuerySet:
    """Issues that know their last answer (`last`) and what was noted last (`noted`), for a few: each is looked up."""
    said = IssueEvent.objects.filter(issue=OuterRef("pk")).order_by("-pk")
    answers, notes = said.filter(kind__in=ANSWERS), said.filter(kind=IssueEvent.Kind.NOTED).exclude(text="")
    return issues.annotate(
        last=Coalesce(Subquery(answers.values("pk")[:1]), 0),
        noted=Subquery(notes.values("text")[:1]),
    )


def last_answer(issue: Issue) -> int:
    """The number of the last answer there is; 0 where there is none."""
    known: int | None = getattr(issue, "last", None)
    if known is not None:
        return known
    return issue.events.filter(kind__in=ANSWERS).aggregate(last=Max("pk"))["last"] or 0


def last_note(issue: Issue) -> str:
    """What was noted last on an issue that knows its last words; empty where nothing was."""
    return getattr(issue, "noted", None) or ""


def check_seen(issue: Issue, last: int | None) -> None:
    """Raise AlreadyAnswered with the name of whoever answered after what was seen; None sees everything."""
    if last is None:
        return
    later = issue.events.filter(kind__in=ANSWERS, pk__gt=last)
    if event := later.select_related("operator", "user", "device__company", "program").first():
        raise AlreadyAnswered(event.by)
