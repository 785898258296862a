"""Who stood at a station, from when to when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Device, Owned, OwnedQuerySet, User
from production.models.jobs import Operator, TsTzRange
from production.models.plant import Station
from production.windows import Window

# Nobody stands at a machine for longer; so whoever asks who did need not look further back.
LONGEST = timedelta(days=1)


class SignOnQuerySet(OwnedQuerySet):
    def at(self, instant: datetime) -> Self:
        """Who is there at an instant: at most one at a station."""
        return self.filter(started_at__lte=instant, ends_at__gt=instant)

    def overlapping(self, window: Window) -> Self:
        """Those that share time with a window."""
        near = self.filter(started_at__gt=window.start - LONGEST, started_at__lt=window.end)
        return near.filter(ends_at__gt=window.start)


class SignOn(Owned):
    """An operator's time at a station. At most one person is signed on there at a time; one may be at many stations.

    When it ends is known from its beginning, and may come sooner: so no past moves because somebody forgot to go.
    """

    company_path = "station__company"

    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="sign_ons")
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="sign_ons")
    started_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), help_text=_("At the latest: whoever signs on next ends it."))
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True)

    objects = SignOnQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-on")
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["station", "-started_at"], name="sign_ons_of_a_station")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("started_at")), name="a_sign_on_ends_after_it_began",
                violation_error_message=_("The end must be after the beginning."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("started_at") + LONGEST), name="a_sign_on_lasts_a_day_at_most",
                violation_error_message=_("Nobody stays for longer than 24 hours."),
            ),
            ExclusionConstraint(
                name="one_person_at_a_time_per_station",
                expressions=[
                    ("station", RangeOperators.EQUAL),
                    (TsTzRange("started_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Somebody is signed on at this station at that time."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.operator} at {self.station}"
