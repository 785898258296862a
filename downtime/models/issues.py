"""The stop as people see it, what they called attention to by hand, and what they did about it."""

from __future__ import annotations

import uuid as uuids
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from downtime.errors import (
    AlreadyAnswered,
    AlreadyOpen,
    BadEstimate,
    CauseNotUsable,
    IssueClosed,
    IssueOpen,
    IssueWithdrawn,
    MachineDecides,
    TextTooLong,
)
from downtime.models.causes import Cause
from downtime.models.events import IssueEvent, Who
from downtime.models.limits import due_of
from downtime.models.setups import lies_in_setup
from mesproject.accounts.models import Owned, OwnedQuerySet, User, index_where_given
from production.live import lock, sum_again
from production.models import JobRun, Operator, Station
from production.nudges import announce
from production.windows import Window

LONGEST_ESTIMATE = timedelta(days=7)
LONGEST_TEXT = 2000


class IssueQuerySet(OwnedQuerySet):
    def valid(self) -> Self:
        """Without those that late data has taken back, or that were merged into another."""
        return self.filter(withdrawn_at=None)

    def ongoing(self) -> Self:
        """Of every type, those that go on."""
        return self.valid().filter(ended_at=None)

    def stops(self) -> Self:
        """Stops that were found in signals."""
        return self.valid().filter(silent_since__isnull=False)

    def open(self) -> Self:
        """Stops that go on."""
        return self.stops().filter(ended_at=None)

    def unexplained(self) -> Self:
        """Stops without a cause, going on or over, for as long as nobody gives one; but not those in setup."""
        return self.stops().filter(~lies_in_setup(), cause=None, excluded_at=None)

    def with_setup(self) -> Self:
        """Stops that know whether they lie in setup."""
        return self.annotate(in_setup=lies_in_setup())

    def overlapping(self, window: Window) -> Self:
        """Stops that share time with the window."""
        return self.stops().filter(Q(ended_at=None) | Q(ended_at__gt=window.start), started_at__lt=window.end)

    def for_screens(self) -> Self:
        """With everything a card shows, in one query."""
        seen = self.with_setup().select_related("station", "cause__parent", "owner", "owner_user")
        return seen.order_by("-started_at")


class Issue(Owned):
    """One stop: it starts at the last sign of work and ends with the next. Its state changes only by its verbs.

    A stop that people have split is several rows of one silence: `cut_at` is where a part begins by their word, if
    it is not the first. What people raise by hand has no silence, is ended by hand, and is never downtime.
    """

    company_path = "station__company"
    in_setup = False  # where nobody asked: see `with_setup`

    class Kind(models.TextChoices):
        STOP = "stop", _("Stop")
        SLOW = "slow", _("Slow")
        QUALITY = "quality", _("Quality")
        MATERIAL = "material", _("Material")
        MAINTENANCE = "maintenance", _("Maintenance")
        SAFETY = "safety", _("Safety")
        HELP = "help", _("Help")

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="issues", db_index=False)
    kind = models.CharField(_("type"), max_length=12, choices=Kind, default=Kind.STOP)
    job_run = models.ForeignKey(JobRun, on_delete=models.SET_NULL, null=True, blank=True, db_index=False)
    # The last sign of work; it tells stops apart. Null where a person raised it.
    silent_since = models.DateTimeField(null=True, editable=False)
    cut_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    raised_at = models.DateTimeField()  # when the deadline passed, or when somebody raised it
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True, db_index=False)
    owner_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, db_index=False)
    estimated_end_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalate_at = models.DateTimeField(null=True, editable=False)  # when the clock is to call for help
    cause = models.ForeignKey(
        Cause, on_delete=models.PROTECT, null=True, blank=True, related_name="issues", db_index=False
    )
    excluded_at = models.DateTimeField(null=True, blank=True)  # its time counts as planned
    withdrawn_at = models.DateTimeField(
        null=True, blank=True
    )  # late data shows that it was no stop, or merged
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, db_index=False
    )
    # Somebody has said why, that it needs no cause, or that an answer was wrong: rules answer it no more.
    left_to_people = models.BooleanField(default=False, db_default=False, editable=False)
    updated_at = models.DateTimeField()

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["station", "-started_at"], name="issues_of_a_station"),
            # What goes on, or went on lately: a stop that began long ago may.
            models.Index(fields=["station", "ended_at"], name="issues_by_their_end"),
            models.Index(fields=["-started_at", "-id"], name="issues_newest_first"),  # lists, page by page
            models.Index(
                fields=["station", "-started_at"], name="issues_raised_by_hand", condition=Q(silent_since=None)
            ),
            # Asked each second.
            models.Index(
                fields=["escalate_at"], name="issues_to_escalate",
                condition=Q(ended_at=None, withdrawn_at=None, escalate_at__isnull=False),
            ),
            # Few of many years' stops; they are listed newest first, and asked for every few seconds.
            models.Index(
                fields=["-started_at"], name="issues_unexplained",
                condition=Q(cause=None, excluded_at=None, withdrawn_at=None, silent_since__isnull=False),
            ),
            index_where_given("job_run", "issues_of_a_run"),
            index_where_given("owner", "issues_of_an_operator"),
            index_where_given("owner_user", "issues_of_a_user"),
            index_where_given("cause", "issues_of_a_cause"),
            index_where_given("merged_into", "issues_merged_into_one"),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["station"], name="one_open_stop_per_station",
                condition=Q(ended_at=None, withdrawn_at=None, silent_since__isnull=False),
                violation_error_message=_("This station has an open stop already."),
            ),
            models.UniqueConstraint(
                fields=["station", "kind"], name="one_open_issue_by_hand_of_a_type_per_station",
                condition=Q(ended_at=None, withdrawn_at=None, silent_since=None),
                violation_error_message=_("This station has an open issue of this type already."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="a_stop_has_length",
                violation_error_message=_("A stop ends after its start."),
            ),
            models.CheckConstraint(
                condition=Q(silent_since=None) | Q(kind="stop"), name="only_stops_come_of_silence",
                violation_error_message=_("What a machine raises is a stop."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        said = "stopped" if self.kind == self.Kind.STOP else self.get_kind_display().lower()
        return f"{self.station} {said} {localtime(self.started_at):%Y-%m-%d %H:%M}"

    @property
    def owner_name(self) -> str:
        """Who has it in hand, or an empty text."""
        return str(self.owner or self.owner_user or "")

    @property
    def is_by_machine(self) -> bool:
        """Whether it was found in signals."""
        return self.silent_since is not None

    @property
    def is_unexplained(self) -> bool:
        """Whether it waits for a cause."""
        return self.cause_id is None and self.excluded_at is None and not self.is_setup

    @property
    def is_setup(self) -> bool:
        """Whether it is part of setting the station up, and nobody has said that it is anything else."""
        return self.in_setup and self.is_by_machine and self.cause_id is None and self.excluded_at is None

    @property
    def is_answered_by_rule(self) -> bool:
        """Whether a rule or an error code gave its cause, and no person has said anything of it."""
        return self.cause_id is not None and not self.left_to_people

    @property
    def is_closed(self) -> bool:
        """Over, and nothing asked any more."""
        return self.ended_at is not None and not (self.is_by_machine and self.is_unexplained)

    def duration(self, now: datetime) -> timedelta:
        """Elapsed time, up to now while it goes on."""
        return (self.ended_at or now) - self.started_at

    def acknowledge(self, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """Give the stop an owner. The second to try raises AlreadyAnswered, which names the first."""
        unclaimed = Issue.objects.filter(pk=self.pk, acknowledged_at=None, withdrawn_at=None)
        owner = {"owner": by.operator, "owner_user": by.user}
        with transaction.atomic():
            if self._knows(key):
                return
            if self.is_closed and not self.acknowledged_at:
                raise IssueClosed()
            if not unclaimed.update(acknowledged_at=at, updated_at=at, **owner):
                self.refresh_from_db()
                raise (withdrawn(self) if self.withdrawn_at else AlreadyAnswered(self.owner_name))
            self._log(IssueEvent.Kind.ACKNOWLEDGED, by=by, at=at, key=key)

    def estimate(self, end: datetime, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """Say when the station will be back; a later word replaces an earlier one."""
        if not at < end <= at + LONGEST_ESTIMATE:
            raise BadEstimate()
        with transaction.atomic():
            if self._step_while_it_lasts(
                IssueEvent.Kind.ESTIMATED, by=by, at=at, key=key, changes={"estimated_end_at": end},
                estimated_end_at=end,
            ):  # fmt: skip
                self._set_deadline()

    def escalate(self, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """Call for help. Who asked to be told of it is told by the messages that leave the building."""
        with transaction.atomic():
            if self._step_while_it_lasts(
                IssueEvent.Kind.ESCALATED, by=by, at=at, key=key, changes={"escalated_at": at}
            ):
                self._set_deadline()

    def watch(self, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """Keep an eye on it; once is enough."""
        hands = by.as_fields()
        named = {
            name: hands[name] for name in ("operator", "user", "device", "program") if hands[name] is not None
        }
        if by.user or by.operator:
            named.pop("device", None)  # the same person, wherever he stands
        if not self.events.filter(kind=IssueEvent.Kind.WATCHED, **named).exists():
            self._step_while_it_lasts(IssueEvent.Kind.WATCHED, by=by, at=at, key=key, changes={})

    def explain(
        self, cause: Cause, *, by: Who, at: datetime, seen: Cause | None = None, key: uuids.UUID | None = None
    ) -> None:
        """Say why, for the first time or otherwise. `seen` is the cause the person had before his eyes: if another
        was given meanwhile, raise AlreadyAnswered with the name of whoever gave it, and change nothing."""
        with transaction.atomic():
            lock(
                [self.station_id]
            )  # as the tick does, before it moves an issue: else they may wait in a ring
            if self._knows(key):
                return
            check_usable(cause, self.station)
            # What a rule said meanwhile is no obstacle: a person's word wins.
            unchanged = Issue.objects.filter(
                Q(cause=seen) | Q(left_to_people=False), pk=self.pk, withdrawn_at=None
            )
            if not unchanged.update(cause=cause, updated_at=at, left_to_people=True):
                self.refresh_from_db()
                raise (withdrawn(self) if self.withdrawn_at else AlreadyAnswered(self.last_explained_by()))
            self._log(IssueEvent.Kind.EXPLAINED, by=by, at=at, key=key, cause=cause)
            sum_again([self.station_id], since=self.started_at)

    def note(self, text: str, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """Write something down beside the stop."""
        self._step(IssueEvent.Kind.NOTED, by=by, at=at, key=key, changes={}, text=checked(text))

    def exclude(self, *, by: Who, at: datetime, text: str = "", key: uuids.UUID | None = None) -> None:
        """Take it out of what has to be explained: a stop's time counts as planned from then on."""
        changes = {"excluded_at": at, "escalate_at": None, "left_to_people": True}
        with transaction.atomic():
            lock([self.station_id])
            if self._step(
                IssueEvent.Kind.EXCLUDED, by=by, at=at, key=key, changes=changes, unless=~Q(excluded_at=None),
                text=checked(text),
            ):  # fmt: skip
                sum_again([self.station_id], since=self.started_at)

    def reopen(self, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """Let it ask again: a stop loses its cause and its exclusion, what was raised by hand goes on again."""
        changes: dict[str, Any] = {"cause": None, "excluded_at": None, "left_to_people": True}
        nothing_to_do = Q(cause=None, excluded_at=None)
        if not self.is_by_machine:
            changes |= {"ended_at": None}
            nothing_to_do &= Q(ended_at=None)
        try:
            with transaction.atomic():
                lock([self.station_id])
                if self._step(
                    IssueEvent.Kind.REOPENED, by=by, at=at, key=key, changes=changes, unless=nothing_to_do,
                    refusal=IssueOpen,
                ):  # fmt: skip
                    self._set_deadline()
                    sum_again([self.station_id], since=self.started_at)
        except IntegrityError:
            raise AlreadyOpen() from None  # another one of its type has begun since

    def close(self, *, by: Who, at: datetime, key: uuids.UUID | None = None) -> None:
        """End what was raised by hand."""
        if self.is_by_machine:
            raise MachineDecides()
        end = max(at, self.started_at + timedelta(milliseconds=1))
        self._step_while_it_lasts(IssueEvent.Kind.CLOSED, by=by, at=at, key=key, changes={"ended_at": end})

    def last_explained_by(self) -> str:
        """Who gave the cause it has, or an empty text."""
        event = (
            self.events.exclude(cause=None)
            .select_related("operator", "user", "device__company", "program")
            .last()
        )
        return event.by if event else ""

    def _step_while_it_lasts(self, kind: str, *, at: datetime, **more: Any) -> bool:
        """A step that means nothing once it is over; what was said before the end may arrive after it."""
        return self._step(kind, at=at, unless=Q(ended_at__lt=at), **more)

    def _step(
        self,
        kind: str,
        *,
        by: Who,
        at: datetime,
        key: uuids.UUID | None,
        changes: dict[str, Any],
        unless: Q | None = None,
        refusal: type[IssueClosed | IssueOpen] = IssueClosed,
        **details: Any,
    ) -> bool:
        """Change state and log together; False where this very step came before."""
        with transaction.atomic():
            if self._knows(key):
                return False
            rows = Issue.objects.filter(pk=self.pk, withdrawn_at=None)
            if not (rows.exclude(unless) if unless else rows).update(updated_at=at, **changes):
                self.refresh_from_db()
                raise (withdrawn(self) if self.withdrawn_at else refusal())
            self._log(kind, by=by, at=at, key=key, **details)
        return True

    def _set_deadline(self) -> None:
        """Have the clock call for help when it is due."""
        self.escalate_at = due_of(self)
        self.save(update_fields=["escalate_at"])

    def _knows(self, key: uuids.UUID | None) -> bool:
        """Whether this very step came before: a tablet sends again what it has no answer for."""
        return key is not None and self.events.filter(key=key).exists()

    def _log(self, kind: str, *, by: Who, at: datetime, key: uuids.UUID | None, **details: Any) -> None:
        self.events.create(kind=kind, at=at, key=key or uuids.uuid4(), **by.as_fields(), **details)
        announce([self.station_id])
        self.refresh_from_db()


def withdrawn(issue: Issue) -> IssueWithdrawn:
    """Why an issue takes no answer any more."""
    return IssueWithdrawn(_("This part was merged into another one.") if issue.merged_into_id else None)


def checked(text: str) -> str:
    """A text that is not too long to be kept, or TextTooLong."""
    if len(text) > LONGEST_TEXT:
        raise TextTooLong()
    return text


def check_usable(cause: Cause, station: Station) -> None:
    """Raise CauseNotUsable for another company's cause, and for one out of use."""
    if cause.company_id != station.company_id or cause.archived_at is not None:
        raise CauseNotUsable()
