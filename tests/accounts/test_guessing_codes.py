"""Guessing enrolment codes ends, per device and not per plant."""

import pytest
from django.test import Client
from django.utils.timezone import now

from mesproject.accounts import tries
from mesproject.accounts.models import Device
from tests.make import make_company, make_device
from tests.screens import enrolled

pytestmark = pytest.mark.django_db


def code_of(company):
    device, _ = make_device(Device.Kind.TABLET, company=company)
    code = device.issue_code(at=now())
    device.save()
    return code


def test_a_device_is_stopped_after_ten_wherever_it_goes(settings):
    settings.PROXIES = 1
    tablet = enrolled(make_company())
    answers = [
        tablet.post(
            "/enrol/", {"code": "WRONG"}, headers={"X-Forwarded-For": f"203.0.113.{number}"}
        ).status_code
        for number in range(12)
    ]
    assert answers == [422] * tries.CODES + [429, 429]


def test_the_plant_around_it_is_not_stopped():
    company = make_company()
    tablet = enrolled(company)
    for _ in range(12):
        tablet.post("/enrol/", {"code": "WRONG"})
    assert Client().post("/enrol/", {"code": code_of(company)}).status_code == 302
    assert enrolled(company).post("/enrol/", {"code": code_of(company)}).status_code == 302


def test_forty_tablets_behind_one_address_are_enrolled_in_one_morning():
    company = make_company()
    for _ in range(40):
        assert Client().post("/enrol/", {"code": code_of(company)}).status_code == 302


def test_an_address_is_stopped_after_a_hundred_wrong_ones_and_a_right_one_is_no_way_around(monkeypatch):
    monkeypatch.setattr(tries, "PLACE", 4)
    company = make_company()
    for _ in range(2):
        assert Client().post("/enrol/", {"code": "WRONG"}).status_code == 422
        assert Client().post("/enrol/", {"code": code_of(company)}).status_code == 302
    for _ in range(2):
        assert Client().post("/enrol/", {"code": "WRONG"}).status_code == 422
    stopped = Client().post("/enrol/", {"code": code_of(company)})
    assert stopped.status_code == 429
    assert stopped["Retry-After"]
