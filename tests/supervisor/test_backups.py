"""A backup is everything, and comes back as it was; by the commands that the documentation tells."""

import os
import subprocess
import sys
from contextlib import contextmanager

import psycopg
import pytest

from mesproject.servers.folders import CHECKOUT
from mesproject.servers.postgres import Postgres
from mesproject.supervisor.lock import only_one
from tests.machines import TOLD, data_folder_below

pytestmark = pytest.mark.long


@pytest.fixture
def folder(tmp_path):
    return data_folder_below(tmp_path)


def manage(folder, *command, ends_with=0):
    """What a command says, in a terminal of its own."""
    env = {name: value for name, value in os.environ.items() if name not in TOLD}
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, command)], cwd=CHECKOUT, text=True, capture_output=True,
        env=env | {"FLOORLIGHT_DATA": str(folder)}, check=False,
    )  # fmt: skip
    assert done.returncode == ends_with, done.stderr
    return done.stdout + done.stderr


@contextmanager
def database(folder):
    """The database of a data folder at which nothing else is at work."""
    with Postgres(folder) as server:
        server.make_database()
        with psycopg.connect(server.url, autocommit=True) as connection:
            yield server, connection


def contents(connection):
    """Every row of every table, as a checksum of each."""
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    ).fetchall()
    return {
        name: connection.execute(
            f"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM {name} t"
        ).fetchone()
        for (name,) in tables
    }


def test_what_is_backed_up_comes_back_bit_by_bit_again_and_again(folder, tmp_path):
    file = tmp_path / "plant.dump"
    with database(folder) as (server, connection):
        env = os.environ | {"DATABASE_URL": server.url, "FLOORLIGHT_DATA": str(folder)}
        made = (
            "from mesproject.accounts.models import Company; Company.objects.create(code='acme', name='Acme')"
        )
        for command in (["migrate", "-v", "0"], ["shell", "-v", "0", "-c", made]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=CHECKOUT, env=env, check=True)
        before = contents(connection)
    for _ in range(2):
        assert "MB." in manage(folder, "backup", file)
        with database(folder) as (_, connection):
            connection.execute("UPDATE accounts_company SET name = 'Spoilt'")
            connection.execute("CREATE TABLE later (id int)")
            assert contents(connection) != before
        assert "Restored." in manage(folder, "restore", file)
        with database(folder) as (_, connection):
            assert contents(connection) == before


def test_half_a_backup_changes_nothing(folder, tmp_path):
    file = tmp_path / "plant.dump"
    with database(folder) as (_, connection):
        connection.execute("CREATE TABLE many AS SELECT n, md5(n::text) FROM generate_series(1, 100000) n")
        before = contents(connection)
    manage(folder, "backup", file)
    os.truncate(file, file.stat().st_size * 2 // 3)
    assert "Nothing was restored" in manage(folder, "restore", file, ends_with=1)
    with database(folder) as (_, connection):
        assert contents(connection) == before


def test_what_is_no_backup_changes_nothing_and_nothing_is_restored_under_a_running_plant(folder, tmp_path):
    (no_backup := tmp_path / "no.dump").write_bytes(b"PGDMP, but not really")
    with database(folder) as (_, connection):
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert "Nothing was restored" in manage(folder, "restore", no_backup, ends_with=1)
    assert "Nothing was restored" in manage(folder, "restore", tmp_path / "nothing", ends_with=1)
    with only_one(folder):
        assert "already runs" in manage(folder, "restore", no_backup, ends_with=1)
    with database(folder) as (_, connection):
        assert list(contents(connection)) == ["kept"]
