"""The live rows tell what was not counted, and so do the station's page and /statusz."""

import pytest

from downtime import engine
from mesproject.reports.asking import Days, Question, production
from production.ingest import Parcel, record
from production.messages import Message
from production.models import Station, StationLive
from tests.admin.one_of_each import address
from tests.make import NOON, make_pattern, make_station

TOTALS = [("12:00", 100.0), ("12:01", 70_000.0), ("12:02", 70_003.0)]


def say(station, clock, total):
    at = NOON.replace(hour=int(clock[:2]), minute=int(clock[3:]))
    parcel = Parcel(station.company_id, station.code, Message(at=at, good_total=total), "mqtt")
    record([parcel], received_at=NOON.replace(hour=13), quarantine=False)


@pytest.fixture
def station(company):
    """It makes ten a minute at most."""
    station = make_station(company=company, max_units_per_minute=10)
    make_pattern(follows=station)
    return station


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 1, 0)])
def test_a_jump_is_told_on_the_pages_whatever_order_the_messages_came_in(admin_client, station, order):
    quiet = make_station(company=station.company)
    StationLive.objects.create(station=quiet)
    for number in order:
        say(station, *TOTALS[number])
    engine.tick(now=NOON.replace(hour=13))
    day = Days(NOON.date(), NOON.date())
    ((_, made),) = production(Question([station], day, now=NOON.replace(hour=13)), ("good",))
    assert made.good == 3
    for page in (
        address(StationLive, "changelist"),
        address(StationLive, "change", station.pk),
        address(Station, "change", station.pk),
    ):
        assert "12:01:00: 100 → 70000" in admin_client.get(page).content.decode()
    chosen = admin_client.get(address(StationLive, "changelist") + "?counts=jumped").context["cl"].queryset
    assert [live.station for live in chosen] == [station]


def test_a_jump_is_told_by_statusz(client, station):
    assert client.get("/statusz").json()["counters"] == {"jumped": 0, "last": None}
    for clock, total in TOTALS:
        say(station, clock, total)
    assert client.get("/statusz").json()["counters"] == {"jumped": 1, "last": "2026-03-11T12:01:00Z"}
