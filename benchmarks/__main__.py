"""python -m benchmarks [NAME …]: run all benchmarks, or the named ones, on servers of their own."""

from __future__ import annotations

import importlib
import os
import shutil
import sys

import psycopg

from mesproject.servers.embedded import embedded
from mesproject.servers.folders import data_folder
from mesproject.servers.postgres import DURABLE
from mesproject.servers.server import Server

NAMES = (
    "http_batches",
    "mqtt_reader",
    "tick",
    "planned_time",
    "expected_ends",
    "schedule_screen",
    "recurrence",
    "reports",
    "answers",
    "keeping_up",
    "heavy",
    "boards",
    "screens",
    "issues",
    "imports",
    "pages",
    "first_paint",
)

OBSERVED = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_planning": "on"}


def main(names: list[str]) -> None:
    """Run them one after the other; each prints its floor, its figure and the ratio."""
    folder = data_folder() / f"bench-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        # As durable as in a plant: only then do the figures mean anything.
        with embedded(folder, settings=DURABLE | OBSERVED) as servers:
            measure(servers, names)
    finally:
        shutil.rmtree(folder)


def measure(servers: dict[str, Server], names: list[str]) -> None:
    """On these servers, which are new."""
    with psycopg.connect(servers["postgres"].superuser, dbname="floorlight", autocommit=True) as superuser:
        superuser.execute("CREATE EXTENSION pg_stat_statements")
        superuser.execute("GRANT pg_read_all_stats TO floorlight")
        superuser.execute("GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO floorlight")
    os.environ.update(
        DATABASE_URL=servers["postgres"].url,
        REDIS_URL=servers["valkey"].url,
        MQTT_URL=servers["nats"].url,
    )
    os.environ.update(
        DJANGO_SETTINGS_MODULE="mesproject.settings", SECRET_KEY="benchmark", LOG_LEVEL="WARNING"
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    for name in names or NAMES:
        importlib.import_module(f"benchmarks.{name}").run()


if __name__ == "__main__":
    main(sys.argv[1:])
