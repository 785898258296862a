"""A plan on its way: uploaded with errors, mended, started at the tablet, made, and ended by its quantity."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from mesproject.schedule.turning import turn_over
from production.models import JobRun
from tests.make import make_pattern, make_sku, make_station, make_user
from tests.reports.test_facts import say, settle

SECONDS = 1000
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    station = make_station("M1", name="Press 4")
    make_pattern(follows=station)
    make_sku("A-100", company=station.company)
    return station


def test_a_plan_is_uploaded_mended_started_made_and_ended(station, open_page, tablet):
    office = open_page(
        make_user("supervisor", company=station.company), "/schedule/upload/", width=1440, height=900
    )
    start = (now() + 10 * MINUTE).strftime("%d/%m/%Y %H:%M")
    table = (
        "station_code,sku_code,work_order_ref,planned_quantity,planned_start_at\n"
        f"M1,A-100,WO-1,3,{start}\nM9,A-100,WO-2,none,{start}\n"
    )
    file = {"name": "plan.csv", "mimeType": "text/csv", "buffer": table.encode()}
    office.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    office.get_by_role("button", name="Preview").click()
    expect(office.locator("[aria-invalid]")).to_have_count(2)
    office.get_by_label("station_code, line 3").fill("M1")
    office.get_by_label("planned_quantity, line 3").fill("30")
    office.get_by_label("sku_code, line 3").fill("A-100")
    office.get_by_label("planned_start_at, line 3").fill((now() + 60 * MINUTE).strftime("%Y-%m-%d %H:%M"))
    office.get_by_role("button", name="Check again").click()
    expect(office.locator("[aria-invalid]")).to_have_count(0)
    office.get_by_role("button", name="Save entries").click()
    expect(office.get_by_text("2 entries stored.")).to_be_visible()
    JobRun.objects.update(ends_on_quantity=True)

    tablet.get_by_role("link", name="Runs", exact=True).tap()
    expect(tablet.get_by_role("link", name="WO-2")).to_be_visible()
    tablet.get_by_role("link", name="WO-1").tap()
    tablet.get_by_role("button", name="Start now").tap()
    expect(tablet.locator(".run.now")).to_contain_text("0 of 3 good")

    begun = JobRun.objects.running().get().actual_start
    say(station, *(begun + number * timedelta(milliseconds=10) for number in range(1, 5)), good=1.0)
    settle(now=now())
    assert turn_over(now=now()) == 1
    ended = JobRun.objects.get(actual_end__isnull=False)
    assert ended.actual_end == begun + timedelta(milliseconds=31)
    tablet.get_by_role("link", name="Runs", exact=True).tap()
    expect(tablet.get_by_text("Nothing runs.")).to_be_visible()
    expect(tablet.get_by_role("link", name="WO-2")).to_be_visible()
