"""Which seconds of the wall clock a recurrence rule names. Pure; it knows no zone.

Days are counted as date.toordinal() counts them, wall times in seconds of the epoch, so that everything is a
sum of integers and any year is reached by one division, however long ago the rule began.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain

from scheduling.recurrence_plan import DAY, EPOCH_DAY, Plan, midnight, plan_of, second_of
from scheduling.recurrence_rules import LAST_YEAR, Recurrence

YEARS = 8 * 366
END = date(LAST_YEAR + 1, 1, 1).toordinal()  # the first day that no rule reaches

Days = Sequence[int]


def walls(rule: Recurrence, since: int, until: int) -> list[int]:
    """The wall seconds of all occurrences on the days since <= day < until, in order."""
    if not rule.count:
        return _unlimited(plan_of(rule), since, until)
    last = _last(rule)
    return _ended(_unlimited(plan_of(rule), since, min(until, EPOCH_DAY + last // DAY + 1)), last)


def forget() -> None:
    """Drop what is remembered of rules; it is never wrong, this is for measuring."""
    plan_of.cache_clear()
    _last.cache_clear()


def times_a_day(rule: Recurrence) -> int:
    """How many times a day has, of which BYSETPOS may pick some."""
    return plan_of(rule).per_day


def most_in_a_year(rule: Recurrence) -> int:
    """How many occurrences the fullest of the first five years has."""
    plan = plan_of(rule)
    years = range(plan.first, plan.first + 5 * 366, 366)
    most = max(_number(plan, year, year + 366) for year in years)
    return min(most, rule.count) if rule.count else most


def _ended(found: list[int], last: int | None) -> list[int]:
    return found if last is None or not found or found[-1] <= last else found[: bisect_right(found, last)]


def _unlimited(plan: Plan, since: int, until: int) -> list[int]:
    """As `walls`, but without COUNT."""
    since, until = _bounds(plan, since, until)
    if since >= until:
        return []
    if _picks(plan):
        found = _picked_from_periods(plan, since, until)
        found = found[bisect_left(found, midnight(since)) : bisect_left(found, midnight(until))]
    else:
        found = _at_times(_days(plan, since, until), _times(plan))
    if since == plan.first:
        found = found[bisect_left(found, plan.start) :]
    return _ended(found, second_of(plan.rule.until) if plan.rule.until else None)


def _bounds(plan: Plan, since: int, until: int) -> tuple[int, int]:
    """The part of a span of days in which the rule can have occurrences."""
    last = plan.rule.until.toordinal() + 1 if plan.rule.until else END
    return max(since, plan.first), min(until, last, END)


def _number(plan: Plan, since: int, until: int) -> int:
    """How many occurrences `_unlimited` would find, without making each."""
    since, until = _bounds(plan, since, until)
    if _picks(plan) or since >= until:
        return len(_unlimited(plan, since, until))
    whole = _bounds(plan, max(since, plan.first + 1), min(until, _last_whole_day(plan)))
    if whole[0] >= whole[1]:
        return len(_unlimited(plan, since, until))
    edges = len(_unlimited(plan, since, whole[0])) + len(_unlimited(plan, whole[1], until))
    return edges + len(_days(plan, *whole)) * len(_times(plan))


def _last_whole_day(plan: Plan) -> int:
    return plan.rule.until.toordinal() if plan.rule.until else END


@lru_cache(maxsize=4096)
def _last(rule: Recurrence) -> int:
    """The wall second of the last occurrence that COUNT allows: years are skipped, then halves of them."""
    plan, left = plan_of(rule), rule.count or 0
    for since in range(plan.first, END, YEARS):
        until, number = since + YEARS, _number(plan, since, since + YEARS)
        while number >= left and until - since > 1:
            middle = (since + until) // 2
            before = _number(plan, since, middle)
            since, until, left = (since, middle, left) if before >= left else (middle, until, left - before)
        if number >= left:
            return _unlimited(plan, since, until)[left - 1]
        left -= number
    return midnight(END)


def _picks(plan: Plan) -> bool:
    """Whether BYSETPOS has to look at the days of a period; those of DAILY have the same times each."""
    return bool(plan.rule.bysetpos) and plan.rule.freq != "DAILY"


def _times(plan: Plan) -> Sequence[int]:
    """The seconds of each day on which the rule occurs."""
    if plan.rule.bysetpos:
        return _picked(plan, (EPOCH_DAY,))
    return [plan.time(index) for index in range(plan.per_day)]


def _at_times(days: Days, times: Sequence[int]) -> list[int]:
    since_epoch = [time - EPOCH_DAY * DAY for time in times]
    if len(times) == 1:
        time = since_epoch[0]
        return [day * DAY + time for day in days]
    return [day * DAY + time for day in days for time in since_epoch]


def _picked_from_periods(plan: Plan, since: int, until: int) -> list[int]:
    """What BYSETPOS leaves of the whole periods that touch the span."""
    if plan.rule.freq == "WEEKLY" and not plan.months:  # the same of each week
        week = [EPOCH_DAY + weekday for weekday in _weekdays_from(plan)]
        return _at_times(_week_starts(plan, since, until), _picked(plan, week))
    return [wall for days in _periods(plan, since, until) for wall in _picked(plan, days)]


def _picked(plan: Plan, days: Days) -> list[int]:
    """The places of BYSETPOS among all times of one period, found without making them all."""
    size = len(days) * plan.per_day
    if size < plan.least_place:
        return []
    places = {place - 1 if place > 0 else size + place for place in plan.rule.bysetpos}
    found = []
    for place in sorted(place for place in places if 0 <= place < size):
        day, index = divmod(place, plan.per_day)
        found.append(midnight(days[day]) + plan.time(index))
    return found


def _days(plan: Plan, since: int, until: int) -> Days:
    """The days since <= day < until on which the rule occurs, BYSETPOS aside, in order."""
    if plan.rule.freq == "WEEKLY":
        return _weekly(plan, since, until)
    if plan.rule.freq == "DAILY":
        return _daily(plan, since, until)
    found = list(chain.from_iterable(_periods(plan, since, until)))
    return found[bisect_left(found, since) : bisect_left(found, until)]


def _periods(plan: Plan, since: int, until: int) -> Iterator[Days]:
    """The days of each whole week, month or year, as the rule repeats, that touches the span."""
    rule = plan.rule
    if rule.freq == "WEEKLY":
        return _weeks(plan, since, until)
    if rule.freq == "MONTHLY":
        return _months(plan, since, until, step=rule.interval)
    return _years(plan, since, until)


def _daily(plan: Plan, since: int, until: int) -> Days:
    step = plan.rule.interval
    days = range(since + (plan.first - since) % step, until, step)
    if plan.months or plan.month_days:
        return [day for month in _months(plan, since, until, step=1) for day in month if day in days]
    return _on_weekdays(plan, days)


def _on_weekdays(plan: Plan, days: Iterable[int]) -> Days:
    if not plan.weekdays:
        return days if isinstance(days, range) else list(days)
    return [day for day in days if (day - 1) % 7 in plan.weekdays]


def _months(plan: Plan, since: int, until: int, *, step: int) -> Iterator[Days]:
    """The days that BYMONTH, BYMONTHDAY and BYDAY leave of every month, or every other, that touches the span."""
    first, begin = _month(plan.first), _month(since)
    for index in range(begin + (first - begin) % step, _month(until - 1) + 1, step):
        year, month = divmod(index, 12)
        if not plan.months or month + 1 in plan.months:
            yield _of_month(plan, year, month + 1)


def _month(day: int) -> int:
    """The calendar month of a day, as months since the year 0."""
    at = date.fromordinal(day)
    return at.year * 12 + at.month - 1


def _weekly(plan: Plan, since: int, until: int) -> Days:
    """All weeks at once, which is what most rules are."""
    weekdays = _weekdays_from(plan)
    days = [week + weekday for week in _week_starts(plan, since, until) for weekday in weekdays]
    days = days[bisect_left(days, since) : bisect_left(days, until)]
    return [day for day in days if _in_months(plan, day)] if plan.months else days


def _weeks(plan: Plan, since: int, until: int) -> Iterator[Days]:
    weekdays = _weekdays_from(plan)
    for week in _week_starts(plan, since, until):
        yield [week + weekday for weekday in weekdays if _in_months(plan, week + weekday)]


def _week_starts(plan: Plan, since: int, until: int) -> range:
    """The first day of each week of the rule that touches the span."""
    step, first = 7 * plan.rule.interval, plan.first - (plan.first - 1 - plan.rule.wkst) % 7
    return range(first + (since - first) // step * step, until, step)


def _weekdays_from(plan: Plan) -> list[int]:
    """The days of BYDAY, counted from the first day of a week."""
    return sorted((weekday - plan.rule.wkst) % 7 for weekday in plan.weekdays)


def _in_months(plan: Plan, day: int) -> bool:
    return not plan.months or date.fromordinal(day).month in plan.months


def _of_month(plan: Plan, year: int, month: int) -> Days:
    """The days of one month by BYMONTHDAY and BYDAY, which both must agree to."""
    days = _days_of_month(year, month)
    if plan.month_days:
        return [day for day in _by_place(days, plan.month_days) if _is_weekday(plan, day, days)]
    if plan.places or plan.weekdays:
        return _by_weekday(plan, days)
    return days


def _place(days: range, place: int) -> int | None:
    """The day at a place counted from 1 or back from -1, where there is such a day."""
    index = place - 1 if place > 0 else len(days) + place
    return days[index] if 0 <= index < len(days) else None


def _by_place(days: range, places: Iterable[int]) -> list[int]:
    return sorted({day for place in places if (day := _place(days, place)) is not None})


def _by_weekday(plan: Plan, scope: range) -> list[int]:
    """The days of a month or year that BYDAY names."""
    found = set(_on_weekdays(plan, scope)) if plan.weekdays else set()
    for weekday, place in plan.places:
        if (day := _place(_each(weekday, scope), place)) is not None:
            found.add(day)
    return sorted(found)


def _is_weekday(plan: Plan, day: int, scope: range) -> bool:
    """Whether BYDAY, if there is one, names the day as one of its month or year."""
    if not plan.weekdays and not plan.places:
        return True
    weekday = (day - 1) % 7
    return weekday in plan.weekdays or any(
        weekday == named and day == _place(_each(named, scope), place) for named, place in plan.places
    )


def _each(weekday: int, scope: range) -> range:
    """Every such weekday of a month or year."""
    return range(scope[0] + (weekday - scope[0] + 1) % 7, scope[-1] + 1, 7)


def _years(plan: Plan, since: int, until: int) -> Iterator[Days]:
    """The years of the rule; with BYWEEKNO they are those that weeks are counted in."""
    step, by_week = plan.rule.interval, bool(plan.rule.byweekno)
    first = _first_year(plan)
    begin = date.fromordinal(since).year - by_week
    for year in range(begin + (first - begin) % step, date.fromordinal(until - 1).year + by_week + 1, step):
        yield _of_weeks(plan, year) if by_week else _of_year(plan, year)


def _first_year(plan: Plan) -> int:
    """The year from which intervals count: that of the week in which the rule begins, if it occurs then."""
    year = date.fromordinal(plan.first).year
    if plan.rule.byweekno:
        for other in (year - 1, year + 1):
            if plan.first in _of_weeks(plan, other):
                return other
    return year


def _of_weeks(plan: Plan, year: int) -> Days:
    """The days of the weeks that BYWEEKNO names, and all other lists agree to."""
    weeks = range(_week_one(year, plan.rule.wkst), _week_one(year + 1, plan.rule.wkst), 7)
    begins = _by_place(weeks, plan.rule.byweekno)
    days = _on_weekdays(plan, [day for week in begins for day in range(week, week + 7)])
    return [day for day in days if _in_lists(plan, day)]


def _week_one(year: int, wkst: int) -> int:
    """The first day of the first week that has four days or more in the year."""
    fourth = date(year, 1, 4).toordinal()
    return fourth - (fourth - 1 - wkst) % 7


def _in_lists(plan: Plan, day: int) -> bool:
    """Whether BYMONTH, BYMONTHDAY and BYYEARDAY, if they are there, name the day."""
    at = date.fromordinal(day)
    year, month = _year(at.year), _days_of_month(at.year, at.month)
    return (
        _in_months(plan, day)
        and (not plan.month_days or any(_place(month, place) == day for place in plan.month_days))
        and (not plan.rule.byyearday or any(_place(year, place) == day for place in plan.rule.byyearday))
    )


def _year(year: int) -> range:
    return range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())


def _days_of_month(year: int, month: int) -> range:
    begin = date(year, month, 1).toordinal()
    return range(begin, begin + monthrange(year, month)[1])


def _of_year(plan: Plan, year: int) -> Days:
    """The days of one calendar year; BYDAY counts in the month where there is BYMONTH, else in the year."""
    if plan.rule.byyearday:
        days = _by_place(_year(year), plan.rule.byyearday)
        return [
            day for day in days if _in_lists(plan, day) and _is_weekday(plan, day, _scope(plan, year, day))
        ]
    if plan.months:
        return [day for month in sorted(plan.months) for day in _of_month(plan, year, month)]
    if plan.month_days:
        months = [_days_of_month(year, month) for month in range(1, 13)]
        named = [day for days in months for day in _by_place(days, plan.month_days)]
        return [day for day in named if _is_weekday(plan, day, _year(year))]
    return _by_weekday(plan, _year(year))


def _scope(plan: Plan, year: int, day: int) -> range:
    return _days_of_month(year, date.fromordinal(day).month) if plan.rule.bymonth else _year(year)
