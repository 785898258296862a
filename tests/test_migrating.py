"""Migrations on a database that is at work, and on an empty one."""

import io
import re
import subprocess
import threading
import time

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from mesproject.management.commands import migrate
from mesproject.servers.postgres import ROLE
from tests import migrated

MOMENT = re.compile(r"'20[-0-9]+ [:.0-9]+\+00'")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def somebody():
    """Another session, which has a table for itself."""
    told = connection.settings_dict
    with psycopg.connect(host=told["HOST"], user=told["USER"], dbname=told["NAME"]) as other:
        other.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        yield other


def test_a_table_in_use_is_waited_for_briefly_and_asked_for_again(somebody):
    threading.Timer(3, somebody.rollback).start()
    said, began = io.StringIO(), time.monotonic()
    call_command("migrate", verbosity=1, stdout=said)
    assert "A table is in use; trying again" in said.getvalue()
    assert "No migrations to apply" in said.getvalue()
    assert 3 <= time.monotonic() - began < 15
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_it_gives_up_in_the_end(somebody, monkeypatch):
    monkeypatch.setattr(migrate, "TRIES", 1)
    with pytest.raises(OperationalError, match="lock timeout"):
        call_command("migrate", verbosity=0)


def test_what_every_test_begins_with_comes_of_migrating_from_nothing(postgres):
    if postgres is None:
        pytest.skip("the database was given, and with it its tables")
    with psycopg.connect(postgres.superuser, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE from_nothing OWNER {ROLE}")
    url = postgres.url.replace("/floorlight?", "/from_nothing?")
    migrated.migrate(url)
    assert dump(postgres, url) == dump(postgres, postgres.url)


def dump(postgres, url):
    """Its tables, and the rows that migrations write, but for the moment at which they were written."""
    command = [postgres.bin / "pg_dump", "--inserts", f"--dbname={url}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # pg_dump begins and ends with a word that nobody can guess, in a line with a backslash.
    return [MOMENT.sub("", line) for line in told.splitlines() if not line.startswith("\\")]
