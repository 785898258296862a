"""Recurrence rules by looking at every single day: too slow to be used, too simple to be wrong."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from itertools import product

from scheduling.recurrence import Recurrence

DAY = timedelta(days=1)


def slow_walls(rule: Recurrence, until: datetime) -> list[datetime]:
    """All occurrences before `until`, on the wall clock."""
    rule_start = rule.start.date()
    periods: dict[int, list[date]] = defaultdict(list)
    day = date(rule_start.year - 2, 12, 1)
    while day <= until.date() + 400 * DAY:
        if named(rule, day):
            periods[period(rule, day)].append(day)
        day += DAY
    first = first_period(rule)
    found: list[datetime] = []
    for number, days in sorted(periods.items()):
        if (number - first) % rule.interval == 0:
            found += [wall for wall in picked(rule, days) if wall >= rule.start]
    kept = [wall for wall in found if rule.until is None or wall <= rule.until][: rule.count]
    return [wall for wall in kept if wall < until]


def picked(rule: Recurrence, days: list[date]) -> list[datetime]:
    """What BYSETPOS leaves of a period."""
    start = rule.start
    clock = product(
        rule.byhour or [start.hour], rule.byminute or [start.minute], rule.bysecond or [start.second]
    )
    times = [time(*numbers) for numbers in clock]
    everything = sorted(datetime.combine(day, at) for day in days for at in times)
    if not rule.bysetpos:
        return everything
    size = len(everything)
    return [wall for at, wall in enumerate(everything) if {at + 1, at - size} & set(rule.bysetpos)]


def period(rule: Recurrence, day: date) -> int:
    """The number of the day, week, month or year that a day is in."""
    if rule.freq == "DAILY":
        return day.toordinal()
    if rule.freq == "WEEKLY":
        return (day.toordinal() - 1 - rule.wkst) // 7
    if rule.freq == "MONTHLY":
        return day.year * 12 + day.month
    return week(day, rule.wkst)[0] if rule.byweekno else day.year


def first_period(rule: Recurrence) -> int:
    """The period of the beginning; of the year of its week only where it is an occurrence."""
    if rule.byweekno and not named(rule, rule.start.date()):
        return rule.start.year
    return period(rule, rule.start.date())


def week(day: date, wkst: int) -> tuple[int, int, int]:
    """The year, number and number from the end of a day's week: that of its fourth day."""
    fourth = day + (3 - (day.weekday() - wkst) % 7) * DAY
    number = (fourth - date(fourth.year, 1, 1)).days // 7
    remaining = (date(fourth.year, 12, 31) - fourth).days // 7
    return fourth.year, number + 1, -remaining - 1


def named(rule: Recurrence, day: date) -> bool:
    """Whether every list of the rule, or what its beginning implies, names the day."""
    start = rule.start
    in_month, of_month = day.day, monthrange(day.year, day.month)[1]
    in_year, of_year = day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday
    months, month_days, weekdays = (
        rule.bymonth,
        rule.bymonthday,
        [weekday for weekday, n in rule.byday if not n],
    )
    if not rule.byday and not rule.byyearday:
        if rule.freq == "WEEKLY" or (rule.byweekno and not month_days):
            weekdays = [start.weekday()]
        elif rule.freq in ("MONTHLY", "YEARLY") and not rule.byweekno:
            month_days = month_days or (start.day,)
            if rule.freq == "YEARLY":
                months = months or (start.month,)
    by_month = rule.freq == "MONTHLY" or rule.bymonth
    at, size = (in_month, of_month) if by_month else (in_year, of_year)
    places = [(day.weekday(), (at - 1) // 7 + 1), (day.weekday(), -((size - at) // 7) - 1)]
    by_day = (
        not (weekdays or rule.byday)
        or day.weekday() in weekdays
        or any(place in rule.byday for place in places)
    )
    return (
        (not months or day.month in months)
        and (not month_days or bool({in_month, in_month - of_month - 1} & set(month_days)))
        and (not rule.byyearday or bool({in_year, in_year - of_year - 1} & set(rule.byyearday)))
        and (not rule.byweekno or bool(set(week(day, rule.wkst)[1:]) & set(rule.byweekno)))
        and by_day
    )
