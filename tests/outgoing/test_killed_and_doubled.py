"""Real workers and beats, twins of each, killed again and again, on a queue and a mail server that fail, too:
each daily mail is accepted once, and the one moment that nobody can decide is counted."""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Q
from django.utils.timezone import now

from mesproject.accounts.models import OutboxMessage
from mesproject.accounts.models.outbox import LEASE
from mesproject.servers.ports import any_free, listens
from mesproject.servers.process import end, end_group, spawn
from mesproject.servers.valkey import Valkey
from tests.make import (
    make_company,
    make_group,
    make_pattern,
    make_plant,
    make_station,
    make_subscription,
    make_user,
)
from tests.production.processes import CHECKOUT, database_url, wait_for
from tests.reports.test_facts import say, settle

pytestmark = pytest.mark.django_db(transaction=True)
State = OutboxMessage.State
UNDER_WAY = Q(state__in=[State.WAITING, State.SENDING])
# Whoever claims a mail has ten minutes; here he has a second, dead or alive.
HURRY = LEASE - timedelta(seconds=1)
# As the supervisor runs them, but for the table of beats.
CELERY = (sys.executable, "-m", "celery", "-A", "tests.outgoing.hurried")
COMMANDS = {
    "worker": ("worker", "-c", "1", "-l", "WARNING", "--without-gossip", "--without-mingle"),
    "beat": ("beat", "-l", "WARNING", "--pidfile="),
}


class Crew:
    """Whoever sends mails, on a queue and to a mail server of their own."""

    def __init__(self, folder, seed):
        self.folder, self.chance = folder, random.Random(seed)
        self.queue, self.port, self.log = Valkey(folder), any_free(), folder / "accepted"
        self.running = {"worker": [], "beat": []}
        self.everybody = []
        self.killed = Counter()
        self.queue.start()
        self.log.touch()
        self._spawn(
            "mail",
            sys.executable,
            "-m",
            "tests.accounts.mailserver",
            str(self.port),
            str(self.log),
            str(seed),
        )
        wait_for(lambda: listens("127.0.0.1", self.port), "the mail server")

    def start(self, kind):
        """One more of them."""
        beat = ("-s", str(self.folder / f"beat-{len(self.everybody)}")) if kind == "beat" else ()
        self.running[kind].append(self._spawn(kind, *CELERY, *COMMANDS[kind], *beat))

    def kill(self, kind):
        """kill -9, with what it has begun; another comes."""
        victim = self.running[kind].pop(self.chance.randrange(len(self.running[kind])))
        end_group(victim.pid)
        assert victim.wait() == -signal.SIGKILL
        self.killed[kind] += 1
        self.start(kind)

    def kill_the_queue(self):
        """With all that is in it."""
        os.kill(self.queue.process.pid, signal.SIGKILL)
        self.queue.stop()
        self.killed["queue"] += 1
        self.queue.start()

    def _spawn(self, name, *command):
        env = os.environ | {
            "DATABASE_URL": database_url(), "REDIS_URL": self.queue.url, "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.port), "FLOORLIGHT_DATA": str(self.folder),
        }  # fmt: skip
        with (self.folder / f"{name}-{len(self.everybody)}.log").open("ab") as log:
            process = spawn(command, env=env, cwd=CHECKOUT, output=log)
        self.everybody.append(process)
        return process

    @property
    def fates(self):
        """What became of each mail that came to its end at the mail server."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    @property
    def accepted(self):
        """How often the mail server took each."""
        return Counter((one["to"], one["subject"]) for one in self.fates if one["fate"] in ("taken", "cut"))

    def stop(self):
        """End all that runs."""
        for process in reversed(self.everybody):
            end_group(process.pid) if process.poll() is not None else end(process, first=signal.SIGKILL)
        self.queue.stop()


@pytest.fixture
def crew(tmp_path, request):
    one = Crew(tmp_path, seed=request.param)
    yield one
    one.stop()


def due_this_morning(plants, people):
    """Plants where it is eight o'clock now, that worked in the last two days; the pairs of who is told of which."""
    company, at = make_company(), now()
    ahead = (8 - at.hour + 11) % 24 - 11
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "UTC"
    for number in range(plants):
        plant = make_plant(zone, company=company, name=f"Plant {number}")
        station = make_station(group=make_group(plant=plant))
        make_pattern(follows=station)
        say(station, *(at - timedelta(hours=hours) for hours in (40, 20)), good=1.0)
    settle(now=at)
    names = [f"u{number}@example.com" for number in range(people)]
    for name in names:
        make_subscription(make_user(company=company, email=name), daily=True)
    return plants * people


def until(done, crew, within=60):
    """Wait, and let nobody wait long for another attempt."""
    deadline = time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline, (told(), len(crew.fates), crew.killed)
        late = Q(state=State.WAITING, due_at__gt=now()) | Q(state=State.SENDING, due_at__lt=now() + HURRY)
        OutboxMessage.objects.filter(late, due_at__gt=now()).update(due_at=now())
        time.sleep(0.05)


def all_is_said():
    """Nothing is under way, nor was a moment ago: what is handed over is answered by then, or never."""
    under_way = OutboxMessage.objects.filter(UNDER_WAY)
    return not under_way.exists() and not (time.sleep(1.5) or under_way.exists())


def told():
    """How many messages are in which state."""
    return Counter(OutboxMessage.objects.values_list("state", flat=True))


def go_through(crew, expected, acts):
    """Let them work, and do them what `acts` say, each time a few mails later."""
    for kind in ("worker", "worker", "beat", "beat"):
        crew.start(kind)
    for act in acts:
        wanted = min(len(crew.fates) + crew.chance.randrange(1, 4), expected - 1)
        until(lambda wanted=wanted: len(crew.fates) >= wanted, crew)
        time.sleep(crew.chance.uniform(0, 0.2))
        crew.kill_the_queue() if act == "queue" else crew.kill(act)
    until(lambda: OutboxMessage.objects.count() == expected, crew)
    until(all_is_said, crew, 180)


def check(crew, expected, client):
    """Each was accepted once; what is missing is undecided, and not all that is undecided is missing."""
    states, fates = told(), Counter(one["fate"] for one in crew.fates)
    assert sum(states.values()) == expected
    assert set(states) <= {State.SENT, State.HANDED}
    assert set(crew.accepted.values()) == {1}
    undecided = set(OutboxMessage.objects.filter(state=State.HANDED).values_list("recipient", "subject"))
    everything = set(OutboxMessage.objects.values_list("recipient", "subject"))
    assert len(everything) == expected
    assert everything - set(crew.accepted) <= undecided
    # Each such moment has a cause: the line broke after the last dot, or a worker was killed behind it.
    assert (
        fates["cut"] + fates["lost"] <= len(undecided) <= fates["cut"] + fates["lost"] + crew.killed["worker"]
    )
    assert client.get("/statusz").json()["outbox"]["undecided"] == len(undecided)
    return undecided


def decide(crew, undecided):
    """An administrator has the undecided sent again: what is accepted twice now is one of those."""
    OutboxMessage.objects.send_again(now())
    until(all_is_said, crew)
    assert {one for one, times in crew.accepted.items() if times > 1} <= undecided


@pytest.mark.parametrize("crew", [20260312], indirect=True)
def test_a_worker_a_beat_and_the_queue_are_killed_and_each_daily_mail_is_accepted_once(crew, client):
    expected = due_this_morning(plants=2, people=6)
    go_through(crew, expected, ["worker", "queue", "beat"])
    check(crew, expected, client)


@pytest.mark.long
@pytest.mark.parametrize("crew", [1, 2, 3], indirect=True)
def test_whoever_is_killed_however_often_each_daily_mail_is_accepted_once(crew, client):
    expected = due_this_morning(plants=5, people=16)
    acts = crew.chance.choices(["worker", "beat", "queue"], [6, 2, 1], k=15)
    go_through(crew, expected, acts)
    decide(crew, check(crew, expected, client))
