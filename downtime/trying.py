"""What rules would have answered in a time that is over, beside what people said; and applying them to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from downtime.answering import Answer, Book
from downtime.models import AnswerBook, Issue
from downtime.models.answers import as_json, in_force
from downtime.models.issues import IssueQuerySet
from downtime.ruling import Ruled, decisions, open_to_rules, settle
from mesproject.accounts.models import Company
from production.live import lock, look_again, sum_each_again
from production.models import Station
from production.nudges import announce
from production.windows import Window

MOST_STOPS = 20_000
AT_ONCE = 1000


class Verdict(StrEnum):
    """What rules and people said of a stop."""

    AGREE = "agree"
    DIFFER = "differ"
    RULES_ONLY = "rules"
    PEOPLE_ONLY = "people"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Tried:
    """One stop: what the rules would have answered, and the cause that people gave it."""

    issue: Issue
    length: timedelta
    answer: Answer | None
    said: int | None

    @property
    def verdict(self) -> Verdict:
        """Whether the two agree."""
        if self.answer is None:
            return Verdict.PEOPLE_ONLY if self.said else Verdict.NOBODY
        if self.said is None:
            return Verdict.RULES_ONLY
        return Verdict.AGREE if self.said == self.answer.cause else Verdict.DIFFER

    @property
    def would_change(self) -> bool:
        """Whether it would have another cause if the rules were applied."""
        return not self.issue.left_to_people and self.issue.cause_id != (self.answer and self.answer.cause)


@dataclass(slots=True)
class Tally:
    """Stops, their time, and how often rules and people agree about them."""

    stops: int = 0
    time: timedelta = timedelta()
    agree: int = 0
    differ: int = 0

    def add(self, tried: Tried) -> None:
        """Count one in."""
        self.stops += 1
        self.time += tried.length
        self.agree += tried.verdict is Verdict.AGREE
        self.differ += tried.verdict is Verdict.DIFFER


@dataclass(slots=True)
class Trial:
    """All stops of a time, and what the rules come to."""

    lines: list[Tried]
    all: Tally = field(default_factory=Tally)
    answered: Tally = field(default_factory=Tally)
    by_rule: dict[str, Tally] = field(default_factory=dict)  # in words, as the answer says it
    given: int = 0
    changed: int = 0
    taken_back: int = 0

    def __post_init__(self) -> None:
        for line in self.lines:
            self.all.add(line)
            if line.answer:
                self.answered.add(line)
                self.by_rule.setdefault(line.answer.said, Tally()).add(line)
            if line.would_change:
                self.given += line.issue.cause_id is None
                self.changed += bool(line.issue.cause_id and line.answer)
                self.taken_back += line.answer is None

    @property
    def changes(self) -> int:
        """How many stops would have another cause."""
        return self.given + self.changed + self.taken_back

    @property
    def share(self) -> int | None:
        """The answered stops in percent of all."""
        return round(100 * self.answered.stops / self.all.stops) if self.all.stops else None

    @property
    def share_of_time(self) -> int | None:
        """Their time in percent of all stops' time."""
        return round(100 * self.answered.time / self.all.time) if self.all.time else None


class TooMany(Exception):
    """More stops than are looked at in one go."""


def tried(company: Company, book: Book, window: Window, *, now: datetime) -> Trial:
    """What a book would have answered the stops that began in a window. Nothing is stored. Raises TooMany."""
    issues = _begun(Issue.objects.of(company).stops(), window)
    stations = _stations(issues)
    found = []
    for portion in _portions(issues):
        for issue, decision in decisions(portion, stations, now=now, book=book):
            issue.station = stations[issue.station_id]
            said = issue.cause_id if issue.left_to_people else None
            found.append(Tried(issue, issue.duration(now), decision.answer, said))
    return Trial(found)


def apply_to_past(company: Company, window: Window, *, by: str, why: str, at: datetime) -> AnswerBook:
    """Let the rules in force now answer stops that began in a past window, and keep that on record. Raises TooMany.

    People's words stay. What the rules of that time had answered is answered by these.
    """
    with transaction.atomic():
        kept = AnswerBook.objects.create(
            company=company, made_at=at, by=by, why=why, holds_from=window.start,
            holds_until=min(window.end, at), body=as_json(in_force(company)),
        )  # fmt: skip
        stations = {station.pk: station for station in Station.objects.of(company).in_place()}
        lock(sorted(stations))
        ruled = Ruled()
        for portion in _portions(_begun(open_to_rules().of(company), window)):
            ruled.add(settle(portion, stations, now=at))
        if ruled.changed:
            sum_each_again(ruled.changed)
            announce(ruled.changed)
        look_again(ruled.look_at, since=None, at=at)
        kept.answered = ruled.answers
        kept.save(update_fields=["answered"])
    return kept


def _begun(rows: IssueQuerySet, window: Window) -> list[Issue]:
    begun = rows.filter(started_at__gte=window.start, started_at__lt=window.end)
    found = list(begun.order_by("-started_at", "-id")[: MOST_STOPS + 1])
    if len(found) > MOST_STOPS:
        raise TooMany
    return found


def _stations(issues: Sequence[Issue]) -> dict[int, Station]:
    asked = Station.objects.filter(pk__among={issue.station_id for issue in issues})
    return {station.pk: station for station in asked.in_place().select_related("plan")}


def _portions(issues: Sequence[Issue]) -> Iterable[Sequence[Issue]]:
    return (issues[first : first + AT_ONCE] for first in range(0, len(issues), AT_ONCE))
