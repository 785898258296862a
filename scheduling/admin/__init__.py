"""Shift patterns and who follows them; events, exceptions, the calendar."""

from scheduling.admin import events, exceptions, patterns

__all__ = ["events", "exceptions", "patterns"]
