"""The demo's operators at work: what `people` says they do, done by the verbs that the tablet uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from django.db import transaction

from downtime.errors import AlreadyAnswered, IssueClosed, IssueWithdrawn
from downtime.models import Cause, Issue, IssueEvent
from downtime.models.issues import Who
from mesproject.accounts.models import Company
from mesproject.demo import people, plan
from mesproject.demo.recordings import Tape
from production.live import sum_again
from production.models import JobRun, Operator, SignOn, Station
from production.windows import Window
from quality.models import Reject, RejectReason

EVER = datetime(2000, 1, 1, tzinfo=UTC)
# Each answer moves its station's live row: of one that is moved a thousand times before a commit, all versions are in
# the way of the next.
AT_ONCE = 200
BY_MACHINE = (IssueEvent.Kind.RAISED, IssueEvent.Kind.ENDED, IssueEvent.Kind.WITHDRAWN)


class Crew:
    """All operators of the plant; what they have done is not done again."""

    def __init__(self, company: Company, stations: Mapping[str, Station]) -> None:
        self.company = company
        self.stations = {station.pk: station for station in stations.values()}
        self.operators = {one.initials: one for one in Operator.objects.of(company).filter(archived_at=None)}
        self.causes = {cause.code: cause for cause in Cause.objects.of(company).active()}
        self.reasons = {reason.code: reason for reason in RejectReason.objects.of(company).active()}

    def sign_on(self, *, since: datetime, now: datetime) -> None:
        """Be at the stations in the shifts that began between `since` and now, where nobody else is.

        The visitor says himself who he is at his station.
        """
        for station in self.stations.values():
            if station.code == people.VISITORS:
                continue
            group = plan.station(station.code).group
            turns = [
                SignOn(station=station, operator=self.operators[by], started_at=turn.start, ends_at=turn.end)
                for turn, by in people.turns(group, Window(since, now), station.plant.tz)
                if by in self.operators
            ]
            if turns:
                SignOn.objects.bulk_create(turns, ignore_conflicts=True)
                sum_again([station.pk], since=turns[0].started_at)

    def answer(self, *, since: datetime, now: datetime, visitors_from: datetime = EVER) -> int:
        """Do what is due by now about stops raised shortly before `since` or later; how many steps that were.

        A stop that somebody else has taken in hand is left to him, and so are those raised at the
        visitor's station from `visitors_from` on.
        """
        raised = Issue.objects.stops().filter(
            station__in=self.stations, raised_at__gt=since - people.SLOWEST, raised_at__lte=now
        )
        raised = raised.exclude(station__code=people.VISITORS, raised_at__gte=visitors_from)
        issues = list(raised.select_related("station__group__plant").order_by("raised_at"))
        return sum(
            self._answer(issues[first : first + AT_ONCE], now) for first in range(0, len(issues), AT_ONCE)
        )

    def reject(self, tapes: Mapping[str, Tape], *, since: datetime, now: datetime) -> None:
        """Declare the parts that were found bad between `since` and now."""
        for station in self.stations.values():
            found = people.bad_parts(
                plan.station(station.code), tapes[station.code], Window(since, now), station.plant.tz
            )
            if parts := [part for part in found if part.reason in self.reasons and part.by in self.operators]:
                self._declare(station, parts)

    @transaction.atomic
    def _answer(self, issues: Sequence[Issue], now: datetime) -> int:
        done, count = self._done(issues), 0
        for issue in issues:
            steps = self._steps(issue)
            if done[issue.pk] - {step.key for step in steps}:
                continue
            due = [step for step in steps if step.at <= now and step.key not in done[issue.pk]]
            count += len(due)
            self._do(issue, due)
        return count

    def _done(self, issues: Sequence[Issue]) -> dict[int, set[object]]:
        """The keys of all that people have done about each of the issues."""
        found: dict[int, set[object]] = {issue.pk: set() for issue in issues}
        events = IssueEvent.objects.filter(issue__in=found).exclude(kind__in=BY_MACHINE)
        for issue, key in events.values_list("issue_id", "key"):
            found[issue].add(key)
        return found

    def _steps(self, issue: Issue) -> list[people.Step]:
        one, tz = plan.station(issue.station.code), issue.station.plant.tz
        assert issue.silent_since is not None  # found in signals
        return people.answers(one, issue.silent_since, issue.raised_at, tz)

    def _do(self, issue: Issue, steps: Sequence[people.Step]) -> None:
        try:
            for step in steps:
                if step.by in self.operators:
                    with suppress(IssueClosed):  # he was too late for that
                        self._take(issue, step, Who(operator=self.operators[step.by]))
        except (AlreadyAnswered, IssueWithdrawn):
            return  # the visitor was faster, or it was no stop

    def _take(self, issue: Issue, step: people.Step, who: Who) -> None:
        match step.verb:
            case "acknowledge":
                issue.acknowledge(by=who, at=step.at, key=step.key)
            case "estimate":
                issue.estimate(step.at + step.estimate, by=who, at=step.at, key=step.key)
            case "escalate":
                issue.escalate(by=who, at=step.at, key=step.key)
            case "note":
                issue.note(step.text, by=who, at=step.at, key=step.key)
            case "explain" if step.cause in self.causes:
                issue.explain(self.causes[step.cause], by=who, at=step.at, key=step.key)

    def _declare(self, station: Station, parts: Sequence[people.BadPart]) -> None:
        first, last = parts[0].at, parts[-1].at + timedelta(seconds=1)
        runs = list(JobRun.objects.filter(station=station).covering(min(first, last), last))
        Reject.objects.bulk_create(
            [
                Reject(
                    station=station,
                    reason=self.reasons[part.reason],
                    quantity=1,
                    at=part.at,
                    operator=self.operators[part.by],
                    job_run=_run_at(runs, part.at),
                    key=part.key,
                )
                for part in parts
            ],
            ignore_conflicts=True,
        )


def _run_at(runs: Sequence[JobRun], at: datetime) -> JobRun | None:
    covering = (
        run
        for run in runs
        if run.actual_start and run.actual_start <= at and (run.actual_end is None or at < run.actual_end)
    )
    return next(covering, None)
