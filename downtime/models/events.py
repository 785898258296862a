"""The steps in an issue's life, and whose hand they were."""

from __future__ import annotations

import uuid as uuids
from typing import Any

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from downtime.answering import ANSWERS
from downtime.models.causes import Cause
from mesproject.accounts.models import ApiKey, Device, Owned, User, index_where_given
from mesproject.accounts.retelling import retold
from production.models import Operator

# Why the clock calls for help, or takes an answer back: kept in English, and told in the reader's language.
RUN_OUT = gettext_noop("The estimate has run out.")
NO_ESTIMATE = gettext_noop("Nobody has said when it is back.")
NO_RULE = gettext_noop("No rule holds any more")


class Who:
    """The hand behind a step: a user, or an operator at an enrolled device, or both; or a program, by its key."""

    __slots__ = ("device", "operator", "program", "user")

    def __init__(
        self, *, user: User | None = None, operator: Operator | None = None, device: Device | None = None,
        program: ApiKey | None = None,
    ) -> None:  # fmt: skip
        self.user, self.operator, self.device, self.program = user, operator, device, program

    def __str__(self) -> str:
        return str(self.operator or self.user or self.device or self.program or "Floorlight")

    def as_fields(self) -> dict[str, Any]:
        """The columns of an event that name him."""
        return {name: getattr(self, name) for name in self.__slots__}


class IssueEvent(Owned):
    """One step in an issue's life. Never changed, never deleted."""

    company_path = "issue__station__company"

    class Kind(models.TextChoices):
        RAISED = "raised", _("Raised")
        ACKNOWLEDGED = "acknowledge", _("Acknowledged")
        ESTIMATED = "estimate", _("Estimated")
        ESCALATED = "escalate", _("Escalated")
        EXPLAINED = "cause", _("Explained")
        RULED = "rule", _("Answered by a rule")
        NOTED = "note", _("Noted")
        WATCHED = "watch", _("Watched")
        EXCLUDED = "exclude", _("Excluded")
        REOPENED = "reopen", _("Re-opened")
        SPLIT = "split", pgettext_lazy("a stop", "Split")
        MERGED = "merge", _("Merged")
        CLOSED = "close", _("Closed")
        ENDED = "ended", _("Running again")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    issue = models.ForeignKey("downtime.Issue", on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField()
    key = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, db_index=False)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True, db_index=False)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True, db_index=False)
    program = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, blank=True, db_index=False)
    estimated_end_at = models.DateTimeField(null=True, blank=True)
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, blank=True, db_index=False)
    # Which rule answered; null where it was an error code, or where no rule holds any more.
    rule = models.ForeignKey(
        "downtime.AnswerRule",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    cut_at = models.DateTimeField(null=True, blank=True)  # where a stop was split
    text = models.TextField(blank=True, max_length=2000)

    class Meta:
        ordering = ["pk"]
        # Most events are a machine's.
        indexes = [
            index_where_given("user", "events_of_a_user"),
            index_where_given("operator", "events_of_an_operator"),
            index_where_given("device", "events_of_a_device"),
            index_where_given("program", "events_of_a_program"),
            index_where_given("cause", "events_of_a_cause"),
            index_where_given("rule", "events_of_a_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {localtime(self.at):%H:%M}"

    @property
    def told(self) -> str:
        """What a person said; in the reader's language why the clock called for help, or which rule answered."""
        return retold(self.text, SAID_BY_ITSELF.get(self.kind, ()))

    @property
    def by(self) -> str:
        """Who did it."""
        return str(self.operator or self.user or self.device or self.program or "Floorlight")


SAID_BY_ITSELF: dict[str, tuple[str, ...]] = {
    IssueEvent.Kind.ESCALATED: (RUN_OUT, NO_ESTIMATE),
    IssueEvent.Kind.RULED: (*ANSWERS, NO_RULE),
}
