"""`manage.py demo_fill`: set the demo plant up and let it have lived until now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from mesproject.accounts.models import Company, Device
from mesproject.demo import past, plant
from mesproject.demo.secrets import Kept
from mesproject.reports.facts import refresh
from mesproject.supervisor import Steps


class Command(BaseCommand):
    """Run by `manage.py demo` when the database is there; may be repeated."""

    help = "Set up the demo plant in the database, and fill in its last days up to now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=float, default=3, help="how far back the demo's past reaches")
        parser.add_argument(
            "--open-to-network", action="store_true", help="give the logins a password that nobody knows"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not plant.existing() and (other := Company.objects.first()):
            raise CommandError(
                f"This database belongs to {other}: run `manage.py up`, or set FLOORLIGHT_DATA to a folder "
                "of its own for the demo."
            )
        steps, kept, at = Steps(), Kept.of(settings.DATA_DIR), now()
        password = kept.password_for(open_to_network=options["open_to_network"])
        with steps.step("demo plant"):
            company = plant.set_up(now=at, timezone=plant.local_timezone(), password=password)
            plant.set_password(company, password)
            plant.renew_secrets(company, kept)
            kept.tablet_code = plant.waiting_code(company, Device.Kind.TABLET, plant.TABLET, now=at)
            kept.board_code = plant.waiting_code(company, Device.Kind.DISPLAY, plant.BOARD, now=at)
            kept.save(settings.DATA_DIR)
        with steps.step("its past up to now"):
            past.fill(company, days=options["days"], now=at)
            plant.give_addresses(company)
        with steps.step("the sums of its past"):  # a worker would, but a visitor looks at once
            while refresh(now=at):
                pass
