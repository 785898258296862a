"""One-off events: maintenance and the like, planned once, on some stations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedAdmin, fieldset, labelled, user_of
from production.admin.plant import StationAdmin
from scheduling.admin.linked import Linked
from scheduling.events import enter_once
from scheduling.forms_one_offs import EndForm, OneOffForm, default_begin
from scheduling.models import EventInstance
from scheduling.one_offs import end_at, end_now, take_back


class WhenFilter(admin.SimpleListFilter):
    """Those that are not over, unless asked otherwise."""

    title, parameter_name = _("when"), "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Beside the default."""
        return [("over", str(_("Over"))), ("all", str(_("All")))]

    def choices(self, changelist: Any) -> Any:
        """The default is called by its name."""
        first, *others = super().choices(changelist)
        return [{**first, "display": _("Now and coming")}, *others]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The rows of this time."""
        over = Q(end_at__lte=now())
        if self.value() == "all":
            return queryset
        return queryset.filter(over) if self.value() == "over" else queryset.exclude(over)


def plan_address(*stations: int) -> str:
    """The page on which a one-off is planned, with these stations chosen."""
    chosen = ",".join(f"station:{pk}" for pk in stations)
    return f"{reverse('admin:scheduling_eventinstance_add')}?{urlencode({'where': chosen})}"


@admin.register(EventInstance)
class OneOffAdmin(OwnedAdmin):
    """Entered by hand; what recurs is shown in the calendar."""

    form = EndForm
    add_form_template = change_form_template = "admin/scheduling/one_off.html"
    change_list_template = "admin/scheduling/with_calendar.html"
    list_display = ["name", "station", "event_type", "starts", "ends"]
    list_filter = [WhenFilter, "event_type", "station__group"]
    search_fields = ["name", "station__name", "station__code"]
    fetched_with = ["station__group__plant", "event"]
    ordering = ["-start_at", "pk"]
    actions: ClassVar[Sequence[Any]] = ["end_early"]
    readonly_fields = ["event", "event_type", "station", "starts", "ends"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Only what was entered once."""
        return super().get_queryset(request).filter(one_off=True)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of a new one; of one that is there, its end."""
        if obj is None:
            return [fieldset(None, "event", "where", ("begin_date", "begin_time"), ("end_date", "end_time"))]
        if not self.has_change_permission(request, obj):
            return [fieldset(None, "event", "event_type", "station", "starts", "ends")]
        return [fieldset(None, "event", "event_type", "station", "starts", ("end_date", "end_time"))]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new one has none."""
        return self.readonly_fields if obj else []

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """What can be said differs."""
        return super().get_form(
            request, obj, change=change, **{"form": EndForm if obj else OneOffForm, **kwargs}
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From the list of stations or a day of the calendar; else from the next hour on."""
        asked = super().get_changeform_initial_data(request)
        begin = localtime(default_begin())
        where = asked.pop("where", "")
        return {"begin_date": begin.date(), "begin_time": begin.time(), "where": where.split(","), **asked}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The same verbs as for the API."""
        by, at = user_of(request).get_username(), now()
        if change:
            if obj.end_at != form.cleaned_data["end"]:
                end_at(obj, form.cleaned_data["end"], by=by, at=at)
            return
        said = form.cleaned_data
        made = enter_once(said["event"], form.stations, start=said["start"], end=said["end"], by=by, at=at)
        obj.pk, obj.name = made[0].pk, made[0].name
        if len(made) > 1:
            self.message_user(request, _("On %(count)d stations.") % {"count": len(made)}, messages.SUCCESS)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """As if it had never been entered."""
        take_back([obj], by=user_of(request).get_username(), at=now())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Many at once."""
        take_back(list(queryset), by=user_of(request).get_username(), at=now())

    @admin.action(description=_("End now"), permissions=["change"])
    def end_early(self, request: HttpRequest, queryset: Any) -> None:
        """Those that are under way."""
        ended = end_now(list(queryset), by=user_of(request).get_username(), at=now())
        self.message_user(request, _("%(count)d ended.") % {"count": len(ended)}, messages.SUCCESS)

    @labelled(_("Starts"), "start_at")
    def starts(self, row: EventInstance) -> str:
        """On its plant's clock."""
        return date_format(row.start_at.astimezone(row.station.group.plant.tz), "D Y-m-d H:i")

    @labelled(_("Ends"), "end_at")
    def ends(self, row: EventInstance) -> str:
        """On its plant's clock, if ever."""
        if row.end_at is None:
            return str(_("when somebody ends it"))
        return date_format(row.end_at.astimezone(row.station.group.plant.tz), "D Y-m-d H:i")


class OneOffs(Linked):
    """What is planned once, now and coming, on the station's page."""

    model = EventInstance
    verbose_name_plural = _("one-off events")
    heads = [_("Event"), _("From"), _("Until")]
    add_label = _("Plan maintenance…")
    empty = _("None now, none coming.")

    def rows_of(self, parent: Any) -> Any:
        """Not those that are over."""
        rows = super().rows_of(parent).filter(one_off=True).exclude(end_at__lte=now())
        return rows.select_related("station__group__plant").order_by("start_at")

    def cells(self, row: Any) -> Sequence[str]:
        """What, from when, until when."""
        options = admin.site.get_model_admin(EventInstance)
        return [row.name, options.starts(row), options.ends(row)]

    def add_address(self, parent: Any) -> str:
        """With this station."""
        return plan_address(parent.pk)


@admin.action(description=_("Plan maintenance…"), permissions=["change"])
def plan_maintenance(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponseRedirect:
    """Go and say what and when, for the stations that are ticked."""
    return HttpResponseRedirect(plan_address(*queryset.values_list("pk", flat=True)))


StationAdmin.inlines = [*StationAdmin.inlines, OneOffs]
StationAdmin.actions = [*StationAdmin.actions, plan_maintenance]
