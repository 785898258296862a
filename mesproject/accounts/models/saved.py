"""What people and programs keep for their screens: filters and dashboards."""

from __future__ import annotations

from typing import Self

import msgspec
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models.companies import Company, Owned, OwnedQuerySet
from mesproject.accounts.models.users import User

LARGEST = 64 * 1024
MOST = 500


def validate_size(content: object) -> None:
    """Refuse what is larger than any screen needs."""
    if len(msgspec.json.encode(content)) > LARGEST:
        raise ValidationError(_("This is larger than %(most)d KB.") % {"most": LARGEST // 1024})


class SavedQuerySet(OwnedQuerySet):
    def seen_by(self, user: User | None) -> Self:
        """What everybody of the company sees, and the person's own."""
        return self.filter(Q(user=None) | Q(user=user)) if user else self.filter(user=None)


class Saved(Owned):
    """JSON under a code: everybody's of a company, or a person's own. What is in it means nothing here."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="%(class)ss")
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="%(class)ss",
        help_text=_("Whose it is; empty: everybody's."),
    )  # fmt: skip
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=128)
    content = models.JSONField(blank=True, validators=[validate_size])
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SavedQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "user", "code"], name="%(class)s_code_once_per_owner", nulls_distinct=False,
                violation_error_message=_("There is one with this code already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class SavedFilter(Saved):
    """Which stations, products and times a screen is about."""


class Dashboard(Saved):
    """How a screen is laid out."""
