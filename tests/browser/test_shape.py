"""How the screens are drawn: nothing too small to touch or to read, nothing cut off, nothing to scroll."""

from datetime import timedelta
from itertools import combinations

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from downtime.models.issues import Who
from production.models import StationLive
from tests.browser.network import lose
from tests.make import (
    make_cause,
    make_company,
    make_group,
    make_hand_count,
    make_issue,
    make_job,
    make_job_run,
    make_operator,
    make_pattern,
    make_reject,
    make_reject_reason,
    make_shift_note,
    make_sign_on,
    make_sku,
    make_station,
    make_user,
)

MINUTE = timedelta(minutes=1)
STATES = ("running", "stopped", "micro_stop", "no_signal", "not_planned")
LONG = "Bearbeitungszentrum Grob G552 mit Kühlschmierstoffversorgung"

# What a finger must hit, and where it finds it: as large as it is, and where what scrolls lets it be seen.
TARGETS = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), textarea, select")]
  .map(element => {
    const box = element.getBoundingClientRect();
    const seen = {left: box.left, top: box.top, right: box.right, bottom: box.bottom};
    for (let above = element.parentElement; above; above = above.parentElement) {
      if (getComputedStyle(above).overflowY === "visible" || above === document.body) { continue; }
      const frame = above.getBoundingClientRect();
      seen.left = Math.max(seen.left, frame.left); seen.right = Math.min(seen.right, frame.right);
      seen.top = Math.max(seen.top, frame.top); seen.bottom = Math.min(seen.bottom, frame.bottom);
    }
    return {element: element, width: box.width, height: box.height, ...seen};
  })
  .filter(one => one.width > 1 && one.bottom - one.top > 1 && !one.element.closest("p.soft"))
  .map(one => ({...one, text: one.element.innerText || one.element.id, element: null}))"""
LETTERS = """() => [...document.querySelectorAll("body *")]
  .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
  .filter(element => element.getBoundingClientRect().width > 1 && !element.closest(".age, title"))
  .map(element => [element.innerText || element.textContent, parseFloat(getComputedStyle(element).fontSize)])"""
CUT_OFF = """selector => [...document.querySelectorAll(selector)]
  .filter(element => element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)
  .map(element => element.innerText)"""


@pytest.fixture
def hall():
    """Twelve stations in every state, with names and causes as long as they come."""
    company = make_company(name="Hutmacher & Söhne")
    group = make_group(company=company)
    make_pattern(follows=group)
    sku = make_sku(company=company, cycle_time_ms=2000, name="Getriebegehäuse, rechts, mit Dichtungsnut")
    ann = make_operator(company=company, initials="MK", name="Hans-Werner Schwarzenegger-Müller")
    for n in range(9):
        branch = make_cause(company=company, description=f"Maschinenstörung {n}")
        make_cause(parent=branch, description="Kühlschmierstoffversorgung")
    for n in range(6):
        make_reject_reason(company=company, description=f"Oberfläche {n}")
    for n in range(12):
        station = make_station(group=group, name=f"{LONG} {n}", position=n)
        run = make_job_run(station, job=make_job(company=company, sku=sku), actual_start=now() - 600 * MINUTE)
        StationLive.objects.create(
            station=station, status=STATES[n % 5], since=now() - 64 * MINUTE, job_run=run,
            last_output_at=now(),
        )  # fmt: skip
        if STATES[n % 5] == "stopped":
            issue = make_issue(station, started_at=now() - 64 * MINUTE)
            issue.acknowledge(by=Who(operator=ann), at=now())
            issue.estimate(now() - MINUTE, by=Who(operator=ann), at=now() - 2 * MINUTE)
    return company


@pytest.fixture
def boss(hall):
    return make_user(company=hall)


@pytest.fixture
def stopped(hall):
    return StationLive.objects.filter(status="stopped").earliest("pk").station


def assert_made_for_gloves(page):
    targets = page.evaluate(TARGETS)
    small = [target["text"] for target in targets if min(target["width"], target["height"]) < 71.5]
    assert small == []
    assert [pair for pair in pairs(targets) if distance(*pair) < 15.5] == []
    assert [(text, size) for text, size in page.evaluate(LETTERS) if size < 18] == []


def pairs(targets):
    return combinations(targets, 2)


def distance(one, other):
    across = max(one["left"] - other["right"], other["left"] - one["right"])
    down = max(one["top"] - other["bottom"], other["top"] - one["bottom"])
    return max(across, down)


def test_everything_on_the_tablet_is_made_for_gloves(stopped, boss, open_page):
    page = open_page(boss, f"/tablet/{stopped.uuid}/", touch=True)
    assert_made_for_gloves(page)
    page.get_by_role("link", name="Maschinenstörung 1").click()
    expect(page.locator("h2", has_text="what exactly?")).to_be_visible()
    assert_made_for_gloves(page)
    page.get_by_role("link", name="‹ Back").click()
    page.get_by_role("link", name="Back in").click()
    expect(page.locator("h2", has_text="Back in how long?")).to_be_visible()
    assert_made_for_gloves(page)
    page.get_by_role("link", name="Reject a part").click()
    expect(page.locator("h2", has_text="How many bad")).to_be_visible()
    assert_made_for_gloves(page)
    page.locator(".nav").get_by_role("link", name="Raise an issue").click()
    expect(page.locator("h2", has_text="What is the matter?")).to_be_visible()
    assert_made_for_gloves(page)
    page.get_by_role("button", name="Safety").click()
    expect(page.get_by_role("button", name="It is over")).to_be_visible()
    assert_made_for_gloves(page)


def test_what_runs_stands_beside_the_button_that_ends_it(stopped, boss, open_page):
    page = open_page(boss, f"/tablet/{stopped.uuid}/", touch=True)
    page.locator(".nav").get_by_role("link", name="Runs").click()
    # What the tablet shows by itself while it waits for the network has a button of that name, too.
    now_running = page.locator(".run.now")
    button = now_running.get_by_role("button", name="End").bounding_box()
    words = now_running.locator("> div").bounding_box()
    assert words["width"] > button["width"]
    assert words["x"] + words["width"] <= button["x"]


SCREENS = (
    "/stops/of/{}/?ask=find&q=k", "/stops/of/{}/?ask=split&go=1&at={at}", "/stops/of/{}/raise/", "/rejects/of/{}/",
    "/schedule/of/{}/", "/schedule/of/{}/?make=1", "/schedule/of/{}/?run={run}", "/schedule/of/{}/counts/",
    "/schedule/of/{}/hours/", "/notes/of/{}/", "/notes/of/{}/?write=1", "/operator/{}/",
)  # fmt: skip


def test_every_screen_within_the_tablet_is_made_for_gloves(stopped, boss, open_page):
    company = stopped.company
    type(stopped).objects.update(counted_by_hand=True, allow_ad_hoc=True)
    make_shift_note(stopped, written_at=now() - 30 * 60 * MINUTE, text="Kühlschmierstoff nachfüllen " * 6)
    make_reject(stopped, at=now())
    make_hand_count(stopped)
    make_sign_on(stopped, make_operator(company=company, initials="WWWWWWWW"), started_at=now() - MINUTE)
    run = make_job_run(
        stopped, job=make_job(company=company, sku=make_sku(company=company)), actual_start=None
    )
    page = open_page(boss, f"/tablet/{stopped.uuid}/", touch=True)
    expect(page.locator(".handed")).to_be_visible()
    for screen in SCREENS:
        path = screen.format(stopped.uuid, run=run.pk, at=int((now() - 30 * MINUTE).timestamp()))
        with page.expect_response(lambda answer, path=path: answer.url.endswith(path)) as answered:
            page.evaluate(
                "path => { htmx.ajax('GET', path, {target: '#panel', swap: 'outerHTML'}); }",
                path,
            )
        assert answered.value.ok, path
        page.wait_for_timeout(100)
        assert_made_for_gloves(page)


def test_every_screen_without_network_is_made_for_gloves(station, issue, causes, tablet):
    make_shift_note(station, written_at=now() - 30 * 60 * MINUTE)
    lose(tablet)
    for screen in SCREENS:
        path = screen.format(station.uuid, run=1, at=int((now() - 2 * MINUTE).timestamp()))
        tablet.evaluate("path => window.floorlight.show(path)", path)
        assert_made_for_gloves(tablet)
    tablet.evaluate("path => window.floorlight.show(path)", f"/stops/of/{station.uuid}/?ask=split")
    assert_made_for_gloves(tablet)
    tablet.locator(".nav").get_by_role("link", name="Stops").tap()
    tablet.get_by_role("button", name="I am on it").tap()
    tablet.locator("#outbox").get_by_role("button", name="Show").tap()
    expect(tablet.locator(".outbox-list")).to_be_visible()
    assert_made_for_gloves(tablet)


def test_a_long_note_stands_beside_the_standing_and_takes_no_place_from_the_answers(issue, causes, tablet):
    standing = tablet.locator(".standing")
    height = standing.bounding_box()["height"]
    issue.note("The hose has burst, and the fitter comes at two. " * 5, by=Who(), at=now())
    with tablet.expect_response("**/at-hand/"):
        tablet.reload()
    expect(standing.locator(".noted")).to_contain_text("The hose has burst")
    assert standing.bounding_box()["height"] == height
    assert_made_for_gloves(tablet)
    lose(tablet)
    expect(tablet.locator("main.local .noted")).to_contain_text("The hose has burst")
    assert standing.bounding_box()["height"] == height


@pytest.mark.parametrize(
    ("ask", "title"),
    [
        ("more", "What else?"),
        ("split", "Where did"),
        ("note", "What should"),
        ("exclude", "It does not count?"),
    ],
)
def test_whatever_else_is_asked_is_made_for_gloves_and_needs_no_scrolling(
    stopped, boss, open_page, ask, title
):
    page = open_page(boss, f"/tablet/{stopped.uuid}/?ask={ask}", touch=True)
    expect(page.locator("h2", has_text=title)).to_be_visible()
    assert_made_for_gloves(page)
    assert (
        page.evaluate(
            "document.getElementById('panel').scrollHeight - document.getElementById('panel').clientHeight"
        )
        <= 1
    )


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_page_of_what_waits_fits_a_desktop_and_a_telephone(stopped, boss, open_page, width, height):
    page = open_page(boss, "/unanswered/", width=width, height=height, touch=True)
    assert_made_for_gloves(page)
    page.locator(".waits a").first.click()
    expect(page.locator("#panel h2")).to_be_in_viewport()
    assert_made_for_gloves(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["/tablet/", "/login/", "/enrol/", "/"])
def test_the_other_pages_are_made_for_gloves_too(boss, open_page, path):
    assert_made_for_gloves(open_page(boss, path, touch=True))


def test_so_is_the_page_of_who_is_there(stopped, boss, open_page):
    make_sign_on(
        stopped, make_operator(company=stopped.company, initials="WWWWWWWW"), started_at=now() - MINUTE
    )
    page = open_page(boss, f"/operator/{stopped.uuid}/", touch=True)
    expect(page.get_by_role("button", name="Sign off")).to_be_visible()
    assert_made_for_gloves(page)


def test_the_tablet_does_not_scroll_sideways_and_its_bar_stays_in_sight(stopped, boss, open_page):
    page = open_page(boss, f"/tablet/{stopped.uuid}/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.evaluate("document.documentElement.scrollHeight") <= 800
    expect(page.locator(".nav")).to_be_in_viewport(ratio=1)


def test_a_tablet_that_stands_upright_shows_what_it_asks_and_its_bar_at_once(stopped, boss, open_page):
    page = open_page(boss, f"/tablet/{stopped.uuid}/", width=800, height=1280, touch=True)
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
        800, 1280,
    ]  # fmt: skip
    asked, beside = (page.locator(part).bounding_box() for part in ("#panel", ".aside"))
    assert asked["y"] < beside["y"]
    assert asked["height"] > 500
    for part in (".aside", ".time", ".nav"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    who = page.locator(".who").last.bounding_box()
    assert who["y"] > 8
    assert_made_for_gloves(page)


@pytest.mark.parametrize("number", [1, 2, 3, 5, 8, 12])
@pytest.mark.parametrize(("width", "scale"), [(960, 2), (1920, 1)])
def test_the_wall_shows_all_tiles_whole_and_inside_what_a_screen_may_cut(
    hall, boss, open_page, number, width, scale
):
    kept = hall.stations.values_list("pk", flat=True).order_by("position")[:number]
    hall.stations.exclude(pk__in=list(kept)).update(archived_at=now())
    page = open_page(boss, "/board/", width=width, height=width * 9 // 16, scale=scale)
    # One station alone has a board of its own.
    tiles = page.locator(".tv" if number > 1 else ".one-state, .one-numbers, .one-hours")
    assert tiles.count() == (number if number > 1 else 3)
    whole = ".board, .tv, .tv-word, .tv-word > span, .tv-numbers, .one-word, .one-word > span, .one-numbers"
    assert page.evaluate(CUT_OFF, whole) == []
    for tile in tiles.all():
        box = tile.bounding_box()
        assert box["x"] >= width * 0.049
        assert box["x"] + box["width"] <= width * 0.951
        assert box["y"] + box["height"] <= width * 9 / 16 * 0.951


def test_forty_stations_still_fit_on_one_wall(hall, boss, open_page):
    group = hall.plants.get().groups.get()
    for n in range(28):
        make_station(group=group, name=f"Station {n}")
    page = open_page(boss, "/board/", width=960, height=540, scale=2)
    expect(page.locator(".tv").last).to_be_in_viewport(ratio=1)


def test_dark_and_light_follow_the_tablet_and_the_wall_is_dark(stopped, boss, open_page):
    page = open_page(boss, f"/tablet/{stopped.uuid}/")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(244, 243, 240)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(paper) == "rgb(19, 21, 23)"
    assert open_page(boss, "/board/").evaluate(paper) == "rgb(19, 21, 23)"
