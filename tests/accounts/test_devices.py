"""Devices: enrolled once, known by a token, cut off at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import bcrypt
import pytest
from django.db import connection

from mesproject.accounts.models import Device
from tests.make import NOON, make_company, make_device

DAY = timedelta(days=1)


def waiting(**kwargs):
    device, _ = make_device(Device.Kind.TABLET, **kwargs)
    code = device.issue_code(at=NOON)
    device.save()
    return device, code


@pytest.mark.django_db
def test_a_code_is_traded_for_a_token_once():
    device, code = waiting()
    token = Device.objects.enrolling(code, NOON).enrol(at=NOON)
    assert Device.objects.matching(token) == device
    assert Device.objects.enrolling(code, NOON) is None


@pytest.mark.django_db
def test_a_code_may_be_typed_in_small_letters_with_spaces_around():
    device, code = waiting()
    assert Device.objects.enrolling(f" {code.lower()} ", NOON) == device


@pytest.mark.django_db
def test_a_code_is_good_for_a_day():
    device, code = waiting()
    assert Device.objects.enrolling(code, NOON + DAY - timedelta(seconds=1)) == device
    assert Device.objects.enrolling(code, NOON + DAY) is None
    assert device.enrol(at=NOON + DAY) is None


@pytest.mark.django_db
def test_a_new_code_replaces_the_old_one():
    device, old = waiting()
    device.issue_code(at=NOON)
    device.save()
    assert Device.objects.enrolling(old, NOON) is None


@pytest.mark.django_db
def test_a_device_that_waits_for_nothing_cannot_be_enrolled():
    device, _ = make_device()
    assert device.enrol(at=NOON) is None
    assert Device.objects.enrolling("", NOON) is None


@pytest.mark.django_db
def test_a_revoked_device_is_refused_at_once_with_its_token_and_its_code():
    device, token = make_device()
    waits, code = waiting()
    found = Device.objects.enrolling(code, NOON)
    for row in (device, waits):
        row.revoke(at=NOON)
    assert Device.objects.matching(token) is None
    assert Device.objects.enrolling(code, NOON) is None
    assert found.enrol(at=NOON) is None


@pytest.mark.django_db
def test_a_device_without_a_token_is_not_found_by_an_empty_one():
    Device.objects.create(company=make_company(), name="new")
    assert Device.objects.matching("") is None


@pytest.mark.django_db
def test_only_digests_of_a_token_are_kept():
    device, token = make_device()
    assert token not in str(Device.objects.filter(pk=device.pk).values().get())
    assert bcrypt.checkpw(token.encode(), device.broker_digest.encode())


@pytest.mark.django_db
def test_only_gateways_that_are_not_revoked_reach_the_broker():
    gateway, _ = make_device()
    make_device(Device.Kind.TABLET)
    make_device(revoked_at=NOON)
    assert list(Device.objects.for_broker()) == [gateway]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_type_the_same_code_at_once_one_wins():
    _, code = waiting()
    together = Barrier(2)

    def enrol():
        try:
            device = Device.objects.enrolling(code, NOON)
            together.wait(10)
            return device.enrol(at=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        tokens = [task.result() for task in [pool.submit(enrol) for _ in range(2)]]
    [winner] = [token for token in tokens if token]
    assert Device.objects.matching(winner)
