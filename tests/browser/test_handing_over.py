"""One shift tells the next, and whoever comes signs on by a tap or a badge."""

import re
import time
from datetime import timedelta

from django.utils.timezone import now
from playwright.sync_api import expect

from production.models import Entry, ShiftNote, SignOn
from tests.browser.network import lose, stored
from tests.make import make_cause, make_operator, make_reject_reason, make_shift_note

SECONDS = 1000
A_DAY = timedelta(days=1)


def test_a_note_of_the_shift_before_stands_on_top_until_somebody_has_read_it(station, tablet):
    make_operator(company=station.company, initials="ANN")
    make_shift_note(station, written_at=now() - A_DAY, text="The pump hisses")
    make_shift_note(station, written_at=now() - A_DAY / 2 - A_DAY, text="Box 12 is empty")
    make_shift_note(station, written_at=now(), text="Written in this shift")
    on_top = tablet.locator(".handed")
    expect(on_top).to_contain_text("Box 12 is empty", timeout=12 * SECONDS)
    expect(on_top).to_contain_text("1 more note")
    on_top.get_by_role("button", name="I have read it").tap()
    expect(tablet.locator("#panel h2")).to_contain_text("Who is answering?")
    tablet.get_by_role("button", name="ANN").tap()
    expect(on_top).to_contain_text("The pump hisses", timeout=12 * SECONDS)
    tablet.wait_for_timeout(SECONDS)
    on_top.get_by_role("button", name="I have read it").tap()
    expect(on_top).to_have_count(0, timeout=12 * SECONDS)
    expect(tablet.locator(".shift-notes")).to_contain_text(re.compile("The pump hisses.*read by ANN", re.S))
    assert ShiftNote.objects.unread().count() == 1


def test_a_note_is_written_for_the_next_shift(station, tablet):
    tablet.locator(".nav").get_by_role("link", name="Notes").tap()
    expect(tablet.locator("#panel")).to_contain_text("No notes")
    tablet.get_by_role("link", name="Write a note").tap()
    tablet.locator("textarea").fill("Watch the bearing")
    tablet.get_by_role("button", name="Leave the note").tap()
    expect(tablet.locator(".shift-notes")).to_contain_text("Watch the bearing")
    expect(tablet.locator(".handed")).to_have_count(0)
    assert ShiftNote.objects.get().device


def test_notes_are_written_and_read_without_network_too(station, at_tablet):
    make_shift_note(station, written_at=now() - A_DAY, text="The pump hisses")
    tablet = at_tablet(station)
    lose(tablet)
    tablet.locator(".nav").get_by_role("link", name="Notes").tap()
    tablet.locator("#panel").get_by_role("button", name="I have read it").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits")
    tablet.locator(".nav").get_by_role("link", name="Notes").tap()
    tablet.get_by_role("link", name="Write a note").tap()
    tablet.locator("textarea").fill("It is quiet now")
    tablet.get_by_role("button", name="Leave the note").tap()
    expect(tablet.locator("#outbox")).to_contain_text("2 entries wait")
    assert not Entry.objects.exists()
    stored(tablet)
    assert ShiftNote.objects.get(text="The pump hisses").read_at
    assert ShiftNote.objects.get(text="It is quiet now").written_at < now()


def read_badge(page, number):
    """As a reader does: a key each ten milliseconds, and Enter, however busy this machine is."""
    keys, begun = page.context.new_cdp_session(page), time.time()
    for place, key in enumerate([*number, "Enter"]):
        pressed = {"key": key, "text": "\r" if key == "Enter" else key, "timestamp": begun + place / 100}
        keys.send("Input.dispatchKeyEvent", {"type": "keyDown", **pressed})
        keys.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, "timestamp": begun + place / 100})


def test_a_badge_signs_on_wherever_the_page_stands(station, tablet):
    make_operator(company=station.company, initials="MK", badge="00471199")
    read_badge(tablet, "00471199")
    expect(tablet.locator(".who")).to_have_text("MK", timeout=12 * SECONDS)
    assert str(SignOn.objects.get().operator) == "MK"
    assert Entry.objects.count() == 1
    read_badge(tablet, "99999")
    expect(tablet.locator(".problem")).to_contain_text("Nobody here has this badge")
    assert SignOn.objects.count() == 1


def test_initials_are_typed_where_badges_are_and_a_slip_is_taken_back(station, tablet):
    make_operator(company=station.company, initials="MK")
    tablet.locator(".who").tap()
    tablet.get_by_label("Badge or initials").fill("mk")
    tablet.get_by_role("button", name="Sign on").tap()
    expect(tablet.locator(".here")).to_contain_text("MK")
    tablet.get_by_role("button", name="That was a slip").tap()
    expect(tablet.locator("#panel h2")).to_contain_text("Nobody is here now")
    assert not SignOn.objects.exists()


def test_a_badge_that_is_read_without_network_counts_from_then_on(station, issue, at_tablet):
    make_operator(company=station.company, initials="MK", badge="4711")
    tablet = at_tablet(station)
    lose(tablet)
    read_badge(tablet, "4711")
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits")
    tablet.get_by_role("button", name="I am on it").tap()
    expect(tablet.locator("#outbox")).to_contain_text("2 entries wait")
    stored(tablet)
    assert str(issue.events.get().operator) == "MK"


def test_causes_are_found_by_a_part_of_their_name(issue, causes, tablet):
    make_cause("X", company=causes.company, description="Something else")
    tablet.get_by_role("link", name="Find a cause").tap()
    # As people type: letter by letter, into a field that has been there for a moment.
    tablet.get_by_role("searchbox").press_sequentially("coil", delay=50)
    expect(tablet.locator("#found .tile")).to_have_count(1)
    tablet.get_by_role("button", name="Coil change").tap()
    expect(tablet.locator("#panel h2")).to_contain_text("It has stopped: Coil change")


def test_a_reject_that_is_taken_back_is_stored_at_once(station, tablet):
    make_reject_reason(company=station.company, description="Burr")
    tablet.locator(".nav").get_by_role("link", name="Reject a part").tap()
    tablet.get_by_role("button", name="Burr").tap()
    tablet.wait_for_timeout(SECONDS)
    tablet.get_by_role("button", name="Take back").tap()
    expect(tablet.locator(".recent")).to_contain_text("taken back")
    assert tablet.evaluate("window.outbox.entries()") == []
