import pytest

from production import heard
from tests.make import make_group, make_plant


@pytest.fixture
def group(company):
    return make_group(plant=make_plant(company=company, timezone="Europe/Berlin"))


@pytest.fixture
def kept(valkey):
    heard._Away.until = 0.0
    heard._valkey().flushdb()
