"""`manage.py restore FILE`: what `backup` wrote takes the place of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mesproject.servers.server import ServerFailed
from mesproject.supervisor import backups
from mesproject.supervisor.lock import AlreadyRunning


class Command(BaseCommand):
    """All of it or nothing; refused while `up` runs."""

    help = "Put a backup in the place of the database, all that is in it now being dropped."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backups.restore(settings.DATA_DIR, options["file"])
        except (AlreadyRunning, backups.BackupFailed, ServerFailed, OSError) as error:
            raise CommandError(f"Nothing was restored: {error}") from None
        self.stdout.write("Restored. `manage.py up` brings its tables up to date.")
