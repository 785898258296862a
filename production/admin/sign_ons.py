"""Who stood where: what tablets noted, corrected by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedForm, labelled, user_of
from production.admin.effects import WatchedAdmin
from production.models import SignOn


class SignOnForm(OwnedForm):
    """A time that has begun, and ends later."""

    class Meta:
        model = SignOn
        fields = ["station", "operator", "started_at", "ends_at"]

    def clean(self) -> dict[str, Any]:
        """Refuse the future; the database refuses two people at once."""
        data = super().clean() or self.cleaned_data
        start, end = data.get("started_at"), data.get("ends_at")
        if start and start > now():
            self.add_error("started_at", _("This lies in the future."))
        if start and end and end <= start:
            self.add_error("ends_at", _("The end must be after the beginning."))
        return data


@admin.register(SignOn)
class SignOnAdmin(WatchedAdmin):
    """Operators' times at stations. A change gives the numbers of that time to somebody else."""

    form = SignOnForm
    date_hierarchy = "started_at"
    list_display = ["operator", "station", "started_at", "ends_at", "entered"]
    list_filter = ["operator", "station__group"]
    search_fields = ["operator__initials", "operator__name", "station__code", "station__name"]
    fetched_with = ["station", "operator", "user", "device__company"]
    autocomplete_fields = ["station", "operator"]
    readonly_fields = ["entered"]
    fields = ["station", "operator", "started_at", "ends_at", "entered"]

    def save_model(self, request: HttpRequest, obj: SignOn, form: Any, change: bool) -> None:
        """Note whose entry it is."""
        if not change:
            obj.user = user_of(request)
        super().save_model(request, obj, form, change)

    @labelled(_("Entered by"))
    def entered(self, sign_on: SignOn) -> str:
        """The user or the device."""
        return str(sign_on.user or sign_on.device or "–")
