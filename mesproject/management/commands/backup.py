"""`manage.py backup FILE`: the database as one file, while the plant is at work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mesproject.servers.server import ServerFailed
from mesproject.supervisor import backups


class Command(BaseCommand):
    """Works whether `up` runs or not."""

    help = "Write the database to a file; `restore` brings it back."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            size = backups.back_up(settings.DATA_DIR, options["file"])
        except (backups.BackupFailed, ServerFailed, OSError) as error:
            raise CommandError(f"Nothing was written: {error}") from None
        self.stdout.write(f"{options['file']}: {size / 2**20:,.1f} MB.")
