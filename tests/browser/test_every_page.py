"""Every page of the plant, looked at as it is: judged by WCAG 2.2 AA, kept as a picture in both themes.

The pictures are in test-results/pictures; PICTURES names another folder. Of the forms of the admin some are looked
at each day, and all of them by `make test-all`.
"""

import os
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from mesproject.accounts.models import Company, User
from mesproject.demo import past, plant
from mesproject.reports import facts
from scheduling.writing import write_ahead
from tests.admin_pages import forms_of, lists_of
from tests.pages import PAGES, Face, filled, places_of, questions

PICTURES = Path(os.environ.get("PICTURES", "test-results/pictures"))
# The sheets of the admin import others, which axe would ask for at wrong addresses to judge what is none of these.
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "preload": False}
# Of the admin, beside all lists; each is looked at twice.
FORMS = 12
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
    """All of them; of the forms of the admin as many as there is time for."""
    if face is not Face.ADMIN:
        return [page for page in PAGES if page.face is face]
    company = Company.objects.get()
    return [*lists_of(company), *Random(now().toordinal()).sample(forms_of(company), FORMS)]


@pytest.mark.parametrize("face", Face, ids=lambda face: face.name.lower())
def test_axe_finds_nothing_on_any_page(face, places, look):
    assert_nothing_found(pages_of(face), places, look)


@pytest.mark.long
def test_axe_finds_nothing_in_any_form_of_the_admin(places, look):
    assert_nothing_found(forms_of(Company.objects.get()), places, look)


def assert_nothing_found(pages, places, look):
    found = []
    for theme, language in LOOKS:
        User.objects.update(language=language)
        for page in pages:
            found += [f"{page.name} ({theme}): {line}" for line in look(page, places, theme, language)]
    assert not found, "\n".join(found)


@pytest.fixture
def look(browser, live_server, settings):
    """Opens a page in a theme, keeps its picture, and says what axe has against it."""
    url = elsewhere(live_server, settings)
    desks = {}  # A desk is used again; what a tablet and a wall keep is their own.

    def sheet_of(page, theme, language):
        kind = (page.face, page.who, theme, language)
        if page.face in (Face.DESK, Face.ADMIN) and kind in desks:
            return desks[kind]
        width, height, scale = page.face.size
        context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, color_scheme=theme,
            locale=language,
        )  # fmt: skip
        if page.who:
            context.add_cookies([cookie(url, page.who)])
        desks[kind] = context.new_page()
        return desks[kind]

    def look(page, places, theme, language):
        settings.DEBUG = page.name == "design"  # it is not there in a plant
        sheet = sheet_of(page, theme, language)
        opened(sheet, url, page, places)
        picture = PICTURES / page.face.name.lower() / f"{page.name}-{theme}-{language}.png"
        sheet.screenshot(path=picture, full_page=page.face in (Face.DESK, Face.ADMIN))
        found = [*violations(sheet), *too_wide(sheet)]
        if page.face in (Face.TABLET, Face.WALL):
            sheet.context.close()
        return found

    yield look
    for (face, *_), sheet in desks.items():
        if face in (Face.DESK, Face.ADMIN):
            sheet.context.close()


def elsewhere(live_server, settings):
    """The address of the server as another machine has it: pages say so when they are asked for as `localhost`."""
    settings.ALLOWED_HOSTS = ["*"]
    return live_server.url.replace("localhost", "floorlight.localhost")


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


def test_no_page_asks_the_database_more_than_it_may(places):
    company, many = Company.objects.get(), {}
    for page in (*PAGES, *lists_of(company), *forms_of(company)):
        client = Client()
        if page.who:
            client.force_login(User.objects.get(username=page.who))
        client.get(filled(page, places))  # what is remembered for all pages
        with CaptureQueriesContext(connection) as asked:
            client.get(filled(page, places))
        if questions(asked) > page.queries:
            many[page.name] = questions(asked)
    assert not many, many
