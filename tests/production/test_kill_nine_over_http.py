"""Numbered messages come over HTTP while web, tick and database are killed: stored once, and decided right."""

import http.client
import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from mesproject.servers.ports import any_free
from mesproject.servers.process import end, end_group, spawn
from tests.production.processes import CHECKOUT, WITHOUT_CHECKS, wait_for
from tests.production.test_kill_nine import folder, kill_the_database, stored  # noqa: F401
from tests.production.test_kill_nine import plant as plant_with_broker  # noqa: F401

SETUP = """
from mesproject.accounts.models import ApiKey
from production.models import Station
from tests.make import make_api_key, make_pattern
station = Station.objects.get()
make_pattern(follows=station)
print(make_api_key(company=station.company)[1])
"""
# The slices that the tick wrote, and those of a rebuild from the signals alone.
COMPARE = """
from django.utils.timezone import now
from downtime import engine
from downtime.models import Slice
from production.models import Station
read = lambda: list(Slice.objects.order_by("start").values_list("start", "end", "state", "silent_since"))
at = now()
while engine.tick(now=at): pass
decided = read()
engine.rebuild(Station.objects.get(), now=at)
assert read() == decided, (read(), decided)
assert all(a[1] == b[0] for a, b in zip(decided, decided[1:])), decided
print(len(decided))
"""
BATCH = 20


class Shop:
    """Web and tick beside the plant's database; either can be killed and is started again."""

    def __init__(self, plant) -> None:
        self.plant, self.port = plant, any_free()
        self.env = os.environ | {"DATABASE_URL": plant.postgres.url, "FLOORLIGHT_DATA": str(plant.data)}
        web = [
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--port",
            str(self.port),
            "mesproject.wsgi:application",
        ]
        self.commands = {"web": web, "tick": ["manage.py", "tick", WITHOUT_CHECKS]}
        self.running = {name: self.start(name) for name in self.commands}
        self.token = self.shell(SETUP).split()[-1]

    def start(self, name):
        with (self.plant.data / f"{name}.log").open("ab") as log:
            return spawn([sys.executable, *self.commands[name]], env=self.env, output=log, cwd=CHECKOUT)

    def kill(self, name):
        self.running[name].kill()
        self.running[name].wait()
        end_group(self.running[name].pid)  # as the supervisor does
        self.running[name] = self.start(name)

    def shell(self, code):
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        return subprocess.run(
            command, cwd=CHECKOUT, env=self.env, check=True, capture_output=True, text=True
        ).stdout

    def post(self, items) -> bool:
        """Whether all of them were acknowledged."""
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as web:
                web.request("POST", "/api/signals", json.dumps(items), {"X-API-KEY": self.token})
                answer = web.getresponse()
                body = answer.read()
            return answer.status == 200 and all(
                i["status"] in (200, 201) for i in json.loads(body)["results"]
            )
        except (OSError, http.client.HTTPException):
            return False


@pytest.fixture
def shop(plant_with_broker):  # noqa: F811
    shop = Shop(plant_with_broker)
    yield shop
    for process in shop.running.values():
        end(process)


def let_flow(shop, number, *, kills):
    """Send until each is acknowledged, as a careful client does; kill in turn; then compare."""
    victims = [lambda: shop.kill("web"), lambda: shop.kill("tick"), lambda: kill_the_database(shop.plant)]
    due = [number * (n + 1) // (kills + 1) // BATCH * BATCH for n in range(kills)]
    began = datetime.now(UTC) - timedelta(hours=1)
    for first in range(0, number, BATCH):
        if first in due:
            victims[due.index(first) % 3]()
        items = [
            {
                "station": "S1", "boot": "a", "seq": n, "line_speed": n, "production_complete": 1,
                "timestamp": (began + timedelta(milliseconds=100 * n)).isoformat(),
            }
            for n in range(first, first + BATCH)
        ]  # fmt: skip
        wait_for(lambda items=items: shop.post(items), "an acknowledgement", within=60)
    assert Counter(stored(shop.plant)) == Counter(range(number))
    assert int(shop.shell(COMPARE)) > 0


def test_a_thousand_messages_are_stored_once_though_web_tick_and_database_are_killed(shop):
    let_flow(shop, 1000, kills=3)


@pytest.mark.long
def test_twenty_thousand_messages_are_stored_once_though_everything_is_killed_five_times(shop):
    let_flow(shop, 20_000, kills=15)
