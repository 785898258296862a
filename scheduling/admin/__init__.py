"""Shift patterns and who follows them; events, exceptions, the calendar."""

from scheduling.admin import events, patterns

__all__ = ["events", "patterns"]
