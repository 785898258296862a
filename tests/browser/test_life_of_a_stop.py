"""The whole life of a stop on a tablet, with a split; what people raise by hand; a photo; and the wall beside it."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from PIL import Image
from playwright.sync_api import expect

from downtime import engine
from downtime.models import EscalationLimit, Issue, Photo
from production.ingest import Parcel, record
from production.messages import Message
from production.models import Station, StationLive
from tests.make import make_cause, make_issue, make_pattern, make_station, make_user

SECONDS = 1000
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    """A fast one: silence of three seconds is a stop."""
    station = make_station("PRESS-4", name="Press 4", cycle_time_ms=2000, stop_multiplier=1.5)
    make_pattern(follows=station)
    return station


@pytest.fixture
def causes(station):
    material = make_cause("MAT", company=station.company, description="Material")
    make_cause("COIL", parent=material, description="Coil change")
    machine = make_cause("MACHINE", company=station.company, description="Machine")
    make_cause("JAM", parent=machine, description="Jam")


@pytest.fixture
def ann(station):
    return make_user("operator", company=station.company, first_name="Ann", last_name="Lee")


def work(station, at):
    parcel = Parcel(station.company_id, station.code, Message(at=at, good=1.0), "mqtt")
    record([parcel], received_at=now(), quarantine=False)


def standing(page):
    return page.locator("#panel .standing").first


def test_the_whole_life_of_a_stop_with_a_split(station, causes, ann, tick, nudges, open_page):
    EscalationLimit.objects.create(group=station.group, after_estimate=0)
    page = open_page(ann, f"/tablet/{station.uuid}/")
    board = open_page(ann, "/board/", width=960, height=540, scale=2)
    # The last sign of work is twenty minutes old when it arrives: silence raises the stop by itself.
    work(station, now() - 20 * MINUTE)
    expect(page.locator("#panel h2")).to_contain_text("Why has it stopped?", timeout=10 * SECONDS)
    expect(standing(page)).to_have_text("Nobody on it")
    expect(board.locator(".one.needs")).to_contain_text("Nobody on it", timeout=5 * SECONDS)

    page.get_by_role("button", name="I am on it").click()
    expect(standing(page)).to_have_text("In hand of Ann Lee")
    expect(board.locator(".one-said")).to_contain_text("In hand of Ann Lee", timeout=5 * SECONDS)
    expect(board.locator(".one.needs")).to_have_count(0)

    page.get_by_role("link", name="Back in").click()
    page.get_by_role("button", name="10 min").click()
    expect(standing(page)).to_contain_text("In hand of Ann Lee, back in 10 min")

    # The estimate runs out, and the clock calls for help.
    Issue.objects.update(estimated_end_at=now() - MINUTE, escalate_at=now())
    expect(standing(page)).to_contain_text("help called", timeout=10 * SECONDS)
    expect(standing(page)).to_have_class("standing red")
    expect(board.locator(".one.needs")).to_contain_text("help called", timeout=5 * SECONDS)

    split_it(page)
    expect(page.locator(".done")).to_contain_text("then Jam")
    first, second = Issue.objects.valid().order_by("started_at")
    assert [first.cause.code, second.cause.code] == ["COIL", "JAM"]
    assert first.ended_at == second.started_at
    assert timedelta(minutes=2) < first.ended_at - first.started_at < timedelta(minutes=8)
    expect(board.locator(".one-said")).to_contain_text("Jam", timeout=5 * SECONDS)

    # On a busy machine looking at two pages takes longer than three seconds, and then it stands again.
    Station.objects.update(cycle_time_ms=60_000)
    work(station, now())
    expect(page.locator(".state")).to_contain_text("Running", timeout=10 * SECONDS)
    expect(board.locator(".one")).to_contain_text("Running", timeout=5 * SECONDS)
    page.locator(".nav").get_by_role("link", name="Stops").click()
    expect(page.locator("#panel")).to_contain_text("Nothing to explain")
    second.refresh_from_db()
    assert second.ended_at
    told = {issue.cause.code: issue.is_closed for issue in Issue.objects.valid()}
    assert told == {"COIL": True, "JAM": True}


def split_it(page):
    """Cut five minutes and a bit before the middle, by finger, button and key; then two taps to each cause."""
    page.get_by_role("link", name="More").click()
    page.get_by_role("link", name="Split").click()
    slider = page.locator("#cut-at")
    middle = int(slider.input_value())
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    slid = int(slider.input_value())
    assert slid < middle
    page.get_by_role("button", name="−5 min").click()
    page.get_by_role("button", name="+1 min").click()
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert int(slider.input_value()) == slid - 180
    expect(page.locator(".cut-at")).to_have_text(f"{now_of(int(slider.input_value())):%H:%M}")
    page.get_by_role("button", name="Cut here").click()
    expect(page.locator("#panel h2")).to_contain_text("Why at first?")
    page.get_by_role("link", name="Material").click()
    page.get_by_role("link", name="Coil change").click()
    expect(page.locator("#panel h2")).to_contain_text("And after that?")
    page.get_by_role("link", name="Machine").click()
    page.get_by_role("button", name="Jam").click()


def now_of(seconds):
    return now().fromtimestamp(seconds, tz=now().tzinfo)


@pytest.fixture
def old_stop(station):
    """One of an hour that is over, found by the engine."""
    work(station, now() - 90 * MINUTE)
    work(station, now() - 30 * MINUTE)
    engine.tick(now=now())
    return Issue.objects.earliest("started_at")


def test_of_two_tablets_that_split_one_wins_the_other_is_told_and_it_can_be_undone(
    old_stop, station, causes, ann, open_page
):
    bob = make_user("operator", company=station.company, username="bob")
    address = f"/tablet/{station.uuid}/?issue={old_stop.uuid}&ask=split"
    first, second = open_page(ann, address), open_page(bob, address)
    for page in (first, second):
        page.get_by_role("button", name="Cut here").click()
        expect(page.locator("#panel h2")).to_contain_text("Why at first?")
    first.get_by_role("link", name="Material").click()
    first.get_by_role("link", name="Coil change").click()
    first.get_by_role("link", name="Machine").click()
    first.get_by_role("button", name="Jam").click()
    expect(first.locator(".done")).to_contain_text("then Jam")
    expect(second.locator(".problem")).to_have_text("Already answered by Ann Lee.", timeout=12 * SECONDS)
    first.get_by_role("button", name="Undo").click()
    expect(first.locator(".done")).to_have_count(0)
    expect(first.locator("#panel h2")).to_contain_text("It stopped: Coil change")
    assert Issue.objects.valid().filter(silent_since=old_stop.silent_since).count() == 1


def test_material_is_missing_somebody_comes_and_it_is_over(station, ann, open_page):
    StationLive.objects.create(station=station, status="running", since=now())
    page = open_page(ann, f"/tablet/{station.uuid}/")
    board = open_page(ann, "/board/", width=960, height=540, scale=2)
    page.locator(".nav").get_by_role("link", name="Raise an issue").click()
    page.get_by_role("button", name="Material").click()
    expect(standing(page)).to_have_text("Nobody on it")
    expect(board.locator(".one.needs .one-said")).to_contain_text(
        "Material Nobody on it", timeout=12 * SECONDS
    )
    expect(page.locator(".aside")).to_contain_text("Material", timeout=12 * SECONDS)
    page.get_by_role("button", name="I am on it").click()
    expect(standing(page)).to_have_text("In hand of Ann Lee")
    page.get_by_role("button", name="It is over").click()
    expect(standing(page)).to_have_text("Closed")
    expect(board.locator(".one-said")).not_to_contain_text("Material", timeout=12 * SECONDS)
    assert Issue.objects.get().is_closed


def test_a_photo_is_made_small_before_it_is_sent_and_shown_with_its_note(station, ann, open_page, tmp_path):
    make_issue(station, started_at=now() - 5 * MINUTE)
    taken = tmp_path / "IMG_0001.jpg"
    Image.effect_noise((4000, 3000), 80).convert("RGB").save(taken, quality=95)
    page = open_page(ann, f"/tablet/{station.uuid}/")
    page.locator("#panel").get_by_role("link", name="Note").click()
    page.set_input_files("#photo", taken)
    expect(page.locator(".taken")).to_be_visible()
    page.locator("textarea").fill("Bearing is hot")
    with page.expect_request("**/note/") as sent:
        page.get_by_role("button", name="Keep the note").click()
    assert int(sent.value.all_headers()["content-length"]) < taken.stat().st_size / 3
    expect(page.locator("#panel h2")).to_contain_text("Why has it stopped?")
    page.get_by_role("link", name="More").click()
    shown = page.locator(".steps img")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1600
    assert Photo.objects.get().event.text == "Bearing is hot"


def test_a_supervisor_answers_from_the_page_of_what_waits(station, causes, ann, open_page):
    issue = make_issue(station, started_at=now() - 5 * MINUTE)
    boss = make_user("supervisor", company=station.company, username="boss")
    page = open_page(boss, "/unanswered/", width=1440, height=900)
    page.locator(".waits a", has_text="Press 4").click()
    page.get_by_role("button", name="I am on it").click()
    expect(page.locator(".waits a.amber")).to_contain_text("In hand of boss", timeout=12 * SECONDS)
    page.get_by_role("link", name="More").click()
    page.get_by_role("link", name="Exclude").click()
    page.locator("textarea").fill("Fire drill")
    page.get_by_role("button", name="Exclude it").click()
    expect(page.locator(".list")).to_contain_text("Nothing waits", timeout=12 * SECONDS)
    issue.refresh_from_db()
    assert issue.excluded_at
    page.context.set_offline(True)
    expect(page.locator(".age")).to_contain_text("What you see is old", timeout=25 * SECONDS)
