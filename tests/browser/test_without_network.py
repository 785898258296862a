"""A tablet without network: what is entered is kept, shown as waiting, sent once, and never shown as saved before."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils.timezone import now
from PIL import Image
from playwright.sync_api import expect

from downtime.models import Issue, IssueEvent, Photo, Slice
from downtime.models.issues import Who
from downtime.splitting import split
from production.models import Entry, HandCount
from quality.models import Reject
from tests.browser.network import lose, stored
from tests.make import (
    make_issue,
    make_job_run,
    make_operator,
    make_reject_reason,
    make_user,
)

SECONDS = 1000
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def test_cause_and_acknowledgement_wait_and_arrive_once(issue, causes, tablet):
    lose(tablet)
    expect(tablet.locator(".without")).to_contain_text("No network")
    tablet.get_by_role("button", name="I am on it").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits to be sent")
    assert tablet.get_by_role("button", name="I am on it").count() == 0
    tablet.get_by_role("link", name="Material").tap()
    tablet.wait_for_timeout(SECONDS)  # nearer, it would be a double tap
    tablet.get_by_role("button", name="Coil change").tap()
    expect(tablet.locator("#outbox")).to_contain_text("2 entries wait to be sent")
    expect(tablet.locator("#panel h2")).to_contain_text("It has stopped: Coil change")
    assert not IssueEvent.objects.exists()
    entered = now()
    tablet.wait_for_timeout(2 * SECONDS)
    stored(tablet)
    assert [event.kind for event in IssueEvent.objects.order_by("at")] == ["acknowledge", "cause"]
    assert all(event.at < entered for event in IssueEvent.objects.all())
    assert Issue.objects.get().cause.code == "COIL"
    assert Entry.objects.count() == 2
    expect(tablet.locator("main.local")).to_have_count(0, timeout=12 * SECONDS)
    expect(tablet.locator("#panel h2")).to_contain_text("It has stopped: Coil change")


def test_what_lies_under_a_finger_stays_there_when_the_network_goes(issue, causes, tablet):
    box = tablet.get_by_role("button", name="I am on it").bounding_box()
    tablet.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tablet.mouse.down()
    tablet.context.set_offline(True)
    tablet.wait_for_timeout(2 * SECONDS)
    expect(tablet.locator("main.local")).to_have_count(0)
    tablet.mouse.up()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits to be sent")
    expect(tablet.locator("main.local")).to_be_visible()


def test_what_the_page_itself_has_brought_is_not_kept_to_be_sent_again(issue, causes, tablet):
    sent = []
    tablet.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    tablet.get_by_role("button", name="I am on it").tap()
    expect(tablet.get_by_role("button", name="I am on it")).to_have_count(0)
    stored(tablet, seconds=2)
    lose(tablet)
    expect(tablet.locator("#outbox")).to_be_hidden()
    tablet.context.set_offline(False)
    # As long as it would have been left alone, and a turn more: it was sent again then.
    tablet.wait_for_timeout(21 * SECONDS)
    assert len(sent) == 1


def test_an_answer_that_got_lost_after_it_was_stored_is_not_stored_twice(issue, causes, tablet):
    def swallow(route):
        route.fetch()
        route.abort()

    tablet.route("**/acknowledge/", swallow, times=1)
    tablet.get_by_role("button", name="I am on it").tap()
    expect(tablet.locator("#outbox")).to_contain_text("waits to be sent", timeout=5 * SECONDS)
    stored(tablet)
    assert IssueEvent.objects.count() == Entry.objects.count() == 1


def test_a_reload_without_network_loses_nothing_and_goes_on_where_it_was(issue, causes, tablet):
    expect(tablet.locator(".keeps .if-itself")).to_be_visible(timeout=10 * SECONDS)
    lose(tablet)
    tablet.get_by_role("button", name="I am on it").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits")
    tablet.reload()
    expect(tablet.locator(".shell")).to_be_visible()
    expect(tablet.locator(".state")).to_contain_text("Press 4")
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits")
    tablet.get_by_role("button", name="Waiting for crane").tap()
    expect(tablet.locator("#outbox")).to_contain_text("2 entries wait")
    tablet.context.set_offline(False)
    expect(tablet.locator(".shell")).to_have_count(0, timeout=20 * SECONDS)
    expect(tablet.locator("#panel h2")).to_contain_text("Waiting for crane", timeout=12 * SECONDS)
    assert sorted(IssueEvent.objects.values_list("kind", flat=True)) == ["acknowledge", "cause"]
    kept = tablet.evaluate(
        "async () => (await (await caches.open((await caches.keys())[0])).keys()).map(k => k.url)"
    )
    assert [url for url in kept if "/static/" not in url] == [
        tablet.url.split("/tablet/")[0] + "/tablet/without-network/"
    ]


def test_the_kept_page_speaks_what_the_tablet_spoke_last_and_knows_the_stations_it_has_seen(tablet):
    expect(tablet.locator(".keeps .if-itself")).to_be_visible(timeout=10 * SECONDS)
    spoken = "{language: 'de', said: {noNetwork: 'Kein Netz', seenStations: 'Bekannte Stationen'}}"
    tablet.evaluate(f"window.outbox.keep('words', {spoken})")
    tablet.context.set_offline(True)
    tablet.goto(tablet.url.split("/tablet/")[0] + "/tablet/")
    expect(tablet.locator(".state b")).to_have_text("Kein Netz")
    expect(tablet.locator("html")).to_have_attribute("lang", "de")
    expect(tablet.locator("#panel h2")).to_have_text("Bekannte Stationen")
    tablet.get_by_role("link", name="Press 4").tap()
    expect(tablet.locator(".state h1")).to_have_text("Press 4")


def test_a_stop_is_split_without_network(station, issue, causes, tablet):
    slices_of(issue)
    lose(tablet)
    tablet.get_by_role("link", name="More").tap()
    tablet.get_by_role("link", name="Split").tap()
    tablet.get_by_role("button", name="+10 s").or_(tablet.get_by_role("button", name="+1 min")).first.tap()
    tablet.get_by_role("button", name="Cut here, then say why").tap()
    expect(tablet.locator("#panel h2")).to_contain_text("Why at first?")
    tablet.get_by_role("link", name="Waiting for crane").tap()
    expect(tablet.locator("#panel h2")).to_contain_text("And after that?")
    tablet.get_by_role("link", name="Material").tap()
    tablet.wait_for_timeout(SECONDS)
    tablet.get_by_role("button", name="Coil change").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits")
    assert Issue.objects.count() == 1
    stored(tablet)
    parts = Issue.objects.order_by("started_at")
    assert [part.cause.description for part in parts] == ["Waiting for crane", "Coil change"]
    assert parts[0].ended_at == parts[1].started_at


def test_a_refused_entry_does_not_block_the_others_and_stays_until_somebody_has_read_it(
    station, issue, causes, tablet
):
    lose(tablet)
    tablet.get_by_role("button", name="I am on it").tap()
    tablet.get_by_role("link", name="Back in").tap()
    tablet.get_by_role("button", name="10 min").tap()
    expect(tablet.locator("#outbox")).to_contain_text("2 entries wait")
    ann = make_user("operator", company=station.company, username="ann")
    Issue.objects.get().acknowledge(by=Who(user=ann), at=now())
    tablet.context.set_offline(False)
    expect(tablet.locator("#outbox")).to_have_text(re.compile("^1 entry was not taken"), timeout=20 * SECONDS)
    stored(tablet, state="waiting")
    assert sorted(IssueEvent.objects.values_list("kind", flat=True)) == ["acknowledge", "estimate"]
    tablet.locator("#outbox").get_by_role("button", name="Show").tap()
    expect(tablet.locator(".outbox-list")).to_contain_text("Already answered by ann.")
    tablet.get_by_role("button", name="Dismiss").tap()
    expect(tablet.locator("#outbox")).to_be_hidden()


def test_an_older_version_leaves_nothing_behind(tablet):
    expect(tablet.locator(".keeps .if-itself")).to_be_visible(timeout=10 * SECONDS)
    tablet.evaluate("caches.open('floorlight-tablet-old')")
    tablet.evaluate("navigator.serviceWorker.getRegistration('/tablet/').then((one) => one.unregister())")
    tablet.reload()
    expect(tablet.locator(".keeps .if-itself")).to_be_visible(timeout=10 * SECONDS)
    for _ in range(25):
        if "floorlight-tablet-old" not in tablet.evaluate("caches.keys()"):
            break
        tablet.wait_for_timeout(200)
    assert len(tablet.evaluate("caches.keys()")) == 1


def test_a_stop_that_was_split_meanwhile_is_a_question(station, issue, causes, tablet):
    lose(tablet)
    tablet.get_by_role("button", name="Waiting for crane").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits")
    slices_of(issue)
    later = split(issue, now() - 2 * MINUTE, before=causes, after=causes, by=Who(), at=now())
    tablet.context.set_offline(False)
    expect(tablet.locator("#outbox")).to_contain_text("1 entry was not taken", timeout=20 * SECONDS)
    tablet.locator("#outbox").get_by_role("button", name="Show").tap()
    expect(tablet.locator(".outbox-list")).to_contain_text(
        "The stop was split meanwhile. Which part is it for?"
    )
    tablet.locator(".outbox-list .tile").nth(1).tap()
    stored(tablet)
    later.refresh_from_db()
    assert later.cause.description == "Waiting for crane"
    assert Issue.objects.earliest("started_at").cause == causes


def slices_of(issue):
    Slice.objects.create(
        station=issue.station,
        start=issue.started_at,
        state="stopped",
        silent_since=issue.silent_since,
        carry={},
    )


def test_everything_else_can_be_entered_too(station, issue, causes, tablet):
    make_reject_reason(company=station.company, description="Burr")
    run = make_job_run(station, actual_start=None)
    make_operator(company=station.company, initials="MK")
    refresh(tablet)
    lose(tablet)
    nav = tablet.locator(".nav")
    tablet.locator(".who", has_text="Who?").tap()
    tablet.get_by_role("button", name="MK").tap()
    nav.get_by_role("link", name="Reject a part").tap()
    tablet.get_by_role("button", name="One more").tap()
    tablet.get_by_role("button", name="Burr").tap()
    nav.get_by_role("link", name="Raise an issue").tap()
    tablet.get_by_role("button", name="Material").tap()
    nav.get_by_role("link", name="Runs").tap()
    tablet.get_by_role("button", name=str(run)).tap()
    nav.get_by_role("link", name="Stops").tap()
    tablet.locator("#panel").get_by_role("link", name="Note").tap()
    tablet.locator("textarea").fill("Bearing is hot")
    tablet.locator("#photo").set_input_files({"name": "p.png", "mimeType": "image/png", "buffer": picture()})
    expect(tablet.locator(".taken")).to_be_visible()
    tablet.get_by_role("button", name="Keep the note").tap()
    tablet.get_by_role("button", name="Call for help").tap()
    expect(tablet.locator("#outbox")).to_contain_text("6 entries wait")
    stored(tablet)
    run.refresh_from_db()
    assert run.actual_start
    assert (Reject.objects.get().quantity, str(Reject.objects.get().operator)) == (2, "MK")
    assert Photo.objects.get().event.text == "Bearing is hot"
    assert {str(event.operator) for event in IssueEvent.objects.all()} == {"MK"}
    assert set(Issue.objects.values_list("kind", flat=True)) == {"stop", "material"}


def test_the_first_answer_asks_who_and_both_arrive_in_that_order(station, issue, causes, tablet):
    make_operator(company=station.company, initials="MK")
    refresh(tablet)
    lose(tablet)
    tablet.get_by_role("button", name="I am on it").tap()
    expect(tablet.locator("#panel h2")).to_contain_text("Who is answering?")
    tablet.get_by_role("button", name="MK").tap()
    expect(tablet.locator("#outbox")).to_contain_text("2 entries wait")
    expect(tablet.locator("#panel .standing")).to_contain_text("Not sent yet: I am on it")
    stored(tablet)
    assert str(IssueEvent.objects.get().operator) == "MK"
    expect(tablet.locator(".who")).to_have_text("MK", timeout=15 * SECONDS)


def test_what_a_person_counts_is_kept_too(station, tablet):
    type(station).objects.update(counted_by_hand=True)
    refresh(tablet)
    lose(tablet)
    tablet.evaluate("path => window.floorlight.show(path)", f"/schedule/of/{station.uuid}/counts/")
    tablet.locator("input[name=good]").fill("12")
    tablet.get_by_role("button", name="Keep").tap()
    expect(tablet.locator("#outbox")).to_contain_text("1 entry waits")
    stored(tablet)
    assert HandCount.objects.get().good == 12


def refresh(page):
    with page.expect_response(lambda answer: "/at-hand/" in answer.url and answer.status == 200):
        page.reload()
    page.wait_for_timeout(300)


def picture():
    file = BytesIO()
    Image.new("RGB", (60, 40), "red").save(file, "PNG")
    return file.getvalue()


def test_a_browser_that_keeps_nothing_says_so_and_sends_at_once(issue, causes, tablet):
    tablet.add_init_script("Object.defineProperty(window, 'indexedDB', {value: undefined})")
    tablet.reload()
    expect(tablet.locator("#outbox")).to_contain_text("This browser keeps nothing")
    expect(tablet.locator(".keeps")).to_contain_text("nothing is kept here")
    tablet.get_by_role("button", name="I am on it").tap()
    expect(tablet.locator("#panel .standing")).to_contain_text("In hand")
    tablet.context.set_offline(True)
    tablet.get_by_role("button", name="Call for help").tap()
    expect(tablet.locator(".age")).to_contain_text("Not stored")


def test_over_plain_http_entries_are_kept_and_the_page_asks_to_be_left_open(
    station, issue, causes, playwright, browser_type_launch_args, live_server, settings, at_tablet
):
    settings.ALLOWED_HOSTS = ["*"]
    flags = [*browser_type_launch_args["args"], "--host-resolver-rules=MAP press.plant 127.0.0.1"]
    there = playwright.chromium.launch(**browser_type_launch_args | {"args": flags})
    address = live_server.url.replace("localhost", "press.plant")
    page = at_tablet(station, url=address, by=there)
    assert page.evaluate("isSecureContext") is False
    expect(page.locator(".keeps")).to_contain_text("keep this page open")
    lose(page)
    page.get_by_role("button", name="I am on it").tap()
    expect(page.locator("#outbox")).to_contain_text("1 entry waits")
    context = page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(f"{address}/tablet/{station.uuid}/")
    expect(again.locator("#panel .standing")).to_contain_text("In hand", timeout=12 * SECONDS)
    assert IssueEvent.objects.count() == 1
    there.close()


@pytest.mark.long
def test_eight_hours_and_two_hundred_entries_without_network(station, causes, at_tablet, live_server):
    make_reject_reason(company=station.company, description="Burr")
    issue = make_issue(station, started_at=now() - 9 * HOUR)

    def eight_hours_ago(route):
        answer = route.fetch()
        headers = dict(answer.headers)
        if "x-as-of" in headers:
            headers["x-as-of"] = str(int(headers["x-as-of"]) - 8 * 3600 * 1000)
        if "/at-hand/" in route.request.url and answer.status == 200:
            told = answer.json()
            body = told | {"asOf": told["asOf"] - 8 * 3600 * 1000}
            route.fulfill(response=answer, headers=headers, json=body)
        else:
            route.fulfill(response=answer, headers=headers)

    def set_back(page):
        page.clock.install(time=now() - 8 * HOUR)
        page.route(f"{live_server.url}/**", eight_hours_ago)

    page = at_tablet(station, clock=set_back)
    expect(page.locator(".keeps .if-itself")).to_be_visible(timeout=10 * SECONDS)
    page.unroute_all(behavior="ignoreErrors")
    page.context.set_offline(True)
    page.wait_for_selector("main.local")
    for number in range(100):
        page.clock.fast_forward(2 * 143_000)
        page.locator(".nav").get_by_role("link", name="Reject a part").click()
        page.get_by_role("button", name="Burr").click()
        page.locator("#panel").get_by_role("link", name="Note").click()
        page.locator("textarea").fill(f"Note {number}")
        page.get_by_role("button", name="Keep the note").click()
        expect(page.locator("#outbox")).to_contain_text(f"{2 * number + 2} entries wait")
        if number == 50:
            page.reload()
            expect(page.locator("#outbox")).to_contain_text("102 entries wait")
    assert Entry.objects.count() == 0
    stored(page, seconds=300)
    assert Entry.objects.count() == 200
    assert list(issue.events.values_list("text", flat=True)) == [f"Note {n}" for n in range(100)]
    assert Reject.objects.count() == 100
    times = list(Reject.objects.order_by("pk").values_list("at", flat=True))
    assert times == sorted(times)
    assert times[-1] - times[0] > 7 * HOUR


def test_a_tablet_whose_clock_is_wrong_still_tells_the_right_time(station, issue, causes, tablet):
    tablet.clock.install(time=now() + HOUR)
    tablet.reload()
    tablet.get_by_role("button", name="I am on it").tap()
    expect(tablet.locator("#panel .standing")).to_contain_text("In hand", timeout=10 * SECONDS)
    assert abs(Entry.objects.get().at - now()) < MINUTE


def test_what_is_refused_at_once_is_in_the_list_and_no_page_of_ours(station, issue, causes, tablet):
    # At once: the next answer of the server would put the clock right.
    tablet.get_by_role("button", name="I am on it").evaluate(
        "button => { window.floorlight.offset(3600000); button.click(); }"
    )
    expect(tablet.locator("#outbox")).to_contain_text("1 entry was not taken")
    expect(tablet.locator("#panel h2")).to_contain_text("Why has it stopped?")
    tablet.locator("#outbox").get_by_role("button", name="Show").tap()
    expect(tablet.locator(".outbox-list")).to_contain_text("The clock of this tablet is ahead")
    tablet.get_by_role("button", name="Dismiss").tap()
    expect(tablet.locator("#outbox")).to_be_hidden()
