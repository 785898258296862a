"""What a plant's rules refuse; the edge turns these into answers a person can read."""

from __future__ import annotations

from production.errors import DomainError


class IssueWithdrawn(DomainError):
    """The stop is none any more: data that came late shows that the station ran."""

    code = "issue_withdrawn"
    sentence = "This was no stop after all: late data shows that the station ran."


class AlreadyAnswered(DomainError):
    """Somebody else was faster."""

    code = "already_answered"

    def __init__(self, by: str) -> None:
        self.by = by
        super().__init__(f"Already answered by {by}." if by else "Already answered by somebody else.")
