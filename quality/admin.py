"""Rejects and their reasons."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import (
    Archivable,
    MarkFilter,
    OwnedAdmin,
    OwnedForm,
    UseFilter,
    labelled,
    user_of,
)
from mesproject.accounts.admin_bulk import BulkAdmin
from mesproject.accounts.admin_sheets import SheetAdmin
from quality.models import Reject, RejectReason
from quality.sheets import ReasonLine


@admin.register(RejectReason)
class RejectReasonAdmin(SheetAdmin, BulkAdmin, Archivable):
    """Why parts are not good."""

    line_form = ReasonLine
    bulk_fields = ["kind", "position"]

    list_display = ["description", "code", "kind", "position"]
    list_filter = [UseFilter, "kind"]
    search_fields = ["description", "code"]
    fields = ["description", "code", "kind", "position", "archived_at"]


class UndoneFilter(MarkFilter):
    """Counting or undone."""

    field, unmarked, marked = "undone_at", _("Counting"), _("Undone")


class RejectForm(OwnedForm):
    """A reject of a run on the same station."""

    class Meta:
        model = Reject
        fields = ["station", "reason", "quantity", "at", "job_run", "operator"]

    def clean(self) -> dict[str, Any]:
        """Refuse a run of another station, and the future."""
        data = super().clean() or self.cleaned_data
        run, station, at = data.get("job_run"), data.get("station"), data.get("at")
        if run and station and run.station_id != station.pk:
            self.add_error("job_run", _("This run is on another station."))
        if at and at > now():
            self.add_error("at", _("This lies in the future."))
        return data


@admin.register(Reject)
class RejectAdmin(OwnedAdmin):
    """Parts that were not good. A slip is undone, so that it stays on record."""

    form = RejectForm
    date_hierarchy = "at"
    list_display = ["at", "station", "quantity", "reason", "who", "undone_at"]
    list_filter = [UndoneFilter, "reason", "station__group"]
    search_fields = ["station__name", "station__code", "reason__description", "reason__code"]
    fetched_with = [
        "station",
        "reason",
        "operator",
        "user",
        "device__company",
        "job_run__job",
        "job_run__sku",
    ]
    autocomplete_fields = ["station", "reason", "job_run", "operator"]
    readonly_fields = ["who", "undone_at"]
    fields = ["station", "reason", "quantity", "at", "job_run", "operator", "who", "undone_at"]
    actions = ["undo"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Undone, never deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Reject, form: Any, change: bool) -> None:
        """Note whose entry it is."""
        if not change:
            obj.user = user_of(request)
        super().save_model(request, obj, form, change)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Entered now, unless said otherwise."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "at" and isinstance(field, forms.Field):
            field.initial = now
        return field

    @labelled(_("Entered by"))
    def who(self, reject: Reject) -> str:
        """The operator, the user or the device."""
        return str(reject.operator or reject.user or reject.device or "–")

    @admin.action(description=_("Undo: these count no longer"), permissions=["change"])
    def undo(self, request: HttpRequest, queryset: Any) -> None:
        """One by one, so that each is in the audit log."""
        rejects, at = list(queryset.filter(undone_at=None)), now()
        for reject in rejects:
            reject.undone_at = at
            reject.save(update_fields=["undone_at"])
        self.message_user(request, _("%(count)d undone.") % {"count": len(rejects)}, messages.SUCCESS)
