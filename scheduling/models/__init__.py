"""When a plant means to run: patterns of shifts, events that interrupt them, and the plan that follows from both."""

from scheduling.models.events import EventAssignment, EventInstance, EventType, ScheduleEvent
from scheduling.models.holidays import CalendarFeed, HolidayCalendar, HolidayDay
from scheduling.models.patterns import (
    Attendance,
    PatternAssignment,
    PatternException,
    PatternShift,
    ShiftPattern,
    validate_five_minutes,
)
from scheduling.models.plan import PlannedShift, Recomputation, StationPlan

__all__ = [
    "Attendance",
    "CalendarFeed",
    "EventAssignment",
    "EventInstance",
    "EventType",
    "HolidayCalendar",
    "HolidayDay",
    "PatternAssignment",
    "PatternException",
    "PatternShift",
    "PlannedShift",
    "Recomputation",
    "ScheduleEvent",
    "ShiftPattern",
    "StationPlan",
    "validate_five_minutes",
]
