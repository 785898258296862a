"""`manage.py migrate`, which never lets the plant queue behind it for a table that is in use."""

from __future__ import annotations

import random
import time
from typing import Any

from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

# Whoever comes after one that waits for a table waits, too: so it is asked for briefly, and again later.
PATIENCE = "2s"
TRIES = 30
PAUSE = (1.0, 2.0)


class Command(migrate.Command):
    """Django's own, with a limit to how long it waits for a lock. What was migrated before a try failed stays so."""

    def handle(self, *args: Any, **options: Any) -> None:
        for left in reversed(range(TRIES)):
            try:
                return self._migrate(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable) or not left:
                    raise
                self.stdout.write("A table is in use; trying again in a moment.")
                time.sleep(random.uniform(*PAUSE))

    def _migrate(self, *args: Any, **options: Any) -> None:
        with connections[options["database"]].cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [PATIENCE])
        try:
            super().handle(*args, **options)
        finally:
            with connections[options["database"]].cursor() as cursor:
                cursor.execute("RESET lock_timeout")
