"""Runs that are planned past the end of a shift, and make the station work on."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import now

from mesproject.schedule import extending
from production.models import JobRun, Sku
from production.windows import Window
from scheduling.models import PatternException
from scheduling.planned import for_runs
from tests.make import (
    make_api_key,
    make_group,
    make_job_run,
    make_pattern,
    make_plant,
    make_sku,
    make_station,
)
from tests.screens import person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def shop():
    """In Berlin; it works from six to two."""
    station = make_station("M1", group=make_group(plant=make_plant("Europe/Berlin")))
    make_pattern(("Early", 360, 480), follows=station)
    make_sku("A-100", company=station.company)
    return station


@pytest.fixture
def ask(client, shop):
    headers = {"X-API-KEY": make_api_key(company=shop.company)[1]}

    def asked(method, path, body=None):
        told = {} if method == "get" else {"data": body, "content_type": "application/json"}
        return getattr(client, method)(f"/api/schedule{path}", headers=headers, **told)

    return asked


def wall(hour, days=1):
    """An hour of a day to come, on Berlin's clock."""
    there = now().astimezone(ZoneInfo("Europe/Berlin")) + timedelta(days=days)
    return there.replace(hour=hour, minute=0, second=0, microsecond=0)


def iso(at):
    return at.isoformat()


def works_until(station):
    """When the shift of tomorrow is over."""
    start, end = wall(6), wall(23)
    return max(window.end for window in for_runs([station], Window(start, end))[station.pk])


def plan(ask, start, **body):
    asked = {
        "stationCode": "M1",
        "skuCode": "A-100",
        "plannedStartAt": iso(start),
        "extendShift": True,
    } | body
    answer = ask("post", "", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()["result"]


def test_a_planned_end_past_the_shift_is_planned_time_until_then(ask, shop):
    run = plan(ask, wall(12), plannedEndAt=iso(wall(17)))
    assert run["extendShift"] is True
    assert works_until(shop) == wall(17)
    made = PatternException.objects.get()
    assert (made.action, made.date, made.replaces, made.minutes) == ("overtime", wall(6).date(), 360, 660)


def test_without_the_flag_the_shift_ends_as_ever(ask, shop):
    run = plan(ask, wall(12), plannedEndAt=iso(wall(17)), extendShift=False)
    assert works_until(shop) == wall(14)
    assert ask("patch", f"/{run['id']}", {"extendShift": True}).json()["result"]["extendShift"] is True
    assert works_until(shop) == wall(17)
    ask("patch", f"/{run['id']}", {"extendShift": False})
    assert works_until(shop) == wall(14)


def test_a_quantity_takes_as_much_overtime_as_it_needs(ask, shop):
    run = plan(ask, wall(13), plannedQuantity=123)
    assert works_until(shop) == wall(15) + timedelta(minutes=5)
    assert datetime.fromisoformat(run["dueAt"]) == wall(15) + timedelta(minutes=3)


def test_what_fits_in_the_shift_needs_none(ask, shop):
    plan(ask, wall(8), plannedQuantity=60)
    assert not PatternException.objects.exists()


def test_overtime_moves_with_its_run_and_goes_with_it(ask, shop):
    run = plan(ask, wall(12), plannedEndAt=iso(wall(17)))
    ask("patch", f"/{run['id']}", {"plannedEndAt": iso(wall(16))})
    assert works_until(shop) == wall(16)
    day = timedelta(days=1)
    ask("patch", f"/{run['id']}", {"plannedStartAt": iso(wall(12, 2)), "plannedEndAt": iso(wall(17, 2))})
    assert works_until(shop) == wall(14)
    assert PatternException.objects.get().date == wall(6).date() + day
    assert ask("delete", f"/{run['id']}").status_code == 204
    assert not PatternException.objects.exists()


def test_of_two_runs_the_later_end_counts_until_it_is_withdrawn(ask, shop):
    plan(ask, wall(12), plannedEndAt=iso(wall(16)))
    other = plan(ask, wall(13), plannedEndAt=iso(wall(18)))
    assert works_until(shop) == wall(18)
    ask("delete", f"/{other['id']}")
    assert works_until(shop) == wall(16)


def test_what_a_person_has_changed_on_that_date_is_left_as_it_is(ask, shop):
    PatternException.objects.create(
        station=shop, date=wall(6).date(), action="overtime", replaces=360, start_minute=360, minutes=540
    )
    plan(ask, wall(12), plannedEndAt=iso(wall(18)))
    assert works_until(shop) == wall(15)
    assert PatternException.objects.count() == 1


def test_overtime_does_not_reach_into_the_next_shift_nor_over_a_day(ask, shop):
    make_pattern(("Early", 360, 480), ("Late", 960, 240), follows=shop, valid_from=wall(6, -3).date())
    plan(ask, wall(12), plannedQuantity=600)
    assert works_until(shop) == wall(20)
    assert PatternException.objects.get().minutes == 600


def test_a_run_that_somebody_deletes_elsewhere_takes_its_overtime_along(ask, shop):
    plan(ask, wall(12), plannedEndAt=iso(wall(17)))
    JobRun.objects.all().delete()
    extending.refresh(now=now())
    assert works_until(shop) == wall(14)


def test_overtime_that_has_begun_stays(ask, shop):
    run = plan(ask, wall(12), plannedEndAt=iso(wall(17)))
    JobRun.objects.filter(pk=run["id"]).delete()
    extending.refresh(now=wall(15))
    assert PatternException.objects.count() == 1


def test_on_the_screen_it_is_a_tick_and_the_red_goes(shop):
    planner, sku = person(shop.company, "supervisor"), Sku.objects.get()
    run = make_job_run(shop, sku=sku, actual_start=None, planned_start=wall(12), planned_end=wall(17))
    extending.refresh([shop.pk], now=now())
    on = {"on": f"{wall(6):%Y-%m-%d}"}
    assert "after the end of the shift" in planner.get("/schedule/", on).content.decode()
    sent = {"station": shop.pk, "product": "A-100", "planned_start": f"{wall(12):%Y-%m-%dT%H:%M}", "verb": "save",
            "planned_end": f"{wall(17):%Y-%m-%dT%H:%M}", "extends_shift": "on"}  # fmt: skip
    assert planner.post(f"/schedule/runs/{run.pk}/", sent).status_code == 302
    assert "after the end of the shift" not in planner.get("/schedule/", on).content.decode()
    assert works_until(shop) == wall(17)
