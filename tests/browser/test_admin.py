"""The admin in a browser: under our content security policy, and from an empty company to the first signal."""

import re
from random import Random

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from playwright.sync_api import expect

from mesproject.accounts.models import ApiKey, Device
from production.models import Plant, Sku, Station, StationGroup
from scheduling.models import PatternShift, ShiftPattern
from tests.admin.one_of_each import ONE_OF_EACH, REGISTERED, address
from tests.make import make_cause, make_issue, make_sku, make_station, make_user

# Others each day.
SOME = Random(now().toordinal()).sample(REGISTERED, 10)
EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>'


def pages_of(model, row, rf, user):
    request = rf.get("/")
    request.user = user
    yield address(model, "changelist")
    yield address(model, "change", row.pk)
    yield address(model, "history", row.pk)
    if admin.site.get_model_admin(model).has_add_permission(request):
        yield address(model, "add")


@pytest.mark.parametrize(
    "models", [SOME, pytest.param(REGISTERED, marks=pytest.mark.long)], ids=["some", "all"]
)
def test_no_page_breaks_the_content_security_policy(models, open_page, live_server, rf):
    user = make_user()
    page = open_page(user, "/admin/")
    for model in models:
        for path in pages_of(model, ONE_OF_EACH[model](user.company), rf, user):
            assert page.goto(f"{live_server.url}{path}").status == 200
            expect(page.locator("#content")).to_be_visible()


def test_names_that_look_like_markup_stay_text(open_page, live_server):
    user = make_user()
    station = make_station(company=user.company, name=EVIL)
    make_issue(station, cause=make_cause(company=user.company, description=EVIL[:50]))
    page = open_page(user, address(Station, "changelist"))
    for path in (
        address(Station, "change", station.pk),
        address(Station, "history", station.pk),
        address(Station, "delete", station.pk),
        reverse("admin:downtime_issue_changelist"),
        reverse("admin:downtime_issue_change", args=[station.issues.get().pk]),
        reverse("admin:auditlog_logentry_changelist"),
        reverse("admin:production_jobrun_add"),
    ):
        page.goto(f"{live_server.url}{path}")
        assert page.locator("img[src=x]").count() == 0
    page.locator(".select2-selection").first.click()
    expect(page.locator(".select2-results__option").first).to_contain_text("<img")


def test_a_newcomer_gets_to_the_first_signal_without_the_wizard(open_page, live_server):
    user = make_user()
    page = open_page(user, "/admin/")
    page.goto(f"{live_server.url}{address(Plant, 'add')}")
    fill(page, name="Works", code="W1", timezone="Europe/Berlin", day_start="06:00:00")
    page.goto(f"{live_server.url}{address(StationGroup, 'add')}")
    page.locator("#id_plant").select_option(label="Works")
    fill(page, name="Milling", code="MILL")
    page.goto(f"{live_server.url}{address(Station, 'add')}")
    choose(page, "group", "Milling")
    fill(page, name="Mill 1", code="M1", cycle_time_ms="12.5")
    page.goto(f"{live_server.url}{address(ShiftPattern, 'add')}")
    page.locator("#assignments-group .add-row a").click()
    choose(page, "assignments-0-group", "Milling")
    page.locator("#id_assignments-0-valid_from").fill("2026-01-01")
    fill(page, title="Two shifts", code="2S", quick="Early 06:00-14:00 Mon-Fri\nLate 14:00-22:00 Mon-Fri")
    assert Station.objects.get(code="M1").cycle_time_ms == 12_500
    assert PatternShift.objects.count() == 10
    page.goto(f"{live_server.url}{address(ApiKey, 'add')}")
    page.get_by_label("Send signals").check()
    fill(page, name="First try")
    token = page.locator(".fl-token").inner_text()
    answer = Client().post(
        "/api/signals",
        {"station": "M1", "production_complete_good": 1},
        content_type="application/json",
        headers={"X-API-KEY": token},
    )
    assert answer.status_code == 201
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator(".fl-steps")).to_contain_text("✓ First machine")


def test_a_duration_is_typed_in_seconds(open_page):
    user = make_user()
    sku = make_sku(company=user.company)
    page = open_page(user, address(Sku, "change", sku.pk))
    expect(page.get_by_label("Cycle time [s]:", exact=True)).to_have_value("60")
    fill(page, cycle_time_ms="0.25")
    sku.refresh_from_db()
    assert sku.cycle_time_ms == 250


def test_a_token_is_gone_when_the_page_is_left(open_page):
    page = open_page(make_user(), address(Device, "add"))
    fill(page, name="gw1")
    token = page.locator(".fl-token").inner_text()
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("link", name="gw1").click()
    expect(page.get_by_role("button", name="Revoke")).to_be_visible()
    assert token not in page.content()
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("#content")).to_contain_text("refused from that moment on")
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator(".messagelist")).to_have_text(re.compile("Revoked: gw1"))


def fill(page, **values):
    """Type into fields by their names, and save."""
    for name, value in values.items():
        page.locator(f"#id_{name}").fill(value)
    page.locator("[name=_save]").click()
    page.wait_for_load_state()
    assert page.locator(".errornote").count() == 0, page.locator(".errorlist").all_inner_texts()


def choose(page, name, text):
    """Choose in a field that searches as one types."""
    page.locator(f"#id_{name} + .select2 .select2-selection").click()
    page.locator(".select2-search__field").fill(text)
    page.locator(".select2-results__option", has_text=text).click()
