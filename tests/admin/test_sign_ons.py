"""Correcting who was signed on where."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.urls import reverse
from django.utils.timezone import now

from production.models import SignOn, StationLive
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, send, split
from tests.make import NOON, make_operator, make_sign_on, make_station

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def station(admin_client, company):
    station = make_station(company=company)
    StationLive.objects.create(station=station)
    return station


def entered(station, operator, start, end):
    return (
        {"station": station.pk, "operator": operator.pk} | split("started_at", start) | split("ends_at", end)
    )


def sums_from(station):
    return StationLive.objects.get(station=station).sums_from


def test_a_sign_on_that_nobody_made_is_entered_and_summed(admin_client, station):
    ann = make_operator(company=station.company, initials="ANN")
    new = entered(station, ann, NOON, NOON + 8 * HOUR)
    assert send(admin_client, address(SignOn, "add"), new).status_code == 302
    found = SignOn.objects.get()
    assert (found.operator, found.started_at, found.ends_at) == (ann, NOON, NOON + 8 * HOUR)
    assert found.user is not None
    assert sums_from(station) == NOON
    assert StationLive.objects.get(station=station).dirty_from is None  # no stop depends on it


def test_another_operator_and_another_beginning_are_on_record_and_summed(admin_client, station):
    row, bob = make_sign_on(station), make_operator(company=station.company, initials="BOB")
    change = {"operator": bob.pk, **split("started_at", NOON - HOUR)}
    assert send(admin_client, address(SignOn, "change", row.pk), change).status_code == 302
    row.refresh_from_db()
    assert (row.operator, row.started_at) == (bob, NOON - HOUR)
    assert sums_from(station) == NOON - HOUR
    changes = LogEntry.objects.get_for_object(row).latest().changes_dict
    assert changes["operator"] == [str(changes["operator"][0]), str(bob.pk)]


def test_what_is_deleted_is_nobodys_again(admin_client, station):
    row = make_sign_on(station)
    admin_client.post(address(SignOn, "delete", row.pk), {"post": "yes"})
    assert not SignOn.objects.exists()
    assert sums_from(station) == NOON


@pytest.mark.parametrize(
    ("start", "length", "sentence"),
    [
        (-1, 2, "Somebody is signed on at this station at that time."),
        (12, -1, "The end must be after the beginning."),
        (12, 25, "Nobody stays for longer than 24 hours."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(admin_client, station, start, length, sentence):
    make_sign_on(station)
    ann, begin = make_operator(company=station.company, initials="ANN"), NOON + start * HOUR
    page = send(admin_client, address(SignOn, "add"), entered(station, ann, begin, begin + length * HOUR))
    assert sentence in errors_of(page)
    assert SignOn.objects.count() == 1


def test_nobody_has_been_there_in_the_future(admin_client, station):
    ann, later = make_operator(company=station.company, initials="ANN"), now().replace(microsecond=0) + HOUR
    page = send(admin_client, address(SignOn, "add"), entered(station, ann, later, later + HOUR))
    assert errors_of(page) == ["This lies in the future."]


def test_the_list_says_who_was_where(admin_client, station):
    make_sign_on(station, make_operator(company=station.company, initials="ANN"))
    page = admin_client.get(reverse("admin:production_signon_changelist")).content.decode()
    assert "ANN" in page
    assert station.name in page
