"""Many tablets and programs answer the same stops at once, over HTTP, as the product serves it: several processes with
several threads each. One is first, the others are told so, and each change that was confirmed is on record once."""

import http.client
import json
import os
import random
import sys
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from threading import Barrier
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.utils.crypto import get_random_string
from django.utils.timezone import now

from downtime.models import Issue, IssueEvent
from mesproject.accounts.middleware import DEVICE_COOKIE
from mesproject.accounts.models import Device
from mesproject.servers.ports import any_free, listens
from mesproject.servers.process import end, spawn
from tests.make import make_api_key, make_device, make_group, make_issue, make_station
from tests.production.processes import CHECKOUT, database_url, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
TAKEN, CAME_LATE = 200, 409


@pytest.fixture
def port(tmp_path):
    """Of the web server, as the supervisor runs it."""
    port = any_free()
    command = [
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--no-ws",
        "--workers",
        "2",
        "--blocking-threads",
        "4",
    ]
    env = os.environ | {"DATABASE_URL": database_url(), "FLOORLIGHT_DATA": str(tmp_path)}
    with (tmp_path / "web.log").open("ab") as log:
        process = spawn(
            [sys.executable, "-m", "granian", *command, "mesproject.wsgi:application"],
            env=env, cwd=CHECKOUT, output=log,
        )  # fmt: skip
    wait_for(lambda: listens("127.0.0.1", port), "the web server")
    yield port
    end(process)


class Answerer:
    """Somebody who goes from stop to stop, and what was confirmed to him: (issue, step) → how often."""

    def __init__(self, port, chance):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.chance, self.confirmed, self.statuses = chance, Counter(), Counter()

    def go(self, issues, together):
        """Take each at the same moment as all others; who has it says when it will be over."""
        with closing(self.connection):
            for issue in issues:
                together.wait(60)
                if self.say(issue, "acknowledge") == TAKEN:
                    self.say(issue, "estimate", self.chance.randint(1, 60))
                elif self.chance.random() < 0.05:
                    self.say(issue, "note", "I came too late.")
        return self

    def say(self, issue, step, what=None):
        """One step, once more where the first answer is held for lost."""
        key = uuid.UUID(int=self.chance.getrandbits(128))
        status = self.ask(*self.request(issue, step, what, key))
        if self.repeats and self.chance.random() < 0.1:
            assert self.ask(*self.request(issue, step, what, key)) == status
        if status == TAKEN:
            self.confirmed[issue.pk, step] += 1
        return status

    def ask(self, path, headers, body):
        self.connection.request("POST", path, body, {"Host": "localhost", **headers})
        answer = self.connection.getresponse()
        answer.read()
        self.statuses[answer.status] += 1
        return answer.status


class Tablet(Answerer):
    """A browser at a station; what it sends carries a key, so that it may send it twice."""

    repeats = True

    def __init__(self, port, chance, company):
        super().__init__(port, chance)
        self.name, token = make_device(Device.Kind.TABLET, company=company)
        csrf = get_random_string(32)
        self.headers = {
            "Cookie": f"{DEVICE_COOKIE}={token}; {settings.CSRF_COOKIE_NAME}={csrf}", "X-CSRFToken": csrf,
            "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip

    def request(self, issue, step, what, key):
        field = {"estimate": "minutes", "note": "text"}.get(step, "")
        said = {"key": str(key)} | ({field: what} if field else {})
        return f"/stops/{issue.uuid}/{step}/", self.headers, urlencode(said)


class Program(Answerer):
    """A program with a key to the API."""

    repeats = False

    def __init__(self, port, chance, company):
        super().__init__(port, chance)
        self.name, token = make_api_key("write", company=company)
        self.headers = {"X-API-KEY": token, "Content-Type": "application/json"}

    def request(self, issue, step, what, key):
        said = {"estimate": {"estimatedTime": what}, "note": {"text": what}}.get(step, {})
        return f"/api/issue/{issue.pk}/event", self.headers, json.dumps({"type": step} | said)


def answered_by_all(port, *, clients, stops, seed):
    """What each client has been confirmed, after all have gone from stop to stop together."""
    group = make_group()
    issues = [
        make_issue(make_station(group=group), started_at=now() - timedelta(minutes=5)) for _ in range(stops)
    ]
    kinds = [Tablet, Program]
    people = [
        kinds[number % 2](port, random.Random(seed + number), group.plant.company)
        for number in range(clients)
    ]
    together = Barrier(clients)
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda one: one.go(issues, together), people))


def check(people, stops):
    """One owner each; the events on record are those that were confirmed, neither more nor fewer."""
    confirmed = Counter({(one.name, *key): times for one in people for key, times in one.confirmed.items()})
    recorded = Counter(
        (event.device or event.program, event.issue_id, event.kind)
        for event in IssueEvent.objects.select_related("device", "program")
    )
    assert {status for one in people for status in one.statuses} == {TAKEN, CAME_LATE}
    assert recorded == confirmed
    acknowledged = [(issue, who) for who, issue, kind in recorded.elements() if kind == "acknowledge"]
    assert len(acknowledged) == len(dict(acknowledged)) == stops
    assert not Issue.objects.filter(acknowledged_at=None).exists()
    assert not Issue.objects.filter(estimated_end_at=None).exists()


def test_ten_clients_answer_twenty_stops_at_once(port):
    check(answered_by_all(port, clients=10, stops=20, seed=20260311), stops=20)


@pytest.mark.long
def test_fifty_clients_answer_two_hundred_stops_at_once(port):
    check(answered_by_all(port, clients=50, stops=200, seed=1), stops=200)
