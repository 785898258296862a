"""Declaring parts that are not good, and taking a slip back."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from mesproject.accounts.viewers import acting
from production.entries import entering, given_at, refuse
from production.models import JobRun, Station
from production.nudges import announce
from production.operators import operator_at, signing
from production.views import safe_next
from quality.forms import RejectForm
from quality.models import Reject, RejectReason

RECENT = 5


@never_cache
@entering
@acting
@signing(lambda company, station: Station.objects.of(company).filter(uuid=station))
def station_rejects(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """The reasons to choose from; a reject is declared by choosing one."""
    company = request.viewer.company  # type: ignore[attr-defined]
    found = get_object_or_404(Station.objects.of(company).active(), uuid=station)
    form = RejectForm(request.POST or None, company=company)
    if request.method == "POST" and form.is_valid():
        declare(found, form, request)
        if not request.headers.get("HX-Request"):
            return redirect(safe_next(request))
    problem = str(next(iter(form.errors.values()))[0]) if form.errors else ""
    if problem:
        refuse(request, problem)
    return _page(request, found, problem)


def _page(request: HttpRequest, station: Station, problem: str = "") -> HttpResponse:
    context = {
        "station": station,
        "reasons": RejectReason.objects.of(station.company_id).active(),
        "recent": Reject.objects.filter(station=station).select_related("reason", "operator", "user")[
            :RECENT
        ],
        "key": uuid.uuid4(),
        "problem": problem,
    }
    part = "#panel" if request.headers.get("HX-Request") else ""
    answer = render(request, f"quality/rejects.html{part}", context, status=422 if problem else 200)
    if request.method == "POST":
        answer["HX-Trigger"] = "changed"
    return answer


def declare(station: Station, form: RejectForm, request: HttpRequest) -> None:
    """Store a reject once, however often it arrives."""
    viewer, at = request.viewer, given_at(request)  # type: ignore[attr-defined]
    said: dict[str, Any] = form.cleaned_data
    _, made = Reject.objects.get_or_create(
        key=said["key"],
        defaults={
            "station": station,
            "reason": said["reason"],
            "quantity": said["quantity"],
            "at": at,
            "job_run": JobRun.objects.filter(station=station).covering(at, at).first(),
            "user": viewer.user,
            "device": viewer.device,
            "operator": operator_at(request, station, at=at),
        },
    )
    if made:
        announce([station.pk])


@require_POST
@entering
@acting
def undo(request: HttpRequest, reject: uuid.UUID) -> HttpResponse:
    """Take a reject back; it stays on record as undone."""
    company = request.viewer.company  # type: ignore[attr-defined]
    found = get_object_or_404(Reject.objects.of(company).select_related("station__group__plant"), key=reject)
    if found.undone_at is None:
        found.undone_at = now()
        found.save(update_fields=["undone_at"])
        announce([found.station_id])
    # A redirect would lose what an entry's answer says of it.
    if request.headers.get("HX-Request"):
        return _page(request, found.station)
    return redirect("quality:station-rejects", station=found.station.uuid)
