"""The schedule screen: the page, its rows, and moves that are judged and stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mesproject.accounts.backends import may
from mesproject.accounts.models import Company, User
from mesproject.busroot import ms
from mesproject.schedule import bars, moving, screen
from mesproject.schedule.api import MODEL
from mesproject.schedule.drawing import Brush
from mesproject.schedule.moving import Place
from mesproject.schedule.views import planning
from production.errors import DomainError
from production.models import Station


@require_safe
@planning("view")
def board(request: HttpRequest) -> HttpResponse:
    """Stations down, time across; for the page's script only the rows that it asks for."""
    at, user = now(), _user(request)
    form = screen.ViewForm(request.GET, stations=screen.stations_of(user.company))
    form.is_valid()
    found = form.stations()
    if request.headers.get("X-Part"):
        only = set(request.GET.getlist("station"))
        found = [station for station in found if not only or str(station.pk) in only]
    context = _shown(form, found, user, at)
    part = "#rows" if request.headers.get("X-Part") else ""
    return render(request, f"schedule/board.html{part}", context)


def _shown(form: screen.ViewForm, found: Sequence[Station], user: User, at: datetime) -> dict[str, Any]:
    plant = found[0].plant if found else None
    shown, may_plan = screen.period(form, plant, at=at), may(user.role, "change", MODEL)
    brush = Brush(shown.window, shown.tz, at, may_plan)
    waiting = bars.waiting_on(station.pk for station in found)
    return {
        "form": form,
        "period": shown,
        "earlier": form.asked(on=shown.neighbours["before"]),
        "later": form.asked(on=shown.neighbours["after"]),
        "present": form.asked(on=""),
        "ranges": [(form.asked(range=key), label, key == form.span) for key, label in screen.RANGE_NAMES],
        "found": screen.rows_of(found, shown, at=at, editable=may_plan),
        "marks": [(brush.x(when), strong, text) for when, strong, text in brush.marks()],
        "now": at,
        "waiting": waiting[: bars.MOST_WAITING],
        "more": len(waiting) > bars.MOST_WAITING,
        "may_plan": may_plan,
        "step": screen.STEPS[form.span],
        "clocks": {station.plant.timezone for station in found},
    }


class MoveForm(forms.Form):
    """To where a run is moved, and from where; instants in milliseconds, nothing for a run that waits."""

    station = forms.IntegerField(min_value=1, max_value=2**62)
    start = forms.IntegerField(required=False, min_value=0, max_value=2**43)
    end = forms.IntegerField(required=False, min_value=0, max_value=2**43)
    seen_station = forms.IntegerField(min_value=1, max_value=2**62)
    seen_start = forms.IntegerField(required=False, min_value=0, max_value=2**43)

    def instant(self, name: str) -> datetime | None:
        """One of its instants."""
        value = self.cleaned_data[name]
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


@require_POST
@planning("change")
def move(request: HttpRequest, run: int) -> HttpResponse:
    """Put a run elsewhere, or (`check`) only say what that would mean."""
    at, company = now(), _user(request).company
    form = MoveForm(request.POST)
    found = get_object_or_404(screen.known_runs(company), pk=run)
    if not form.is_valid():
        return _answer(422, said=_("This place cannot be read."))
    station = _station(company, form.cleaned_data["station"])
    start = form.instant("start")
    try:
        if "check" in request.POST and start is not None:
            verdict = moving.judge(found, station, start, at=at)
            return _answer(200, faults=verdict.faults, end=_ms(verdict.end))
        seen = Place(form.cleaned_data["seen_station"], form.instant("seen_start"))
        moving.move(found, station, Place(station.pk, start, form.instant("end")), seen=seen, at=at)
    except DomainError as error:
        return _answer(409, said=error.detail, stations=[found.station_id, station.pk])
    back = {"station": found.station_id, "start": _ms(found.planned_start), "end": _ms(found.planned_end)}
    stations = sorted({found.station_id, station.pk})
    return _answer(200, said=moving.said(found, station, start), stations=stations, back=back)


def _answer(status: int, **said: Any) -> JsonResponse:
    return JsonResponse(said, status=status)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else ms(at)


def _station(company: Company, number: int) -> Station:
    return get_object_or_404(Station.objects.of(company).in_place(), pk=number)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
