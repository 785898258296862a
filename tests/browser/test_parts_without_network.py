"""A tablet without network: stops are joined and re-opened, and what clashes meanwhile asks again."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from downtime.models import Issue, IssueEvent
from downtime.models.issues import Who
from downtime.splitting import split
from production.models import Entry
from tests.browser.network import lose, stored
from tests.browser.test_shape import CUT_OFF, assert_made_for_gloves
from tests.entries import stood_still
from tests.make import make_cause, make_issue, make_user

SECONDS = 1000
MINUTE = timedelta(minutes=1)


@pytest.fixture
def crane(causes):
    return make_cause(company=causes.company, description="Hoist")


@pytest.fixture
def parts(station, crane):
    """A stop of an hour in two parts, which is over."""
    start = now() - 90 * MINUTE
    issue = make_issue(station, started_at=start, ended_at=start + 60 * MINUTE)
    stood_still(issue)
    return issue, split(issue, start + 20 * MINUTE, before=crane, after=crane, by=Who(), at=now())


@pytest.fixture
def boss(station):
    return make_user("supervisor", company=station.company)


def show(page, part, **more):
    """What a tap in the list of explained stops shows."""
    asked = "&".join(f"{name}={value}" for name, value in {"issue": part.uuid, **more}.items())
    page.evaluate("path => window.floorlight.show(path)", f"/stops/of/{part.station.uuid}/?{asked}")


def test_parts_are_joined_without_network(parts, tablet):
    first, second = parts
    lose(tablet)
    show(tablet, second)
    expect(tablet.locator("#panel h2")).to_contain_text("It stopped: Hoist")
    tablet.locator("#panel").get_by_role("link", name="More").tap()
    tablet.get_by_role("button", name="with the part before").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits to be sent")
    expect(tablet.locator("#panel .standing")).to_contain_text("Not sent yet: Join")
    entered = now()
    show(tablet, second, ask="more")
    expect(tablet.locator("#panel h2")).to_contain_text("What else?")
    assert tablet.get_by_role("button", name="Join").count() == 0
    assert not IssueEvent.objects.filter(kind="merge").exists()
    tablet.wait_for_timeout(2 * SECONDS)
    stored(tablet)
    whole = Issue.objects.stops().get()
    assert (whole.pk, whole.ended_at) == (first.pk, second.ended_at)
    assert all(event.at < entered for event in IssueEvent.objects.filter(kind="merge"))
    assert Entry.objects.count() == 1


def test_the_page_that_is_kept_joins_parts_too(parts, tablet):
    expect(tablet.locator(".keeps .if-itself")).to_be_visible(timeout=10 * SECONDS)
    lose(tablet)
    tablet.reload()
    expect(tablet.locator(".shell")).to_be_visible()
    tablet.locator(".stops[data-explained]").get_by_role("link", name="Hoist").last.tap()
    expect(tablet.locator("#panel h2")).to_contain_text("It stopped: Hoist")
    assert_made_for_gloves(tablet)
    tablet.locator("#panel").get_by_role("link", name="More").tap()
    tablet.get_by_role("button", name="with the part after").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits to be sent")
    stored(tablet)
    assert Issue.objects.stops().get() == parts[0]


def test_a_stop_is_re_opened_and_explained_anew_without_network(parts, boss, open_page):
    first, _ = parts
    page = open_page(boss, f"/tablet/{first.station.uuid}/", touch=True)
    with page.expect_response(lambda answer: "/at-hand/" in answer.url and answer.status == 200):
        page.reload()
    page.wait_for_timeout(300)
    lose(page)
    show(page, first, ask="more")
    page.get_by_role("button", name="Re-open").tap()
    expect(page.locator("#outbox")).to_contain_text("1 entry waits to be sent")
    expect(page.locator("#panel h2")).to_contain_text("Why did it stop?")
    page.wait_for_timeout(SECONDS)
    page.get_by_role("button", name="Waiting for crane").tap()
    expect(page.locator("#outbox")).to_contain_text("2 entries wait to be sent")
    expect(page.locator("#panel h2")).to_contain_text("It stopped: Waiting for crane")
    assert not IssueEvent.objects.filter(kind="reopen").exists()
    stored(page)
    first.refresh_from_db()
    assert first.cause.description == "Waiting for crane"
    assert [event.kind for event in first.events.all()][-2:] == ["reopen", "cause"]


def test_what_waits_holds_up_all_that_came_after_it_for_the_same_stops(parts, tablet):
    _, second = parts
    lose(tablet)
    show(tablet, second, ask="cause")
    tablet.get_by_role("button", name="Waiting for crane").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits")
    show(tablet, second, ask="more")
    tablet.get_by_role("button", name="with the part before").tap()
    expect(tablet.locator("#outbox")).to_contain_text("2 entries wait")
    tablet.locator(".nav").get_by_role("link", name="Raise an issue").tap()
    tablet.get_by_role("button", name="Material").tap()
    expect(tablet.locator("#outbox")).to_contain_text("3 entries wait")
    tablet.route("**/cause/", lambda route: route.fulfill(status=503, body="busy"))
    tablet.context.set_offline(False)
    expect(tablet.locator("#outbox")).to_contain_text("2 entries wait", timeout=20 * SECONDS)
    assert Issue.objects.filter(kind="material").exists()
    assert not IssueEvent.objects.filter(kind="merge").exists()
    tablet.unroute("**/cause/")
    stored(tablet, seconds=40)
    assert list(second.events.order_by("pk").values_list("kind", flat=True))[-2:] == ["cause", "merge"]


def test_a_split_that_clashes_asks_and_each_answer_is_kept_until_all_is_answered(
    station, crane, boss, at_tablet
):
    begin = now().replace(second=0, microsecond=0) - 90 * MINUTE
    issue = make_issue(station, started_at=begin, ended_at=begin + 60 * MINUTE)
    stood_still(issue)
    tablet = at_tablet(station)
    lose(tablet)
    show(tablet, issue, ask="split", cut=int((begin + 30 * MINUTE).timestamp()))
    tablet.get_by_role("link", name="Waiting for crane").tap()
    tablet.get_by_role("button", name="Hoist").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits")
    split(issue, begin + 20 * MINUTE, before=crane, after=crane, by=Who(user=boss), at=now())
    tablet.context.set_offline(False)
    expect(tablet.locator("#outbox")).to_contain_text("1 entry was not taken", timeout=20 * SECONDS)
    tablet.locator("#outbox").get_by_role("button", name="Show").tap()
    asked = tablet.locator(".outbox-list")
    expect(asked).to_contain_text("The stop is another one by now. What still holds?")
    expect(asked.locator(".tile")).to_have_count(3)
    tablet.reload()  # it is asked for as long as nobody has answered
    tablet.locator("#outbox").get_by_role("button", name="Show").tap()
    asked.locator(".tile", has_text="Cut at").tap()
    expect(asked.locator(".tile")).to_have_count(2)
    stored(tablet, state="waiting")
    assert said() == ["Hoist", "Waiting for crane", "Hoist"]
    asked.locator(".tile", has_text="Waiting for crane").tap()
    stored(tablet)
    assert said() == ["Waiting for crane", "Waiting for crane", "Hoist"]
    assert Entry.objects.count() == 2
    expect(tablet.locator("#outbox")).to_be_hidden()


def said():
    return [str(part.cause) for part in Issue.objects.stops().order_by("started_at")]


def test_what_is_left_as_it_is_changes_nothing(station, issue, crane, tablet):
    lose(tablet)
    tablet.get_by_role("button", name="Waiting for crane").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits")
    issue.explain(crane, by=Who(), at=now())
    tablet.context.set_offline(False)
    expect(tablet.locator("#outbox")).to_contain_text("1 entry was not taken", timeout=20 * SECONDS)
    tablet.locator("#outbox").get_by_role("button", name="Show").tap()
    expect(tablet.locator(".outbox-list")).to_contain_text("By now it is “Hoist”. Which is right?")
    assert (
        tablet.locator(".outbox-list .tile")
        .all_inner_texts()[0]
        .endswith(": Waiting for crane\nby now: Hoist")
    )
    tablet.locator(".outbox-list .tile", has_text="Leave it as it is").tap()
    stored(tablet)
    assert said() == ["Hoist"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_asked_again_and_what_else_can_be_done_are_made_for_gloves(
    parts, boss, crane, open_page, language
):
    first, _ = parts
    type(boss).objects.update(language=language)
    type(crane).objects.filter(description="Hoist").update(description="Kühlschmierstoffversorgung")
    page = open_page(boss, f"/tablet/{first.station.uuid}/", touch=True)
    with page.expect_response(lambda answer: "/at-hand/" in answer.url and answer.status == 200):
        page.reload()
    page.wait_for_timeout(300)
    lose(page)
    show(page, first, ask="more")
    expect(page.locator(".tiles .tile")).to_have_count(5)
    assert_made_for_gloves(page)
    cut = int((first.started_at + 10 * MINUTE).timestamp())
    show(page, first, ask="split", cut=cut, before=crane.pk)
    page.locator("#panel button.tile", has_text="Kühl").first.tap()
    jam = make_cause(company=first.station.company, description="Maschinenstörung")
    split(first, first.started_at + 5 * MINUTE, before=jam, after=jam, by=Who(), at=now())
    page.context.set_offline(False)
    expect(page.locator("#outbox.refused")).to_be_visible(timeout=20 * SECONDS)
    page.locator("#outbox button").tap()
    expect(page.locator(".outbox-list .tile")).to_have_count(3)
    assert page.evaluate(CUT_OFF, ".tile") == []
    assert_made_for_gloves(page)
