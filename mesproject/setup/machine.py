"""The first machine: a key or a login for it, a line to try it with, and its messages as they come."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now, override
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from mesproject.accounts import trying
from mesproject.accounts.admin_base import OwnedForm
from mesproject.accounts.models import ApiKey, Company, Device
from mesproject.setup.pages import administering, company_of, page
from production import connections
from production.models import Station, StationLive

# What came so long before the page was opened is shown as well.
LOOK_BACK = timedelta(minutes=10)


class Way(models.TextChoices):
    """How it sends."""

    HTTP = "http", gettext_lazy("HTTP: a program, a script, a PLC that can POST")
    MQTT = "mqtt", gettext_lazy("MQTT: a gateway, an Opta unit")


class SenderForm(OwnedForm):
    """Which way, what it is called, and for which station it speaks first."""

    way = forms.ChoiceField(
        label=gettext_lazy("It sends by"), choices=Way, widget=forms.RadioSelect, initial=Way.HTTP
    )
    station = forms.ModelChoiceField(
        label=gettext_lazy("Try it with"),
        queryset=Station.objects.none(),
        empty_label=None,
        to_field_name="code",
    )

    class Meta:
        model = Device
        fields = ["name"]
        labels = {"name": gettext_lazy("Name")}
        help_texts = {
            "name": gettext_lazy("Of the gateway or the program: letters, digits, dash and underscore.")
        }

    field_order = ["way", "name", "station"]

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        self.company = company  # type: ignore[misc]
        super().__init__(*args, **kwargs)
        stations = Station.objects.of(company).active().in_place()
        self.fields["station"].queryset = stations  # type: ignore[attr-defined]
        self.initial.update({"name": "gateway-1", "station": stations.first()})

    def save(self, commit: bool = True) -> Any:
        """A key or a gateway, with the token that is shown once."""
        if self.cleaned_data["way"] == Way.MQTT:
            self.token = self.instance.issue_token()
            return super().save()
        key = ApiKey(company=self.company, name=self.cleaned_data["name"], scopes=[ApiKey.Scope.SIGNALS])
        self.token = key.issue_token()
        key.save()
        return key

    token = ""


@administering
def machine(request: HttpRequest) -> HttpResponse:
    """Make a sender, and look for what comes."""
    company = company_of(request)
    form = SenderForm(request.POST or None, instance=Device(kind=Device.Kind.GATEWAY), company=company)
    context: dict[str, Any] = {"form": form, "has_stations": form.fields["station"].queryset.exists()}  # type: ignore[attr-defined]
    if form.is_valid():
        sender, station = form.save(), form.cleaned_data["station"]
        context |= {"sender": sender, "token": form.token, "station": station}
        context |= _lines(request, sender, form.token, station.code)
    context |= _heard(request, company, context.get("station"))
    # The page with a token is kept in no cache: `administering` sees to it.
    with _clock_of(context["station"]):
        return page(request, "machine", context)


@administering
@require_safe
def heard(request: HttpRequest) -> HttpResponse:
    """The part of the page that shows what comes."""
    company = company_of(request)
    code = request.GET.get("station", "")
    station = Station.objects.of(company).active().filter(code=code).first()
    told = _heard(request, company, station)
    with _clock_of(told["station"]):
        return render(request, "setup/machine.html#living", told)


def _clock_of(station: Station | None) -> AbstractContextManager[None]:
    """Tell times as the clock on the station's wall does."""
    return override(station.plant.tz) if station else nullcontext()


def _lines(request: HttpRequest, sender: ApiKey | Device, token: str, station: str) -> dict[str, Any]:
    if isinstance(sender, ApiKey):
        facts = [
            (_("Address"), request.build_absolute_uri("/api/signals")),
            (_("Header"), f"X-API-KEY: {token}"),
        ]
        return {"facts": facts, "example": trying.curl_line(request, token, station)}
    facts = [*trying.broker_facts(request, sender), (_("Password"), token)]
    return {"facts": facts, "example": trying.mosquitto_line(request, sender, token, station)}


def _heard(request: HttpRequest, company: Company, station: Station | None) -> dict[str, Any]:
    at = now()
    station = station or Station.objects.of(company).active().in_place().first()
    live = StationLive.objects.filter(station=station).first() if station else None
    return {
        "connection": connections.of_company(company, now=at, since=at - LOOK_BACK),
        "station": station, "live": live, "now": at, "only_here": trying.is_only_here(request),
    }  # fmt: skip
