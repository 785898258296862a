"""A gateway that could not send for a while: what it sends afterwards shows that there was signal all along."""

from datetime import timedelta

import pytest

from downtime import engine
from downtime.models import Issue, Slice
from production.ingest import Parcel, record
from production.messages import Message
from tests.make import NOON, make_pattern, make_station

pytestmark = pytest.mark.django_db


def minutes(n):
    return timedelta(minutes=n)


def test_a_stop_that_began_before_the_gateway_fell_silent_begins_where_it_did():
    """Silence of 15 minutes is a stop, silence of the gateway of 3 minutes is no signal."""
    station = make_station(cycle_time_ms=600_000, heartbeat_ms=180_000)
    make_pattern(follows=station)
    sent = [
        Message(at=NOON, good=1.0),
        *(Message(at=NOON + minutes(n), available=True) for n in range(1, 30)),
    ]

    def arrive(*messages, now):
        parcels = [Parcel(station.company_id, station.code, message, "mqtt") for message in messages]
        record(parcels, received_at=now, quarantine=False)

    arrive(*sent[:12], now=NOON + minutes(11))
    engine.tick(now=NOON + minutes(11.5))
    engine.tick(now=NOON + minutes(20))
    assert Slice.objects.filter(station=station).last().state == "no_signal"
    arrive(*sent[12:], now=NOON + minutes(29))
    engine.tick(now=NOON + minutes(30))
    assert [(s.state, s.start) for s in Slice.objects.filter(station=station)] == [("stopped", NOON)]
    assert Issue.objects.get().started_at == NOON
