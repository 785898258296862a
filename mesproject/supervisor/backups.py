"""The database as one file, and back; by the programs of the server that we run, whatever the system has."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from mesproject.servers.folders import make_folder
from mesproject.servers.postgres import Postgres, find_binaries

from .lock import AlreadyRunning, only_one


class BackupFailed(Exception):
    """Nothing was written, or nothing was changed; the message says why."""


def back_up(data: Path, file: Path) -> int:
    """Write the database to a file, whether it is at work or not; its size in bytes. There is all of it or none."""
    new = file.with_name(f"{file.name}.new")
    try:
        with _database(data) as url:
            _run("pg_dump", "--format=custom", f"--file={new}", database=url)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    return file.stat().st_size


def restore(data: Path, file: Path) -> None:
    """Put what a file holds in the place of the database. Raises AlreadyRunning while somebody works with it."""
    with only_one(make_folder(data)), _server(data) as url:
        _run("pg_restore", "--list", str(file))  # what is no backup is refused before anything is dropped
        with psycopg.connect(url) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        name = conninfo_to_dict(url)["dbname"]
        one = ("--single-transaction", "--exit-on-error", "--no-owner")
        _run("pg_restore", *one, f"--dbname={name}", str(file), database=url)


@contextmanager
def _database(data: Path) -> Iterator[str]:
    """Where it is: what the environment names, what a running supervisor has, or started for the moment."""
    try:
        with only_one(make_folder(data)), _server(data) as url:
            yield url
    except AlreadyRunning:
        yield (
            os.environ.get("DATABASE_URL")
            or json.loads((data / "addresses.json").read_text())["DATABASE_URL"]
        )


@contextmanager
def _server(data: Path) -> Iterator[str]:
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with Postgres(data) as server:
        server.make_database()
        yield server.url


def _run(program: str, *arguments: str, database: str = "") -> None:
    """Run a program of PostgreSQL. It is told by its environment how to get in: command lines can be read by all."""
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    told = {names[name]: str(value) for name, value in conninfo_to_dict(database).items() if name in names}
    argv = [str(find_binaries() / program), *arguments]
    done = subprocess.run(argv, env=os.environ | told, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupFailed(done.stderr.strip() or f"{program} failed.")
