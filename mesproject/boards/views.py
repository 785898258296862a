"""Tablet and boards: shells that show all parts together."""

from __future__ import annotations

import math
import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from downtime.panel import panel
from mesproject.accounts.models import Device, User
from mesproject.accounts.viewers import viewer_of, viewing
from mesproject.boards.live_address import allow_live, live_address
from mesproject.boards.tickets import ticket
from mesproject.boards.versions import version
from mesproject.reports import timeline
from mesproject.reports.glance import Glance, glances, stations_of
from production.models import Plant, Station
from production.operators import operator_of


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
    at = now()
    found = stations_of(_company(request))
    context = _page(request, found, at) | {"glances": glances(found, now=at)}
    return _render(request, "boards/stations.html", context)


@require_safe
@never_cache
@viewing
def tablet(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """One station's page: what it does, what is asked."""
    at = now()
    found = _station(request, station)
    context = _page(request, [found], at) | _tablet(request, found, at) | panel(found, request.GET, now=at)
    return _render(request, "boards/tablet.html", context)


@require_safe
@never_cache
@viewing
def tablet_live(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """The part of the tablet that changes by itself."""
    at = now()
    found = _station(request, station)
    etag = version(_company(request), [found.pk], at, operator_of(request, _company(request)))
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    answer = render(request, "boards/tablet.html#live", _tablet(request, found, at))
    answer["ETag"] = etag
    return answer


@require_safe
@never_cache
@viewing
def board(request: HttpRequest, plant: str = "") -> HttpResponse:
    """All stations of a plant, or of the company, on one screen."""
    return _board(request, _on_board(request, plant))


@require_safe
@never_cache
@viewing
def station_board(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """One station on one screen."""
    return _board(request, [_station(request, station)])


def _board(request: HttpRequest, found: list[Station]) -> HttpResponse:
    """The page, or for its poll only the tiles, or nothing where nothing changed."""
    at = now()
    polled = bool(request.headers.get("X-Poll"))
    etag = version(_company(request), [station.pk for station in found], at)
    if polled and request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    seen = glances(found, now=at)
    context: dict[str, Any] = {
        "glances": seen,
        "now": at,
        "columns": columns(len(seen)),
        "one": len(seen) == 1,
    }
    context["needed"] = sum(1 for each in seen if each.issue and each.status == "stopped")
    if polled:
        answer = render(request, "boards/board.html#tiles", context)
        answer["ETag"] = etag
        return answer
    return _render(request, "boards/board.html", context | _page(request, found, at))


def columns(tiles: int) -> int:
    """How many tiles side by side fill a wide screen best."""
    return 1 if tiles < 2 else max(2, math.ceil(math.sqrt(tiles * 0.75)))


def _on_board(request: HttpRequest, plant: str) -> list[Station]:
    found = stations_of(_company(request))
    if not plant:
        return found
    get_object_or_404(Plant.objects.of(_company(request)), code=plant)
    return [station for station in found if station.plant.code == plant]


def _tablet(request: HttpRequest, station: Station, at: datetime) -> dict[str, Any]:
    [glance] = glances([station], now=at)
    return {
        "station": station,
        "glance": glance,
        "ring": ring(glance),
        "timeline": _timeline(glance, at),
        "operator": operator_of(request, _company(request)),
        "may_act": request.viewer.may_act,  # type: ignore[attr-defined]
        "now": at,
    }


def ring(glance: Glance) -> dict[str, float] | None:
    """The drawn length of what is made, of a circle of 314, and the percentage in it."""
    if glance.efficiency is None:
        return None
    return {"made": round(314 * min(glance.efficiency, 1), 1), "percent": round(100 * glance.efficiency)}


def _timeline(glance: Glance, at: datetime) -> timeline.Timeline | None:
    if glance.shift is None:
        return None
    return timeline.draw(glance.shift.window, glance.slices, glance.issues, glance.station.plant.tz, at)


def _page(request: HttpRequest, stations: list[Station], at: datetime) -> dict[str, Any]:
    """What every living page needs: who looks, and where it is nudged."""
    live = live_address(request, ticket([station.pk for station in stations]))
    return {"viewer": request.viewer, "now": at, "live": live}  # type: ignore[attr-defined]


def _render(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return allow_live(request, render(request, template, context))


def _company(request: HttpRequest) -> Any:
    return request.viewer.company  # type: ignore[attr-defined]


def _station(request: HttpRequest, station: uuid.UUID) -> Station:
    return get_object_or_404(Station.objects.of(_company(request)).active().in_place(), uuid=station)
