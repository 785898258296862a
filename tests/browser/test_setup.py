"""A station is set up at its tablet: blue, counting up, amber when it takes too long, and over with one tap."""

import os
from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from production.models import JobRun
from tests.make import make_job_run, make_pattern, make_station, make_user
from tests.reports.test_facts import say, settle

MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    """It worked until twenty minutes ago, and is set up since then for what was to take fifteen."""
    station, at = make_station("M1", name="Press 4"), now()
    make_pattern(follows=station)
    say(station, *(at + minute * MINUTE for minute in range(-60, -20)), now=at, good=1.0)
    make_job_run(station, actual_start=at - 20 * MINUTE, starts_in_setup=True, expected_setup_ms=15 * 60_000)
    settle(now=now())
    return station


def test_setup_is_seen_and_ended_at_the_tablet(station, open_page):
    page = open_page(make_user("operator", company=station.company), f"/tablet/{station.uuid}/")
    expect(page.locator(".state.setup.late")).to_contain_text("of 15 min")
    expect(page.get_by_role("heading", name="It is being set up")).to_be_visible()
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("button", name="Setup done")).to_be_visible()
    kept(page, "tablet")
    page.get_by_role("button", name="Setup done").click()
    expect(page.get_by_role("button", name="Setup done")).to_have_count(0)
    expect(page.locator(".state.setup")).to_have_count(0, timeout=10_000)
    assert JobRun.objects.get().production_start
    board = open_page(make_user(company=station.company), "/board/", width=960, height=540)
    expect(board.get_by_text("Stopped", exact=True)).to_be_visible()


def kept(page, name):
    """Pictures in both themes, where somebody wants to look at them."""
    if folder := os.environ.get("PICTURES"):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{folder}/setup-{name}-{theme}.png")
