"""The tree of causes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Owned, OwnedQuerySet
from production.live import sum_each_again


class CauseQuerySet(OwnedQuerySet):
    def active(self) -> Self:
        """Causes that may still be chosen."""
        return self.filter(archived_at=None)

    def below(self, parent: Cause | None) -> Self:
        """One level of the tree, in its order, each knowing whether there is more below it (`has_more`)."""
        children = Cause.objects.filter(parent=models.OuterRef("pk"), archived_at=None)
        return self.active().filter(parent=parent).annotate(has_more=models.Exists(children))

    def leaves(self) -> Self:
        """Those with nothing below them, by name."""
        children = Cause.objects.filter(parent=models.OuterRef("pk"), archived_at=None)
        return self.active().filter(~models.Exists(children)).order_by("description")


class Cause(Owned):
    """Why a station stopped. A tree: operators pick from 6 to 12 tiles a level.

    Another kind, or another place in the tree, holds for all stops it ever explained: they are summed anew.
    """

    class Kind(models.TextChoices):
        UNPLANNED = "unplanned", _("Unplanned")
        PLANNED = "planned", _("Planned")
        SETUP = "setup", _("Setup, changeover")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="causes")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    code = models.CharField(max_length=50)
    description = models.CharField(max_length=50)
    kind = models.CharField(
        max_length=12, choices=Kind, blank=True,
        help_text=_("What the time of its stops is. Empty: as the cause above it says; unplanned where none says."),
    )  # fmt: skip
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CauseQuerySet.as_manager()

    class Meta:
        ordering = ["position", "description"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="cause_code_once_per_company",
                violation_error_message=_("There is a cause with this code already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.description

    def clean(self) -> None:
        """Refuse a parent below the cause itself: a tree has no rings."""
        above = self.parent
        while above is not None:
            if above.pk == self.pk:
                raise ValidationError({"parent": _("A cause cannot stand below itself.")})
            above = above.parent

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; where stops now count as something else, let them be summed anew."""
        with transaction.atomic():
            before = Cause.objects.filter(pk=self.pk).values_list("parent_id", "kind").first()
            super().save(*args, **kwargs)
            if before not in (None, (self.parent_id, self.kind)):
                self._sum_again()

    def _sum_again(self) -> None:
        paths = paths_of(Cause.objects.filter(company=self.company_id))
        below = [pk for pk, path in paths.items() if self.pk in path]
        # Locked against whoever explains a stop by them now: that stop is either seen here or summed afterwards.
        list(Cause.objects.filter(pk__in=below).order_by("pk").select_for_update().values_list("pk"))
        used = self.issues.model.objects.valid().filter(cause__in=below).order_by()
        sum_each_again(dict(used.values_list("station").annotate(since=models.Min("started_at"))))


def paths_of(causes: Iterable[Cause]) -> dict[int, list[int]]:
    """The way from the top of the tree to each of a company's causes, itself included."""
    parents = {cause.pk: cause.parent_id for cause in causes}
    return {pk: [*_upwards(pk, parents)][::-1] for pk in parents}


def _upwards(pk: int, parents: Mapping[int, int | None]) -> Iterator[int]:
    above: int | None = pk
    for _step in parents:  # never more steps than there are causes, whatever the tree looks like
        if above is None:
            return
        yield above
        above = parents.get(above)
