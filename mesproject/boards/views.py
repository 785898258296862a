"""Home, the list of stations and the tablet: shells that show all parts together. Boards are in `walls`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from downtime.panel import panel_etag
from downtime.views import panel_for
from mesproject.accounts.models import Device, User
from mesproject.accounts.viewers import viewer_of, viewing
from mesproject.boards.handover import handed_over, notes_to_read
from mesproject.live_address import allow_live, live_address
from mesproject.parts import etag_of, part
from mesproject.reports import timeline
from mesproject.reports.glance import Glance, glances, stations_of
from mesproject.tickets import ticket
from mesproject.versions import Versions, versions
from production.entries import name_of
from production.models import Plant, ShiftNote, SignOn, Station
from production.operators import present_at
from production.station_pages import station_of

# What the tablet's page shows of a station and comes with it: its plan, what it does, and how numbers are computed.
WITH_IT = ("plan", "live__job_run__sku", "live__job_run__job__sku", "company__kpi_definition")


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Where to go from here; a stranger logs in, a tablet or display goes to its own page."""
    viewer = viewer_of(request)
    if viewer is None:
        return redirect("login")
    if not isinstance(request.user, User) and viewer.device:
        return redirect("boards:stations" if viewer.device.kind == Device.Kind.TABLET else "boards:board")
    plants = Plant.objects.of(viewer.company)
    return render(request, "boards/home.html", {"viewer": viewer, "plants": plants})


@require_safe
@never_cache
@viewing
def stations(request: HttpRequest) -> HttpResponse:
    """The stations to choose from, each with what it does."""
    at, found = now(), stations_of(_company(request))

    def tiles() -> dict[str, Any]:
        return {"glances": glances(found, now=at), "now": at}

    return _page_or_part(request, "boards/stations.html#tiles", found, tiles, at)


@require_safe
@never_cache
@viewing
def tablet(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """One station's page: what it does, what is asked."""
    at, found = now(), station_of(request, station, *WITH_IT)
    # Before what is shown: what is stored meanwhile is news for the first poll.
    seen = versions([found.pk], at)
    etags = {"etag": etag_of(at, *seen), "panel_etag": panel_etag(found, seen, now=at)}
    here, notes = present_at(found, at=at), notes_to_read(found)
    shown = _station_now(request, found, at, here, notes)
    glance: Glance = shown["glance"]
    first = glance.issue or next(iter(glance.asked), None)
    context = {
        **_page(request, [found]),
        **shown,
        **panel_for(request, found, request.GET, now=at, first=first),
        **etags,
    }
    return allow_live(request, render(request, "boards/tablet.html", context))


@require_safe
@never_cache
@viewing
def tablet_live(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """The part of the tablet that changes by itself."""
    at, found = now(), station_of(request, station, "plan")

    def shown() -> dict[str, Any]:
        return _station_now(request, found, at, present_at(found, at=at), notes_to_read(found))

    def etag(at: datetime, seen: Versions) -> str:
        return etag_of(at, *seen)

    return part(request, "boards/tablet.html#live", shown, etag=etag, now=at, stations=lambda: [found.pk])


def _page_or_part(
    request: HttpRequest, template: str, found: Sequence[Station], context: Any, at: datetime
) -> HttpResponse:
    """The whole page, or for its poll only the part that lives; nothing where nothing changed."""
    ids = [station.pk for station in found]

    def etag(at: datetime, seen: Versions) -> str:
        return etag_of(at, template, *seen, *ids)

    if request.headers.get("X-Poll"):
        return part(request, template, context, etag=etag, now=at, stations=lambda: ids)
    whole = template.partition("#")[0]
    return allow_live(
        request,
        # Named before it is read, as all pages are: see the tablet.
        render(request, whole, {"etag": etag(at, versions(ids, at)), **_page(request, found), **context()}),
    )


def _station_now(
    request: HttpRequest, station: Station, at: datetime, here: SignOn | None, notes: list[ShiftNote]
) -> dict[str, Any]:
    [glance] = glances([station], now=at)
    return {
        "station": station,
        "glance": glance,
        "earlier": [issue for issue in glance.asked if issue not in glance.issues],
        "ring": ring(glance),
        "notes": handed_over(notes, glance.shift, now=at),
        "timeline": timeline.of_shift(glance),
        "present": here,
        "may_act": request.viewer.may_act,  # type: ignore[attr-defined]
        "now": at,
    }


def ring(glance: Glance) -> dict[str, float] | None:
    """What is made, and where it should be by now, on a circle of 314 that is the target of the whole shift.

    `made` is a drawn length, `should` the degrees at which the mark stands, `percent` what is made of what should be.
    """
    if glance.efficiency is None or not glance.due or glance.target is None:
        return None
    return {
        "made": round(314 * min(max(glance.good or 0, 0) / glance.due, 1), 1),
        "should": round(360 * min(glance.target / glance.due, 1), 1),
        "percent": round(100 * glance.efficiency),
    }


def _page(request: HttpRequest, found: Sequence[Station]) -> dict[str, Any]:
    """What every living page needs: who looks, and where it is nudged."""
    live = live_address(request, ticket([station.pk for station in found]), counts=len(found) == 1)
    viewer = request.viewer  # type: ignore[attr-defined]
    return {"viewer": viewer, "by": name_of(viewer), "live": live}


def _company(request: HttpRequest) -> Any:
    return request.viewer.company  # type: ignore[attr-defined]
