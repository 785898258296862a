"""Which language people are addressed in. Theirs, where they chose one; else their company's; else their browser's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from mesproject.accounts.models import User


def languages() -> list[tuple[str, str]]:
    """Codes with the languages' own names; asked each time, so that one more needs no migration."""
    return list(settings.LANGUAGES)


def language_field(help_text: str | _StrPromise) -> models.CharField[str, str]:
    """What somebody chose; empty where nobody did."""
    return models.CharField(
        _("language"),
        max_length=8,
        choices=languages,
        blank=True,
        default="",
        db_default="",
        help_text=help_text,
    )


def language_of(user: User) -> str:
    """What a user is written to in, where no browser tells."""
    return user.language or user.company.language or settings.LANGUAGE_CODE
