"""The overview lives, and a station's day is zoomed by dragging and by keys, at a supervisor's desk."""

import os
import re
from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from downtime import engine
from production.models import StationLive
from tests.make import make_issue, make_pattern, make_station, make_user
from tests.reports.test_facts import say

MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    """A station that made a unit a minute for the last hours of yesterday, and stands still."""
    station = make_station("M1", name="Press 1", cycle_time_ms=60_000)
    make_pattern(follows=station)
    at = now().replace(second=0, microsecond=0) - timedelta(days=1)
    say(station, *(at + minute * MINUTE for minute in range(120)), now=now(), good=1.0)
    engine.tick(now=now())
    return station


def test_a_part_of_the_day_is_chosen_by_dragging_and_by_keys(station, open_page):
    address = f"/analysis/station/M1/?date={now() - timedelta(days=1):%Y-%m-%d}"
    page = open_page(make_user(company=station.company), address, width=1440, height=900)
    box = page.locator("[data-zoom] .chart svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 30, steps=4)
    expect(page.locator(".chosen")).to_be_visible()
    page.mouse.up()
    page.wait_for_url(re.compile(r"\?from=.*&to="))
    page.locator("[data-zoom] .chart").focus()
    for _level in range(6):
        before = page.url
        page.keyboard.press("+")
        page.wait_for_url(lambda url, before=before: url != before)
    expect(page.get_by_role("heading", name="Signals")).to_be_visible()
    expect(page.locator("[data-zoom] .chart")).to_be_focused()
    kept(page, "signals")
    page.keyboard.press("0")
    page.wait_for_url(re.compile(r"\?date="))


def test_the_overview_tells_what_has_changed_and_keeps_the_focus(station, open_page):
    page = open_page(make_user(company=station.company), "/analysis/", width=1440, height=900)
    link = page.get_by_role("link", name="Press 1")
    link.focus()
    expect(page.get_by_text("Help")).to_be_hidden()
    make_issue(station, silent_since=None, kind="help", started_at=now(), updated_at=now())
    StationLive.objects.filter(station=station).update(version=10**6)
    expect(page.locator("tbody .standing.red")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("link", name="Press 1")).to_be_focused()
    kept(page, "overview")


def kept(page, name):
    """Pictures in both themes, where somebody wants to look at them."""
    if folder := os.environ.get("PICTURES"):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{folder}/closely-{name}-{theme}.png", full_page=True)
