"""Plants, groups and stations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import Archivable, OwnedStacked, fieldset, labelled
from mesproject.accounts.admin_sheets import SheetAdmin
from production.admin.effects import WatchedAdmin
from production.admin.live import told
from production.effects import Effect, apply
from production.models import MTConnectSource, Plant, Signal, Station, StationGroup, StationLive
from production.models.plant import in_a_word
from production.sheets import StationLine

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ROWS_ON_A_PAGE = 200


@admin.register(Plant)
class PlantAdmin(WatchedAdmin):
    """Sites, each with one wall clock."""

    list_display = ["name", "code", "timezone", "day_start", "stations"]
    ordering = ["code"]  # said again, because counting drops the model's own order
    search_fields = ["name", "code"]
    fieldsets = [
        fieldset(None, "name", "code"),
        fieldset(
            _("Clock"), "timezone", "day_start",
            description=_("Shifts and shop days follow this clock. A change holds from now on."),
        ),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of stations in use."""
        in_use = Count("groups__stations", filter=Q(groups__stations__archived_at=None))
        return super().get_queryset(request).annotate(number=in_use)

    @labelled(_("Stations"), "number")
    def stations(self, plant: Any) -> int:
        """How many are in use."""
        return plant.number


@admin.register(StationGroup)
class StationGroupAdmin(WatchedAdmin):
    """Lines, cells, halls."""

    list_display = ["name", "code", "plant", "stations"]
    ordering = ["plant__code", "code"]
    list_filter = ["plant"]
    search_fields = ["name", "code"]
    fetched_with = ["plant"]
    inlines: ClassVar[list[Any]] = []  # shift patterns, brought by scheduling

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of stations in use."""
        in_use = Count("stations", filter=Q(stations__archived_at=None))
        return super().get_queryset(request).annotate(number=in_use)

    @labelled(_("Stations"), "number")
    def stations(self, group: Any) -> int:
        """How many are in use."""
        return group.number


class MTConnectInline(OwnedStacked):
    """Where the station is read from, if it speaks MTConnect."""

    model = MTConnectSource
    classes = ["collapse"]


@dataclass(frozen=True, slots=True)
class Table:
    """What a station's page shows: heads, and rows of (text, CSS class)."""

    heads: Sequence[str]
    rows: Sequence[Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class StationPage:
    """One more page of a station: a table, or a page of its own kind."""

    slug: str
    title: StrOrPromise
    table: Callable[[Station], Table] | None = None
    view: Callable[[HttpRequest, Station, dict[str, Any]], HttpResponse] | None = None


SAID = {
    "good": _("New good"), "bad": _("New bad"), "good_total": _("Good count"), "bad_total": _("Bad count"),
    "productive": _("Productive"), "speed": _("Speed"), "kwh": "kWh", "kwh_total": _("kWh meter"), "rssi": "RSSI",
    "available": _("Available"), "error_code": _("Error"), "program": _("Program"),
}  # fmt: skip


def latest_signals(station: Station) -> Table:
    """What the station said last; only what it speaks of at all."""
    signals = list(Signal.objects.filter(station=station).order_by("-at", "-key")[:ROWS_ON_A_PAGE])
    spoken = [name for name in SAID if any(getattr(signal, name) is not None for signal in signals)]
    rows = [
        [
            (f"{localtime(signal.at):%Y-%m-%d %H:%M:%S.%f}"[:-3], "nowrap"),
            (f"{localtime(signal.received_at):%H:%M:%S}", "nowrap"),
            *((_plain(getattr(signal, name)), "") for name in spoken),
        ]
        for signal in signals
    ]
    return Table([_("Time"), _("Arrived"), *(SAID[name] for name in spoken)], rows)


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: gettext("yes"), False: gettext("no")}[value]
    return f"{value:.10g}" if isinstance(value, float) else str(value)


@admin.register(Station)
class StationAdmin(SheetAdmin, WatchedAdmin, Archivable):
    """Machines and work places."""

    line_form = StationLine
    bulk_fields = [
        "group", "detection", "cycle_time_ms", "stop_multiplier", "utilisation_threshold_ms", "hold_on_ms",
        "micro_stop_ms", "heartbeat_ms", "assume_all_shift_time_planned", "counted_by_hand", "counter", "allow_ad_hoc",
    ]  # fmt: skip

    change_form_template = "admin/station.html"
    list_display = ["name", "code", "group", "status", "last_seen", "stops_by"]
    list_filter = ["group", "group__plant", "detection", *Archivable.list_filter]
    search_fields = ["name", "code", "erp_id"]
    fetched_with = ["group__plant", "live"]
    ordering = ["group__plant__code", "group__code", "position", "code"]
    readonly_fields = [
        "machine_ref",
        "uuid",
        "created_at",
        "archived_at",
        "status",
        "last_seen",
        "not_counted",
    ]
    autocomplete_fields = ["group"]
    # Both are added to by the parts above: shift patterns, and the history of states.
    inlines: ClassVar[list[Any]] = [MTConnectInline]
    pages: ClassVar[list[StationPage]] = [StationPage("signals", _("Latest signals"), latest_signals)]
    of_now = fieldset(
        _("Now"),
        ("status", "last_seen", "not_counted"),
        ("machine_ref", "uuid"),
        ("created_at", "archived_at"),
    )
    fieldsets = [
        fieldset(None, "name", "code", "group", "position", "erp_id", "allow_ad_hoc"),
        of_now,
        fieldset(
            _("Stops"), "detection", "cycle_time_ms", "stop_multiplier", "utilisation_threshold_ms",
            "speed_threshold", "power_threshold_kw", "hold_on_ms", "micro_stop_ms", "heartbeat_ms",
            "assume_all_shift_time_planned",
            description=_("How silence is told from work. A change holds from now on."),
        ),
        fieldset(
            pgettext_lazy("of a station", "Counting"),
            "counted_by_hand", "counter", "counter_modulus", "minimum_cycle_time_ms", "max_units_per_minute",
            description=_("What the production counts in its messages mean."),
        ),
    ]  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new station does nothing yet."""
        return [group for group in self.fieldsets if obj is not None or group is not self.of_now]

    def get_urls(self) -> list[Any]:
        """The pages beside the form."""
        view = self.admin_site.admin_view(self.page_view)
        own = [path("<path:object_id>/page/<slug:slug>/", view, name="production_station_page")]
        return [*own, *super().get_urls()]

    def page_view(self, request: HttpRequest, object_id: str, slug: str) -> HttpResponse:
        """One of `pages`, for one station."""
        station = self.get_object(request, unquote(object_id))
        page = next((page for page in self.pages if page.slug == slug), None)
        if station is None or page is None:
            raise Http404
        if not self.has_view_permission(request, station):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": page.title,
            "subtitle": str(station),
            "original": station,
            "opts": self.opts,
        }
        if page.view:
            return page.view(request, station, context)
        assert page.table
        table = {"table": page.table(station), "limit": ROWS_ON_A_PAGE}
        return TemplateResponse(request, "admin/station_page.html", context | table)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With links to the pages."""
        if obj := kwargs.get("obj"):
            context["pages"] = [
                (reverse("admin:production_station_page", args=[obj.pk, page.slug]), page.title)
                for page in self.pages
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    @labelled(_("Status"), "live__status")
    def status(self, station: Station) -> str:
        """What it does now."""
        live = _live(station)
        return live.get_status_display() if live else str(_("Never heard of"))

    @labelled(_("Last message"), "live__last_seen_at")
    def last_seen(self, station: Station) -> str:
        """When it last said anything."""
        live = _live(station)
        return f"{localtime(live.last_seen_at):%Y-%m-%d %H:%M:%S}" if live and live.last_seen_at else "–"

    @labelled(_("Not counted"))
    def not_counted(self, station: Station) -> str:
        """The last reading of a running count that was not believed."""
        live = _live(station)
        return told(live.jump if live else None)

    @labelled(_("Stops by"), "detection")
    def stops_by(self, station: Station) -> str:
        """How silence is told from work, in a word."""
        return in_a_word(station.get_detection_display())

    def archived(self, rows: Any) -> None:
        """A station that comes back is looked at at once."""
        apply([Effect(tuple(row.pk for row in rows))], at=now())


def _live(station: Station) -> StationLive | None:
    return getattr(station, "live", None)
