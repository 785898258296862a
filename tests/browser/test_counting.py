"""What people count, with gloves."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from production.models import HandCount
from tests.browser.test_shape import assert_made_for_gloves
from tests.make import (
    make_company,
    make_group,
    make_job_run,
    make_operator,
    make_pattern,
    make_sign_on,
    make_station,
)
from tests.make import make_user as make_person

HOUR = timedelta(hours=1)


@pytest.fixture
def station():
    group = make_group(company=make_company(name="Hutmacher & Söhne"))
    make_pattern(follows=group)
    station = make_station(group=group, name="Packplatz 3, Getriebegehäuse", counted_by_hand=True)
    make_job_run(station, actual_start=now() - 2 * HOUR)
    ann = make_operator(company=station.company, initials="ANN")
    make_sign_on(station, ann, started_at=now() - HOUR)
    return station


def test_good_and_bad_are_entered_with_keys_taken_back_and_corrected(station, open_page):
    page = open_page(make_person(company=station.company), f"/tablet/{station.uuid}/")
    page.locator(".nav").get_by_role("link", name="Count").click()
    expect(page.locator("h2", has_text="How many were made?")).to_be_visible()
    assert_made_for_gloves(page)
    page.get_by_role("button", name="4", exact=True).click()
    page.get_by_role("button", name="8", exact=True).click()
    page.get_by_role("textbox", name="Bad").click()
    page.get_by_role("button", name="2", exact=True).click()
    assert page.evaluate("document.activeElement.inputMode") in ("none", "")
    page.get_by_role("button", name="Store 48 good, 2 bad").click()
    expect(page.locator(".stored")).to_have_text("48 good, 2 bad")
    count = HandCount.objects.get()
    assert (count.good, count.bad) == (48, 2)
    assert_made_for_gloves(page)
    page.get_by_role("link", name="Correct").click()
    expect(page.get_by_role("textbox", name="Good")).to_have_value("48")
    assert_made_for_gloves(page)
    page.get_by_role("button", name="5", exact=True).click()
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Correct 5 good, 2 bad").click()
    expect(page.locator(".stored")).to_have_text("5 good, 2 bad")
    page.locator(".panel-head").get_by_role("button", name="Undo").click()
    expect(page.locator(".recent")).to_contain_text("taken back")
    assert not HandCount.objects.counting().exists()


def test_hours_of_a_shift_fit_the_tablet(station, open_page):
    page = open_page(make_person(company=station.company), f"/tablet/{station.uuid}/")
    page.locator(".nav").get_by_role("link", name="Hours").click()
    expect(page.locator("h2", has_text="Hour by hour")).to_be_visible()
    assert_made_for_gloves(page)
    page.get_by_role("link", name="Half hours").click()
    expect(page.locator(".hours tbody tr")).to_have_count(48)
    assert_made_for_gloves(page)
