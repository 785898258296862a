"""Where reports may be mailed, for an administrator to say."""

from __future__ import annotations

from django.contrib import admin

from mesproject.accounts.admin_base import OwnedAdmin
from mesproject.analysis.builder.models import AllowedAddress


@admin.register(AllowedAddress)
class AllowedAddressAdmin(OwnedAdmin):
    """Where outside the company reports may go."""

    list_display = ["address"]
    search_fields = ["address"]
