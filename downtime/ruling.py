"""Letting the rules answer stops; what a person has said is never touched. See docs/issues.md.

An answer follows from the stop and from the book of rules that holds for its beginning, so it may be asked for any
number of times, in any order, and comes out the same.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from downtime.answering import NOTHING, Answer, Book, Decision, decide
from downtime.circumstances import circumstances
from downtime.models import AnswerBook, Issue, IssueEvent
from downtime.models.answers import books_at
from downtime.models.events import NO_RULE
from downtime.models.issues import IssueQuerySet
from production.models import Station

# A station, and from when until when it was decided; without an end up to now.
Decided = tuple[Station, datetime, datetime | None]


@dataclass(slots=True)
class Ruled:
    """What answering came to, by station: from when on causes have changed, and when to look again."""

    changed: dict[int, datetime] = field(default_factory=dict)
    look_at: dict[int, datetime] = field(default_factory=dict)
    answers: int = 0  # how many causes were given, changed or taken back

    def add(self, more: Ruled) -> None:
        """Take in another one's."""
        for mine, theirs in ((self.changed, more.changed), (self.look_at, more.look_at)):
            for station, at in theirs.items():
                mine[station] = min(at, mine.get(station, at))
        self.answers += more.answers


def with_rules(stations: QuerySet[Station]) -> QuerySet[Station]:
    """Stations that know whether their company ever had a rule in force (`has_rules`), without a query more."""
    return stations.annotate(has_rules=Exists(AnswerBook.objects.filter(company=OuterRef("company"))))


def answer(decided: Sequence[Decided], *, now: datetime) -> Ruled:
    """Answer the stops that reach into what was decided. No query where no company has rules, or nothing stands still.

    The caller holds the live rows of the stations.
    """
    concerned = {station.pk: (station, start, until) for station, start, until in decided}
    if not concerned:
        return Ruled()
    earliest = min(start for _, start, _ in concerned.values())
    reaching = open_to_rules().filter(Q(ended_at=None) | Q(ended_at__gte=earliest))
    issues = []
    for issue in reaching.filter(station__among=concerned):
        _, start, until = concerned[issue.station_id]
        if (issue.ended_at is None or issue.ended_at >= start) and (
            until is None or issue.started_at < until
        ):
            issues.append(issue)
    return settle(issues, {pk: station for pk, (station, _, _) in concerned.items()}, now=now)


def open_to_rules() -> IssueQuerySet:
    """Stops about which no person has decided."""
    return Issue.objects.stops().filter(left_to_people=False)


def settle(issues: Sequence[Issue], stations: Mapping[int, Station], *, now: datetime) -> Ruled:
    """Give each of these stops the cause that its book says, or none. The caller holds the live rows."""
    ruled, steps = Ruled(), []
    for issue, decision in decisions(issues, stations, now=now):
        if decision.again_at is not None:
            at = issue.started_at + decision.again_at
            ruled.look_at[issue.station_id] = min(at, ruled.look_at.get(issue.station_id, at))
        if (decision.answer.cause if decision.answer else None) != issue.cause_id:
            steps.append((issue, decision.answer))
    for issue in _write(steps, now) if steps else ():
        ruled.answers += 1
        since = ruled.changed.get(issue.station_id, issue.started_at)
        ruled.changed[issue.station_id] = min(since, issue.started_at)
    return ruled


def decisions(
    issues: Sequence[Issue], stations: Mapping[int, Station], *, now: datetime, book: Book | None = None
) -> Iterable[tuple[Issue, Decision]]:
    """What is decided of each stop: by the book given, else by that which holds for its beginning."""
    if not issues:
        return []
    if book is None:
        held = books_at([(stations[issue.station_id].company_id, issue.started_at) for issue in issues])
    else:
        held = [book] * len(issues)
    asked = [(issue, said) for issue, said in zip(issues, held, strict=True) if said]
    known = {}
    if asked:
        books = {id(said): said for _, said in asked}.values()
        known = circumstances([issue for issue, _ in asked], stations, books, now=now)
    return [
        (issue, decide(said, known[issue.pk]) if said else NOTHING)
        for issue, said in zip(issues, held, strict=True)
    ]


def _write(steps: Sequence[tuple[Issue, Answer | None]], now: datetime) -> list[Issue]:
    """Change causes and log it; return those where nobody was faster. A cause that is gone is given to nobody."""
    rows = [(issue.pk, issue.cause_id, answer.cause if answer else None) for issue, answer in steps]
    with connection.cursor() as cursor:
        cursor.execute(_ANSWER, [now, *(list(column) for column in zip(*rows, strict=True))])
        done = {pk for (pk,) in cursor.fetchall()}
    written = [(issue, answer) for issue, answer in steps if issue.pk in done]
    IssueEvent.objects.bulk_create([_event(issue, answer, now) for issue, answer in written])
    return [issue for issue, _ in written]


_ANSWER = """
UPDATE downtime_issue i SET cause_id = n.cause,
    updated_at = GREATEST(%s::timestamptz, i.updated_at + interval '1 microsecond')
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n(id, was, cause)
WHERE i.id = n.id AND NOT i.left_to_people AND i.withdrawn_at IS NULL AND i.cause_id IS NOT DISTINCT FROM n.was
  AND (n.cause IS NULL OR EXISTS (SELECT FROM downtime_cause c WHERE c.id = n.cause))
RETURNING i.id
"""


def _event(issue: Issue, answer: Answer | None, now: datetime) -> IssueEvent:
    """The step in the issue's life; its key is made of how the issue was and what is said of it."""
    said = answer.said if answer else NO_RULE
    return IssueEvent(
        issue=issue, kind=IssueEvent.Kind.RULED, at=now, text=said,
        cause_id=answer.cause if answer else None, rule_id=answer.rule if answer else None,
        key=uuids.uuid5(issue.uuid, f"{issue.updated_at.isoformat()} {issue.cause_id} {answer}"),
    )  # fmt: skip
