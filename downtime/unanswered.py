"""What waits for somebody: everything that goes on, and every stop that is over and that nobody has explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from downtime.models import Issue, IssueEvent
from downtime.models.issues import IssueQuerySet
from downtime.rag import Rag
from downtime.standing import colour_of, words_of

# Unexplained stops never expire; a page shows the newest, and says that there are more.
MOST_ONGOING, MOST_OVER = 500, 100
_ORDER = {Rag.RED: 0, Rag.AMBER: 1, Rag.GREEN: 2}
# Whose hand is told in a row.
_TOLD = (IssueEvent.Kind.RAISED, IssueEvent.Kind.ESCALATED, IssueEvent.Kind.WATCHED)


@dataclass(frozen=True, slots=True)
class Row:
    """One issue with its colour and its words."""

    issue: Issue
    colour: Rag
    words: str
    escalated_by: str
    watched_by: list[str]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The rows, red first, and how many of each there are; `more` where older ones are not shown."""

    rows: list[Row]
    counts: Mapping[Rag, int]
    over: int
    more: bool


def unanswered(issues: IssueQuerySet, *, now: datetime) -> Unanswered:
    """Of these issues, in as many statements for any number: red ones first, each colour in order of time.

    What goes on is told oldest first, because it has waited longest; what is over newest first, because it is
    remembered best.
    """
    seen = (
        issues.with_setup()
        .select_related("station__group__plant", "cause", "owner", "owner_user")
        .prefetch_related(
            Prefetch(
                "events",
                IssueEvent.objects.filter(kind__in=_TOLD).select_related(
                    "operator", "user", "device", "program"
                ),
                to_attr="told",
            )
        )
    )
    ongoing = seen.ongoing().filter(excluded_at=None).order_by("started_at")[:MOST_ONGOING]
    over = list(seen.unexplained().filter(ended_at__isnull=False).order_by("-started_at")[: MOST_OVER + 1])
    rows = [*_rows(ongoing, now), *_rows(over[:MOST_OVER], now)]
    counts = Counter(row.colour for row in rows if row.issue.ended_at is None)
    rows.sort(key=lambda row: (_ORDER[row.colour], row.issue.ended_at is not None))
    return Unanswered(rows, counts, min(len(over), MOST_OVER), len(over) > MOST_OVER)


def _rows(issues: Iterable[Issue], now: datetime) -> Iterable[Row]:
    for issue in issues:
        told: list[IssueEvent] = issue.told  # type: ignore[attr-defined]
        calls = [event.by for event in told if event.kind == IssueEvent.Kind.ESCALATED]
        watching = [event.by for event in told if event.kind == IssueEvent.Kind.WATCHED]
        colour, words = colour_of(issue, now=now), words_of(issue, now=now)
        yield Row(issue, colour, words, calls[-1] if calls else "", watching)
