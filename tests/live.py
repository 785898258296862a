"""The live process as tests run it: on a free port of loopback, listening to the test database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from mesproject.servers.ports import any_free, listens
from mesproject.servers.process import end, spawn
from tests.production.processes import database_url, wait_for


@dataclass(frozen=True, slots=True)
class LiveProcess:
    """Where it is, and its process."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Its address, as LIVE_URL wants it."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def live_process() -> Iterator[LiveProcess]:
    """Run it until the end of the block; it answers and listens when the block begins."""
    port, before = any_free(), set(listening())
    argv = [sys.executable, "-m", "uvicorn", "mesproject.live:application", "--port", str(port)]
    env = os.environ | {"DATABASE_URL": database_url()}
    process = spawn([*argv, "--no-access-log", "--log-level", "critical"], env=env)
    try:
        wait_for(lambda: listens("127.0.0.1", port), "the live process")
        wait_for(lambda: set(listening()) - before, "the live process to listen to the database")
        yield LiveProcess(port, process)
    finally:
        end(process)


def listening() -> list[int]:
    """The database's processes that serve a LISTEN, by number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %%' AND datname = current_database()"
        )
        return [pid for (pid,) in cursor.fetchall()]
