"""`manage.py up` with everything a machine really runs."""

import json
import os
import re
import signal
import urllib.request
from urllib.error import HTTPError

import psycopg
import pytest

from mesproject.servers.ports import any_free
from mesproject.servers.process import wait_until
from tests.machines import data_folder_below, machine, running

pytestmark = pytest.mark.long


@pytest.fixture
def folder(tmp_path):
    return data_folder_below(tmp_path)


def up(folder, *, port):
    """The whole machine."""
    return machine(folder, "up", until="is up after", port=port)


def addresses(folder):
    return json.loads((folder / "addresses.json").read_text())


def ask(folder, path):
    """Status and JSON of one page."""
    try:
        with urllib.request.urlopen(addresses(folder)["FLOORLIGHT_URL"] + path, timeout=5) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def test_it_comes_up_tells_the_truth_and_ends_without_an_orphan(folder):
    with up(folder, port=any_free()) as (process, _):
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
    with up(folder, port=port) as (process, _):
        assert ask(folder, "/readyz")[0] == 200
        assert (folder / "secret_key").read_text() == key
        process.kill()
    # Killing the supervisor alone takes the others along.
    assert wait_until(lambda: not running(folder), within=30), running(folder)


def test_a_taken_port_is_named_and_the_next_one_used(folder, tmp_path):
    with up(folder, port=any_free()) as (first, _):
        taken = int(addresses(folder)["FLOORLIGHT_URL"].rpartition(":")[2])
        with up(tmp_path / "other", port=taken) as (_, said):
            assert re.search(rf"Port {taken} or {taken + 1} is taken; using {taken + 2} and", said)
        assert first.poll() is None
