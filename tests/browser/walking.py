"""A walk over pages: each is opened as people see it, kept as a picture, and judged.

The pictures are in test-results/pictures; PICTURES names another folder.
"""

import os
from datetime import timedelta
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from mesproject.accounts.models import User
from mesproject.demo import past, plant
from mesproject.reports import facts
from scheduling.writing import write_ahead
from tests.pages import Face, filled, places_of, questions

PICTURES = Path(os.environ.get("PICTURES", "test-results/pictures"))
# The sheets of the admin import others, which axe would ask for at wrong addresses to judge what is none of these.
# What passes is not told of each element: only what breaks a rule is read.
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "preload": False,
    "resultTypes": ["violations"],
}
# Light as it was written, dark in the language that needs most room.
LOOKS = (("light", "en"), ("dark", "de"))
# A desk is used again; what a tablet and a wall keep is their own.
DESKS = (Face.DESK, Face.ADMIN)


def lived_a_day():
    """A day of the demo plant, and what addresses are filled in with."""
    at = now()
    company = plant.set_up(now=at, timezone="Europe/Berlin", password="not a secret")
    past.fill(company, days=1, now=at - timedelta(seconds=30))
    while write_ahead(now=at):
        pass
    while facts.refresh(now=at):
        pass
    return places_of(company, at)


class Walk:
    """Through a live server, by an address as others have it: pages say so when they are asked for as `localhost`."""

    def __init__(self, browser, live_server, settings):
        settings.ALLOWED_HOSTS = ["*"]
        self.browser, self.settings, self.desks = browser, settings, {}
        self.url = live_server.url.replace("localhost", "floorlight.localhost")

    def look(self, page, places, theme, language):
        """What is wrong with a page in a theme."""
        self.settings.DEBUG = page.name == "design"  # it is not there in a plant
        sheet = self._sheet(page, theme, language)
        opened(sheet, self.url, page, places)
        picture = PICTURES / page.face.value / f"{page.name}-{theme}-{language}.png"
        sheet.screenshot(path=picture, full_page=page.face in DESKS)
        found = [*violations(sheet), *too_wide(sheet)]
        if page.face not in DESKS:
            sheet.context.close()
        return found

    def close(self):
        for sheet in self.desks.values():
            sheet.context.close()

    def _sheet(self, page, theme, language):
        kind = (page.face, page.who, theme, language)
        if kind in self.desks:
            return self.desks[kind]
        width, height, scale = page.face.size
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, color_scheme=theme,
            locale=language,
        )  # fmt: skip
        if page.who:
            context.add_cookies([cookie(self.url, page.who)])
        sheet = context.new_page()
        if page.face in DESKS:
            self.desks[kind] = sheet
        return sheet


def assert_nothing_found(pages, places, look, looks):
    """In none of these looks."""
    found = []
    for theme, language in looks:
        User.objects.update(language=language)
        for page in pages:
            found += [f"{page.name} ({theme}): {line}" for line in look(page, places, theme, language)]
    assert not found, "\n".join(found)


def assert_asks_little(pages, places):
    """Of none the database is asked more than its page may."""
    many = {}
    for page in pages:
        client = Client()
        if page.who:
            client.force_login(User.objects.get(username=page.who))
        client.get(filled(page, places))  # what is remembered for all pages
        with CaptureQueriesContext(connection) as asked:
            client.get(filled(page, places))
        if questions(asked) > page.queries:
            many[page.name] = questions(asked)
    assert not many, many


def opened(sheet, url, page, places):
    """Goes where people see it: a panel is drawn within the tablet."""
    if not page.panel:
        answer = sheet.goto(f"{url}{filled(page, places)}")
        assert answer.status == page.status, f"{page.name}: {answer.status}"
        if page.action:
            ask_for(sheet, page.action)
        return
    sheet.goto(f"{url}/tablet/{places['station']}/")
    with sheet.expect_response(f"**{filled(page, places)}"):
        sheet.evaluate(
            "address => { htmx.ajax('GET', address, {target: '#panel', swap: 'outerHTML'}) }",
            filled(page, places),
        )
    sheet.wait_for_timeout(200)


def ask_for(sheet, action):
    """Something to be done with the first two rows of a list."""
    for row in (0, 1):
        sheet.locator("input.action-select").nth(row).check()
    sheet.locator("select[name=action]").select_option(action)
    with sheet.expect_navigation():
        sheet.locator("button[name=index]").click()


def cookie(url, login):
    """The session of somebody who has logged in."""
    client = Client()
    client.force_login(User.objects.get(username=login))
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}


def violations(sheet):
    """What axe finds, a line for each rule and element."""
    return [
        f"{broken['id']}: {node['html'][:120]} ({'; '.join(check['message'] for check in node['any'][:1])})"
        for broken in Axe().run(sheet, options=WCAG).response["violations"]
        for node in broken["nodes"]
    ]


def too_wide(sheet):
    """A page goes down, never to the side."""
    return ["is wider than the screen"] * sheet.evaluate("document.documentElement.scrollWidth > innerWidth")
