"""The database as one file, and back; by the programs of the server that we run, whatever the system has."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from psycopg.conninfo import conninfo_to_dict

from mesproject.servers.folders import make_folder
from mesproject.servers.postgres import Postgres, find_binaries

from .lock import AlreadyRunning, only_one

EMPTY = b"DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"


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
        _run("pg_restore", "--list", str(file))  # what is no backup is refused before anything is begun
        _replace(file, url)


def _replace(file: Path, url: str) -> None:
    """What is there goes and what the file holds comes in one transaction, kept only where all of the file was read."""
    psql = ("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", "--file=-")
    with (
        TemporaryFile("w+") as said,
        _begun("pg_restore", "--no-owner", "--file=-", str(file), says=said) as script,
    ):
        with suppress(BrokenPipeError), _begun(*psql, database=url, says=said) as target:
            # A pipe that breaks is that of a program which has ended by itself, and has said why.
            _pour(script, target)
        if target.returncode or script.wait():
            raise BackupFailed(_text(said) or "The database would not take it.")


def _pour(script: subprocess.Popen[bytes], target: subprocess.Popen[bytes]) -> None:
    assert script.stdout
    assert target.stdin
    target.stdin.write(EMPTY)
    shutil.copyfileobj(script.stdout, target.stdin)
    if script.wait():
        target.kill()


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
    """Run a program of PostgreSQL to its end."""
    with TemporaryFile("w+") as said, _begun(program, *arguments, database=database, says=said) as begun:
        begun.communicate()
        if begun.returncode:
            raise BackupFailed(_text(said) or f"{program} failed.")


def _begun(program: str, *arguments: str, says: IO[str], database: str = "") -> subprocess.Popen[bytes]:
    """A program of PostgreSQL. It is told by its environment how to get in: command lines can be read by all."""
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    told = {names[name]: str(value) for name, value in conninfo_to_dict(database).items() if name in names}
    argv = [str(find_binaries() / program), *arguments]
    return subprocess.Popen(
        argv, env=os.environ | told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=says
    )


def _text(said: IO[str]) -> str:
    said.seek(0)
    return said.read().strip()
