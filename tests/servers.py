"""Real servers for the tests, each started when the first test needs it.

A pytest plug-in: it names the addresses before Django reads its settings, and starts the server behind
an address later. An address given in the environment is used as it is.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mesproject.servers.folders import data_folder
from mesproject.servers.postgres import DISPOSABLE, Postgres, find_binaries, version

_data = data_folder() / "test"
_here = _data / f"run-{os.getpid()}"


def _plan_postgres() -> Postgres | None:
    if "DATABASE_URL" in os.environ:
        return None
    postgres = Postgres(_here, settings=DISPOSABLE)
    os.environ["DATABASE_URL"] = postgres.url
    return postgres


_postgres: Postgres | None = None


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, Any]:
    """Name the addresses before pytest-django loads the settings (wrappers go first)."""
    global _postgres
    _sweep()
    _postgres = _plan_postgres()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Generator:
    """Start PostgreSQL just before pytest-django makes the test database."""
    if fixturedef.argname == "django_db_setup":
        request.getfixturevalue("postgres")
    return (yield)


@pytest.fixture(scope="session")
def postgres() -> Generator[Postgres | None]:
    """The session's PostgreSQL, or None when DATABASE_URL was given."""
    if _postgres is None:
        yield None
        return
    _copy_cluster(_template(), _postgres)
    with _postgres:
        yield _postgres


def pytest_unconfigure() -> None:
    """Leave nothing but the template behind."""
    shutil.rmtree(_here, ignore_errors=True)


def _template() -> Postgres:
    """A cluster with an empty database, made once per PostgreSQL version; copying it takes 0.1 s."""
    name = f"template-{version(find_binaries())}"
    _data.mkdir(parents=True, exist_ok=True)
    with (_data / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_data / name / "postgres").exists():
            building = Path(tempfile.mkdtemp(prefix="new-", dir=_data))
            building.chmod(0o755)
            with Postgres(building, settings=DISPOSABLE) as server:
                server.make_database(may_create=True)
            building.rename(_data / name)
    return Postgres(_data / name)


def _copy_cluster(template: Postgres, target: Postgres) -> None:
    _here.mkdir(parents=True, exist_ok=True)
    shutil.copytree(template.cluster, target.cluster)
    if target.account:
        for path in (target.cluster, *target.cluster.rglob("*")):
            os.chown(path, target.account.uid, target.account.gid)


def _sweep() -> None:
    """Remove what runs that were killed left behind."""
    for folder in _data.glob("run-*"):
        pid = int(folder.name.removeprefix("run-"))
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            continue
        shutil.rmtree(folder, ignore_errors=True)
