"""A person's page of messages and the way out of a mail, on a phone and at a desk."""

import os
from datetime import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from mesproject.accounts.models import Role
from mesproject.outgoing import letters
from mesproject.outgoing.models import Message, Subscription
from tests.make import make_company, make_group, make_plant, make_subscription, make_user

SIZES = {"phone": (390, 844), "desk": (1440, 900)}
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_OFF = """() => [...document.querySelectorAll(".card *")]
  .filter(element => element.getBoundingClientRect().right > element.closest(".card").getBoundingClientRect().right - 8)
  .map(element => element.outerHTML)"""
SMALL = """() => [...document.querySelectorAll("button, label, input:not([type=hidden]):not([type=checkbox])")]
  .filter(element => element.getBoundingClientRect().height < 44).map(element => element.outerHTML)"""


@pytest.fixture
def ann():
    company = make_company(name="Hutmacher & Söhne")
    for name in ("Werk Nord", "Werk Süd"):
        plant = make_plant("Europe/Berlin", company=company, name=name)
        for group in ("Pressen", "Bearbeitungszentren mit Kühlschmierstoffversorgung"):
            make_group(plant=plant, name=group)
    return make_user(Role.OPERATOR, company=company, email="ann.schwarzenegger@example.com")


def seen(page, name, place):
    """Keep a picture where one is asked for; nothing needs scrolling sideways, all is large enough to be hit."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{place}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("place", SIZES)
def test_a_person_chooses_what_he_is_told(ann, open_page, place):
    width, height = SIZES[place]
    page = open_page(ann, "/messages/", width=width, height=height)
    seen(page, "messages", place)
    page.get_by_label("a stop that goes on").check()
    page.get_by_label("minutes").fill("10")
    page.get_by_label("yesterday in numbers").check()
    page.get_by_label("Werk Süd, all of it").check()
    page.get_by_label("from").fill("22:00")
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_text("or neither")).to_be_visible()
    seen(page, "messages-refused", place)
    page.get_by_label("until").fill("06:00")
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("status")).to_have_text("Stored.")
    seen(page, "messages-stored", place)
    kept = Subscription.of(ann)
    assert (kept.alerts, kept.alert_after, kept.escalations, kept.daily) == (True, 10, False, True)
    assert (kept.quiet_from, kept.quiet_until) == (time(22), time(6))
    assert [plant.name for plant in kept.plants.all()] == ["Werk Süd"]


@pytest.mark.parametrize("place", SIZES)
def test_the_link_in_a_mail_asks_and_then_ends_it_without_a_login(ann, browser, live_server, place):
    make_subscription(ann, alerts=True, daily=True)
    width, height = SIZES[place]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(f"{live_server.url}/unsubscribe/{letters.leave_token(ann, Message.DAILY)}/")
    seen(page, "unsubscribe", place)
    assert Subscription.of(ann).daily
    page.get_by_role("button", name="Send no more of them").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    seen(page, "unsubscribed", place)
    assert (Subscription.of(ann).daily, Subscription.of(ann).alerts) == (False, True)
    context.close()
