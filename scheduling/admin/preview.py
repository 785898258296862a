"""The preview beside a recurrence: its next occurrences, before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse

from mesproject.accounts.models import Company
from production.models import Plant
from production.operators import number_of


@dataclass(frozen=True, slots=True)
class PlantClock:
    """The clock that times are shown on: of which plant, and whether other plants have others."""

    tz: ZoneInfo
    plant: str = ""
    others: Sequence[str] = ()


def clock_for(company: Company, patterns: Sequence[int]) -> PlantClock:
    """The clock of the plants whose stations follow these patterns, else that of the company's first plant."""
    plants = Plant.objects.of(company).order_by("code")
    follows = Q(groups__patterns__pattern__in=patterns) | Q(groups__stations__patterns__pattern__in=patterns)
    found = list(plants.filter(follows).distinct()) if patterns else []
    found = found or list(plants[:1])
    if not found:
        return PlantClock(ZoneInfo("UTC"))
    first = found[0]
    others = [plant.name for plant in found if plant.timezone != first.timezone]
    return PlantClock(first.tz, first.name, others)


def preview_view(options: Any, request: HttpRequest) -> HttpResponse:
    """What the form of `options` would mean with the values sent; nothing is stored."""
    if not (options.has_add_permission(request) or options.has_change_permission(request)):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    pattern = number_of(request.POST.get("on", ""))
    form = options.get_form(request)(request.POST)
    form.is_valid()
    if pattern:
        form.instance.pattern_id = pattern
    preview, clock = form.shown_preview()
    context = {"preview": preview, "plant_clock": clock, "form": form, "in_step": True}
    return TemplateResponse(request, "admin/scheduling/preview.html", context)
