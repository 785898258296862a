"""An administrator notes what ran when: what is refused, and on which clock."""

from datetime import timedelta

import pytest

from production.models import JobRun
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, send, split
from tests.make import NOON, make_job_run, make_plant, make_sku, make_station

HOUR = timedelta(hours=1)


def test_a_run_that_overlaps_another_is_refused_with_a_sentence(admin_client, company):
    station, sku = make_station(company=company), make_sku(company=company)
    make_job_run(station, actual_start=NOON, actual_end=NOON + HOUR)
    new = {"station": station.pk, "sku": sku.pk, **split("actual_start", NOON + HOUR / 2)}
    assert errors_of(send(admin_client, address(JobRun, "add"), new)) == [
        "Another run is on this station at that time."
    ]


def test_a_run_may_begin_when_the_last_one_ends(admin_client, company):
    station, sku = make_station(company=company), make_sku(company=company)
    make_job_run(station, actual_start=NOON, actual_end=NOON + HOUR)
    new = {"station": station.pk, "sku": sku.pk, **split("actual_start", NOON + HOUR)}
    assert send(admin_client, address(JobRun, "add"), new).status_code == 302


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        ({"actual_start": NOON, "actual_end": NOON - HOUR}, "The end must be after the start."),
        ({"planned_start": NOON, "planned_end": NOON}, "The planned end must be after the planned start."),
        ({"planned_end": NOON}, "An end needs a start."),
        ({}, "Say when it is planned to start, or when it did."),
    ],
)
def test_times_that_make_no_sense_are_refused_with_a_sentence(times, sentence, admin_client, company):
    new = {"station": make_station(company=company).pk, "sku": make_sku(company=company).pk}
    for name, at in times.items():
        new |= split(name, at)
    assert sentence in errors_of(send(admin_client, address(JobRun, "add"), new))


def test_a_run_of_nothing_is_refused(admin_client, company):
    new = {"station": make_station(company=company).pk, **split("actual_start", NOON)}
    assert errors_of(send(admin_client, address(JobRun, "add"), new)) == ["Choose a job or an SKU."]


def test_times_are_on_the_plants_clock(admin_client, company):
    station = make_station(plant=make_plant("Asia/Tokyo", company=company))
    new = {"station": station.pk, "sku": make_sku(company=company).pk, **split("actual_start", NOON)}
    page = send(admin_client, address(JobRun, "add"), new)
    assert page.status_code == 302
    assert JobRun.objects.get(station=station).actual_start == NOON - 9 * HOUR
    assert b"times in Asia/Tokyo" in admin_client.get("/admin/").content
