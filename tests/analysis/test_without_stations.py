"""A company in which nothing stands yet: its pages say so, and lead who may to the set-up."""

import pytest

from mesproject.accounts.models import Role
from tests.make import make_company
from tests.screens import person

PAGES = (
    "/analysis/", "/analysis/downtime/", "/analysis/oee/", "/analysis/utilisation/", "/analysis/intervals/",
    "/analysis/production/", "/analysis/rejects/", "/analysis/comparison/", "/analysis/energy/", "/analysis/progress/",
    "/cycle-times/", "/tablet/",
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", PAGES)
def test_pages_without_a_station_lead_an_administrator_to_the_set_up(address):
    shown = person(make_company(), Role.ADMINISTRATOR).get(address).content.decode()
    assert "There are no stations yet." in shown
    assert "/set-up/" in shown
    assert "Choose more time" not in shown


def test_who_may_not_set_up_is_told_who_may():
    shown = person(make_company(), Role.SUPERVISOR).get("/analysis/oee/").content.decode()
    assert "An administrator adds plants" in shown
    assert "/set-up/" not in shown
