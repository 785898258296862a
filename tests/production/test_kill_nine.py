"""Numbered messages flow while broker, reader and database are killed: each is stored exactly once."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from mesproject.servers.postgres import Postgres
from tests.migrated import with_tables
from tests.production import processes
from tests.production.processes import CHECKOUT, client, wait_for

TOPIC = "busroot/v2/acme/signals/S1"
SETUP = """
from tests.make import make_company, make_station
make_station("S1", company=make_company(code="acme"))
"""


@pytest.fixture
def folder():
    """A folder that PostgreSQL's user can enter, too; pytest's own are closed to him."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def plant(folder, monkeypatch):
    """A plant with a database of its own, which may be killed."""
    postgres = with_tables(Postgres(folder)).start()
    try:
        monkeypatch.setattr(processes, "database_url", lambda: postgres.url)
        env = os.environ | {"DATABASE_URL": postgres.url, "FLOORLIGHT_DATA": str(folder)}
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", SETUP]
        subprocess.run(command, cwd=CHECKOUT, env=env, check=True)
        with processes.plant(folder) as running:
            running.postgres = postgres
            running.start_broker()
            yield running
    finally:
        postgres.stop()


def message(number: int, began: datetime) -> bytes:
    """A message that tells which it is, with each of the three ways to tell a repetition."""
    keys = [
        {"boot": "a", "seq": number},
        {"id": f"message-{number}"},
        {"timestamp": (began + timedelta(microseconds=number)).isoformat()},
    ]
    return json.dumps({"line_speed": number} | keys[number % 3]).encode()


def kill_the_reader(plant):
    reader = plant.running[-1]
    reader.kill()
    reader.wait()
    plant.start("ingest")


def kill_the_database(plant):
    plant.postgres.process.kill()
    plant.postgres.process.wait()
    plant.postgres.start()


KILLS = [kill_the_reader, lambda plant: plant.kill_nats(), kill_the_database]


def let_flow(plant, number: int, *, kills: int) -> Counter:
    """Publish, kill in turn, wait until the broker confirmed all; how often each number is stored."""
    began = datetime.now(UTC)
    plant.start("ingest")
    confirmed = []
    with client(plant.address, "machine", keep_session=True) as machine:
        machine.on_publish = lambda *_: confirmed.append(1)
        due = [number * (n + 1) // (kills + 1) for n in range(kills)]
        for n in range(number):
            machine.publish(TOPIC, message(n, began), qos=1)
            if n % 20 == 0:
                time.sleep(0.01)
            if n in due:
                KILLS[due.index(n) % 3](plant)
        wait_for(lambda: len(confirmed) >= number, "the broker to confirm all", within=120)
    wait_for(lambda: len(stored(plant)) >= number, "all to be stored", within=120)
    time.sleep(6)  # longer than the broker waits before it sends again
    return Counter(stored(plant))


def stored(plant) -> list[int]:
    try:
        with psycopg.connect(plant.postgres.url) as database:
            return [int(speed) for (speed,) in database.execute("SELECT speed FROM production_signal")]
    except psycopg.OperationalError:
        return []


def test_two_thousand_messages_are_stored_once_though_everything_is_killed_once(plant):
    assert let_flow(plant, 2000, kills=3) == Counter(range(2000))


@pytest.mark.long
def test_twenty_thousand_messages_are_stored_once_though_everything_is_killed_four_times(plant):
    assert let_flow(plant, 20_000, kills=12) == Counter(range(20_000))
