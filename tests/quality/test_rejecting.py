"""Declaring parts bad at a tablet, and taking a slip back."""

import uuid

import pytest

from quality.models import Reject
from tests.make import make_reject, make_reject_reason, make_station
from tests.screens import SCRIPT, enrolled, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def station():
    return make_station()


@pytest.fixture
def burr(station):
    return make_reject_reason(company=station.company, description="Burr")


@pytest.fixture
def tablet(station):
    return enrolled(station.company)


def declare(client, station, reason, headers=SCRIPT, **said):
    said = {"reason": reason.pk, "quantity": 1, "key": uuid.uuid4()} | said
    return client.post(f"/rejects/of/{station.uuid}/", said, headers=headers)


def test_reason_and_quantity_are_kept_with_who_and_where(station, burr, tablet):
    answer = declare(tablet, station, burr, quantity="2.5")
    assert "2.5 × Burr" in answer.content.decode()
    assert answer["HX-Trigger"] == "changed"
    reject = Reject.objects.get()
    assert (reject.station, reject.reason, reject.quantity) == (station, burr, 2.5)
    assert reject.device.company == station.company


def test_a_double_tap_is_one_reject(station, burr, tablet):
    key = uuid.uuid4()
    for _ in range(2):
        declare(tablet, station, burr, key=key)
    assert Reject.objects.count() == 1


def test_a_slip_is_taken_back_and_stays_on_record(station, burr, tablet):
    declare(tablet, station, burr)
    reject = Reject.objects.get()
    answer = tablet.post(f"/rejects/{reject.key}/undo/", headers=SCRIPT, follow=True)
    assert "taken back" in answer.content.decode()
    first = Reject.objects.get().undone_at
    tablet.post(f"/rejects/{reject.key}/undo/", headers=SCRIPT)
    assert Reject.objects.get().undone_at == first


@pytest.mark.parametrize("quantity", ["0", "-1", "nan", "inf", "1e400", "1e9", "two", ""])
def test_a_quantity_is_a_plain_number(station, burr, tablet, quantity):
    assert declare(tablet, station, burr, quantity=quantity).status_code == 422
    assert not Reject.objects.exists()


def test_a_reason_of_another_company_is_refused(station, tablet):
    assert declare(tablet, station, make_reject_reason()).status_code == 422


def test_another_company_s_reject_cannot_be_taken_back(tablet):
    assert tablet.post(f"/rejects/{make_reject().key}/undo/").status_code == 404


def test_without_script_one_lands_on_the_tablet_again(station, burr, tablet):
    answer = declare(tablet, station, burr, headers={}, next=f"/tablet/{station.uuid}/")
    assert answer.url == f"/tablet/{station.uuid}/"


def test_who_only_looks_declares_nothing(station, burr):
    assert declare(person(station.company, "read_only"), station, burr).status_code == 403
