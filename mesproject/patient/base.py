"""The database behind every connection: a server that hangs is one that is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg.pq import TransactionStatus

# How long a connection that was kept may take to show that it still leads somewhere.
TO_ANSWER = 2.0


class Patient(psycopg.Connection[Any]):
    """A connection whose statements wait at most `patience` seconds for the server; None: as long as it takes."""

    patience: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Where none comes in time, the connection is of no more use: OperationalError."""
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    """`patience` is that of statements, in seconds; web processes have one, so that a page ends as a 503."""

    patience: float | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Patient:
        """A connection that knows how long to wait. As Django's, for one that knows neither pools nor other levels."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        connection: Patient = Patient.connect(**conn_params)
        connection.patience = self.patience
        return connection

    def is_usable(self) -> bool:
        """Whether the server answers, and soon."""
        if self.connection is None:
            return False
        with self.in_a_hurry():
            return super().is_usable()

    @contextmanager
    def in_a_hurry(self) -> Iterator[None]:
        """Questions so short that they need no proof first that the connection lives: they are it."""
        self.ensure_connection()
        self.connection.patience = TO_ANSWER
        self.health_check_done = True
        try:
            yield
        finally:
            if self.connection is not None:
                self.connection.patience = self.patience
