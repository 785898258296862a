"""One run of the schedule screen: looked at, planned otherwise, started, ended, withdrawn; and a new one."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mesproject.accounts.backends import may
from mesproject.accounts.models import User
from mesproject.reports.runs import made_by
from mesproject.schedule import extending, moving, screen
from mesproject.schedule.api import MODEL
from mesproject.schedule.forms import RunForm, values_of
from mesproject.schedule.views import planning as planners
from production import planning, runs
from production.errors import DomainError
from production.models import JobRun, Station
from production.nudges import announce

NOT_YOURS = gettext_lazy("Your role does not plan. Ask an administrator for the role Supervisor.")


@planners("add")
def new(request: HttpRequest) -> HttpResponse:
    """Plan one more, at the place where somebody clicked."""
    at, user = now(), _user(request)
    run = JobRun()
    if request.method == "POST":
        form = RunForm(request.POST, company=user.company, run=run)
        if form.is_valid() and (stored := form.save(at=at)):
            return _done(request, stored, _("{run} is planned.").format(run=stored), {stored.station_id}, at)
        return _page(request, {"form": form}, status=422)
    return _page(request, {"form": RunForm(initial=_clicked(request, user), company=user.company, run=run)})


def _clicked(request: HttpRequest, user: User) -> dict[str, Any]:
    """The station and the time of an empty spot."""
    station, start = request.GET.get("station", ""), request.GET.get("start", "")
    if not (station.isdecimal() and len(station) < 19):
        return {}
    found = Station.objects.of(user.company).in_place().filter(pk=int(station)).first()
    if found is None or not (start.isdecimal() and len(start) < 14):
        return {"station": station}
    at = datetime.fromtimestamp(int(start) / 1000, UTC).astimezone(found.plant.tz)
    return {"station": found.pk, "planned_start": f"{at:%Y-%m-%dT%H:%M}"}


@planners("view")
def one(request: HttpRequest, run: int) -> HttpResponse:
    """All that is known of a run, and what can be done with it."""
    at, user = now(), _user(request)
    found = get_object_or_404(screen.known_runs(user.company), pk=run)
    if request.method != "POST":
        form = RunForm(initial=values_of(found), company=user.company, run=found)
        return _page(request, {"form": form, **_told(found, user, at)})
    if not may(user.role, "change", MODEL):
        raise PermissionDenied(NOT_YOURS)
    if request.POST.get("verb") == "save":
        return _save(request, found, user, at)
    try:
        said = _do(request.POST.get("verb", ""), found, at)
    except DomainError as error:
        form = RunForm(initial=values_of(found), company=user.company, run=found)
        return _page(request, {"form": form, "problem": error.detail, **_told(found, user, at)}, status=409)
    return _done(request, found, said, {found.station_id}, at)


def _save(request: HttpRequest, run: JobRun, user: User, at: datetime) -> HttpResponse:
    before = run.station_id
    form = RunForm(request.POST, initial=values_of(run), company=user.company, run=run)
    if form.is_valid() and form.save(at=at):
        return _done(request, run, _("{run} is planned so.").format(run=run), {before, run.station_id}, at)
    stored = screen.known_runs(user.company).get(pk=run.pk)
    return _page(request, {"form": form, **_told(stored, user, at)}, status=422)


def _do(verb: str, run: JobRun, at: datetime) -> str:
    """Start, end or withdraw a run; what was done, in a sentence."""
    if verb == "start":
        runs.start(run, at=at, now=at)
        return _("{run} runs on {station}.").format(run=run, station=run.station.name)
    if verb == "end":
        runs.end(run, at=at, now=at)
        return _("{run} has ended.").format(run=run)
    if verb == "withdraw":
        said = _("{run} is withdrawn.").format(run=run)
        planning.withdraw(run)
        return said
    raise BadRequest("There is no such step.")


def _told(run: JobRun, user: User, at: datetime) -> dict[str, Any]:
    """What a run is like; what it made is what reports say."""
    return {
        "run": run,
        "made": made_by([run], now=at)[run.pk],
        "faults": moving.faults_now(run, at=at),
        "may_plan": may(user.role, "change", MODEL),
        "state": _("over") if run.actual_end else _("running") if run.actual_start else _("to come"),
    }


def _done(
    request: HttpRequest, run: JobRun, said: str, stations: Collection[int], at: datetime
) -> HttpResponse:
    """Tell the page that asked; a browser without its script is led back."""
    extending.refresh(stations, now=at)
    announce(stations)
    if request.headers.get("HX-Request"):
        told = {"planned": {"said": said, "close": True}}
        return HttpResponse(headers={"HX-Trigger": json.dumps(told)})
    messages.success(request, said)
    day = run.planned_start or run.actual_start or at
    return redirect(f"{reverse('schedule:board')}?on={day.astimezone(run.station.plant.tz):%Y-%m-%d}")


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The panel, or without the script a page of its own."""
    part = "#panel" if request.headers.get("HX-Request") else ""
    return render(request, f"schedule/run.html{part}", context, status=status)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
