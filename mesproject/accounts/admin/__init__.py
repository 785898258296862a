"""Companies, people, credentials, outgoing mail and the audit log."""

from mesproject.accounts.admin import audit, credentials, outbox, people

__all__ = ["audit", "credentials", "outbox", "people"]
