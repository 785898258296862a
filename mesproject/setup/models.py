"""How far a company is set up: what cannot be seen by looking at what there is."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from mesproject.accounts.models import Company, Owned


class Progress(Owned):
    """The steps that a company does without, for now."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="set_up")
    skipped = ArrayField(models.CharField(max_length=16), default=list)

    def __str__(self) -> str:
        return f"{self.company} without {', '.join(self.skipped) or 'nothing'}"

    @classmethod
    def skip(cls, company: Company, step: str) -> None:
        """Go on without a step; it can be done later."""
        progress, _ = cls.objects.get_or_create(company=company)
        if step not in progress.skipped:
            progress.skipped.append(step)
            progress.save(update_fields=["skipped"])
