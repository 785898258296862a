"""From an empty database to a station that is seen running by a real message, through every step of set-up."""

import os
import re
import subprocess
from io import StringIO

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from mesproject.accounts.models import Company, Device, Pairing, User
from production import heard
from production.models import Station
from tests.browser.walking import violations
from tests.make import PASSWORD

LIST = "Press 4\nMill 7\tMILL-7\nFiller, FILL-1, Hall 2"
SKUS = "code;name;cycle_time_seconds\nA-100;Bracket;1,5\nA-200;Housing;62"


@pytest.fixture
def owner(transactional_db, monkeypatch, valkey):
    """Made on the command line of an installation that has no company yet."""
    heard._Away.until = 0.0
    heard._valkey().flushdb()
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command(
        "createsuperuser", interactive=False, username="root", email="root@example.com", stdout=StringIO()
    )
    return User.objects.get()


def test_from_an_empty_database_to_a_running_station(owner, live_server, open_page, tick, browser):
    page, url = open_page(owner, "/login/"), live_server.url
    logs_in(page, url)
    names_company_and_plant(page)
    pastes_stations_and_products(page)
    hears_the_first_machine(page)
    enrols_a_tablet(page, url, browser)
    pairs_a_television(page, url, browser)
    page.goto(f"{url}/set-up/")
    expect(page.get_by_text("Nothing is left.")).to_be_visible()
    kept(page, "done")
    assert Company.objects.get().code == "mueller"
    assert Station.objects.count() == 3
    assert Device.objects.count() == 2


def logs_in(page, url):
    page.context.clear_cookies()
    page.goto(f"{url}/login/")
    page.fill("[name=username]", "root")
    page.fill("[name=password]", PASSWORD)
    page.locator("form[action*=login] button, main form button").first.click()
    expect(page).to_have_url(f"{url}/set-up/")
    kept(page, "overview")
    page.get_by_role("link", name="Next: Company").click()


def names_company_and_plant(page):
    page.get_by_label("Name").fill("Müller Pressteile")
    page.get_by_label("Code").fill("mueller")
    store(page, "company")
    page.get_by_label("Name").fill("Lyon")
    assert page.get_by_label("Time zone").input_value() != ""
    page.get_by_label("Time zone").select_option("Europe/Paris")
    store(page, "plant")
    page.get_by_role("radio", name="3 shifts, every day").check()
    store(page, "shifts")


def pastes_stations_and_products(page):
    page.get_by_label("Stations", exact=True).fill("Press 4\n, no name")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("1 line is wrong.")).to_be_visible()
    kept(page, "stations-wrong")
    page.get_by_label("Stations", exact=True).fill(LIST)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("3 are new.")).to_be_visible()
    store(page, "stations", "Store all of them")
    page.get_by_label("or pasted").fill(SKUS)
    page.get_by_role("button", name="Look at it").click()
    store(page, "skus", "Store all of them")
    store(page, "causes", "Take “Machining”")


def hears_the_first_machine(page):
    expect(page.get_by_text("Nothing yet in the last ten minutes.")).to_be_visible()
    page.get_by_label("Name").fill("plc-1")
    page.get_by_label("Try it with").select_option("PRESS-4")
    page.get_by_role("button", name="Make it, and show its token").click()
    line = page.locator("#line").inner_text()
    assert line.startswith("curl ")
    kept(page, "machine-token")
    answer = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=20, check=True)
    assert '"stored"' in answer.stdout
    expect(page.locator("#living .became")).to_contain_text("stored", timeout=10_000)
    expect(page.locator("#living .standing")).to_contain_text("Running", timeout=15_000)
    unknown = line.replace("PRESS-4", "PRESS-5")
    subprocess.run(["sh", "-c", unknown], capture_output=True, timeout=20, check=True)
    expect(page.locator("#living .advice")).to_contain_text("No station has the code", timeout=10_000)
    kept(page, "machine")


def enrols_a_tablet(page, url, browser):
    page.goto(f"{url}/set-up/screens/")
    page.get_by_label("Unique in the company").or_(page.locator("[name=tablet-name]")).first.fill("tablet-1")
    page.get_by_role("button", name="Show its code").click()
    expect(page.locator("svg.qr").first).to_be_visible()
    address = page.locator("a[href*='/enrol/?code=']").get_attribute("href")
    kept(page, "screens")
    tablet = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    tablet.goto(address)
    tablet.get_by_role("button", name="Enrol").click()
    expect(tablet.get_by_text("Press 4")).to_be_visible()
    tablet.context.close()


def pairs_a_television(page, url, browser):
    tv = browser.new_context(viewport={"width": 960, "height": 540}).new_page()
    tv.goto(f"{url}/pair/")
    page.locator("[name=display-code]").fill(Pairing.objects.get(device=None).code)
    page.get_by_role("button", name="Pair it").click()
    expect(page.get_by_text("is paired. It shows the board within five seconds.")).to_be_visible()
    expect(tv.get_by_text("Press 4")).to_be_visible(timeout=15_000)
    tv.context.close()


def store(page, step, button="Store and go on"):
    """Look at the page, press its button, and find oneself on the next step."""
    expect(page).to_have_url(re.compile(f"/set-up/{step}/"))
    kept(page, step)
    page.get_by_role("button", name=button).click()
    expect(page).not_to_have_url(re.compile(f"/set-up/{step}/"))


def kept(page, name):
    """What axe has against it; pictures in both themes, where somebody wants to look at them."""
    assert not violations(page), name
    if folder := os.environ.get("PICTURES"):
        page.set_viewport_size({"width": 1440, "height": 900})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{folder}/set-up-{name}-{theme}.png", full_page=True)
        page.emulate_media(color_scheme="light")
