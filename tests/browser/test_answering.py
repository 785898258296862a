"""People at tablets: in the middle of a choice, on bad Wi-Fi, in a hurry, without a name."""

import re
from datetime import timedelta

from django.utils.timezone import now
from playwright.sync_api import expect

from downtime.models import Issue, IssueEvent
from downtime.models.issues import Who
from quality.models import Reject
from tests.make import (
    make_cause,
    make_issue,
    make_operator,
    make_reject_reason,
    make_user,
)

SECONDS = 1000


def polled(page):
    """Wait until both parts of the page have been asked for again."""
    with page.expect_response(lambda answer: "/stops/of/" in answer.url, timeout=12 * SECONDS):
        pass


def test_who_is_choosing_keeps_his_place_while_the_page_is_polled(issue, causes, tablet):
    tablet.get_by_role("link", name="Material").tap()
    expect(tablet.locator("h2", has_text="what exactly?")).to_be_visible()
    issue.note("something happened meanwhile", by=Who(), at=now())
    polled(tablet)
    expect(tablet.locator("h2", has_text="what exactly?")).to_be_visible()
    tablet.get_by_role("button", name="Coil change").tap()
    expect(tablet.locator("#panel h2")).to_contain_text("It has stopped: Coil change")


def test_who_is_choosing_is_told_when_somebody_else_has_answered(issue, causes, tablet):
    tablet.get_by_role("link", name="Material").tap()
    expect(tablet.locator("h2", has_text="what exactly?")).to_be_visible()
    issue.explain(causes, by=Who(operator=make_operator(company=causes.company, initials="MK")), at=now())
    expect(tablet.locator(".problem")).to_contain_text("Already answered by MK", timeout=12 * SECONDS)


def test_a_note_is_not_lost_to_a_poll(issue, tablet):
    tablet.locator("#panel").get_by_role("link", name="Note").tap()
    tablet.locator("textarea").fill("Bearing is")
    with tablet.expect_response(lambda answer: "/live/" in answer.url, timeout=12 * SECONDS):
        pass
    tablet.wait_for_timeout(6 * SECONDS)
    expect(tablet.locator("textarea")).to_have_value("Bearing is")


def test_a_new_stop_asks_by_itself(tablet, station):
    expect(tablet.locator(".quiet")).to_contain_text("Nothing to explain")
    make_issue(station, started_at=now())
    expect(tablet.locator("#panel h2")).to_contain_text("Why has it stopped?", timeout=12 * SECONDS)


def test_an_answer_that_does_not_arrive_says_so_and_goes_out_when_the_network_is_back(issue, causes, tablet):
    tablet.context.set_offline(True)
    tablet.get_by_role("button", name="I am on it").tap()
    expect(tablet.locator("#outbox")).to_contain_text("waits to be sent")
    tablet.context.set_offline(False)
    expect(tablet.locator("#panel .standing")).to_contain_text("In hand", timeout=12 * SECONDS)
    expect(tablet.locator("#outbox")).to_be_hidden(timeout=12 * SECONDS)
    assert IssueEvent.objects.count() == 1


def test_the_first_answer_asks_who_and_the_choice_gives_it(issue, causes, tablet):
    make_operator(company=causes.company, initials="MK", name="Mia Kern")
    tablet.get_by_role("button", name="I am on it").tap()
    expect(tablet.locator("#panel h2")).to_contain_text("Who is answering?")
    tablet.get_by_role("button", name="MK").tap()
    expect(tablet.locator("#panel .standing")).to_contain_text("In hand of MK")
    expect(tablet.locator(".who")).to_have_text("MK")
    tablet.get_by_role("button", name="Call for help").tap()
    expect(tablet.locator("#panel .standing")).to_contain_text("help called")
    assert {event.by for event in IssueEvent.objects.all()} == {"MK"}


def test_the_second_tap_of_a_double_tap_hits_nothing_new(issue, causes, tablet):
    for n in range(3):
        make_cause(f"X{n}", parent=causes, description=f"Below {n}")
    tablet.get_by_role("link", name="Material").dblclick(delay=10)
    expect(tablet.locator("h2", has_text="what exactly?")).to_be_visible()
    tablet.wait_for_timeout(SECONDS)
    assert Issue.objects.get().cause is None


def test_several_rejects_take_a_tap_each_on_plus(tablet, station):
    make_reject_reason(company=station.company, description="Burr")
    tablet.get_by_role("link", name="Reject a part").tap()
    for _ in range(2):
        tablet.get_by_role("button", name="One more").tap()
    tablet.get_by_role("button", name="Burr").tap()
    expect(tablet.locator(".recent")).to_contain_text("3 × Burr")
    assert Reject.objects.get().quantity == 3


def test_two_taps_explain_a_stop_that_is_over_and_the_next_one_asks(station, causes, tablet):
    for hours in (2, 1):
        start = now() - timedelta(hours=hours)
        make_issue(station, started_at=start, ended_at=start + timedelta(minutes=7))
    tablet.reload()
    tablet.get_by_role("link", name="Material").tap()
    tablet.wait_for_timeout(SECONDS)  # nearer, it would be a double tap
    tablet.get_by_role("button", name="Coil change").tap()
    expect(tablet.locator(".done")).to_contain_text("Coil change")
    expect(tablet.locator("#panel h2")).to_contain_text("Why did it stop?")
    tablet.get_by_role("link", name="change", exact=True).tap()
    expect(tablet.locator("#panel h2")).to_contain_text("It stopped: Coil change")
    tablet.get_by_role("link", name="Another cause").tap()
    expect(tablet.locator("#panel h2")).to_contain_text("or what else?")


def test_a_page_that_is_old_looks_old_and_does_not_count_on(station, open_page):
    page = open_page(make_user(company=station.company), "/board/", width=960, height=540, scale=2)
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_class(re.compile(r"\bstale\b"), timeout=25 * SECONDS)
    assert "grayscale" in page.evaluate("getComputedStyle(document.querySelector('.wall')).filter")
    shown = page.locator(".elapsed").inner_text()
    page.wait_for_timeout(2500)
    assert page.locator(".elapsed").inner_text() == shown
