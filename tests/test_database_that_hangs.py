"""A database that neither answers nor goes away: a stopped server, a disk that hangs, a network that swallows all."""

import socket
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from mesproject.patient.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True)


class Way:
    """A way to the database that can be blocked: it takes what is said, and nothing comes out at the other end."""

    def __init__(self, folder: Path, to: str) -> None:
        self.blocked, self.to = threading.Event(), to
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(folder / ".s.PGSQL.5432"))
        self.door.listen()
        self.sockets = [self.door]
        threading.Thread(target=self._let_in, daemon=True).start()

    def _let_in(self) -> None:
        with suppress(OSError):
            while True:
                here, there = self.door.accept()[0], socket.socket(socket.AF_UNIX)
                self.sockets += [here, there]
                there.connect(self.to)
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if not self.blocked.is_set():
                    target.sendall(data)

    def close(self) -> None:
        for one in self.sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def folder():
    """A short path: that of a socket may have no more than 107 letters."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def way(folder):
    way = Way(folder, f"{connection.settings_dict['HOST']}/.s.PGSQL.5432")
    yield way
    way.close()


@pytest.fixture
def far(way, folder):
    """A connection that goes this way."""
    far = DatabaseWrapper({**connection.settings_dict, "HOST": str(folder), "PORT": "5432"}, alias="far")
    with far.cursor() as cursor:
        cursor.execute("SELECT 1")
    yield far
    far.close()


def test_a_connection_that_was_kept_is_given_up_within_two_seconds_and_so_is_a_new_one(way, far):
    way.blocked.set()
    began = time.monotonic()
    assert not far.is_usable()
    far.close()
    with pytest.raises(OperationalError):
        far.ensure_connection()
    assert time.monotonic() - began < 6
    way.blocked.clear()
    far.ensure_connection()
    assert far.is_usable()


def test_a_statement_waits_as_long_as_it_may_and_no_longer(way, far):
    far.connection.patience = 0.5
    way.blocked.set()
    with pytest.raises(OperationalError), far.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert far.connection.closed
    assert not far.is_usable()


def test_a_short_question_proves_by_itself_that_the_connection_lives(way, far):
    way.blocked.set()
    began = time.monotonic()
    with pytest.raises(OperationalError), far.in_a_hurry(), far.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert time.monotonic() - began < 6
    assert far.connection.closed
