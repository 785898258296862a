"""The reader, as a process beside a real broker: what is acknowledged is stored, once."""

import json
import signal
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import connection

from production.models import BrokerReceipt, QuarantinedMessage, Signal, StationLive
from production.mqtt_line import Letter, Line
from production.reader import Reader, Unconfirmed
from tests.make import make_company, make_device, make_pin, make_station
from tests.production import processes
from tests.production.processes import client, wait_for

TOPIC = "busroot/v2/acme/signals/S1"


@pytest.fixture
def plant(tmp_path, transactional_db):
    with processes.plant(tmp_path) as running:
        running.start_broker()
        yield running


@pytest.fixture
def station(transactional_db):
    return make_station("S1", company=make_company(code="acme"))


@pytest.fixture
def machine(plant):
    with client(plant.address, "machine") as one:
        yield one


def stored(station) -> list[Signal]:
    return list(Signal.objects.filter(station=station).order_by("at"))


def units(station) -> Counter:
    """How many signals say which good and bad units."""
    return Counter((signal.good, signal.bad) for signal in stored(station))


def alive(plant) -> dict:
    path = plant.data / "run" / "ingest.json"
    return json.loads(path.read_text()) if path.exists() else {}


def start_reader(plant):
    """The reader, connected."""
    seen = plant.said("ingest").count("Connected") if (plant.data / "ingest.log").exists() else 0
    process = plant.start("ingest")
    wait_for(lambda: plant.said("ingest").count("Connected") > seen, "the reader")
    return process


def wait_for_signals(station, number: int, *, within: float = 30) -> float:
    count = Signal.objects.filter(station=station).count
    return wait_for(lambda: count() >= number, f"{number} signals", within=within)


def test_everything_a_station_can_say_is_stored_and_moves_its_live_row(plant, station, machine):
    start_reader(plant)
    machine.publish(
        TOPIC,
        b'{"production_complete": 2, "productive": 1, "line_speed": 3.5, "rssi": -60, "error_code": 17}',
        qos=1,
    )
    machine.publish("busroot/v1/acme/signals/S1", b'{"production_count_good": 9}', qos=0)
    wait_for_signals(station, 2)
    # Of what is sent in two ways nobody promises the order.
    first, second = sorted(stored(station), key=lambda signal: signal.good is None)
    assert (first.good, first.productive, first.speed, first.rssi, first.error_code) == (
        2,
        True,
        3.5,
        -60,
        "17",
    )
    assert second.good_total == 9
    assert StationLive.objects.get(station=station).rssi == -60


def test_a_frame_of_an_opta_reaches_every_station_it_is_mapped_to(plant, station, machine):
    device, _ = make_device(company=station.company, name="opta-1")
    other = make_station("S2", company=station.company)
    make_pin(device, station, "c1", scale=2)
    make_pin(device, other, "s1", meaning="productive", inverted=True)
    start_reader(plant)
    machine.publish("plant7/busroot/v2/dau/acme/opta-1", b'{"v": 2, "rssi": -1, "c1": 4, "s1": 0}', qos=0)
    wait_for_signals(other, 1)
    assert [signal.good for signal in stored(station)] == [8]
    assert [signal.productive for signal in stored(other)] == [True]


def test_nonsense_goes_to_quarantine_and_the_next_good_message_is_unharmed(plant, station, machine):
    plant.start("ingest")
    nonsense = {
        TOPIC: [b"", b"{", b"[]", b'{"productive": NaN}', b'{"production_complete": 1e400}', b"\xff\x00\xfe",
                b'{"production_complete": true}', b'{"production_complete": -1}', b"[" * 60_000,
                b"x" * 900_000,
                b'{"production_complete": 1, "timestamp": "1970-01-01T00:00:00Z"}',
                b'{"production_complete": 1, "timestamp": "2106-01-01T00:00:00Z"}',
                b'{"error_code": "\\u0000"}', b'{"hello": 1}', b'{"production_complete": 1'],
        "busroot/v2/acme/signals/unknown": [b'{"productive": 1}'],
        "busroot/v2/nobody/signals/S1": [b'{"productive": 1}'],
        "busroot/v2/dau/acme/nobody": [b'{"c1": 1}'],
    }  # fmt: skip
    for topic, payloads in nonsense.items():
        for payload in payloads:
            machine.publish(topic, payload, qos=1)
    machine.publish(TOPIC, b'{"production_complete": 1}', qos=1)
    wait_for_signals(station, 1)
    assert [signal.good for signal in stored(station)] == [1]
    kept = QuarantinedMessage.objects.all()
    assert kept.count() == sum(map(len, nonsense.values()))
    assert all(one.reason and one.code and one.source == "mqtt" for one in kept)
    assert max(len(one.payload) for one in kept) == 65_536


def test_a_reader_that_is_killed_again_and_again_stores_every_message_once(plant, station, machine):
    """With a key, and without: then the broker's packet ids tell what was stored already."""
    reader = start_reader(plant)
    for number in range(600):
        machine.publish(TOPIC, json.dumps({"production_complete": 1, "boot": "b", "seq": number}), qos=1)
        machine.publish(TOPIC, b'{"production_complete_bad": 1}', qos=1)
        time.sleep(0.001)
        if number in (150, 300, 450):
            kill(reader)
            reader = start_reader(plant)
    wait_for_signals(station, 1200)
    time.sleep(6)  # longer than the broker waits before it sends again
    assert Counter((signal.good, signal.bad) for signal in stored(station)) == {
        (1, None): 600,
        (None, 1): 600,
    }


def test_a_reader_asked_to_end_stores_what_it_has_and_ends_well(plant, station, machine):
    reader = start_reader(plant)
    for number in range(500):
        machine.publish(TOPIC, json.dumps({"production_complete": 1, "seq": number}), qos=1)
    wait_for_signals(station, 1)
    reader.send_signal(signal.SIGTERM)
    assert reader.wait(15) == 0
    plant.start("ingest")
    wait_for_signals(station, 500)
    assert len(stored(station)) == 500


def test_while_the_database_is_away_the_broker_holds_what_comes_and_the_reader_lives(plant, station, machine):
    reader = plant.start("ingest")
    machine.publish(TOPIC, b'{"production_complete": 1, "seq": 1}', qos=1)
    wait_for_signals(station, 1)
    with database_away():
        for number in range(2, 102):
            machine.publish(TOPIC, json.dumps({"production_complete": 1, "seq": number}), qos=1)
        machine.publish(TOPIC, b'{"production_complete_bad": 1}', qos=1)
        wait_for(lambda: alive(plant).get("error"), "the reader to say what is wrong")
        time.sleep(6)  # the broker sends everything again meanwhile
        assert reader.poll() is None
    assert wait_for_signals(station, 102) < 10
    time.sleep(6)
    assert units(station) == {(1, None): 101, (None, 1): 1}
    wait_for(lambda: not alive(plant)["error"], "the all-clear")


class database_away:  # noqa: N801
    """Nobody but the test itself, which is connected already, can reach the database."""

    def __enter__(self):
        self._let_in(1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def __exit__(self, *_):
        self._let_in(-1)

    def _let_in(self, most: int) -> None:
        name = connection.settings_dict["NAME"]
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT {most}')


def test_a_broker_that_is_killed_loses_nothing_that_was_acknowledged(plant, station):
    start_reader(plant)
    with client(plant.address, "machine", keep_session=True) as machine:
        confirmed = []
        machine.on_publish = lambda *_: confirmed.append(1)
        for number in range(400):
            machine.publish(TOPIC, json.dumps({"production_complete": 1, "seq": number}), qos=1)
            time.sleep(0.002)
            if number in (100, 250):
                plant.kill_nats()
        wait_for(lambda: len(confirmed) == 400, "the broker to confirm all")
        wait_for_signals(station, 400)
    time.sleep(6)
    assert len(stored(station)) == 400


def test_a_line_that_breaks_down_ends_the_reader_so_that_it_is_started_again(tmp_path):
    def break_down():
        raise ZeroDivisionError

    line = Line(break_down, "reader", str)
    with pytest.raises(RuntimeError, match="dead"):
        Reader(line, tmp_path / "ingest.json", now=lambda: datetime.now(UTC)).run(threading.Event())


def test_receipts_are_forgotten_long_before_packet_ids_come_again(db):
    mine = [BrokerReceipt(session="r@e1/S1", packet_id=n, digest=1) for n in range(1, 65_536, 1000)]
    former = BrokerReceipt(session="r@e0", packet_id=1, digest=1)
    foreign = BrokerReceipt(session="other@e1", packet_id=30_000, digest=1)
    BrokerReceipt.objects.bulk_create([*mine, former, foreign])
    reader = Reader(None, None, now=lambda: datetime.now(UTC))
    reader._forget_receipts([Letter(TOPIC, b"", 60_000, 1, False, 1, "r@e1", 0.0)])
    left = set(BrokerReceipt.objects.values_list("session", "packet_id"))
    assert ("other@e1", 30_000) in left
    assert ("r@e0", 1) not in left
    kept = {packet_id for session, packet_id in left if session == "r@e1/S1"}
    assert kept == {
        n for n in range(1, 65_536, 1000) if min((n - 60_000) % 65_536, (60_000 - n) % 65_536) <= 16_384
    }


def letter(payload: bytes, qos: int = 1) -> Letter:
    return Letter(TOPIC, payload, 1, qos, False, 1, "r@e1", 0.0)


def test_a_letter_stored_without_the_broker_knowing_is_expected_once():
    unconfirmed = Unconfirmed()
    unconfirmed.expect([letter(b"a"), letter(b"a"), letter(b"b")])
    assert [unconfirmed.take(letter(payload)) for payload in (b"a", b"c", b"b", b"a", b"a")] == [
        True, False, True, True, False,
    ]  # fmt: skip
    unconfirmed.expect([letter(b"a")])
    assert not unconfirmed.take(letter(b"a", qos=0))
    unconfirmed.forget()
    assert not unconfirmed.take(letter(b"a"))


def kill(process) -> None:
    process.kill()
    process.wait()
