"""Where reports may be mailed and what was, for an administrator to see and to set."""

from __future__ import annotations

from django.contrib import admin

from mesproject.accounts.admin_base import OwnedAdmin, ReadOnly
from mesproject.analysis.builder.models import AllowedAddress, Sending


@admin.register(AllowedAddress)
class AllowedAddressAdmin(OwnedAdmin):
    """Where outside the company reports may go."""

    list_display = ["address"]
    search_fields = ["address"]


@admin.register(Sending)
class SendingAdmin(ReadOnly, OwnedAdmin):
    """Which reports were mailed, and what went wrong."""

    list_display = ["report", "due_at", "written_at", "mails", "attempts", "error"]
    fetched_with = ["report"]
