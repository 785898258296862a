"""`manage.py createsuperuser`: also on an empty database, where the owner's company is made with him."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.db import transaction

from mesproject.accounts.models import Company
from mesproject.accounts.models.companies import UNNAMED


class Command(createsuperuser.Command):
    """Django's own; the company is asked for only where there are several."""

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if options.get("company") is None:
            options["company"] = _only_one()
        super().handle(*args, **options)


def _only_one() -> int | None:
    companies = list(Company.objects.all()[:2])
    if not companies:
        # Set-up asks how it is called, and what its code shall be.
        companies = [Company.objects.create(code="my-company", name=UNNAMED)]
    return companies[0].pk if len(companies) == 1 else None
