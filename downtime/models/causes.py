"""The tree of causes."""

from __future__ import annotations

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models

from mesproject.accounts.models import Company, Owned, OwnedQuerySet


class CauseQuerySet(OwnedQuerySet):
    def active(self) -> Self:
        """Causes that may still be chosen."""
        return self.filter(archived_at=None)

    def below(self, parent: Cause | None) -> Self:
        """One level of the tree, in its order, each knowing whether there is more below it (`has_more`)."""
        children = Cause.objects.filter(parent=models.OuterRef("pk"), archived_at=None)
        return self.active().filter(parent=parent).annotate(has_more=models.Exists(children))


class Cause(Owned):
    """Why a station stopped. A tree: operators pick from 6 to 12 tiles a level."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="causes")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    code = models.CharField(max_length=50)
    description = models.CharField(max_length=50)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = CauseQuerySet.as_manager()

    class Meta:
        ordering = ["position", "description"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="cause_code_once_per_company",
                violation_error_message="There is a cause with this code already.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.description

    def clean(self) -> None:
        """Refuse a parent below the cause itself: a tree has no rings."""
        above = self.parent
        while above is not None:
            if above.pk == self.pk:
                raise ValidationError({"parent": "A cause cannot stand below itself."})
            above = above.parent
