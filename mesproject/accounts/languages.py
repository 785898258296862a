"""Which language people are addressed in. Theirs, where they chose one; else their company's; else their browser's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from mesproject.accounts.models import Company


class Addressed(Protocol):
    """A user, or what he made for somebody: it may speak a language, and belongs to a company."""

    @property
    def language(self) -> str:
        """Empty where nobody chose one."""

    @property
    def company(self) -> Company:
        """Whose it is."""


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


def language_of(somebody: Addressed) -> str:
    """What somebody is written to in, where no browser tells."""
    return somebody.language or somebody.company.language or settings.LANGUAGE_CODE
