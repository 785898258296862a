"""Mail that left the building, or did not."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedAdmin, ReadOnly, labelled
from mesproject.accounts.models import OutboxMessage, Role


@admin.register(OutboxMessage)
class OutboxAdmin(ReadOnly, OwnedAdmin):
    """Outgoing messages: to look at, and to send again where it is not known whether they went."""

    date_hierarchy = "created_at"
    list_display = ["created_at", "kind", "recipient", "subject", "state", "attempts", "sent_at", "why"]
    list_filter = ["state", "kind", "endpoint"]
    search_fields = ["recipient", "subject"]
    fetched_with = ["endpoint"]
    actions = ["send_again"]
    fields = [
        "kind", "recipient", "subject", "text", "state", "whole_why", "created_at", "due_at", "expires_at", "attempts",
        "sent_at",
    ]  # fmt: skip

    @labelled(_("Body"))
    def text(self, message: OutboxMessage) -> str:
        """What it says; a link that lets somebody in is his alone."""
        return message.readable

    @labelled(_("Why not"))
    def why(self, message: OutboxMessage) -> str:
        """What went wrong, in short."""
        return Truncator(message.why_not).chars(60)

    @labelled(_("Why not"))
    def whole_why(self, message: OutboxMessage) -> str:
        """What went wrong."""
        return message.why_not or "–"

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Only those who may see the page at all, and change things."""
        return bool(request.user.role == Role.ADMINISTRATOR or request.user.is_superuser)

    @admin.action(description=_("Send again (given up, or without an answer)"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: Any) -> None:
        """Put them back in the queue."""
        count = queryset.send_again(now())
        self.message_user(request, _("%(count)d will be sent again.") % {"count": count}, messages.SUCCESS)
