"""`manage.py up` with everything a machine really runs."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from urllib.error import HTTPError

import psycopg
import pytest

from mesproject.servers.folders import CHECKOUT
from mesproject.servers.ports import any_free
from mesproject.servers.process import command_of, wait_until

pytestmark = pytest.mark.long

OURS = ("DATABASE_URL", "REDIS_URL", "MQTT_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")


@pytest.fixture
def folder(tmp_path):
    """A data folder that the user nobody may enter."""
    for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        parent.chmod(0o755)
    return tmp_path / "data"


@contextmanager
def up(folder, *, port):
    """The whole machine; `said` is what it told until it was up."""
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    command = [sys.executable, "manage.py", "up", "--port", str(port), "--mqtt-port", str(any_free())]
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=env | {"FLOORLIGHT_DATA": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            process.said = until_up(process.stdout)
            yield process
        finally:
            process.kill()


def until_up(lines):
    said = ""
    for line in lines:
        said += line
        if "is up after" in line:
            return said
    raise AssertionError(f"It did not come up:\n{said}")


def addresses(folder):
    return json.loads((folder / "addresses.json").read_text())


def ask(folder, path):
    """Status and JSON of one page."""
    try:
        with urllib.request.urlopen(addresses(folder)["FLOORLIGHT_URL"] + path, timeout=5) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def running(folder):
    """Every process that was started for this data folder, by pid."""
    mark = f"FLOORLIGHT_DATA={folder}".encode()
    own = {os.getpid()}
    found = {}
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ:
                ours = mark in environ.read().split(b"\0")
        except OSError:
            continue
        if (ours or str(folder) in command_of(pid)) and pid not in own and command_of(pid):
            found[pid] = command_of(pid)
    return found


def test_it_comes_up_tells_the_truth_and_ends_without_an_orphan(folder):
    with up(folder, port=any_free()) as process:
        status, answer = ask(folder, "/readyz")
        assert (status, set(answer["checks"].values())) == (200, {"ok"})
        # Seconds later the tick has made itself known.
        assert wait_until(lambda: "tick" in ask(folder, "/statusz")[1]["processes_s"], within=20)
        process.terminate()
        assert process.wait(40) == 0
    assert running(folder) == {}
    assert not (folder / "addresses.json").exists()


def test_whatever_is_killed_comes_back_and_nothing_committed_is_lost(folder):
    with up(folder, port=any_free()):
        with psycopg.connect(addresses(folder)["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
        (postmaster,) = [pid for pid, command in running(folder).items() if "bin/postgres -D" in command]
        (broker,) = [pid for pid, command in running(folder).items() if "nats-server" in command]
        os.kill(postmaster, signal.SIGKILL)
        os.kill(broker, signal.SIGKILL)
        assert wait_until(lambda: ask(folder, "/readyz")[0] == 503, within=10)
        assert wait_until(lambda: ask(folder, "/readyz")[0] == 200, within=20)
        with psycopg.connect(addresses(folder)["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_after_kill_nine_of_everything_it_starts_again(folder):
    port = any_free()
    with up(folder, port=port):
        key = (folder / "secret_key").read_text()
        for pid in running(folder):
            os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not running(folder), within=10)
    with up(folder, port=port) as process:
        assert ask(folder, "/readyz")[0] == 200
        assert (folder / "secret_key").read_text() == key
        process.kill()
    # Killing the supervisor alone takes the others along.
    assert wait_until(lambda: not running(folder), within=30), running(folder)


def test_a_taken_port_is_named_and_the_next_one_used(folder, tmp_path):
    with up(folder, port=any_free()) as first:
        taken = int(addresses(folder)["FLOORLIGHT_URL"].rpartition(":")[2])
        with up(tmp_path / "other", port=taken) as second:
            assert re.search(rf"Port {taken} or {taken + 1} is taken; using {taken + 2} and", second.said)
        assert first.poll() is None
