"""Planned time from the grid to the tablet: what is drawn and entered in the admin is what an operator sees."""

from datetime import UTC, datetime

from playwright.sync_api import expect

from scheduling.models import EventAssignment, ShiftPattern
from tests.admin.one_of_each import address
from tests.browser.test_schedule_admin import saved
from tests.browser.test_week_grid import drag, save
from tests.make import make_event, make_pattern, make_station, make_user

# A Wednesday night, and the hour after it.
WEDNESDAY_NIGHT = datetime(2026, 3, 11, 23, 15, tzinfo=UTC)


def test_a_night_shift_is_drawn_gets_a_break_on_weekdays_and_is_on_the_tablet(open_page, monkeypatch):
    boss = make_user()
    station = make_station(company=boss.company)
    pattern = make_pattern(company=boss.company, days=range(0), follows=station)
    lunch = make_event(company=boss.company, name="Lunch")

    page = open_page(boss, address(ShiftPattern, "change", pattern.pk))
    drag(page, (2, 22), (3, 6))
    save(page)
    assert [(shift.day, shift.start_minute, shift.minutes) for shift in pattern.shifts.all()] == [
        (2, 1320, 480)
    ]

    page = open_page(boss, f"{address(EventAssignment, 'add')}?event={lunch.pk}&pattern={pattern.pk}")
    page.locator("#id_ends").select_option("at")
    page.locator("#id_at").fill("23:30")
    page.locator("#id_end_at").fill("00:30")
    page.locator("#id_first").fill("2026-03-01")
    saved(page)

    monkeypatch.setattr("mesproject.boards.views.now", lambda: WEDNESDAY_NIGHT)
    page = open_page(boss, f"/tablet/{station.uuid}/")
    timeline = page.locator("svg[aria-label='Timeline of the shift']")
    expect(timeline.locator("title", has_text="23:30–00:30 Lunch")).to_have_count(1)
    expect(timeline.locator("text", has_text="Lunch")).to_be_visible()
