"""What runs at a station and what is to come: started, ended and switched at its tablet."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache

from mesproject.accounts.viewers import acting
from mesproject.reports.runs import made_by
from mesproject.reports.setups import SettingUp, setting_up
from mesproject.schedule import forecasting
from mesproject.schedule.reading import WITH
from production import planning, runs
from production.entries import entering, given_at, refuse
from production.errors import DomainError
from production.models import JobRun, Sku, Station
from production.nudges import announce
from production.sign_ons import who_worked
from production.station_pages import station_of
from production.views import safe_next
from production.windows import Window
from scheduling.planned import plans

# What a glove can choose from.
MOST_QUEUED, MOST_SKUS = 12, 60
SHORTEST = timedelta(milliseconds=1)


@never_cache
@entering
@acting
def station_runs(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """The list, or one of it to be started; what is chosen is done at once."""
    found = station_of(request, station)
    at, problem = now(), ""
    if request.method == "POST":
        try:
            _do(found, request, at)
        except DomainError as error:
            problem = error.detail
            refuse(request, problem)
        if not problem and not request.headers.get("HX-Request"):
            return redirect(safe_next(request))
    context = {"station": found, "problem": problem, **_shown(found, request, at)}
    part = "#panel" if request.headers.get("HX-Request") else ""
    answer = render(request, f"schedule/runs.html{part}", context, status=409 if problem else 200)
    if request.method == "POST":
        answer["HX-Trigger"] = "changed"
    return answer


def _do(station: Station, request: HttpRequest, at: datetime) -> None:
    """Start or end what was chosen. The same again, because the answer was lost, changes nothing."""
    given = min(given_at(request), at)
    verb, chosen = request.POST.get("verb", ""), _number(request.POST.get("chosen", ""))
    mine = JobRun.objects.filter(station=station)
    if verb == "make":
        sku = get_object_or_404(Sku.objects.of(station.company_id), pk=chosen)
        if mine.running().filter(sku=sku, planned_start=None, job=None).exists():
            return
        runs.start(planning.ad_hoc(station, sku, at=given), at=given, now=at)
    elif verb in ("start", "set-up"):
        run = get_object_or_404(mine, pk=chosen)
        if run.actual_start is None:
            runs.start(run, at=given, now=at, in_setup=verb == "set-up")
    elif verb == "produce":
        run = get_object_or_404(mine, pk=chosen)
        if run.is_in_setup:
            runs.end_setup(run, at=given, now=at)
    elif verb == "end":
        run = get_object_or_404(mine, pk=chosen)
        if run.actual_end is None:
            runs.end(run, at=given, now=at)
    forecasting.refresh([station.pk], now=at)
    announce([station.pk])


def _setup(run: JobRun | None, at: datetime) -> SettingUp | None:
    """How long the station is being set up, if it is."""
    if run is None or run.actual_start is None or not run.is_in_setup:
        return None
    planned = plans([run.station], Window(run.actual_start, max(at, run.actual_start + SHORTEST)))
    return setting_up(run, planned[run.station_id].production, now=at)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _shown(station: Station, request: HttpRequest, at: datetime) -> dict[str, Any]:
    mine = JobRun.objects.filter(station=station).select_related(*WITH)
    running = mine.running().first()
    queued = list(mine.queued()[:MOST_QUEUED])
    asked = _number(request.GET.get("run", ""))
    choosing = request.method != "POST" and "make" in request.GET and station.allow_ad_hoc
    skus = Sku.objects.of(station.company_id).filter(archived_at=None, allow_ad_hoc=True)
    return {
        "running": running,
        "made": made_by([running], now=at)[running.pk] if running else None,
        "people": who_worked([running.pk], now=at).get(running.pk, []) if running else [],
        "setup": _setup(running, at),
        "queued": queued,
        "chosen": next((run for run in queued if run.pk == asked), None)
        if request.method != "POST"
        else None,
        "choosing": choosing,
        "skus": skus[:MOST_SKUS] if choosing else (),
        "now": at,
    }
