"""How a stored issue stands, for the one function that says its colour and its words."""

from __future__ import annotations

from datetime import datetime

from downtime.models import Issue
from downtime.rag import Rag, Standing, rag, status_words
from mesproject.formats import spoken


def standing_of(issue: Issue) -> Standing:
    """What the colour and the words follow from."""
    return Standing(
        ended=issue.ended_at is not None,
        owner=issue.owner_name if issue.acknowledged_at else None,
        back_at=issue.estimated_end_at,
        escalated=issue.escalated_at is not None,
        cause=issue.cause.description if issue.cause else None,
        asks=issue.is_by_machine,
        excluded=issue.excluded_at is not None,
        withdrawn=issue.withdrawn_at is not None,
        by_rule=issue.is_answered_by_rule,
        in_setup=issue.is_setup,
    )


def colour_of(issue: Issue, *, now: datetime) -> Rag:
    """Red, amber or green."""
    return rag(standing_of(issue), now=now)


def words_of(issue: Issue, *, now: datetime) -> str:
    """The same for people, in their language."""
    return ", ".join(map(spoken, status_words(standing_of(issue), now=now)))
