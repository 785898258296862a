"""Every page of the plant, looked at as it is: judged by WCAG 2.2 AA, kept as a picture in both themes.

The pictures are in test-results/pictures; PICTURES names another folder.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from mesproject.accounts.models import User
from mesproject.demo import past, plant
from mesproject.reports import facts
from scheduling.writing import write_ahead
from tests.pages import PAGES, Face, filled, places_of, questions

PICTURES = Path(os.environ.get("PICTURES", "test-results/pictures"))
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# Light as it was written, dark in the language that needs most room.
LOOKS = (("light", "en"), ("dark", "de"))


@pytest.fixture
def places(transactional_db):
    """A day of the demo plant, and what addresses are filled in with."""
    at = now()
    company = plant.set_up(now=at, timezone="Europe/Berlin", password="not a secret")
    past.fill(company, days=1, now=at - timedelta(seconds=30))
    while write_ahead(now=at):
        pass
    while facts.refresh(now=at):
        pass
    return places_of(company, at)


def pages_of(face):
    return [page for page in PAGES if page.face is face]


@pytest.mark.parametrize("face", Face, ids=lambda face: face.name.lower())
def test_axe_finds_nothing_on_any_page(face, places, visit):
    found = []
    for theme, language in LOOKS:
        User.objects.update(language=language)
        for page in pages_of(face):
            found += [f"{page.name} ({theme}): {line}" for line in visit(page, places, theme, language)]
    assert not found, "\n".join(found)


@pytest.fixture
def visit(browser, live_server, settings):
    """Opens a page in a theme, keeps its picture, and says what axe has against it."""

    def visit(page, places, theme, language):
        width, height, scale = page.face.value
        settings.DEBUG = page.name == "design"  # it is not there in a plant
        context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, color_scheme=theme,
            locale=language,
        )  # fmt: skip
        try:
            if page.who:
                context.add_cookies([cookie(live_server, page.who)])
            sheet = context.new_page()
            opened(sheet, live_server.url, page, places)
            picture = PICTURES / page.face.name.lower() / f"{page.name}-{theme}-{language}.png"
            sheet.screenshot(path=picture, full_page=page.face in (Face.DESK, Face.ADMIN))
            return violations(sheet)
        finally:
            context.close()

    return visit


def opened(sheet, url, page, places):
    """Goes where people see it: a panel is drawn within the tablet."""
    if not page.panel:
        sheet.goto(f"{url}{filled(page, places)}")
        return
    sheet.goto(f"{url}/tablet/{places['station']}/")
    with sheet.expect_response(f"**{filled(page, places)}"):
        sheet.evaluate(
            "address => { htmx.ajax('GET', address, {target: '#panel', swap: 'outerHTML'}) }",
            filled(page, places),
        )
    sheet.wait_for_timeout(200)


def cookie(live_server, login):
    client = Client()
    client.force_login(User.objects.get(username=login))
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}


def violations(sheet):
    """What axe finds, a line for each rule and element."""
    return [
        f"{broken['id']}: {node['html'][:120]} ({'; '.join(check['message'] for check in node['any'][:1])})"
        for broken in Axe().run(sheet, options=WCAG).response["violations"]
        for node in broken["nodes"]
    ]


def test_no_page_asks_the_database_more_than_it_may(places):
    many = {}
    for page in PAGES:
        client = Client()
        if page.who:
            client.force_login(User.objects.get(username=page.who))
        client.get(filled(page, places))  # what is remembered for all pages
        with CaptureQueriesContext(connection) as asked:
            client.get(filled(page, places))
        if questions(asked) > page.queries:
            many[page.name] = questions(asked)
    assert not many, many
