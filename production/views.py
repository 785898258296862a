"""Who is at a station: signing on, signing off, and taking a slip back."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.views.decorators.cache import never_cache

from mesproject.accounts.viewers import acting
from production.entries import entering, given_at
from production.models import SignOn, Station
from production.operators import ANSWER, forget, people_of, present_at, remember
from production.sign_ons import Hand, is_undoable, sign_off, sign_on, undo

# In place of a sign-on's number: whoever is there.
PRESENT = "present"


@never_cache
@entering
@acting
def operator(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """Initials to pick from, and who is there; then back to where one came from."""
    company, at = request.viewer.company, now()  # type: ignore[attr-defined]
    found = get_object_or_404(Station.objects.of(company).active().in_place(), uuid=station)
    if request.method == "POST":
        return _take(request, found, given_at(request))
    here = present_at(found, at=at)
    context = {
        "station": found,
        "people": people_of(company),
        "here": here,
        "chosen": here.operator if here else None,
        "may_undo": here is not None and is_undoable(here, at=at),
        "next": safe_next(request),
    }
    return render(request, "production/operator.html", context)


def _take(request: HttpRequest, station: Station, at: datetime) -> HttpResponse:
    """What was tapped on; a sign-on that somebody else has ended meanwhile is left alone."""
    viewer, said, answer = request.viewer, request.POST, redirect(safe_next(request))  # type: ignore[attr-defined]
    if ANSWER in said:
        person = get_object_or_404(people_of(viewer.company), pk=_number(said[ANSWER]))
        sign_on(station, person, at=at, by=Hand(viewer.user, viewer.device))
        remember(answer, person)
        return answer
    verb, number = (undo, said["undo"]) if "undo" in said else (sign_off, said.get("off", ""))
    mine = SignOn.objects.filter(station=station)
    # A tablet without network cannot know the number of a sign-on that it has not sent yet.
    here = mine.at(at).first() if number == PRESENT else mine.filter(pk=_number(number)).first()
    if here:
        verb(here, at=at)
    forget(answer)
    return answer


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def safe_next(request: HttpRequest) -> str:
    """Where the form wants to go on, if that is on this site; else the list of stations."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else "/tablet/"
