"""Who is at a station: signing on, signing off, and taking a slip back."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from mesproject.accounts.viewers import acting
from production.entries import entering, given_at, refuse
from production.models import SignOn, Station
from production.operators import ANSWER, BADGE, forget, number_of, people_of, present_at, remember, whose
from production.sign_ons import Hand, is_undoable, sign_off, sign_on, undo
from production.station_pages import station_of

# In place of a sign-on's number: whoever is there.
PRESENT = "present"


@never_cache
@entering
@acting
def operator(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """Initials to pick from, and who is there; then back to where one came from."""
    found = station_of(request, station)
    if request.method == "POST":
        return _take(request, found, given_at(request))
    return _page(request, found)


def _take(request: HttpRequest, station: Station, at: datetime) -> HttpResponse:
    """What was tapped on or read; a sign-on that somebody else has ended meanwhile is left alone."""
    said = request.POST
    if ANSWER in said or BADGE in said:
        people = people_of(station.company)
        person = (
            whose(said[BADGE], people) if BADGE in said else people.filter(pk=number_of(said[ANSWER])).first()
        )
        if person is None:
            return _refused(request, station)
        viewer = request.viewer  # type: ignore[attr-defined]
        sign_on(station, person, at=at, by=Hand(viewer.user, viewer.device))
        answer = _done(request, station)
        remember(answer, person)
        return answer
    verb, number = (undo, said["undo"]) if "undo" in said else (sign_off, said.get("off", ""))
    mine = SignOn.objects.filter(station=station)
    # A tablet without network cannot know the number of a sign-on that it has not sent yet.
    here = mine.at(at).first() if number == PRESENT else mine.filter(pk=number_of(number)).first()
    if here:
        verb(here, at=at)
    answer = _done(request, station)
    forget(answer)
    return answer


def _refused(request: HttpRequest, station: Station) -> HttpResponse:
    if BADGE not in request.POST:
        raise Http404
    problem = gettext("Nobody here has this badge. Choose your initials; an administrator can add the badge.")
    refuse(request, problem)
    return _page(request, station, problem=problem, status=422)


def _done(request: HttpRequest, station: Station) -> HttpResponse:
    """The panel says for a moment who is there now; without script it is the page one came from."""
    if not request.headers.get("HX-Request"):
        return redirect(safe_next(request))
    answer = _page(request, station, done=True)
    answer["HX-Trigger"] = "changed"
    return answer


def _page(
    request: HttpRequest, station: Station, *, problem: str = "", done: bool = False, status: int = 200
) -> HttpResponse:
    at = now()
    here = present_at(station, at=at)
    context = {
        "station": station,
        "people": people_of(station.company),
        "here": here,
        "chosen": here.operator if here else None,
        "may_undo": here is not None and is_undoable(here, at=at),
        "problem": problem,
        "done": done,
        "next": safe_next(request),
    }
    part = "#panel" if request.headers.get("HX-Request") else ""
    return render(request, f"production/operator.html{part}", context, status=status)


def safe_next(request: HttpRequest, *, otherwise: str = "/tablet/") -> str:
    """Where the form wants to go on, if that is an address of this site; else the list of stations."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    # A word alone would be taken for the name of a view.
    return wanted if ours and wanted.startswith(("/", "http://", "https://")) else otherwise
