"""Real servers for the tests, each started when the first test needs it.

A pytest plug-in: it names the addresses before Django reads its settings, and starts the server behind
an address later. An address given in the environment is used as it is.
"""

import atexit
import os
import shutil
import socket
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from mesproject.servers.folders import data_folder, make_folder
from mesproject.servers.nats import NatsServer
from mesproject.servers.ports import any_free
from mesproject.servers.postgres import DATABASE, DISPOSABLE, Postgres
from mesproject.servers.valkey import Valkey
from tests.migrated import with_tables

ADDRESSES = ("DATABASE_URL", "REDIS_URL", "MQTT_URL")
# Where a process tells those it starts which addresses are its own plan, and nobody's wish.
PLANNED = "FLOORLIGHT_TEST_SERVERS"
_data = data_folder() / "test"
_here = _data / f"run-{os.getpid()}"
_postgres: Postgres | None = None
_valkey: Valkey | None = None
_broker: NatsServer | None = None


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, Any]:
    """Name the addresses before pytest-django loads the settings (wrappers go first)."""
    _sweep()
    os.environ.setdefault("SECRET_KEY", "only-for-tests")
    os.environ.setdefault("LIVE_PORT", _port_of_nobody())  # the usual one may be that of a demo beside
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(make_folder(_here)))
    _plan()
    return (yield)


def _port_of_nobody() -> str:
    """Where nobody listens as long as these tests run: it is held, so that no server of theirs is given it."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    atexit.register(held.close)
    return str(held.getsockname()[1])


def pytest_configure(config: pytest.Config) -> None:
    """A database of our own goes with its server; nothing is dropped before, whoever still has a session there."""
    config.option.reuse_db = config.option.reuse_db or _postgres is not None


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
    with with_tables(_postgres):
        connection.settings_dict["TEST"]["TEMPLATE"] = DATABASE
        yield _postgres


@pytest.fixture(scope="session")
def valkey() -> Generator[Valkey | None]:
    """The session's Valkey at REDIS_URL, or None when that was given."""
    if _valkey is None:
        yield None
        return
    with _valkey:
        yield _valkey


@pytest.fixture(scope="session")
def broker() -> Generator[NatsServer | None]:
    """The session's MQTT broker at MQTT_URL, which lets anybody in, or None when that was given."""
    if _broker is None:
        yield None
        return
    with _broker:
        yield _broker


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(_here, ignore_errors=True)


def _plan() -> None:
    """Decide where each server will be; none is started yet.

    Of several processes that share the tests each has servers of its own, not those its parent has planned.
    """
    global _postgres, _valkey, _broker
    for name in os.environ.pop(PLANNED, "").split():
        del os.environ[name]
    given = {name for name in ADDRESSES if name in os.environ}
    if "DATABASE_URL" not in given:
        _postgres = Postgres(_here, settings=DISPOSABLE)
        os.environ["DATABASE_URL"] = _postgres.url
    if "REDIS_URL" not in given:
        _valkey = Valkey(_here)
        os.environ["REDIS_URL"] = _valkey.url
    if "MQTT_URL" not in given:
        _broker = NatsServer(_here, url=f"mqtt://127.0.0.1:{any_free()}")
        os.environ["MQTT_URL"] = _broker.url
    os.environ[PLANNED] = " ".join(name for name in ADDRESSES if name not in given)


def _sweep() -> None:
    """Remove what runs that were killed left behind."""
    for folder in _data.glob("run-*"):
        with suppress(ProcessLookupError):
            os.kill(int(folder.name.removeprefix("run-")), 0)
            continue
        shutil.rmtree(folder, ignore_errors=True)
