"""The calendar of a plant: right days, right clock, nobody else's, and few questions to the database."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from mesproject.accounts.models import Role
from scheduling.models import EventAssignment, EventInstance, PatternException, ShiftPattern
from tests.admin.one_of_each import address
from tests.make import (
    make_event,
    make_event_assignment,
    make_group,
    make_pattern,
    make_plant,
    make_station,
    make_user,
)

PAGE = "/admin/scheduling/calendar/"
MOST_QUERIES = 22


@pytest.fixture
def plant(company):
    return make_plant("Europe/Berlin", company=company, name="Works")


@pytest.fixture
def group(plant):
    return make_group(plant=plant, name="Milling")


@pytest.fixture
def stations(group):
    return [make_station(f"M{n}", group=group) for n in range(3)]


@pytest.fixture
def pattern(group, stations):
    return make_pattern(
        ("Early", 360, 480), ("Night", 1320, 480), days=range(5), follows=group, title="Two shifts"
    )


def month(client, day="2027-03-10", **asked):
    return client.get(PAGE, {"view": "month", "day": day} | asked)


def week(client, day="2027-03-10", **asked):
    return client.get(PAGE, {"view": "week", "day": day} | asked)


def lines(response, day):
    """What stands on a date of a month."""
    cells = [cell for row in response.context["weeks"] for cell in row]
    [cell] = [cell for cell in cells if cell.day.date == date.fromisoformat(day)]
    return [f"{line.hours} {line.text} {line.about}".strip() for line in cell.lines]


def test_a_month_shows_whole_weeks_with_the_shifts_of_each_day(admin_client, pattern):
    page = month(admin_client)
    assert [row[0].day.date.isoformat() for row in page.context["weeks"]] == [
        "2027-03-01", "2027-03-08", "2027-03-15", "2027-03-22", "2027-03-29",
    ]  # fmt: skip
    assert lines(page, "2027-03-10") == ["06:00–14:00 Early", "22:00–06:00 Night"]
    assert lines(page, "2027-03-13") == []
    assert "March 2027" in page.content.decode()
    assert "Europe/Berlin" in page.content.decode()


def test_events_exceptions_and_holidays_stand_on_their_days_and_lead_to_their_pages(
    admin_client, company, pattern, stations
):
    lunch = make_event_assignment(pattern, "DTSTART:20270101T100000\nRRULE:FREQ=DAILY")
    feast = make_event_assignment(
        pattern, "DTSTART;VALUE=DATE:20270311\nRRULE:FREQ=YEARLY",
        event=make_event(company=company, name="Feast", event_type="holiday"),
    )  # fmt: skip
    service = make_event(company=company, name="Service", event_type="maintenance")
    start = datetime.fromisoformat("2027-03-12T08:00+01:00")
    EventInstance.objects.create(
        station=stations[0], event=service, name="Service", event_type="maintenance", start_at=start,
        end_at=start + timedelta(hours=2), one_off=True,
    )  # fmt: skip
    extra = PatternException.objects.create(
        station=stations[1], date="2027-03-13", action="extra", name="Special", start_minute=360, minutes=240
    )
    page = month(admin_client)
    assert lines(page, "2027-03-10")[-1] == "1 break"
    assert lines(page, "2027-03-11")[0] == "Feast"
    assert "08:00–10:00 Service M0" in lines(page, "2027-03-12")
    assert lines(page, "2027-03-13") == [
        "06:00–10:00 Special M1", "Extra shift: Special 06:00–10:00, more than the pattern has M1",
    ]  # fmt: skip
    content = page.content.decode()
    for model, row in ((EventAssignment, feast), (PatternException, extra), (ShiftPattern, pattern)):
        assert address(model, "change", row.pk) in content
    assert f"{address(EventInstance, 'changelist')}?when=all&amp;q=Service" in content
    assert f"subject=pattern%3A{pattern.pk}" in content
    assert lunch.event.name in week(admin_client).content.decode()


def test_a_night_at_the_end_of_summer_time_is_on_its_day(admin_client, company, plant, group, stations):
    make_pattern(("Night", 1320, 480), follows=group)
    assert lines(month(admin_client, "2026-10-10"), "2026-10-24") == ["22:00–06:00 Night"]
    assert lines(month(admin_client, "2026-10-10"), "2026-10-25") == ["22:00–06:00 Night"]


def test_a_week_groups_stations_with_the_same_plan(admin_client, pattern, stations):
    PatternException.objects.create(station=stations[2], date="2027-03-10", action="cancelled")
    page = week(admin_client)
    lanes = page.context["lanes"]
    assert sorted(len(lane["stations"]) for lane in lanes) == [1, 2]
    other = next(lane for lane in lanes if len(lane["stations"]) == 2)
    assert len(other["bars"]) == 10
    assert "Cancelled" not in str([cell.lines for cell in other["cells"]])
    assert "Week 10, 08 Mar – 14 Mar 2027" in page.content.decode()


def test_the_strip_of_a_week_shows_what_reaches_into_it(admin_client, group, stations):
    make_pattern(("Night", 1320, 480), days=range(6, 7), follows=group)
    [lane] = week(admin_client).context["lanes"]
    assert [(bar.x, bar.width) for bar in lane["bars"]] == [(0, 360), (6 * 1440 + 1320, 120)]


def test_a_group_or_a_station_can_be_chosen(admin_client, pattern, stations, plant):
    other = make_group(plant=plant, name="Assembly")
    station = make_station("A1", group=other)
    make_pattern(("Day", 480, 480), follows=station)
    assert lines(month(admin_client), "2027-03-10") == [
        "06:00–14:00 Early Milling", "08:00–16:00 Day Assembly", "22:00–06:00 Night Milling"
    ]  # fmt: skip
    assert lines(month(admin_client, group=other.pk), "2027-03-10") == ["08:00–16:00 Day"]
    assert lines(month(admin_client, station=station.pk), "2027-03-10") == ["08:00–16:00 Day"]
    assert f"subject=station%3A{station.pk}" in month(admin_client, station=station.pk).content.decode()


def test_today_is_marked_on_the_plants_clock(admin_client, pattern, plant):
    today = now().astimezone(plant.tz).date()
    cells = [cell for row in admin_client.get(PAGE).context["weeks"] for cell in row]
    assert [cell.day.date for cell in cells if cell.day.today] == [today]


def test_one_page_leads_to_the_next(admin_client, pattern):
    page = month(admin_client, "2027-01-31")
    assert "day=2026-12-01" in page.context["before"]
    assert "day=2027-02-01" in page.context["after"]
    page = week(admin_client)
    assert ("day=2027-03-03" in page.context["before"], "day=2027-03-17" in page.context["after"]) == (
        True,
        True,
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"day": "x"},
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"view": "x"},
        {"group": "x"},
        {"plant": "9"},
    ],
)
@pytest.mark.parametrize("view", ["month", "week"])
def test_nonsense_in_the_address_is_left_out(admin_client, pattern, asked, view):
    assert admin_client.get(PAGE, {"view": view} | asked).status_code == 200


def test_another_companys_plants_groups_and_stations_are_not_shown(admin_client, pattern):
    theirs = make_station("SECRET", group=make_group(name="Secret line"))
    make_pattern(("Secret shift", 360, 480), follows=theirs)
    for asked in ({}, {"plant": theirs.plant.pk}, {"group": theirs.group_id}, {"station": theirs.pk}):
        for view in (month, week):
            assert "ecret" not in view(admin_client, **asked).content.decode()


def test_a_company_without_plants_is_told_what_to_do(admin_client):
    assert "Add one." in admin_client.get(PAGE).content.decode()


def test_who_may_only_look_sees_no_way_to_add(client, company, pattern):
    client.force_login(make_user(Role.READ_ONLY, company=company))
    page = month(client)
    assert page.status_code == 200
    assert "Add an exception" not in page.content.decode()
    client.force_login(make_user(Role.OPERATOR, company=company))
    assert month(client).status_code == 302


@pytest.mark.parametrize("view", [month, week])
def test_the_number_of_questions_does_not_grow_with_what_is_shown(
    admin_client, company, plant, group, pattern, view
):
    view(admin_client)
    with CaptureQueriesContext(connection) as few:
        view(admin_client)
    for n in range(20):
        station = make_station(f"X{n}", group=group)
        make_event_assignment(make_pattern(follows=station))
        PatternException.objects.create(station=station, date="2027-03-10", action="cancelled")
    with CaptureQueriesContext(connection) as many:
        view(admin_client)
    assert len(many) <= len(few) + 1 <= MOST_QUERIES


def test_the_calendar_is_in_the_list_of_pages(admin_client, pattern):
    assert f'href="{PAGE}"' in admin_client.get("/admin/").content.decode()
