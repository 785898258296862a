"""Causes, stops, and the rules that answer for the operator."""

from downtime.admin import causes, codes, rules, stops

__all__ = ["causes", "codes", "rules", "stops"]
