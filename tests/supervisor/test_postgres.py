"""The embedded PostgreSQL: comes up over whatever it finds."""

import psycopg
import pytest

from mesproject.servers.postgres import Postgres
from tests.machines import opened


@pytest.fixture
def server(tmp_path_factory):
    """A durable PostgreSQL in a folder that the user nobody may enter."""
    with Postgres(opened(tmp_path_factory.mktemp("postgres"))) as postgres:
        postgres.make_database()
        yield postgres


def count(server):
    with psycopg.connect(server.url) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]


def test_what_was_committed_survives_a_kill(server):
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    server.process.kill()
    server.process.wait()
    server.start()
    assert count(server) == 1000
