"""The live rows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedAdmin, ReadOnly, labelled
from production.counters import Jump
from production.models import StationLive


class JumpFilter(admin.SimpleListFilter):
    """Stations of which something was not counted."""

    title, parameter_name = _("counts"), "counts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Beside all."""
        return [("jumped", str(_("With an implausible jump")))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The rows in question."""
        return queryset.jumped() if self.value() else queryset


def told(jump: Jump | None) -> str:
    """A reading that was not believed, in words."""
    return f"{localtime(jump.at):%Y-%m-%d %H:%M:%S}: {jump}" if jump else "–"


@admin.register(StationLive)
class LiveAdmin(ReadOnly, OwnedAdmin):
    """What each station does now, and when the engine looks at it again."""

    list_display = [
        "station", "status", "since", "last_seen_at", "last_output_at", "job_run", "not_counted", "deadline",
    ]  # fmt: skip
    list_filter = ["status", "station__group", JumpFilter]
    search_fields = ["station__name", "station__code"]
    fetched_with = ["station", "job_run__job", "job_run__sku"]
    ordering = ["station__group__plant__code", "station__group__code", "station__position", "station__code"]
    exclude = ["carry", "counters", "version"]
    readonly_fields = ["not_counted"]

    @labelled(_("Not counted"))
    def not_counted(self, live: StationLive) -> str:
        """The last reading that was not believed."""
        return told(live.jump)

    @labelled(_("Station"), "station__code")
    def name(self, live: StationLive) -> str:
        """Its name."""
        return live.station.name
