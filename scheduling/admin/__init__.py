"""Shift patterns and who follows them; events, exceptions, one-offs, the calendar, recomputations."""

from scheduling.admin import events, exceptions, holidays, one_offs, patterns, recompute

__all__ = ["events", "exceptions", "holidays", "one_offs", "patterns", "recompute"]
