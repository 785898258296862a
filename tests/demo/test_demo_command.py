"""`manage.py demo` as a newcomer starts it."""

import json
import os
import re
import signal
import urllib.request
from datetime import timedelta

import psycopg
import pytest
from django.core.management import CommandError

from mesproject.demo.management.commands.demo import _reset
from mesproject.demo.plan import STATIONS
from mesproject.servers.process import wait_until
from mesproject.supervisor import Steps
from mesproject.supervisor.lock import only_one
from production.windows import Window
from tests.machines import data_folder_below, machine, running


@pytest.fixture
def folder(tmp_path):
    return data_folder_below(tmp_path)


def demo(folder):
    """The demo, up."""
    return machine(folder, "demo", "--days", "0.5", until="The demo is up")


def kill_nine(folder, what):
    [pid] = [pid for pid, command in running(folder).items() if what in command]
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
    with demo(folder) as (process, said):
        url = re.search(r"Start page\s+(\S+)", said).group(1)
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
    assert running(folder) == {}
    with (
        demo(folder) as (process, _),
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
