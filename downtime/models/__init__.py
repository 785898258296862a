"""What stations did, the stops that came of it, and why."""

from downtime.models.answers import AnswerBook, AnswerRule, ErrorCode
from downtime.models.causes import Cause
from downtime.models.events import IssueEvent
from downtime.models.issues import Issue
from downtime.models.limits import EscalationLimit
from downtime.models.photos import Photo
from downtime.models.slices import Slice

__all__ = [
    "AnswerBook",
    "AnswerRule",
    "Cause",
    "ErrorCode",
    "EscalationLimit",
    "Issue",
    "IssueEvent",
    "Photo",
    "Slice",
]
