"""Recomputing the past: the one way in which present rules reach what was planned, told before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedAdmin, ReadOnly, fieldset, labelled, own_rows, user_of
from production.models import Station
from production.operators import number_of
from scheduling.followers import followers_of
from scheduling.forms_recurrence import ANY_DATE
from scheduling.models import Recomputation, ShiftPattern
from scheduling.wall_clock import local_to_utc
from scheduling.writing import recompute

FURTHEST = timedelta(days=2 * 366)
HOUR_MS = 3_600_000


class RecomputeForm(forms.Form):
    """From which day on, and why."""

    since = forms.DateField(
        label=_("From"), widget=ANY_DATE, help_text=_("The first day, on the plant's clock.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=255,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=_("Kept for good, with your name."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_since(self) -> date:
        """A day that is past, but not out of reach."""
        since: date = self.cleaned_data["since"]
        if not self.today - FURTHEST <= since <= self.today:
            raise forms.ValidationError(_("Choose a day of the last two years."))
        return since


@dataclass(frozen=True, slots=True)
class Change:
    """What a recomputation does to a station's planned hours."""

    station: str
    before: float
    after: float

    @property
    def more(self) -> float:
        """Positive where time is added."""
        return round(self.after - self.before, 2)


def changes_of(row: Recomputation) -> list[Change]:
    """By station, in hours."""
    return [
        Change(code, round(ms["before_ms"] / HOUR_MS, 2), round(ms["after_ms"] / HOUR_MS, 2))
        for code, ms in sorted(row.changed.items())
    ]


def tried(stations: Sequence[Station], since: datetime, at: datetime) -> list[Change]:
    """What would change: it is done and undone, so that it is exactly what will be done."""
    with transaction.atomic():
        row = recompute(stations, since=since, by="", reason="", at=at)
        transaction.set_rollback(True)
    return changes_of(row)


def _about(request: HttpRequest) -> tuple[Any, list[Station]]:
    """The pattern or station of the address, and the stations concerned."""
    for name, model in (("pattern", ShiftPattern), ("station", Station)):
        row = own_rows(request, model).filter(pk=number_of(request.GET.get(name, ""))).first()
        if row is not None:
            ids = [row.pk] if name == "station" else followers_of([row.pk])
            return row, list(own_rows(request, Station).filter(pk__in=ids).in_place())
    raise Http404


def recompute_view(request: HttpRequest) -> HttpResponse:
    """Ask since when and why, show what would change, and do it when that is confirmed."""
    about, stations = _about(request)
    opts = about._meta
    if not request.user.has_perm(f"{opts.app_label}.change_{opts.model_name}"):
        raise PermissionDenied
    at = now()
    form = RecomputeForm(
        request.POST or None, today=localtime(at).date(), initial={"since": localtime(at).date()}
    )
    shown = None
    if stations and form.is_valid():
        tz = stations[0].group.plant.tz
        since = local_to_utc(datetime.combine(form.cleaned_data["since"], time()), tz)
        if "confirm" in request.POST:
            by = user_of(request).get_username()
            row = recompute(stations, since=since, by=by, reason=form.cleaned_data["reason"], at=at)
            told = _("The past was recomputed. Stations whose planned time changed: %(count)d.")
            messages.success(request, told % {"count": len(row.changed)})
            return HttpResponseRedirect(reverse("admin:scheduling_recomputation_change", args=[row.pk]))
        shown = tried(stations, since, at)
    context = {
        **admin.site.each_context(request), "title": _("Recompute the past"), "subtitle": str(about), "about": about,
        "opts": opts, "stations": stations, "form": form, "changes": shown,
        "about_address": reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[about.pk]),
    }  # fmt: skip
    return TemplateResponse(request, "admin/scheduling/recompute.html", context)


@admin.register(Recomputation)
class RecomputationAdmin(ReadOnly, OwnedAdmin):
    """Who had the past recomputed, since when, why, and what it changed. Nobody edits this."""

    change_form_template = "admin/scheduling/recomputation.html"
    change_list_template = "admin/scheduling/with_calendar.html"
    list_display = ["asked_at", "asked_by", "since", "told", "stations", "difference"]
    search_fields = ["asked_by", "reason"]
    date_hierarchy = "asked_at"
    fieldsets = [fieldset(None, "asked_at", "asked_by", "since", "told")]
    readonly_fields = ["told"]

    def get_urls(self) -> list[Any]:
        """The page on which it is asked for."""
        view = self.admin_site.admin_view(recompute_view)
        return [path("recompute/", view, name="scheduling_recompute"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With before and after of each station."""
        if kwargs.get("obj"):
            context["changes"] = changes_of(kwargs["obj"])
        return super().render_change_form(request, context, *args, **kwargs)

    @labelled(_("Reason"), "reason")
    def told(self, row: Recomputation) -> str:
        """A person's own, or what was done, in the reader's language."""
        return row.told

    @labelled(_("Stations changed"))
    def stations(self, row: Recomputation) -> int:
        """How many have another planned time than before."""
        return len(row.changed)

    @labelled(_("Planned hours"))
    def difference(self, row: Recomputation) -> str:
        """Of all of them together."""
        return f"{sum(change.more for change in changes_of(row)):+g}"
