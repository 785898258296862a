"""A stop in front of people: it appears, is answered, and the answer is on the wall."""

import re
import time
from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from downtime.models import Issue
from production.ingest import Parcel, record
from production.messages import Message
from tests.make import (
    make_cause,
    make_issue,
    make_operator,
    make_pattern,
    make_reject_reason,
    make_station,
    make_user,
)

SECONDS = 1000


@pytest.fixture
def station():
    """A fast one: silence of three seconds is a stop."""
    station = make_station("PRESS-4", name="Press 4", cycle_time_ms=2000, stop_multiplier=1.5)
    make_pattern(follows=station)
    return station


@pytest.fixture
def operator(station):
    return make_user("operator", company=station.company)


def work(station):
    at = now()
    record(
        [Parcel(station.company_id, station.code, Message(at=at, good=1.0), "mqtt")],
        received_at=at,
        quarantine=False,
    )
    return at


def work_until_seen(station, page):
    """Count until the page shows that it runs, however long a busy machine takes over its pages; the last count."""
    for _ in range(30):
        at = work(station)
        page.wait_for_timeout(SECONDS)
        if page.locator(".state.running").count():
            break
    return at


def tablet(station):
    return f"/tablet/{station.uuid}/"


def test_a_stop_appears_within_two_seconds_of_its_deadline_is_answered_and_the_board_shows_it(
    station, operator, causes, tick, nudges, open_page
):
    page = open_page(operator, tablet(station))
    board = open_page(operator, "/board/", width=960, height=540, scale=2)
    deadline = work_until_seen(station, page) + timedelta(seconds=3)
    page.wait_for_selector(".state.stopped", timeout=10 * SECONDS)
    late = (now() - deadline).total_seconds()
    assert 0 <= late < 2
    expect(page.locator("#panel")).to_contain_text("Why has it stopped?")
    page.get_by_role("link", name="Material").click()
    page.get_by_role("button", name="Coil change").click()
    expect(page.locator("#panel")).to_contain_text("Coil change")
    # A wall is not nudged twice within three seconds.
    expect(board.locator(".one-said")).to_contain_text("Coil change", timeout=5 * SECONDS)
    work(station)
    expect(page.locator(".state")).to_contain_text("Running", timeout=3 * SECONDS)
    assert Issue.objects.get().cause.code == "COIL"


def test_of_two_tablets_one_wins_and_the_other_sees_who(station, causes, open_page):
    make_issue(station, started_at=now() - timedelta(minutes=5))
    ann, bob = (make_user("operator", company=station.company, username=name) for name in ("ann", "bob"))
    first, second = open_page(ann, tablet(station)), open_page(bob, tablet(station))
    first.get_by_role("button", name="I am on it").click()
    expect(first.locator("#panel")).to_contain_text("In hand of ann")
    second.get_by_role("button", name="I am on it").click()
    expect(second.locator("#panel")).to_contain_text("Already answered by ann")
    assert Issue.objects.get().owner_user == ann


def test_estimate_help_and_note_are_two_taps_away(station, operator, causes, open_page):
    make_issue(station, started_at=now() - timedelta(minutes=5))
    page = open_page(operator, tablet(station))
    page.get_by_role("link", name="Back in").click()
    page.get_by_role("button", name="10 min").click()
    expect(page.locator("#panel")).to_contain_text("back in 10 min")
    page.get_by_role("button", name="Call for help").click()
    expect(page.locator("#panel")).to_contain_text("help called")
    page.locator("#panel").get_by_role("link", name="Note").click()
    page.locator("textarea").fill("Bearing is hot")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator("#panel h2")).to_contain_text("Why has it stopped?")
    kinds = Issue.objects.get().events.values_list("kind", flat=True)
    assert list(kinds) == ["estimate", "escalate", "note"]


def test_a_reject_takes_two_taps_and_can_be_taken_back(station, operator, open_page):
    make_reject_reason(company=station.company, description="Burr")
    page = open_page(operator, tablet(station))
    page.get_by_role("link", name="Reject a part").click()
    page.get_by_role("button", name="Burr").click()
    expect(page.locator(".recent")).to_contain_text("1 × Burr")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".recent")).to_contain_text("taken back")


def test_initials_are_chosen_once_and_sign_what_follows(station, causes, operator, open_page):
    make_issue(station, started_at=now() - timedelta(minutes=5))
    make_operator(company=station.company, initials="MK")
    page = open_page(operator, tablet(station))
    page.locator(".who").click()
    page.get_by_role("button", name="MK").click()
    expect(page.locator(".who")).to_have_text("MK")
    page.get_by_role("button", name="I am on it").click()
    expect(page.locator("#panel")).to_contain_text("In hand of MK")


@pytest.mark.parametrize(("path", "width"), [("tablet", 1280), ("board", 960)])
def test_without_network_the_page_says_so_and_comes_back_by_itself(station, operator, open_page, path, width):
    page = open_page(operator, tablet(station) if path == "tablet" else "/board/", width=width)
    expect(page.locator(".age")).to_be_hidden()
    page.context.set_offline(True)
    gone = time.monotonic()
    expect(page.locator(".age")).to_contain_text("What you see is old", timeout=25 * SECONDS)
    assert time.monotonic() - gone < 22
    page.context.set_offline(False)
    expect(page.locator(".age")).to_be_hidden(timeout=10 * SECONDS)


def test_a_session_that_ended_is_told_and_no_login_form_lands_in_a_tile(station, operator, open_page):
    page = open_page(operator, tablet(station))
    page.context.clear_cookies()
    expect(page.locator(".age")).to_contain_text("no longer logged in", timeout=15 * SECONDS)
    assert page.locator("input[type=password]").count() == 0


@pytest.mark.parametrize("path", ["/board/", "/tablet/"])
def test_a_page_that_nobody_nudges_asks_every_five_seconds_and_not_more(station, open_page, path):
    page = open_page(make_user(company=station.company), path)
    polls = []
    page.on("request", lambda request: "x-poll" in request.headers and polls.append(request.url))
    page.wait_for_timeout(11_000)
    assert 1 <= len(polls) <= 3


def test_names_that_are_scripts_are_only_names_and_the_policy_is_kept(open_page):
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    station = make_station(name=evil)
    make_pattern(follows=station, title=evil)
    make_cause(company=station.company, description=evil[:50])
    make_operator(company=station.company, initials="<b>x</b>", name=evil)
    make_issue(station, started_at=now() - timedelta(minutes=5))
    boss = make_user(company=station.company)
    for path in (
        "/",
        "/tablet/",
        tablet(station),
        "/board/",
        f"/operator/{station.uuid}/",
        f"/rejects/of/{station.uuid}/",
        "/enrol/",
        "/unanswered/",
        f"/stops/of/{station.uuid}/raise/",
    ):
        page = open_page(boss, path)
        page.wait_for_load_state("networkidle")
        assert page.locator("script", has_text="alert").count() == 0


def test_the_panel_works_without_script(station, operator, causes, live_server, client):
    issue = make_issue(station, started_at=now() - timedelta(minutes=5))
    client.force_login(operator)
    page = client.get(f"{tablet(station)}?issue={issue.uuid}&under={causes.pk}").content.decode()
    action = re.search(rf'action="(/stops/{issue.uuid}/cause/)"', page).group(1)
    answer = client.post(action, {"cause": causes.children.get().pk, "next": tablet(station)})
    assert answer.status_code == 302
    assert Issue.objects.get().cause.code == "COIL"
