"""What people counted where no machine does."""

from __future__ import annotations

import uuid as uuids
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Device, Owned, OwnedQuerySet, User
from production.models.jobs import Operator
from production.models.plant import Station
from production.windows import Window

MOST_UNITS = 1_000_000


class HandCountQuerySet(OwnedQuerySet):
    def counting(self) -> Self:
        """Those that nobody has taken back."""
        return self.filter(undone_at=None)


class HandCount(Owned):
    """Good and bad units of some time, as somebody entered them; signals say them to everything that counts.

    A slip is taken back, not deleted, and what is entered in its place says so.
    """

    company_path = "station__company"

    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="hand_counts")
    key = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"))
    good = models.FloatField()
    bad = models.FloatField()
    parts = models.PositiveIntegerField(editable=False, default=0)  # signals over which it is spread
    entered_at = models.DateTimeField(_("entered"))
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected"
    )
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    undone_operator = models.ForeignKey(
        Operator, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = HandCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("count by hand")
        verbose_name_plural = _("counts by hand")
        ordering = ["-entered_at"]
        indexes = [models.Index(fields=["station", "-ended_at"], name="counts_by_hand_of_a_station")]
        constraints = [
            models.CheckConstraint(
                # Ranges, not >= 0: NaN is greater than every number.
                condition=Q(good__range=(0, MOST_UNITS), bad__range=(0, MOST_UNITS)),
                name="counts_by_hand_are_plain_numbers",
                violation_error_message=_("Good and bad are from 0 to 1,000,000."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__gte=F("started_at")), name="a_count_by_hand_ends_after_its_start",
                violation_error_message=_("The end must not be before the start."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.good:g} good" + (f", {self.bad:g} bad" if self.bad else "")

    @property
    def window(self) -> Window:
        """The time of which it tells; without a length where it was one instant."""
        return Window(self.started_at, self.ended_at)

    @property
    def by(self) -> str:
        """Whose entry it is."""
        return str(self.operator or self.user or self.device or "")

    @property
    def undone_by(self) -> str:
        """Who took it back."""
        return str(self.undone_operator or self.undone_user or "")
