"""The grid on a pattern's page: shifts are drawn, moved, copied and refused, by mouse, finger and keyboard."""

from datetime import date

import pytest
from django.test import Client
from playwright.sync_api import expect

from scheduling.models import PatternShift, ShiftPattern
from tests.admin.one_of_each import address
from tests.make import make_pattern, make_user


@pytest.fixture
def boss():
    return make_user()


@pytest.fixture
def add_page(boss, open_page):
    """An empty pattern that has its title and code."""
    page = open_page(boss, address(ShiftPattern, "add"))
    page.locator("#id_title").fill("Week")
    page.locator("#id_code").fill("W")
    return page


def opened(open_page, pattern, boss):
    return open_page(boss, address(ShiftPattern, "change", pattern.pk))


def point(page, day, hour):
    """Where an hour of a day is on the screen."""
    lane = page.locator(".week-lane").nth(day)
    lane.scroll_into_view_if_needed()
    box = lane.bounding_box()
    return box["x"] + box["width"] * hour / 24, box["y"] + box["height"] / 2


def drag(page, start, end):
    page.locator("#week-days").scroll_into_view_if_needed()
    x, y = point(page, *start)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(*point(page, *end), steps=8)
    page.mouse.up()


def save(page):
    with page.expect_navigation():
        page.locator("[name=_continue]").click()


def saved():
    rows = PatternShift.objects.values_list("day", "start_minute", "minutes", "name").order_by(
        "day", "start_minute"
    )
    return list(rows)


def sign_in(context, user, live_server):
    client = Client()
    client.force_login(user)
    cookies = [{"name": name, "value": c.value, "url": live_server.url} for name, c in client.cookies.items()]
    context.add_cookies(cookies)


def shift(page, name):
    return page.get_by_role("button", name=name)


def test_a_night_shift_is_drawn_over_the_end_of_the_week(add_page):
    page = add_page
    expect(page.locator("#week-empty")).to_contain_text("Drag across a day")
    drag(page, (6, 22), (0, 6))
    expect(shift(page, "Night, Sunday 22:00 to Monday 06:00, 8 h")).to_be_focused()
    save(page)
    assert page.locator(".errornote").count() == 0
    assert saved() == [(6, 22 * 60, 480, "Night")]
    page.reload()
    expect(shift(page, "Night, Sunday 22:00 to Monday 06:00, 8 h")).to_have_count(1)
    assert page.locator(".week-shift:visible").count() == 2


def test_a_shift_is_drawn_and_shaped_by_keyboard_alone(add_page):
    page = add_page
    page.get_by_role("button", name="Add a shift on Tuesday").focus()
    page.keyboard.press("Enter")
    expect(shift(page, "Early, Tuesday 06:00 to 14:00, 8 h")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#week-says")).to_contain_text("Wednesday 06:20 to 14:05")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    page.keyboard.type("Frühschicht")
    page.keyboard.press("Enter")
    expect(shift(page, "Frühschicht")).to_be_focused()
    save(page)
    assert saved() == [(2, 365, 480, "Frühschicht")]


def test_keys_undo_redo_and_remove(add_page):
    page = add_page
    page.get_by_role("button", name="Add a shift on Monday").click()
    page.keyboard.press("Delete")
    expect(page.locator(".week-shift")).to_have_count(0)
    page.get_by_role("button", name="Add a shift on Monday").focus()
    page.keyboard.press("Control+z")
    expect(page.locator(".week-shift")).to_have_count(1)
    page.keyboard.press("Control+y")
    expect(page.locator(".week-shift")).to_have_count(0)
    page.keyboard.press("Control+z")
    save(page)
    assert saved() == [(0, 360, 480, "Early")]


def test_a_shift_is_copied_to_weekdays_and_a_day_to_another(add_page):
    page = add_page
    drag(page, (0, 6), (0, 14))
    page.locator("#week-where").select_option(label="weekdays")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("button.week-shift")).to_have_count(5)
    drag(page, (4, 14), (4, 20))
    page.locator("#week-what").select_option(label="the whole day")
    page.locator("#week-where").select_option(label="Saturday")
    page.get_by_role("button", name="Copy", exact=True).click()
    save(page)
    assert [(day, start) for day, start, _, _ in saved()] == [
        (0, 360), (1, 360), (2, 360), (3, 360), (4, 360), (4, 840), (5, 360), (5, 840),
    ]  # fmt: skip


def test_moving_and_resizing_keep_the_row_that_was_saved(boss, open_page):
    pattern = make_pattern(("Early", 360, 480), days=range(1), company=boss.company)
    before = pattern.shifts.get().pk
    page = opened(open_page, pattern, boss)
    drag(page, (0, 8), (2, 9))
    expect(shift(page, "Early, Wednesday 07:00 to 15:00")).to_be_visible()
    drag(page, (2, 14.9), (2, 16))
    save(page)
    assert saved() == [(2, 7 * 60, 9 * 60, "Early")]
    assert pattern.shifts.get().pk == before


def test_shifts_may_swap_places(boss, open_page):
    pattern = make_pattern(("Early", 360, 240), ("Late", 720, 240), days=range(1), company=boss.company)
    page = opened(open_page, pattern, boss)
    drag(page, (0, 7), (1, 13))
    drag(page, (0, 13), (0, 7))
    drag(page, (1, 13), (0, 13))
    save(page)
    assert saved() == [(0, 360, 240, "Late"), (0, 720, 240, "Early")]


def test_overlap_is_red_at_once_and_refused_with_both_names(boss, open_page):
    pattern = make_pattern(("Early", 360, 480), ("Late", 840, 480), days=range(1), company=boss.company)
    page = opened(open_page, pattern, boss)
    drag(page, (0, 13.9), (0, 15))
    expect(page.get_by_role("alert")).to_contain_text("overlap")
    expect(page.locator(".week-clash")).to_have_count(2)
    save(page)
    expect(page.locator(".errorlist.nonform")).to_have_text("Early Mon 06:00 and Late Mon 14:00 overlap.")
    expect(page.locator(".week-clash")).to_have_count(2)
    assert saved() == [(0, 360, 480, "Early"), (0, 840, 480, "Late")]


def test_what_meets_at_midnight_is_one_shift(add_page):
    page = add_page
    drag(page, (1, 22), (1, 24))
    drag(page, (2, 0), (2, 6))
    save(page)
    assert saved() == [(1, 22 * 60, 480, "Night")]


def test_a_right_click_removes_and_undo_brings_back(boss, open_page):
    pattern = make_pattern(("Early", 360, 480), days=range(2), company=boss.company)
    page = opened(open_page, pattern, boss)
    page.mouse.click(*point(page, 0, 9), button="right")
    expect(page.locator("button.week-shift")).to_have_count(1)
    save(page)
    assert saved() == [(1, 360, 480, "Early")]


def test_the_panel_edits_the_chosen_shift(boss, open_page):
    pattern = make_pattern(("Early", 360, 480), days=range(1), company=boss.company)
    page = opened(open_page, pattern, boss)
    page.mouse.click(*point(page, 0, 9))
    panel = page.get_by_role("group", name="Selected shift")
    panel.get_by_label("Start").fill("530")
    panel.get_by_label("Attendance").select_option("unattended")
    panel.get_by_label("Team").fill("A")
    save(page)
    shift = pattern.shifts.get()
    assert (shift.start_minute, shift.minutes, shift.attendance, shift.team) == (330, 510, "unattended", "A")


def test_a_template_is_shown_before_it_is_saved(add_page):
    page = add_page
    page.locator("#id_template").select_option(label="DuPont")
    page.locator("#id_starts").fill("07:00, 19:00")
    page.locator("#id_begins").fill("2026-03-02")
    page.get_by_role("button", name="Show in the grid").click()
    expect(page.locator(".week-day")).to_have_count(28)
    expect(page.locator("button.week-shift")).to_have_count(56)
    assert saved() == []
    save(page)
    pattern = ShiftPattern.objects.get()
    assert (pattern.days, pattern.anchor, pattern.shifts.count()) == (28, date(2026, 3, 2), 56)
    assert set(pattern.shifts.values_list("start_minute", flat=True)) == {7 * 60, 19 * 60}


def test_a_finger_moves_the_chosen_shift(boss, browser, live_server, problems):
    pattern = make_pattern(("Early", 360, 480), days=range(1), company=boss.company)
    context = browser.new_context(viewport={"width": 1180, "height": 820}, has_touch=True)
    client = Client()
    client.force_login(boss)
    context.add_cookies(
        [{"name": name, "value": c.value, "url": live_server.url} for name, c in client.cookies.items()]
    )
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{live_server.url}{address(ShiftPattern, 'change', pattern.pk)}")
    page.locator("#week-days").evaluate("grid => grid.scrollIntoView({block: 'center'})")
    page.touchscreen.tap(*point(page, 0, 9))
    expect(page.locator(".week-chosen")).to_have_count(1)
    touch = context.new_cdp_session(page)
    x, y = point(page, 0, 9)
    to_x, to_y = point(page, 1, 11)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for part in range(1, 9):
        at = {"x": x + (to_x - x) * part / 8, "y": y + (to_y - y) * part / 8}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(shift(page, "Early, Tuesday 08:00 to 16:00")).to_be_visible()
    save(page)
    assert saved() == [(1, 8 * 60, 480, "Early")]
    context.close()


def test_without_javascript_the_table_is_the_form(boss, browser, live_server):
    pattern = make_pattern(("Early", 360, 480), days=range(1), company=boss.company)
    context = browser.new_context(java_script_enabled=False)
    client = Client()
    client.force_login(boss)
    context.add_cookies(
        [{"name": name, "value": c.value, "url": live_server.url} for name, c in client.cookies.items()]
    )
    page = context.new_page()
    page.goto(f"{live_server.url}{address(ShiftPattern, 'change', pattern.pk)}")
    expect(page.locator("#week")).to_be_hidden()
    page.locator("#id_shifts-0-end").fill("13:00")
    save(page)
    assert saved() == [(0, 360, 420, "Early")]
    context.close()


def test_the_grid_speaks_the_readers_language(open_page):
    page = open_page(make_user(language="de"), address(ShiftPattern, "add"))
    page.get_by_role("button", name="Schicht hinzufügen: Montag").click()
    expect(shift(page, "Früh, Montag 06:00 bis 14:00, 8 h")).to_be_focused()
    expect(page.locator("#week-sum")).to_have_text("1 Schicht · 8 h · 7 Tage")
    page.locator("#id_template").select_option(label="3 Schichten, Mo–Fr")
    expect(page.locator(".week-about")).to_have_text("Früh 06:00, Spät 14:00, Nacht 22:00.")
    page.get_by_role("button", name="Im Raster zeigen").click()
    expect(shift(page, "Spät, Freitag 14:00 bis 22:00, 8 h")).to_have_count(1)
