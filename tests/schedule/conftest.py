"""A station, a program that asks about it, and somebody who plans for it."""

import pytest

from tests.make import make_api_key, make_pattern, make_sku, make_station
from tests.screens import person


@pytest.fixture
def station():
    """It works around the clock; a unit takes a minute."""
    station = make_station("M1")
    make_pattern(follows=station)
    make_sku("A-100", company=station.company, value=2)
    return station


@pytest.fixture
def planner(station):
    """Somebody who plans, with his browser."""
    return person(station.company, "supervisor")


@pytest.fixture
def other(station):
    """A second station beside the first."""
    return make_station("M2", group=station.group)


@pytest.fixture
def ask(client, station):
    """What a program with a key to everything is answered: status and body."""
    headers = {"X-API-KEY": make_api_key(company=station.company)[1]}

    def asked(method, path, body=None):
        answer = getattr(client, method)(
            f"/api/schedule{path}", body, **({} if method == "get" else {"content_type": "application/json"}),
            headers=headers,
        )  # fmt: skip
        return answer.status_code, answer.json() if answer.content else None

    return asked
