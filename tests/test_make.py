"""The things tests make are whole, and belong together."""

import pytest

from tests import make

pytestmark = pytest.mark.django_db


def test_everything_made_for_a_station_is_of_its_company():
    company = make.make_company()
    station = make.make_station(company=company)
    make.make_pattern(("Early", 360, 480), days=range(5), follows=station)
    device, _ = make.make_device(company=company)
    made = [
        make.make_job_run(station),
        (present := make.make_sign_on(station)),
        present.operator,
        make.make_issue(station),
        make.make_reject(station),
        make.make_pin(device, station),
        make.make_cause(parent=make.make_cause(company=company)),
        station.patterns.get(),
    ]
    assert [thing.owning_company_id for thing in made] == [company.pk] * len(made)


def test_users_are_administrators_of_a_company_of_their_own():
    assert make.make_user().company != make.make_user().company


def test_tokens_are_those_of_the_row():
    key, token = make.make_api_key()
    device, device_token = make.make_device()
    assert type(key).objects.matching(token, make.NOON) == key
    assert type(device).objects.matching(device_token) == device
