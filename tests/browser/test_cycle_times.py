"""An average is taken as the specification, and the old one put back, at a supervisor's desk."""

import os
import random
from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from production.models import Sku
from tests.make import make_job_run, make_pattern, make_sku, make_station, make_user
from tests.reports.test_facts import say, settle

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def company():
    """Two presses make A-100 in the last two hours, faster and slower than it was to take; another makes B-7."""
    first = make_station("M1", name="Press 1")
    stations = [first, make_station("M2", name="Press 2", group=first.group)]
    make_pattern(follows=first.group)
    skus = [make_sku(code, company=first.company, cycle_time_ms=60_000) for code in ("A-100", "B-7")]
    at, chance = now() - 2 * HOUR, random.Random(7)
    for station, mean in zip(stations, (48, 70), strict=True):
        make_job_run(station, sku=skus[0], actual_start=at, actual_end=at + HOUR)
        make_job_run(station, sku=skus[1], actual_start=at + HOUR)
        made = at
        while made < now():
            say(station, made, now=now(), good=1.0)
            made += chance.gauss(mean, 5) * SECOND
    settle(now=now())
    return first.company


def test_the_average_is_taken_and_the_old_one_put_back(company, open_page):
    page = open_page(make_user(company=company), "/cycle-times/?range=last-3-hours", width=1440, height=900)
    expect(page.locator(".doubt").first).to_be_visible()
    kept(page, "list")
    page.get_by_role("link", name="A-100").click()
    expect(page.locator("svg.histogram")).to_be_visible()
    kept(page, "one")
    page.get_by_role("button", name="Take").click()
    expect(page.get_by_role("status")).to_contain_text("A-100")
    taken = Sku.objects.get(code="A-100").cycle_time_ms
    assert 50_000 < taken < 65_000
    page.get_by_role("button", name="Put 60.0 s back").click()
    expect(page.get_by_role("status")).to_contain_text("cycle time of 60 s")
    assert Sku.objects.get(code="A-100").cycle_time_ms == 60_000


def kept(page, name):
    """Pictures in both themes, where somebody wants to look at them."""
    if folder := os.environ.get("PICTURES"):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{folder}/cycles-{name}-{theme}.png", full_page=True)
