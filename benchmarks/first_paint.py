"""How soon a tablet and a wall board paint on a processor six times slower than this one, beside a bare page."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils.timezone import now
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.ground import report
from benchmarks.http_batches import web_server
from mesproject.accounts.models import Company, User
from mesproject.demo import past, plant
from mesproject.reports import facts
from production.models import Station
from scheduling.writing import write_ahead

SLOWER, TIMES, DAYS = 6, 7, 2
NOTHING, BARE = "/bare", "<!doctype html><title>Bare</title><h1>Floorlight</h1>"
# The first content that the browser has painted, in milliseconds since it was asked for the page.
PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
  const found = list.getEntries().find(one => one.name === "first-contentful-paint");
  if (found) { done(found.startTime); }
}).observe({type: "paint", buffered: true}))"""


def run() -> None:
    """Each page as a browser sees it that has never been there: nothing is cached, and each load is a context anew."""
    at = now()
    company = plant.set_up(now=at, timezone="Europe/Berlin", password="not a secret")
    past.fill(company, days=DAYS, now=at - timedelta(seconds=30))
    while write_ahead(now=at) or facts.refresh(now=at):
        pass
    cookie, pages = _session(company), _pages(company)
    found = shutil.which(os.environ.get("CHROMIUM", "")) or shutil.which("chromium")
    with web_server() as port, sync_playwright() as playwright:
        site = f"http://localhost:{port}"
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        bare = median(_painted(browser, site, NOTHING, cookie, size=(1280, 800)) for _ in range(TIMES))
        for name, (path, size) in pages.items():
            figure = median(_painted(browser, site, path, cookie, size=size) for _ in range(TIMES))
            report(f"first paint of {name}", floor=bare, figure=figure, unit="ms", wanted="at most 1,000 ms")
        browser.close()


def _pages(company: Company) -> dict[str, tuple[str, tuple[int, int]]]:
    station = Station.objects.of(company).active().first()
    assert station
    return {
        "a tablet": (f"/tablet/{station.uuid}/", (1280, 800)),
        "a board of all stations": ("/board/", (960, 540)),
        "a board of one station": (f"/board/station/{station.uuid}/", (960, 540)),
    }


def _session(company: Company) -> str:
    client = Client()
    client.force_login(User.objects.of(company).get(username="operator"))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _painted(browser: Browser, site: str, path: str, cookie: str, *, size: tuple[int, int]) -> float:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])
    page = context.new_page()
    page.route(f"**{NOTHING}", lambda route: route.fulfill(body=BARE, content_type="text/html"))
    # A browser that is open already, as on a tablet: starting one is not the page's work.
    page.goto(site + NOTHING)
    _slow_down(page)
    page.goto(site + path)
    painted: Any = page.evaluate(PAINTED)
    context.close()
    return float(painted)


def _slow_down(page: Page) -> None:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
