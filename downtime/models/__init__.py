"""Stops as the machine finds them (slices) and as people see them (issues)."""

from downtime.models.causes import Cause
from downtime.models.issues import Issue, IssueEvent
from downtime.models.slices import Slice

__all__ = ["Cause", "Issue", "IssueEvent", "Slice"]
