"""Public holidays in plans: a country's for ever, a file's as it says; the past stays as it was."""

from datetime import UTC, date, datetime, timedelta

import pytest

from production.models import Station
from production.windows import Window, total
from scheduling.expansion import Kind
from scheduling.holidays import Source, give, keep, put_away, take_back
from scheduling.models import (
    EventAssignment,
    EventInstance,
    HolidayCalendar,
    HolidayDay,
    ScheduleEvent,
    StationPlan,
)
from scheduling.planned import plans
from scheduling.versions import changed_from
from scheduling.writing import write_ahead
from tests.make import NOON, make_company, make_pattern, make_plant, make_station

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
GERMANY = Source(country="DE", subdivision="BY", language="de")


def placed(station):
    return list(Station.objects.filter(pk=station.pk).in_place())


def holidays(station, within):
    """The spans of holidays in a window: start, end, name."""
    found = plans(placed(station), within)[station.pk].events
    return [(one.window.start, one.window.end, one.name) for one in found if one.kind is Kind.HOLIDAY]


def names(station, within):
    return [name for _, _, name in holidays(station, within)]


def year(number):
    return Window(datetime(number, 1, 1, 12, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC))


def file_of(days):
    return Source.file("plant.ics", repr(days).encode(), days)


def make_bavarian(**kwargs):
    """A station around the clock in Bavaria, with its holidays on all patterns."""
    station = make_station(plant=make_plant("Europe/Berlin"))
    make_pattern(follows=station)
    calendar, _ = keep(station.company, GERMANY, name="Bayern", patterns=None, at=NOON, **kwargs)
    return station, calendar


def written_down(station, *, now=NOON):
    while write_ahead(now=now):
        pass
    return station


def test_a_country_s_holidays_are_whole_days_on_the_plant_s_clock():
    station, _ = make_bavarian()
    [christmas, second] = holidays(
        station, Window(datetime(2026, 12, 24, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
    )
    assert christmas == (
        datetime(2026, 12, 24, 23, tzinfo=UTC), datetime(2026, 12, 25, 23, tzinfo=UTC), "Erster Weihnachtstag",
    )  # fmt: skip
    assert second[2] == "Zweiter Weihnachtstag"


@pytest.mark.parametrize(("zone", "day", "hours"), [
    ("Europe/Berlin", date(2027, 3, 28), 23), ("Europe/Berlin", date(2027, 10, 31), 25),
    ("Australia/Lord_Howe", date(2027, 4, 4), 24.5), ("UTC", date(2027, 3, 28), 24),
])  # fmt: skip
def test_a_holiday_on_a_night_that_changes_the_clock_is_as_long_as_that_day(zone, day, hours):
    station = make_station(plant=make_plant(zone))
    make_pattern(follows=station)
    keep(station.company, file_of({day: "Feast"}), name="File", patterns=None, at=NOON)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    [(start, end, _)] = holidays(station, Window(noon - 3 * DAY, noon + 3 * DAY))
    assert end - start == timedelta(hours=hours)
    spans = plans(placed(station), Window(start, end))[station.pk].spans
    assert {span.kind for span in spans} == {Kind.HOLIDAY}


def test_samoa_has_no_holiday_on_the_day_it_skipped():
    station = make_station(plant=make_plant("Pacific/Apia"))
    make_pattern(follows=station)
    days = {date(2011, 12, 29): "A", date(2011, 12, 30): "B", date(2011, 12, 31): "C"}
    keep(station.company, file_of(days), name="File", patterns=None, at=NOON)
    near = Window(datetime(2011, 12, 20, tzinfo=UTC), datetime(2012, 1, 10, tzinfo=UTC))
    assert names(station, near) == ["A", "C"]


def test_coming_years_appear_by_themselves_also_beyond_the_horizon():
    station, _ = make_bavarian()
    before = names(station, year(2040))
    assert "Karfreitag" in before
    assert len(before) >= 12
    written_down(station)
    assert StationPlan.objects.get(station=station).written_until.year == 2027
    assert names(station, year(2040)) == before
    assert EventInstance.objects.filter(station=station, name="Karfreitag", start_at__year=2027).exists()
    written_down(station, now=NOON + 400 * DAY)
    assert EventInstance.objects.filter(station=station, name="Karfreitag", start_at__year=2028).exists()


def test_what_is_written_is_what_the_rules_say():
    station, _ = make_bavarian()
    whole = Window(NOON - 5 * DAY, NOON + 500 * DAY)
    worked_out = plans(placed(station), whole)[station.pk]
    written_down(station)
    assert plans(placed(station), whole)[station.pk] == worked_out


def test_the_past_keeps_the_holidays_that_it_had():
    station, calendar = make_bavarian()
    written_down(station)
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    before, after = Window(NOON, new_year + 10 * DAY), Window(new_year + 10 * DAY, new_year + 300 * DAY)
    past = holidays(station, before)
    assert past
    assert holidays(station, after)
    put_away(calendar, at=new_year + 10 * DAY)
    assert holidays(station, before) == past
    assert holidays(station, after) == []
    take_back(calendar, at=new_year + 20 * DAY)
    assert holidays(station, after)
    while write_ahead(now=new_year + 21 * DAY):
        pass
    assert holidays(station, before) == past


def test_a_calendar_may_be_for_some_patterns_only():
    station, other = make_station(), make_station()
    ours, theirs = make_pattern(follows=station), make_pattern(follows=other)
    keep(station.company, GERMANY, name="Bayern", patterns=[ours], at=NOON)
    assert names(station, year(2027))
    assert names(other, year(2027)) == []
    assert theirs.company != ours.company


def test_a_pattern_that_is_made_later_has_the_holidays_that_are_for_all():
    station, _ = make_bavarian()
    later = make_station(plant=station.plant)
    make_pattern(follows=later)
    assert len(names(later, year(2027))) == len(names(station, year(2027)))


def test_a_pattern_made_after_another_one_has_its_holidays():
    station = make_station()
    pattern = make_pattern(company=station.company)
    keep(station.company, GERMANY, name="Bayern", patterns=[pattern], at=NOON)
    copy = make_pattern(follows=station)
    assert names(station, year(2027)) == []
    give(copy, like=pattern)
    assert names(station, year(2027))


def test_the_same_country_or_file_twice_changes_nothing():
    station, calendar = make_bavarian()
    again, new = keep(station.company, GERMANY, name="Other name", patterns=None, at=NOON)
    assert (again, new) == (calendar, False)
    days = {date(2027, 5, 5): "Works outing"}
    first, new = keep(station.company, file_of(days), name="File", patterns=None, at=NOON)
    assert new
    second, new = keep(station.company, file_of(days), name="File", patterns=None, at=NOON)
    assert (second, new) == (first, False)
    assert HolidayDay.objects.count() == 1
    assert HolidayCalendar.objects.count() == 2


def test_two_calendars_on_one_day_count_the_day_once():
    station, _ = make_bavarian()
    keep(station.company, file_of({date(2026, 12, 25): "Closed"}), name="File", patterns=None, at=NOON)
    day = Window(datetime(2026, 12, 24, 23, tzinfo=UTC), datetime(2026, 12, 25, 23, tzinfo=UTC))
    plan = plans(placed(station), day)[station.pk]
    assert len(plan.events) == 2
    assert total(span.window for span in plan.spans) == DAY


def test_companies_have_their_own_holidays():
    station, _ = make_bavarian()
    stranger = make_station(company=make_company())
    make_pattern(follows=stranger)
    assert names(station, year(2027))
    assert names(stranger, year(2027)) == []


def test_events_of_calendars_are_not_edited_singly():
    station, calendar = make_bavarian()
    assert not ScheduleEvent.objects.of(station.company).exists()
    assert not EventAssignment.objects.of(station.company).exists()
    assert ScheduleEvent.every.get().calendar == calendar


def test_holidays_cost_a_fixed_number_of_queries(django_assert_max_num_queries):
    stations = [make_bavarian()[0] for _ in range(3)]
    keep(stations[0].company, file_of({date(2027, 5, 5): "Outing"}), name="F", patterns=None, at=NOON)
    among = list(Station.objects.all().in_place())
    with django_assert_max_num_queries(12):
        plans(among, year(2027))


def test_a_pattern_changed_from_a_day_on_keeps_its_holidays():
    station = make_station(plant=make_plant("Europe/Berlin"))
    pattern = make_pattern(follows=station)
    keep(station.company, GERMANY, name="Bayern", patterns=[pattern], at=NOON)
    before = names(station, year(2027))
    changed_from(pattern, date(2027, 6, 1), code="NEW", title="New")
    assert names(station, year(2027)) == before


def test_a_newer_library_of_holidays_moves_the_future_only():
    station, _ = make_bavarian()
    written_down(station)
    EventInstance.objects.filter(name="Karfreitag").update(name="As of old")
    StationPlan.objects.update(tzdata="2026.1+0.1")
    written_down(station)
    assert "Karfreitag" in names(station, year(2027))
    assert "As of old" not in names(station, year(2027))
