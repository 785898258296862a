"""Hour by hour at the tablet: what was made against what was to be, by the numbers of `/api/interval-chart`."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mesproject.accounts.viewers import viewing
from mesproject.parts import etag_of, part
from mesproject.reports.definitions import definition_of
from mesproject.reports.glance import AHEAD, BEHIND
from mesproject.reports.intervals import intervals
from mesproject.versions import Versions
from production.models import Station, StationLive
from production.station_pages import station_of
from production.windows import Window
from scheduling.calendar import current
from scheduling.planned import plans

LENGTHS = {"60": timedelta(hours=1), "30": timedelta(minutes=30)}


@require_safe
@never_cache
@viewing
def station_hours(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """The intervals of the shift that goes on, else of the last one; its poll is answered 304 while nothing changed."""
    found, at = station_of(request, station), now()
    minutes = request.GET.get("minutes", "") if request.GET.get("minutes", "") in LENGTHS else "60"

    def context() -> dict[str, Any]:
        return {"station": found, "minutes": minutes, "now": at, **_shown(found, LENGTHS[minutes], at)}

    if not (request.headers.get("HX-Request") or request.headers.get("X-Poll")):
        return render(request, "schedule/hours.html", context())

    def etag(at: datetime, _: Versions) -> str:
        live = StationLive.objects.filter(station=found).values_list("version", "sums_from").first()
        return etag_of(at, request.get_full_path(), live)

    return part(request, "schedule/hours.html#panel", context, etag=etag, now=at)


def _shown(station: Station, length: timedelta, at: datetime) -> dict[str, Any]:
    definition = definition_of(station.company_id)
    planned = plans([station], Window(at - BEHIND, at + AHEAD))
    shift = current(planned[station.pk].shifts, at)
    found = intervals(station, shift, length, planned, now=at) if shift else []
    lines = [(one, one.downtime(definition)) for one in found]
    begun = [one for one in found if one.window.start < at]
    return {
        "shift": shift,
        "lines": lines,
        "last": begun[-1] if begun else None,
        "stood": sum((stood for _, stood in lines), timedelta()),
        "bad": sum(one.made.bad for one in found),
    }
