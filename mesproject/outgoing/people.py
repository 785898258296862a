"""Whom a message concerns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mesproject.accounts.models import Company, User
from mesproject.outgoing.models import ANSWERABLE, Subscription
from production.models import StationGroup


@dataclass(frozen=True, slots=True)
class Reader:
    """A person with an address, and what he wants to know."""

    user: User
    subscription: Subscription
    plants: Collection[int]
    groups: Collection[int]

    def cares_for(self, group: StationGroup) -> bool:
        """Whether he is told of this group's stations."""
        return not (self.plants or self.groups) or group.plant_id in self.plants or group.pk in self.groups


def readers(company: Company | int, message: str) -> list[Reader]:
    """Everybody in a company who wants this kind of message; four queries at most."""
    users = (
        User.objects.of(company)
        .filter(is_active=True)
        .exclude(email="")
        .select_related("company")
        .order_by("pk")
    )
    asked = Subscription.objects.of(company).prefetch_related("plants", "groups")
    own = {subscription.user_id: subscription for subscription in asked}
    return [reader for user in users if getattr((reader := _reader(user, own)).subscription, message)]


def _reader(user: User, own: dict[int, Subscription]) -> Reader:
    if found := own.get(user.pk):
        plants, groups = ({row.pk for row in rows.all()} for rows in (found.plants, found.groups))
        return Reader(user, found, plants, groups)
    return Reader(user, Subscription(user=user, escalations=user.role in ANSWERABLE), (), ())
