"""Planning on the schedule screen: by mouse, finger and keyboard, told what cannot be done, undone, printed."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from mesproject.schedule import forecasting
from production.models import JobRun, Sku, Station
from tests.make import make_job, make_job_run, make_pattern, make_sku, make_station, make_user

HOUR = timedelta(hours=1)


@pytest.fixture
def morning():
    """Tomorrow at six."""
    return now().replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture
def station():
    """Two presses around the clock; of one, the upper, this is the row."""
    station = make_station("M1", name="Press 1")
    other = make_station("M2", name="Press 2", group=station.group)
    for one in (station, other):
        make_pattern(follows=one)
    make_sku("A-100", company=station.company)
    return station


@pytest.fixture
def run(station, morning):
    return make_plan(station, "WO-1", morning)


@pytest.fixture
def page(run, station, open_page, morning):
    """The day of tomorrow, as a supervisor sees it."""
    user = make_user("supervisor", company=station.company)
    return open_page(user, f"/schedule/?on={morning:%Y-%m-%d}", width=1440, height=900)


def make_plan(station, order, start):
    job = make_job(company=station.company, name=order, part="", operation="")
    sku = Sku.objects.of(station.company).get()
    run = make_job_run(
        station, job=job, sku=sku, actual_start=None, planned_start=start, planned_quantity=120
    )
    forecasting.refresh([station.pk], now=now())
    return run


def bar(page, run):
    return page.locator(f'.bar[data-run="{run.pk}"]')


def place(page, run):
    """The middle of a run's bar, in pixels."""
    box = bar(page, run).locator(".frame").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def an_hour(page):
    return page.locator(".lane").first.bounding_box()["width"] / 24


def stored(run):
    run = JobRun.objects.select_related("station").get(pk=run.pk)
    return run.station.code, run.planned_start


def test_it_fills_the_window_with_the_languages_at_its_foot(page, live_server):
    for path in ("/schedule/", "/unanswered/"):
        page.goto(f"{live_server.url}{path}")
        expect(page.locator(".foot")).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollHeight") == 900


def test_a_run_is_dragged_to_another_time_and_station_and_the_move_is_undone(page, run, morning):
    x, y = place(page, run)
    below = page.locator(".lane").nth(1).bounding_box()["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3 * an_hour(page), below, steps=6)
    expect(page.locator("#says")).to_contain_text("09:00 until")
    expect(page.locator("#says")).to_contain_text("on Press 2")
    shadow = page.locator("#ghost").bounding_box()
    assert shadow["width"] == pytest.approx(2 * an_hour(page), abs=2)
    assert stored(run) == ("M1", morning)
    page.mouse.up()
    expect(page.locator("#says")).to_contain_text("is planned for")
    assert stored(run) == ("M2", morning + 3 * HOUR)
    expect(page.locator(".row").nth(1).locator(f'[data-run="{run.pk}"]')).to_be_attached()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".row").nth(0).locator(f'[data-run="{run.pk}"]')).to_be_attached()
    assert stored(run) == ("M1", morning)


def test_a_run_is_carried_by_keys_and_escape_leaves_it(page, run, morning):
    bar(page, run).focus()
    for key in ("ArrowDown", "Shift+ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#says")).to_contain_text("07:05 until")
    page.keyboard.press("Escape")
    expect(page.locator("#says")).to_contain_text("Not moved.")
    assert stored(run) == ("M1", morning)
    for key in ("ArrowDown", "Shift+ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#says")).to_contain_text("is planned for")
    assert stored(run) == ("M2", morning + HOUR + timedelta(minutes=5))
    expect(page.locator(".row").nth(1).locator(f'[data-run="{run.pk}"]')).to_be_attached()
    expect(bar(page, run)).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator(".row").nth(0).locator(f'[data-run="{run.pk}"]')).to_be_attached()
    assert stored(run) == ("M1", morning)


def test_where_it_cannot_be_done_the_shadow_and_then_the_bar_are_red_with_a_sentence(
    page, run, station, morning
):
    other = make_plan(station, "WO-2", morning + 4 * HOUR)
    page.reload()
    x, y = place(page, run)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3 * an_hour(page), y, steps=6)
    expect(page.locator("#over")).to_have_class("over on drawn cannot")
    expect(page.locator("#says")).to_contain_text("WO-2 is planned on this station from")
    page.mouse.up()
    for one in (run, other):
        expect(bar(page, one)).to_have_class("bar cannot moves")
    expect(page.get_by_text("2 to mend")).to_be_visible()


def test_what_the_server_refuses_stays_where_it_is_and_is_said_in_red(page, run, morning):
    x, y = place(page, run)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3 * an_hour(page), y, steps=6)
    JobRun.objects.filter(pk=run.pk).update(planned_start=morning + HOUR)
    page.mouse.up()
    expect(page.locator("#says.wrong")).to_contain_text("Somebody has changed this meanwhile")
    assert stored(run) == ("M1", morning + HOUR)


def test_without_a_connection_nothing_looks_stored(page, run, morning):
    page.route("**/move/", lambda route: route.abort())
    bar(page, run).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#says.wrong")).to_contain_text("Not stored")
    assert stored(run) == ("M1", morning)
    expect(page.locator(".held, .asking")).to_have_count(0)


def test_a_click_on_an_empty_spot_plans_a_run_there_and_one_on_it_opens_it(page, station, morning):
    lane = page.locator(".lane").nth(1)
    page.mouse.click(lane.bounding_box()["x"] + 10.02 * an_hour(page), lane.bounding_box()["y"] + 20)
    expect(page.get_by_label("Starts:")).to_have_value(f"{morning:%Y-%m-%d}T10:00")
    page.get_by_label("SKU or SKU group").fill("A-100")
    page.get_by_label("Work order").fill("WO-7")
    page.locator("#id_planned_quantity").fill("30")
    page.get_by_role("button", name="Plan it").click()
    expect(page.locator("#says")).to_contain_text("WO-7")
    made = JobRun.objects.get(job__name="WO-7")
    assert stored(made) == ("M2", morning + 4 * HOUR)
    bar(page, made).locator(".frame").click()
    page.get_by_role("button", name="Start it now").click()
    expect(page.locator("#says")).to_contain_text("runs on Press 2")
    assert JobRun.objects.get(pk=made.pk).actual_start


def test_what_waits_is_dragged_to_its_place_by_a_finger(
    run, station, browser, live_server, open_page, morning
):
    waiting = make_plan(station, "WO-9", None)
    page = open_page(
        make_user("member", company=station.company), f"/schedule/?on={morning:%Y-%m-%d}", width=1280
    )
    chip = page.locator(f'.chip[data-run="{waiting.pk}"]')
    box, lane = chip.bounding_box(), page.locator(".lane").nth(1).bounding_box()
    points = [
        (box["x"] + 10, box["y"] + 10),
        (lane["x"] + 100, lane["y"] + 10),
        (lane["x"] + lane["width"] / 2, lane["y"] + 20),
    ]
    touch = page.context.new_cdp_session(page)
    for kind, (x, y) in zip(("touchStart", "touchMove", "touchMove"), points, strict=True):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    expect(page.locator("#says")).to_contain_text("12:00")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("#says")).to_contain_text("is planned for")
    assert stored(waiting) == ("M2", morning + 6 * HOUR)


def test_who_may_only_look_carries_nothing(run, station, open_page, morning):
    page = open_page(make_user("read_only", company=station.company), f"/schedule/?on={morning:%Y-%m-%d}")
    bar(page, run).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#over")).not_to_have_class("on")
    bar(page, run).locator(".frame").click()
    expect(page.locator("#panel")).to_contain_text("Planned")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)


def test_printed_are_the_rows_alone_on_white(page, run):
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in (".plan-head form", ".does", "#panel"):
        expect(page.locator(hidden)).not_to_be_visible()
    expect(bar(page, run)).to_be_attached()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert Station.objects.count() == page.locator(".row").count()
