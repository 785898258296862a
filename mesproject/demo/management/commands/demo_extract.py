"""`manage.py demo_extract FOLDER`: make the demo's recordings anew from the published ones."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mesproject.demo.extract import extract


class Command(BaseCommand):
    """Needed only by whoever wants to check or change what the demo ships."""

    help = "Thin the published recordings to what the demo uses; see mesproject/demo/data/README.md."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where the published recordings lie")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = extract(options["folder"])
        except FileNotFoundError as error:
            raise CommandError(f"{error.filename} is missing.") from error
        for name, lines in written.items():
            self.stdout.write(f"{lines:7,} lines  {name}")
