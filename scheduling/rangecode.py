"""Which time a `rangecode` means on a plant's clock: `today`, `last-shift`, `2025-W07`, `2025-02-01/2025-02-14` … Pure.

Days are shop days. What names whole days is answered by shop day, to which a shift belongs with all its hours;
what names instants is answered from instant to instant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mesproject.words import Refusal, Said
from mesproject.words import gettext_noop as _
from production.windows import Window
from scheduling.calendar import Shift, joined
from scheduling.wall_clock import local_to_utc, shop_day, shop_day_window

FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_DAYS = 3660
DAY = timedelta(days=1)
ALLOWED = _(
    "today, yesterday, this-shift, last-shift, this-week, last-week, this-month, last-month, last-N-days, "
    "last-N-hours, a year (2025), a month (2025-06), an ISO week (2025-W07), a day (2025-02-14), or an interval of two "
    "days or of two instants (2025-02-01/2025-02-14, 2025-02-14T06:00Z/2025-02-14T14:00Z)"
)
TOO_LONG = _("A range has at most {most} days.")
OTHER_YEARS = _("Years are from {first} to {last}.")
NOT_A_DAY = _("The calendar has no {text}.")


class BadRange(Refusal, ValueError):
    """A code that means no time; the message says what is allowed."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A plant's clock."""

    tz: ZoneInfo
    day_start: time = time(0)

    def day(self, at: datetime) -> date:
        """The shop day of an instant."""
        return shop_day(at, tz=self.tz, day_start=self.day_start)

    def days(self, first: date, last: date) -> Window:
        """The time of shop days, both included."""
        start = shop_day_window(first, tz=self.tz, day_start=self.day_start).start
        return Window(start, shop_day_window(last, tz=self.tz, day_start=self.day_start).end)


@dataclass(frozen=True, slots=True)
class Range:
    """What was asked for. `days` are the first and last shop day where it names whole ones."""

    window: Window
    days: tuple[date, date] | None = None

    def until(self, now: datetime) -> Range:
        """The same without the future."""
        return replace(self, window=Window(self.window.start, min(self.window.end, now)))


def resolve(
    code: str, *, now: datetime, clock: Clock, shifts: Callable[[], Sequence[Shift]] = tuple
) -> Range:
    """The time that a code means. `shifts` tells those of some days before and after now, in order; it is asked
    only where the code needs them.
    """
    text = code.strip()
    if text in ("this-shift", "last-shift"):
        return _shift(shifts(), now, back=text == "last-shift")
    if hours := re.fullmatch(r"last-([1-9][0-9]{0,4})-hours", text):
        return _checked(Window(now - timedelta(hours=int(hours[1])), now), None)
    if "/" in text:
        return _interval(text, clock)
    return _whole(_named(text, clock.day(now)) or _dated(text), clock)


def _named(text: str, today: date) -> tuple[date, date] | None:
    monday, first = today - today.weekday() * DAY, today.replace(day=1)
    if back := re.fullmatch(r"last-([1-9][0-9]{0,4})-days", text):
        return _back(today, int(back[1])), today
    known: dict[str, tuple[date, date]] = {
        "today": (today, today), "yesterday": (today - DAY, today - DAY),
        "this-week": (monday, monday + 6 * DAY), "last-week": (monday - 7 * DAY, monday - DAY),
        "this-month": (first, _end_of_month(first)), "last-month": ((first - DAY).replace(day=1), first - DAY),
    }  # fmt: skip
    return known.get(text)


def _back(today: date, days: int) -> date:
    if days > MOST_DAYS:
        raise BadRange(TOO_LONG, most=MOST_DAYS)
    return today - (days - 1) * DAY


_DATED = re.compile(
    r"(?P<year>[0-9]{4})(?:-W(?P<week>[0-9]{2})|-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?"
)


def _dated(text: str) -> tuple[date, date]:
    """A year, month, ISO week or day."""
    found = _DATED.fullmatch(text)
    if found is None:
        raise BadRange(_("“{code}” is no rangecode. Allowed are {all}."), code=text[:64], all=Said(ALLOWED))
    year, week, month, day = (
        int(part) if part else None for part in found.group("year", "week", "month", "day")
    )
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadRange(OTHER_YEARS, first=str(FIRST_YEAR), last=str(LAST_YEAR))
    try:
        if week is not None:
            return date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7)
        if day is not None:
            return (one := date(year, month or 0, day)), one
        first = date(year, 1 if month is None else month, 1)
    except ValueError:
        raise BadRange(NOT_A_DAY, text=text) from None
    return first, _end_of_month(first) if month is not None else date(year, 12, 31)


def _end_of_month(first: date) -> date:
    return (first + 31 * DAY).replace(day=1) - DAY


def _interval(text: str, clock: Clock) -> Range:
    start, _slash, end = text.partition("/")
    if _DATED.fullmatch(start) and _DATED.fullmatch(end):
        return _whole((_dated(start)[0], _dated(end)[1]), clock)
    return _checked(Window(_instant(start, clock), _instant(end, clock)), None)


_INSTANT = re.compile(
    r"(?P<wall>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"(?P<zone>Z|[+ -][0-9]{2}:?[0-9]{2})?"
)


def _instant(text: str, clock: Clock) -> datetime:
    """An instant; without an offset it is the plant's wall time. A plus that was not escaped has become a blank."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        told = _("“{text}” is no instant such as 2025-02-14T06:00Z. Allowed are {all}.")
        raise BadRange(told, text=text[:64], all=Said(ALLOWED))
    try:
        if found["zone"]:
            at = datetime.fromisoformat(text.replace(" ", "+")).astimezone(UTC)
        else:
            at = local_to_utc(datetime.fromisoformat(found["wall"]), clock.tz)
    except (ValueError, OverflowError):
        raise BadRange(NOT_A_DAY, text=text) from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise BadRange(OTHER_YEARS, first=str(FIRST_YEAR), last=str(LAST_YEAR))
    return at


def _whole(days: tuple[date, date], clock: Clock) -> Range:
    first, last = days
    if first > last:
        raise BadRange(_("The range starts after its end."))
    return _checked(clock.days(first, last), days)


def _checked(window: Window, days: tuple[date, date] | None) -> Range:
    if window.start >= window.end:
        raise BadRange(_("The range starts after its end, or the plant's calendar skips it."))
    if window.duration > (MOST_DAYS + 1) * DAY:
        raise BadRange(TOO_LONG, most=MOST_DAYS)
    return Range(window, days)


def _shift(shifts: Sequence[Shift], now: datetime, *, back: bool) -> Range:
    begun = [shift.window for shift in joined(shifts) if shift.window.start <= now]
    number = -2 if back else -1
    if len(begun) < -number:
        raise BadRange(_("The stations had no such shift in the last days."))
    return Range(begun[number])
