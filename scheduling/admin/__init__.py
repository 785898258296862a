"""Shift patterns and who follows them."""

from scheduling.admin import patterns

__all__ = ["patterns"]
