"""What people counted: entered and corrected at tablets, taken back here, too."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import MarkFilter, OwnedAdmin, labelled, user_of
from production.hand_counts import Counter, take_back
from production.models import HandCount
from production.sign_ons import Hand


class UndoneFilter(MarkFilter):
    """Counting or taken back."""

    field, unmarked, marked = "undone_at", _("Counting"), _("Taken back")


@admin.register(HandCount)
class HandCountAdmin(OwnedAdmin):
    """Good and bad units of some time. A slip is taken back, so that it stays on record."""

    date_hierarchy = "entered_at"
    list_display = ["entered_at", "station", "good", "bad", "started_at", "ended_at", "who", "undone_at"]
    list_filter = [UndoneFilter, "station__group"]
    search_fields = ["station__name", "station__code", "operator__initials", "operator__name"]
    fetched_with = ["station", "operator", "user", "device__company", "undone_operator", "undone_user"]
    fields = [
        "station", ("good", "bad"), ("started_at", "ended_at"), ("entered_at", "who"), "corrects",
        ("undone_at", "undoer"),
    ]  # fmt: skip
    readonly_fields = [
        "station", "good", "bad", "started_at", "ended_at", "entered_at", "who", "corrects", "undone_at", "undoer",
    ]  # fmt: skip
    actions = ["undo"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Entered at the station's own page, which knows when people work."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Taken back, never deleted."""
        return False

    @labelled(_("Entered by"))
    def who(self, count: HandCount) -> str:
        """The operator, the user or the device."""
        return count.by or "–"

    @labelled(_("Taken back by"))
    def undoer(self, count: HandCount) -> str:
        """The operator or the user."""
        return count.undone_by or "–"

    @admin.action(description=_("Take back: these count no longer"), permissions=["change"])
    def undo(self, request: HttpRequest, queryset: Any) -> None:
        """One by one, so that each is in the audit log."""
        by, at = Counter(Hand(user_of(request))), now()
        done = sum(take_back(count, by=by, at=at) for count in queryset.filter(undone_at=None))
        self.message_user(request, _("%(count)d taken back.") % {"count": done}, messages.SUCCESS)
