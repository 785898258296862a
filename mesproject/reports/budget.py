"""What a report may cost: how much it may ask for, how long the database may take, and how many run at once.

Heavy reports leave half of the processors to what comes in. Places and slots are advisory locks, so they are counted
across all processes and let go with their transaction.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable, QueryCanceled

from mesproject.reports.asking import OF_RUNS

MOST_GROUPS = 200_000
MOST_DAYS = 4_018  # eleven years
SECONDS = 20
# Rows of facts from which on a report is heavy, how many of those run at once, and how long as many more wait.
HEAVY = 50_000
SLOTS = max(1, (os.cpu_count() or 1) // 2)
PATIENCE = 5  # seconds
# The classes of our advisory locks: a place for each that runs or waits, a slot for each that runs.
PLACES, RUNNING = 0x466C6F72, 0x466C6F73

# How many of each there may be in a day; shifts are few, and what is no group of time or place has few at once.
PER_DAY = {"hour": 25.0, "day": 1.0, "week": 1 / 7, "month": 1 / 28}
SHIFTS = 4


class TooSlow(Exception):
    """The database has not answered in time."""


class TooMany(Exception):
    """As many heavy reports as may are being made right now."""


def groups(asked: Collection[str], *, places: int, days: int) -> float:
    """How many groups may come: the finest time, times the places, times the shifts."""
    times = max((per_day * days + 1 for name, per_day in PER_DAY.items() if name in asked), default=1.0)
    return times * places * (SHIFTS if "shift" in asked else 1)


def rows(asked: Collection[str], *, stations: int, days: int, by_hour: bool) -> int:
    """How many facts are read, roughly: those of shops days and shifts, with their runs, or of hours."""
    per_day = 30 if by_hour or "hour" in asked else 6 if OF_RUNS.intersection(asked) else 3
    return per_day * stations * days


@contextmanager
def within(cost: int) -> Iterator[None]:
    """Ask the database inside; a heavy report waits for a slot. TooMany or TooSlow where there is none, or no end."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
            if cost > HEAVY:
                _wait()
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise TooMany from None
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from None
        raise


def _wait() -> None:
    """Take a place, then wait for the slot that belongs to it: it holds one that runs, and one that waits."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [PLACES] * SLOTS * 2)
        (place,) = cursor.fetchone()
        if place is None:
            raise TooMany
        cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE * 1000:.0f}")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [RUNNING, place % SLOTS])
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


# CASE asks for one place after the other, and stops at the first that is free.
_TAKE = (
    "SELECT CASE "
    + " ".join(f"WHEN pg_try_advisory_xact_lock(%s, {n}) THEN {n}" for n in range(SLOTS * 2))
    + " END"
)
