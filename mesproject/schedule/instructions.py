"""Work instructions at the tablet: what is to be read of what runs, or of what is to come."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mesproject.accounts.viewers import viewing
from mesproject.schedule.reading import WITH
from production.models import JobRun, Sku, SkuGroupMember, Station
from production.station_pages import station_of


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be read of an SKU: a file of ours, or an address elsewhere."""

    sku: Sku
    kind: str  # pdf, picture, link; or unsafe: an address that is not opened
    address: str
    name: str


@require_safe
@never_cache
@viewing
def station_instructions(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """One document over the whole screen, and which others there are, of the run asked for, else of what runs."""
    found = station_of(request, station)
    run = _run(found, request.GET.get("run", ""))
    documents = [one for sku in _skus(run) for one in _documents(sku)] if run else []
    asked = request.GET.get("document", "")
    chosen = documents[int(asked)] if asked in map(str, range(len(documents))) else None
    context: dict[str, Any] = {
        "station": found,
        "run": run,
        "documents": documents,
        "chosen": chosen or next(iter(documents), None),
    }
    return render(request, "schedule/instructions.html", context)


def _run(station: Station, asked: str) -> JobRun | None:
    mine = JobRun.objects.filter(station=station).select_related(
        *WITH, "sku__instructions", "job__sku__instructions"
    )
    if asked:
        number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else 0
        return get_object_or_404(mine, pk=number)
    return mine.running().first()


def _skus(run: JobRun) -> list[Sku]:
    """What it makes: one, or several together."""
    if run.sku_group_id:
        members = SkuGroupMember.objects.filter(group=run.sku_group_id).select_related("sku__instructions")
        return [member.sku for member in members.order_by("sku__code")]
    return [sku] if (sku := run.effective_sku) else []


def _documents(sku: Sku) -> list[Document]:
    """Its file first. Only addresses that are encrypted are opened: what stands there is believed."""
    found = []
    if file := sku.instructions:
        kind = "pdf" if file.content_type == "application/pdf" else "picture"
        found.append(Document(sku, kind, reverse("production:file", args=[file.uuid]), file.name))
    if address := sku.instructions_url:
        parts = urlsplit(address)
        found.append(
            Document(sku, "link" if parts.scheme == "https" else "unsafe", address, parts.hostname or "")
        )
    return found
