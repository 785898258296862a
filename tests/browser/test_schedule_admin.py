"""Planned time in the admin, in a browser: what is shown while a form is filled in, and what a page fits into."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate, now
from playwright.sync_api import expect

from scheduling.models import EventAssignment, EventInstance, PatternException
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

SIDEWAYS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def boss():
    return make_user()


@pytest.fixture
def group(boss):
    group = make_group(plant=make_plant("Europe/Berlin", company=boss.company, name="Works"), name="Milling")
    for n in range(3):
        make_station(f"M{n}", group=group)
    return group


@pytest.fixture
def pattern(group):
    return make_pattern(
        ("Early", 360, 480), ("Late", 840, 480), ("Night", 1320, 480), follows=group, title="Week"
    )


@pytest.fixture
def lunch(boss):
    return make_event(company=boss.company, name="Lunch")


def saved(page):
    page.locator("[name=_save]").click()
    page.wait_for_load_state()
    assert page.locator(".errornote").count() == 0, page.locator(".errorlist").all_inner_texts()


def test_a_recurrence_is_previewed_while_it_is_said(open_page, boss, lunch, pattern):
    page = open_page(boss, f"{address(EventAssignment, 'add')}?event={lunch.pk}&pattern={pattern.pk}")
    page.locator("#id_ends").select_option("at")
    page.locator("#id_at").fill("12:00")
    page.locator("#id_end_at").fill("12:30")
    expect(page.locator(".fl-sentence")).to_contain_text("On weekdays, at 12:00")
    expect(page.locator(".fl-upcoming tbody tr")).to_have_count(20)
    expect(page.locator(".fl-upcoming caption")).to_have_text("On the clock of Works (Europe/Berlin)")
    page.locator("#id_repeats").select_option("monthly-weekday")
    expect(page.locator("#id_weekdays")).to_be_hidden()
    page.locator("#id_place").select_option("-1")
    page.locator("#id_weekday").select_option("4")
    expect(page.locator(".fl-sentence")).to_contain_text("Every month: last Friday, at 12:00")
    page.locator("#id_repeats").select_option("rule")
    expect(page.locator("#id_rule")).to_have_value(
        f"DTSTART:{localdate():%Y%m%d}T120000\nRRULE:FREQ=MONTHLY;BYDAY=-1FR"
    )
    page.locator("#id_rule").fill("DTSTART:20260101T120000\nRRULE:FREQ=SECONDLY")
    expect(page.locator("#preview")).to_contain_text("FREQ is one of YEARLY, MONTHLY, WEEKLY, DAILY.")
    page.locator("#id_rule").fill("DTSTART:20260101T120000\nRRULE:FREQ=DAILY;INTERVAL=2")
    expect(page.locator(".fl-sentence")).to_contain_text("Every 2 days, at 12:00")
    saved(page)
    row = EventAssignment.objects.get()
    assert row.start_rule.endswith("FREQ=DAILY;INTERVAL=2")
    page.goto(page.url.split("/admin/")[0] + address(EventAssignment, "change", row.pk))
    expect(page.locator("#id_repeats")).to_have_value("daily")
    expect(page.locator("#id_every")).to_have_value("2")


def test_without_scripts_a_button_previews(browser, live_server, boss, lunch, pattern, open_page):
    cookies = open_page(boss, "/admin/").context.cookies()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{live_server.url}{address(EventAssignment, 'add')}?event={lunch.pk}&pattern={pattern.pk}")
    page.locator("#id_at").fill("12:00")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".fl-upcoming tbody tr")).to_have_count(20)
    assert not EventAssignment.objects.exists()
    context.close()


def test_an_exception_is_added_from_a_day_of_the_calendar(open_page, boss, pattern):
    pattern.shifts.filter(day=2, start_minute=840).delete()
    page = open_page(boss, "/admin/scheduling/calendar/?day=2027-03-10")
    page.get_by_label("Add an exception on 2027-03-10").click()
    expect(page.locator("#id_shift option")).to_have_text(
        ["Every shift of that date", "Early 06:00–14:00", "Night 22:00–06:00"]
    )
    page.locator("#id_date").fill("2027-03-11")
    page.locator("#id_date").blur()
    expect(page.locator("#id_shift option")).to_have_count(4)
    page.locator("#id_action").select_option("overtime")
    expect(page.locator("#id_name")).to_be_hidden()
    page.locator("#id_shift").select_option("840")
    page.locator("#id_ends").fill("23:00")
    saved(page)
    row = PatternException.objects.get()
    assert (row.replaces, row.start_minute, row.minutes, str(row.date)) == (840, 840, 540, "2027-03-11")
    page.goto(page.url.split("/admin/")[0] + "/admin/scheduling/calendar/?day=2027-03-11")
    expect(page.locator(".fl-k-exception a")).to_contain_text("the shift of 14:00 takes 14:00–23:00")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080)])
def test_pages_fit_into_the_window(open_page, live_server, boss, lunch, pattern, group, width, height):
    row = make_event_assignment(pattern, event=lunch)
    station = group.stations.first()
    one_off = EventInstance.objects.create(
        station=station,
        event=lunch,
        name="Lunch",
        event_type="break",
        one_off=True,
        start_at=now() + timedelta(days=1),
    )
    exception = PatternException.objects.create(
        station=station, date=localdate() + timedelta(days=1), action="moved", replaces=360, start_minute=420,
        minutes=480, reason="The crane is being inspected and nobody may stand below it before seven",
    )  # fmt: skip
    page = open_page(boss, "/admin/scheduling/calendar/", width=width, height=height)
    paths = [
        "/admin/scheduling/calendar/", "/admin/scheduling/calendar/?view=week",
        f"/admin/scheduling/recomputation/recompute/?pattern={pattern.pk}",
    ]  # fmt: skip
    for model, pk in (
        (EventAssignment, row.pk),
        (EventInstance, one_off.pk),
        (PatternException, exception.pk),
    ):
        paths += [address(model, "changelist"), address(model, "add"), address(model, "change", pk)]
    for path in paths:
        assert page.goto(f"{live_server.url}{path}").status == 200
        assert not page.evaluate(SIDEWAYS), path
