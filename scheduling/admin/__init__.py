"""Shift patterns and who follows them; events, exceptions, one-offs, the calendar, recomputations."""

from scheduling.admin import events, exceptions, one_offs, patterns

__all__ = ["events", "exceptions", "one_offs", "patterns"]
