"""What all pages about one station begin with."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from production.models import Station


def station_of(request: HttpRequest, station: uuid.UUID, *beside: str) -> Station:
    """One of the viewer's company that is in use, in its place and with what is wanted `beside`; else a 404."""
    rows = Station.objects.of(request.viewer.company).active().in_place()  # type: ignore[attr-defined]
    return get_object_or_404(rows.select_related(*beside) if beside else rows, uuid=station)
