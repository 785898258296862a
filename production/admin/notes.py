"""What shifts told each other: written and read at tablets, looked at here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import MarkFilter, OwnedAdmin, labelled
from production.models import ShiftNote


class ReadFilter(MarkFilter):
    """Waiting or read."""

    field, unmarked, marked = "read_at", _("To be read"), _("Read")


@admin.register(ShiftNote)
class ShiftNoteAdmin(OwnedAdmin):
    """Notes to the next shift. They are on record: nobody changes what he has written."""

    date_hierarchy = "written_at"
    list_display = ["written_at", "station", "__str__", "who", "read_at", "read_who"]
    list_filter = [ReadFilter, "station__group"]
    search_fields = ["text", "station__name", "station__code", "operator__initials", "operator__name"]
    fetched_with = ["station", "operator", "user", "device__company", "reader", "reader_user"]
    fields = ["station", "text", ("written_at", "who"), ("read_at", "read_who")]
    readonly_fields = ["station", "text", "written_at", "who", "read_at", "read_who"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Written at the station."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Kept."""
        return False

    @labelled(_("Written by"))
    def who(self, note: ShiftNote) -> str:
        """The operator, the user or the device."""
        return note.by or "–"

    @labelled(_("Read by"))
    def read_who(self, note: ShiftNote) -> str:
        """The operator or the user."""
        return note.read_by or "–"
