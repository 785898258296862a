"""`manage.py demo` as a newcomer starts it."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.core.management import CommandError

from mesproject.demo.management.commands.demo import _reset
from mesproject.demo.plan import STATIONS
from mesproject.servers.folders import CHECKOUT
from mesproject.servers.ports import any_free
from mesproject.servers.process import command_of, wait_until
from mesproject.supervisor import Steps
from mesproject.supervisor.lock import only_one
from production.windows import Window

OURS = ("DATABASE_URL", "REDIS_URL", "MQTT_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")


@pytest.fixture
def folder(tmp_path):
    """A data folder that the user nobody may enter."""
    for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        parent.chmod(0o755)
    return tmp_path / "data"


@contextmanager
def demo(folder):
    """The demo, up; `said` is what it told until then."""
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    ports = ["--port", str(any_free()), "--mqtt-port", str(any_free())]
    with subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--days", "0.5", *ports],
        cwd=CHECKOUT,
        env=env | {"FLOORLIGHT_DATA": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            process.said = ""
            for line in process.stdout:
                process.said += line
                if "The demo is up" in line:
                    break
            assert "The demo is up" in process.said, process.said
            yield process
        finally:
            process.kill()


def started_here(folder):
    """Every process that was started for this data folder, by pid."""
    mark, found = f"FLOORLIGHT_DATA={folder}".encode(), {}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ:
                ours = mark in environ.read().split(b"\0")
        except OSError:
            continue
        if ours and pid != os.getpid() and command_of(pid):
            found[pid] = command_of(pid)
    return found


def kill_nine(folder, what):
    [pid] = [pid for pid, command in started_here(folder).items() if what in command]
    os.kill(pid, signal.SIGKILL)


def database(folder):
    return json.loads((folder / "addresses.json").read_text())["DATABASE_URL"]


def asked(connection, query, *values):
    return connection.execute(query, values).fetchall()


def life(connection):
    return asked(connection, "SELECT at FROM accounts_processlife WHERE name = 'demo'")[0][0]


def missing(connection):
    """What stations should have said by now and is not stored, or is stored twice."""
    [(opened,)] = asked(connection, "SELECT created_at FROM accounts_company WHERE code = 'demo'")
    window = Window(opened - timedelta(hours=12), life(connection))
    wrong = {}
    for station in STATIONS:
        stored = asked(
            connection,
            "SELECT s.at FROM production_signal s JOIN production_station t ON t.id = s.station_id "
            "WHERE t.code = %s AND s.at >= %s AND s.at < %s ORDER BY s.at",
            station.code, window.start, window.end,
        )  # fmt: skip
        said = [message.at for message in station.tape(opened).messages(window)]
        if said != [at for (at,) in stored]:
            wrong[station.code] = (len(said), len(stored))
    return wrong


@pytest.mark.long
def test_it_lives_through_kills_ends_without_an_orphan_and_goes_on_where_it_was(folder):
    with demo(folder) as process:
        url = re.search(r"Start page\s+(\S+)", process.said).group(1)
        with urllib.request.urlopen(url, timeout=5) as page:
            assert page.status == 200
        with psycopg.connect(database(folder)) as connection:
            connection.autocommit = True
            before = life(connection)
            kill_nine(folder, "demo_life")
            kill_nine(folder, "nats-server")
            kill_nine(folder, "manage.py ingest")
            assert wait_until(lambda: life(connection) > before + timedelta(seconds=25), within=60)
            assert wait_until(lambda: not missing(connection), within=20), missing(connection)
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0
    assert started_here(folder) == {}
    with (
        demo(folder) as process,
        psycopg.connect(database(folder)) as connection,
    ):
        connection.autocommit = True
        assert asked(connection, "SELECT count(*) FROM accounts_company") == [(1,)]
        assert wait_until(lambda: not missing(connection), within=20), missing(connection)
        process.terminate()
        assert process.wait(40) == 0


def test_a_demo_is_thrown_away_but_for_its_downloads(tmp_path):
    for name in ("demo", "postgres", "cache"):
        (tmp_path / name).mkdir()
    (tmp_path / "secret_key").write_text("x")
    _reset(tmp_path, Steps())
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "lock"}


def test_a_plant_that_is_no_demo_is_not_thrown_away(tmp_path):
    (tmp_path / "postgres").mkdir()
    with pytest.raises(CommandError, match="left as it is"):
        _reset(tmp_path, Steps())
    assert (tmp_path / "postgres").is_dir()


def test_a_demo_that_runs_is_not_thrown_away(tmp_path):
    (tmp_path / "demo").mkdir()
    with only_one(tmp_path), pytest.raises(CommandError, match="already runs"):
        _reset(tmp_path, Steps())
    assert (tmp_path / "demo").is_dir()
