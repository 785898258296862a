"""What the types of a body cannot say: texts, dates and recurrence rules, checked one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Self

from msgspec import UNSET, UnsetType

from mesproject.accounts.models import Company
from production.windows import Window
from scheduling.api.machinemetrics_edge import Invalid
from scheduling.api.machinemetrics_shapes import Recurring
from scheduling.events import holiday_rule
from scheduling.following import company_clock
from scheduling.models import EventAssignment, EventType, ScheduleEvent
from scheduling.recurrence import BadRule, Recurrence, read, write
from scheduling.rules import parsed

LONGEST_NAME, LONGEST_DESCRIPTION = 64, 255
# Rules begin in these years, and nobody asks about others.
FIRST_YEAR, LAST_YEAR = 1970, 2100


def event_name(text: str) -> str:
    """A name that screens can show."""
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable():
        raise Invalid("name", "InvalidValue", f"A name has 1 to {LONGEST_NAME} printable characters.")
    return text


def description(text: str | None) -> str:
    """A text that the database takes; nothing and null are the same."""
    text = text or ""
    if len(text) > LONGEST_DESCRIPTION or "\0" in text:
        said = f"A description has at most {LONGEST_DESCRIPTION} characters, and no NUL."
        raise Invalid("description", "InvalidValue", said)
    return text


def custom_holiday_date(day: date | None) -> date | None:
    """A date on which a rule may begin."""
    if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
        said = f"The date lies in the years {FIRST_YEAR} to {LAST_YEAR}."
        raise Invalid("customHolidayDate", "InvalidValue", said)
    return day


def window(start: datetime, end: datetime, *, longest_days: int) -> Window:
    """The window of two fields, in UTC."""
    start, end = instant("startAt", start), instant("endAt", end)
    if end <= start:
        raise Invalid("endAt", "InvalidRange", "endAt is later than startAt.")
    if (end - start).total_seconds() > longest_days * 86_400:
        raise Invalid("endAt", "RangeTooLong", f"endAt is at most {longest_days} days after startAt.")
    return Window(start, end)


def instant(field: str, at: datetime) -> datetime:
    """An instant in UTC, in years that calendars can reckon with."""
    if not FIRST_YEAR < at.year <= LAST_YEAR:
        said = f"{field} lies in the years {FIRST_YEAR + 1} to {LAST_YEAR}."
        raise Invalid(field, "InvalidValue", said)
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Rules:
    """When an assignment starts and ends."""

    starts: Recurrence
    ends: Recurrence | None

    @classmethod
    def of(cls, assignment: EventAssignment) -> Self:
        """As they are stored."""
        ends = parsed(assignment.end_rule) if assignment.end_rule else None
        return cls(parsed(assignment.start_rule), ends)


def rules_of(
    company: Company, event: ScheduleEvent, asked: Recurring, *, at: datetime, held: Rules | None = None
) -> Rules:
    """The rules that are sent, with those that are held where none is.

    A rule without DTSTART starts at midnight: a start rule today, or on the day of a company holiday; an end
    rule on the day, and on the clock, on which its starts begin.
    """
    starts = _starts(company, event, asked.start_rule, at, held)
    if isinstance(asked.end_rule, UnsetType):
        return Rules(starts, held.ends if held else None)
    return Rules(starts, _ends(starts, asked.end_rule) if asked.end_rule is not None else None)


def _starts(
    company: Company, event: ScheduleEvent, text: str | UnsetType, at: datetime, held: Rules | None
) -> Recurrence:
    holiday = event.custom_holiday_date if event.event_type == EventType.CUSTOM_HOLIDAY else None
    if text is not UNSET:
        day = holiday or at.astimezone(company_clock(company)).date()
        return _read("startRRule", str(text), datetime.combine(day, time()))
    if held:
        return held.starts
    if holiday:
        return holiday_rule(holiday)
    said = "startRRule is required; only a custom-holiday does without, and is on its date."
    raise Invalid("startRRule", "Missing", said)


def _ends(starts: Recurrence, text: str) -> Recurrence:
    midnight = replace(starts, start=datetime.combine(starts.start, time()), all_day=False)
    if starts.zone and "DTSTART" not in text.upper():
        text = f"{write(midnight).splitlines()[0]}\n{text}"
    return _read("endRRule", text, midnight.start)


def _read(field: str, text: str, default_start: datetime) -> Recurrence:
    try:
        return read(text, default_start=default_start)
    except BadRule as error:
        raise Invalid(field, "InvalidRRule", f"{error.field}: {error.reason}") from None
