"""What people are told, for an administrator to see and to set."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedAdmin, ReadOnly, fieldset, labelled
from mesproject.outgoing.models import Subscription, Summary


@admin.register(Subscription)
class SubscriptionAdmin(OwnedAdmin):
    """Who is told what."""

    list_display = [
        "user",
        "address",
        "alerts",
        "alert_after",
        "escalations",
        "daily",
        "quiet_from",
        "quiet_until",
    ]
    list_filter = ["alerts", "escalations", "daily"]
    search_fields = ["user__username", "user__email", "user__first_name", "user__last_name"]
    fetched_with = ["user"]
    filter_horizontal = ["plants", "groups"]
    fieldsets = [
        fieldset(None, "user"),
        fieldset(_("Tell of"), "alerts", "alert_after", "escalations", "daily"),
        fieldset(
            _("Where"), "plants", "groups", description=_("Without a plant and a group: of everything.")
        ),
        fieldset(_("Quiet time"), "quiet_from", "quiet_until"),
    ]

    @labelled(_("Address"), "user__email")
    def address(self, subscription: Subscription) -> str:
        """Where it goes."""
        return subscription.user.email

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whose it is does not change."""
        return ["user"] if obj else []


@admin.register(Summary)
class SummaryAdmin(ReadOnly, OwnedAdmin):
    """Which mornings were told, and what went wrong."""

    list_display = ["plant", "day", "due_at", "written_at", "attempts", "error"]
    list_filter = ["plant"]
    fetched_with = ["plant"]
