"""Migrations on a database that is at work."""

import io
import threading
import time

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from mesproject.management.commands import migrate

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
