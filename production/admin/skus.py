"""Products."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import Archivable, OwnedAdmin, OwnedTabular, fieldset, seconds
from mesproject.accounts.admin_sheets import SheetAdmin
from production.admin.effects import WatchedAdmin
from production.models import Sku, SkuGroup, SkuGroupMember
from production.sheets import SkuLine


@admin.register(Sku)
class SkuAdmin(SheetAdmin, WatchedAdmin, Archivable):
    """What is made."""

    line_form = SkuLine
    bulk_fields = [
        "cycle_time_ms", "minimum_cycle_time_ms", "stop_multiplier", "units_per_count", "value", "instructions",
        "line_speed_target", "allow_ad_hoc",
    ]  # fmt: skip

    list_display = [
        "code",
        "name",
        seconds("cycle_time_ms", _("Cycle time")),
        "stop_multiplier",
        "units_per_count",
        "value",
    ]
    list_filter = Archivable.list_filter
    search_fields = ["code", "name"]
    autocomplete_fields = ["instructions"]
    fieldsets = [
        fieldset(
            None, "code", "name", "value", "instructions", "instructions_url", "line_speed_target", "allow_ad_hoc",
            "archived_at",
        ),
        fieldset(
            _("Pace"), "cycle_time_ms", "minimum_cycle_time_ms", "stop_multiplier", "units_per_count",
            description=_("Wins over what the station says. A change holds for everything that was ever made of it; "
            "where the past is to stay, say the new pace in the job or the run, or make a new SKU."),
        ),
    ]  # fmt: skip

    def get_readonly_fields(self, request: object, obj: object = None) -> Iterable[str]:
        """The code is what orders and messages know it by."""
        return [*self.readonly_fields, *(["code"] if obj else [])]


class MemberInline(OwnedTabular):
    """What one cycle makes."""

    model = SkuGroupMember
    autocomplete_fields = ["sku"]
    extra = 2


@admin.register(SkuGroup)
class SkuGroupAdmin(OwnedAdmin):
    """SKUs made together."""

    list_display = ["code", "name", seconds("default_cycle_time_ms", _("Cycle time"))]
    search_fields = ["code", "name"]
    inlines = [MemberInline]
