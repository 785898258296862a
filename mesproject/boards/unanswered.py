"""The supervisor's page: what waits for somebody, and the panel in which it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from downtime.models import Issue
from downtime.panel import panel_etag
from downtime.unanswered import unanswered
from downtime.views import panel_for
from mesproject.accounts.viewers import viewing
from mesproject.live_address import allow_live, live_address
from mesproject.parts import etag_of, part
from mesproject.reports.glance import stations_of
from mesproject.tickets import ticket
from mesproject.versions import Versions, versions
from production.models import Station

ALL = _("all")


class FilterForm(forms.Form):
    """Which of it: what is not known means all."""

    plant = forms.ChoiceField(required=False, label=_("Plant"))
    group = forms.ChoiceField(required=False, label=_("Group"))
    kind = forms.ChoiceField(required=False, label=_("Type"), choices=[("", ALL), *Issue.Kind.choices])
    issue = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, stations: Sequence[Station], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stations = stations
        # Groups of one code in several plants are one choice.
        plants = {station.plant.code: station.plant.name for station in stations}
        groups = {station.group.code: station.group.name for station in stations}
        self.fields["plant"].choices = [("", ALL), *plants.items()]  # type: ignore[attr-defined]
        self.fields["group"].choices = [("", ALL), *groups.items()]  # type: ignore[attr-defined]

    def stations(self) -> list[Station]:
        """Those that are asked for."""
        plant, group = self.cleaned_data.get("plant"), self.cleaned_data.get("group")
        return [
            station
            for station in self._stations
            if (not plant or station.plant.code == plant) and (not group or station.group.code == group)
        ]

    def asked(self) -> str:
        """The same as the end of an address."""
        names = ("plant", "group", "kind")
        return urlencode({name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)})


@require_safe
@never_cache
@viewing
def page(request: HttpRequest) -> HttpResponse:
    """All that waits, red first; for its poll only the list."""
    company, at = request.viewer.company, now()  # type: ignore[attr-defined]
    form = FilterForm(request.GET, stations=stations_of(company))
    form.is_valid()
    stations = form.stations()
    ids = [station.pk for station in stations]

    def etag(at: datetime, seen: Versions) -> str:
        return etag_of(at, form.asked(), *seen, len(ids))

    def rows() -> dict[str, Any]:
        return {"found": _found(form, stations, at), "asked": form.asked(), "now": at}

    if request.headers.get("X-Poll"):
        return part(request, "boards/unanswered.html#rows", rows, etag=etag, now=at, stations=lambda: ids)
    live = live_address(request, ticket(ids))
    context = {
        "form": form,
        "viewer": request.viewer,  # type: ignore[attr-defined]
        "live": live,
        "etag": etag(at, versions(ids, at)),
        **rows(),
    }
    whole = render(request, "boards/unanswered.html", context | _chosen(request, form, stations, at))
    return allow_live(request, whole)


def _found(form: FilterForm, stations: list[Station], at: datetime) -> Any:
    issues = Issue.objects.filter(station__among=[station.pk for station in stations])
    if kind := form.cleaned_data.get("kind"):
        issues = issues.filter(kind=kind)
    return unanswered(issues, now=at)


def _chosen(request: HttpRequest, form: FilterForm, stations: list[Station], at: datetime) -> dict[str, Any]:
    """The panel of the issue that somebody has opened, with what he has chosen in it."""
    among = {station.pk: station for station in stations}
    wanted = form.cleaned_data.get("issue")
    issue = Issue.objects.filter(uuid=wanted, station__among=list(among)).first() if wanted else None
    station = among[issue.station_id] if issue else None
    if station is None:
        return {"station": None, "panel_etag": ""}
    etag = panel_etag(station, versions([station.pk], at), now=at)
    return {"panel_etag": etag, **panel_for(request, station, request.GET, now=at)}
