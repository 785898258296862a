"""Good and bad units entered at the tablet of a station where no machine counts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from mesproject.accounts.viewers import acting
from mesproject.schedule import forecasting
from production import hand_counts
from production.entries import KEY, entering, given_at, refuse
from production.errors import DomainError
from production.hand_counts import LONGEST, Amount, Counter
from production.models import HandCount, JobRun, Station
from production.models.hand_counts import MOST_UNITS
from production.operators import operator_at, signing
from production.sign_ons import Hand
from production.station_pages import station_of
from production.views import safe_next
from production.windows import Window
from scheduling.calendar import current
from scheduling.planned import plans

HOUR, RECENT = timedelta(hours=1), 6


class CountForm(forms.Form):
    """How many, over which time; `key` makes a second arrival harmless."""

    key = forms.UUIDField()
    good = forms.FloatField(min_value=0, max_value=MOST_UNITS, required=False)
    bad = forms.FloatField(min_value=0, max_value=MOST_UNITS, required=False)
    over = forms.ChoiceField(choices=[(name, name) for name in ("since", "hour", "now")], required=False)
    corrects = forms.UUIDField(required=False)


@dataclass(frozen=True, slots=True)
class Since:
    """From when on an entry tells, where nothing else is said, and why from there."""

    at: datetime
    why: str


@never_cache
@entering
@acting
@signing(lambda company, station: Station.objects.of(company).filter(uuid=station))
def station_counts(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """The keys to enter with, and what was entered lately; each of it can be taken back or corrected."""
    found, problem = station_of(request, station), ""
    if request.method == "POST":
        try:
            _do(found, request)
        except DomainError as error:
            problem = error.detail
            refuse(request, problem)
        if not problem and not request.headers.get("HX-Request"):
            return redirect(safe_next(request))
    context = {"station": found, "problem": problem, **_shown(found, request, now())}
    part = "#panel" if request.headers.get("HX-Request") else ""
    answer = render(request, f"schedule/count.html{part}", context, status=409 if problem else 200)
    if request.method == "POST":
        answer["HX-Trigger"] = "changed"
    return answer


def _do(station: Station, request: HttpRequest) -> None:
    """Enter, correct or take back. The same again, because the answer was lost, changes nothing."""
    viewer, at = request.viewer, given_at(request)  # type: ignore[attr-defined]
    by = Counter(Hand(viewer.user, viewer.device), operator_at(request, station, at=at))
    mine = HandCount.objects.filter(station=station)
    if "undo" in request.POST:
        hand_counts.take_back(get_object_or_404(mine, key=_key(request.POST["undo"])), by=by, at=at)
    else:
        form = CountForm({**request.POST.dict(), "key": _key_of(request)})
        if not form.is_valid():
            raise hand_counts.Impossible(str(next(iter(form.errors.values()))[0]))
        _enter(station, form.cleaned_data, by, at)
    forecasting.refresh([station.pk], now=now())


def _enter(station: Station, said: dict[str, Any], by: Counter, at: datetime) -> None:
    mine = HandCount.objects.filter(station=station)
    corrects = get_object_or_404(mine, key=said["corrects"]) if said["corrects"] else None
    window = corrects.window if corrects else _window(station, said["over"], at)
    amount = Amount(said["good"] or 0.0, said["bad"] or 0.0, _worked(station, window))
    hand_counts.enter(station, amount, key=said["key"], by=by, at=at, corrects=corrects)


def _key_of(request: HttpRequest) -> str:
    """The entry's own key before the form's: without network a form that stays may be sent with other amounts."""
    return request.headers.get(KEY) or request.POST.get("key", "")


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _window(station: Station, over: str, at: datetime) -> Window:
    if over == "now":
        return Window(at, at)
    return Window(at - HOUR if over == "hour" else since(station, at=at).at, at)


def _worked(station: Station, window: Window) -> list[Window]:
    """The planned time of a window, where people work; all of it where nothing is planned."""
    planned = plans([station], window)[station.pk].production if window.duration else []
    inside = [piece for one in planned if (piece := one.clip(window))]
    return inside or [window]


def since(station: Station, *, at: datetime) -> Since:
    """From when on an entry tells: the last one, what runs, the shift; whichever began last."""
    last = HandCount.objects.counting().filter(station=station, ended_at__lte=at).order_by("ended_at").last()
    run = JobRun.objects.filter(station=station).covering(at, at + timedelta(milliseconds=1)).first()
    shift = current(plans([station], Window(at - LONGEST, at + HOUR))[station.pk].shifts, at)
    begun = [
        Since(when, why)
        for when, why in (
            (last and last.ended_at, _("the last entry")),
            (run and run.actual_start, _("the run began")),
            (shift and shift.window.start, _("the shift began")),
        )
        if when and at - LONGEST <= when <= at
    ]
    return max(begun, key=lambda one: one.at, default=Since(at - HOUR, _("the last hour")))


def _shown(station: Station, request: HttpRequest, at: datetime) -> dict[str, Any]:
    counts = HandCount.objects.filter(station=station, entered_at__gte=at - LONGEST).select_related(
        "operator", "user", "device", "undone_operator", "undone_user", "corrected"
    )
    recent = list(counts[:RECENT])
    posted = request.method == "POST"
    asked = _key(request.GET.get("correct", ""))
    return {
        "recent": recent,
        "stored": next((one for one in recent if one.key == _key(_key_of(request))), None),
        "correcting": None if posted else counts.counting().filter(key=asked).first(),
        "since": since(station, at=at),
        "running": JobRun.objects.filter(station=station).running().select_related("job__sku", "sku").first(),
        "key": uuid.uuid4(),
        "now": at,
    }
