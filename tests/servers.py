"""Real servers for the tests, each started when the first test needs it.

A pytest plug-in: it names the addresses before Django reads its settings, and starts the server behind
an address later. An address given in the environment is used as it is.
"""

import os
import shutil
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import pytest

from mesproject.servers.folders import data_folder
from mesproject.servers.postgres import DISPOSABLE, Postgres

_data = data_folder() / "test"
_here = _data / f"run-{os.getpid()}"
_postgres: Postgres | None = None


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, Any]:
    """Name the addresses before pytest-django loads the settings (wrappers go first)."""
    _sweep()
    os.environ.setdefault("SECRET_KEY", "only-for-tests")
    _plan_postgres()
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
    with _postgres:
        _postgres.make_database(may_create=True)
        yield _postgres


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(_here, ignore_errors=True)


def _plan_postgres() -> None:
    global _postgres
    if "DATABASE_URL" not in os.environ:
        _postgres = Postgres(_here, settings=DISPOSABLE)
        os.environ["DATABASE_URL"] = _postgres.url


def _sweep() -> None:
    """Remove what runs that were killed left behind."""
    for folder in _data.glob("run-*"):
        with suppress(ProcessLookupError):
            os.kill(int(folder.name.removeprefix("run-")), 0)
            continue
        shutil.rmtree(folder, ignore_errors=True)
