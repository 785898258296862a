"""What was said last is kept with what became of it, a few of each sender, and nobody waits for it."""

import json
import time

import pytest

from production import heard
from production.ingest import Delivery, record
from production.models import QuarantinedMessage
from production.mqtt_line import Letter
from production.reader import Reader, through_the_door
from production.unpacking import Directory, unpack
from tests.make import NOON, make_api_key, make_device, make_pin, make_station

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(valkey):
    """An empty Valkey."""
    heard._Away.until = 0.0
    heard._valkey().flushdb()


def mqtt(topic, payload, directory=None):
    parcels = unpack(topic, payload, directory or Directory(), Delivery("s", 1, False))
    return through_the_door(parcels, NOON)


def say(station, payload, **more):
    return mqtt(f"busroot/v2/{station.company.code}/signals/{station.code}", payload, **more)


def told(*rings):
    return [[(one.verdict, one.code) for one in message.became] for message in heard.last(rings)]


def test_a_message_is_kept_as_it_came_with_what_became_of_it(kept):
    station = make_station("M1")
    said = b'{"production_complete": 1, "seq": 7, "boot": "a", "timestamp": "2026-03-11T11:59:58Z"}'
    say(station, said)
    say(station, said)
    again, first = heard.last([heard.of_station(station.company_id, "M1")])
    assert (first.raw, first.seq, first.boot, first.at) == (said, 7, "a", NOON)
    assert (NOON - first.sent).total_seconds() == 2
    assert [one.became[0].verdict for one in (again, first)] == ["duplicate", "stored"]


def test_what_is_refused_is_kept_with_its_reason_and_makes_no_ring_of_its_own(kept):
    station = make_station("M1")
    for payload in (b"nonsense", b'{"line_speed": -1}'):
        say(station, payload)
    mqtt(f"busroot/v2/{station.company.code}/signals/MADE-UP", b'{"productive": 1}')
    assert told(heard.of_station(station.company_id, "MADE-UP")) == []
    assert sorted(code for [(_, code)] in told(heard.of_refused(station.company_id))) == [
        "bad_json", "bad_value", "unknown_station",
    ]  # fmt: skip


def test_a_frame_that_speaks_of_two_stations_is_one_message(kept):
    device, _ = make_device()
    for pin in ("c1", "c2"):
        make_pin(device, make_station(company=device.company), pin=pin)
    mqtt(f"busroot/v2/dau/{device.login}", json.dumps({"c1": 1, "c2": 0}).encode())
    assert told(heard.of_gateway(device.pk)) == [[("stored", ""), ("stored", "")]]


def test_frames_of_which_nothing_is_made_are_kept_as_ignored(kept):
    device, _ = make_device()
    heard.note_ignored(device.pk, f"busroot/v2/dau/{device.login}", b"{}", NOON)
    assert told(heard.of_gateway(device.pk)) == [[("ignored", "not_mapped")]]


def test_what_is_sent_over_http_is_kept_by_its_key(kept, client):
    key, token = make_api_key()
    make_station("M1", company=key.company)
    body = [{"station": "M1", "productive": True}, {"station": "M9", "productive": True}]
    client.post("/api/signals", body, "application/json", headers={"X-API-KEY": token})
    refused, stored = heard.last([heard.of_key(key.pk)])
    assert json.loads(stored.raw) == body[0]
    assert refused.became[0].code == "unknown_station"


def test_of_each_sender_only_the_last_are_kept(kept):
    station = make_station("M1")
    for n in range(heard.LAST + 5):
        say(station, f'{{"productive": true, "id": "{n}"}}'.encode())
    found = heard.last([heard.of_station(station.company_id, "M1")])
    assert len(found) == heard.LAST


def test_a_long_message_is_cut(kept):
    station = make_station("M1")
    say(station, b'{"program": "' + b"x" * 5_000 + b'"}')
    assert len(heard.last([heard.of_refused(station.company_id)])[0].raw) == heard.LONGEST


def test_without_valkey_messages_are_stored_all_the_same_and_at_once(settings, client):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    heard._valkey.cache_clear()
    heard._Away.until = 0.0
    station = make_station("M1")
    began = time.monotonic()
    for n in range(20):
        [outcome] = say(station, f'{{"productive": true, "id": "{n}"}}'.encode())
        assert outcome.verdict == "stored"
    assert time.monotonic() - began < 5
    assert heard.last([heard.of_station(station.company_id, "M1")]) == []
    heard._valkey.cache_clear()
    heard._Away.until = 0.0


def test_an_agents_observation_is_shown_as_it_was_read(kept):
    from production.ingest import Parcel
    from production.messages import Message

    station = make_station("M1")
    parcel = Parcel(station.company_id, "M1", Message(productive=True), QuarantinedMessage.Source.MTCONNECT)
    heard.note([parcel], record([parcel], received_at=NOON, quarantine=True), NOON)
    assert json.loads(heard.last([heard.of_station(station.company_id, "M1")])[0].raw) == {"productive": True}


@pytest.mark.django_db(transaction=True)
def test_frames_of_which_nothing_is_made_are_noted_by_the_reader(kept):
    device, _ = make_device()
    reader = Reader(None, None, now=lambda: NOON)
    frame = Letter(f"busroot/v2/dau/{device.login}", b'{"c1": 1}', 1, 1, False, 1, "s", 0.0)
    reader._record([frame])
    reader._record([frame])
    assert told(heard.of_gateway(device.pk)) == [[("ignored", "not_mapped")], [("refused", "not_mapped")]]
