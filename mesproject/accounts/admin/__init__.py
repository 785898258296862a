"""Companies, people, credentials, webhooks, outgoing messages and the audit log."""

from mesproject.accounts.admin import audit, credentials, endpoints, outbox, people

__all__ = ["audit", "credentials", "endpoints", "outbox", "people"]
