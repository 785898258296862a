"""The tree of causes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from downtime import whys
from downtime.models import AnswerRule, Cause
from downtime.models.answers import publish
from downtime.sheets import CauseLine
from mesproject.accounts.admin_base import Archivable, UseFilter, user_of
from mesproject.accounts.admin_bulk import BulkAdmin
from mesproject.accounts.admin_sheets import SheetAdmin


@admin.register(Cause)
class CauseAdmin(SheetAdmin, BulkAdmin, Archivable):
    """The tree of causes."""

    line_form = CauseLine
    bulk_fields = ["parent", "kind", "position"]

    list_display = ["description", "code", "parent", "kind", "position"]
    list_filter = [UseFilter, "kind", "parent"]
    search_fields = ["description", "code"]
    fetched_with = ["parent"]
    autocomplete_fields = ["parent"]
    ordering = [F("parent__position").asc(nulls_first=True), "position", "description"]
    fields = ["description", "code", "parent", "kind", "position", "archived_at"]

    @admin.action(description=_("Archive: hide from screens, keep in history"), permissions=["change"])
    @transaction.atomic
    def archive(self, request: HttpRequest, queryset: Any) -> None:
        """Take out of use, with the rules that answer by it; say which."""
        causes = list(queryset.filter(archived_at=None))
        super().archive(request, queryset)
        self._put_into_force(request, causes, whys.CAUSE_ARCHIVED)
        off = [str(rule) for rule in AnswerRule.objects.filter(cause__in=causes, on=True, archived_at=None)]
        if off:
            said = _("Rules that are off as long as their cause is archived: %(rules)s.")
            self.message_user(request, said % {"rules": ", ".join(off)}, messages.WARNING)

    @admin.action(description=_("Restore from the archive"), permissions=["change"])
    @transaction.atomic
    def restore(self, request: HttpRequest, queryset: Any) -> None:
        """Take into use again, with its rules."""
        causes = list(queryset.exclude(archived_at=None))
        super().restore(request, queryset)
        self._put_into_force(request, causes, whys.CAUSE_RESTORED)

    def _put_into_force(self, request: HttpRequest, causes: Sequence[Cause], why: str) -> None:
        user = user_of(request)
        said = why.format(names=", ".join(map(str, causes)))
        publish(user.company, at=now(), by=user.get_username(), why=said)
