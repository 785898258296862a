"""The tablet's questions about issues, and their answers."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from downtime.conflicts import ask_again
from downtime.forms import CALLS, DECISIONS, NOT_YOURS_TO_DECIDE, CallForm, StepForm, step_form
from downtime.models import Issue, Photo
from downtime.models.issues import Who
from downtime.panel import look_of, neighbours, panel, panel_etag
from downtime.photos import CONTENT_TYPE
from downtime.steps import raise_by_hand, take
from mesproject.accounts.viewers import Viewer, acting, viewing
from mesproject.parts import part
from mesproject.versions import Versions
from production.entries import entering, given_at, refuse
from production.errors import DomainError
from production.models import Station
from production.operators import operator_at, people_of, signing
from production.station_pages import station_of
from production.views import safe_next

A_YEAR = 365 * 24 * 3600


@require_safe
@never_cache
@viewing
def station_stops(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """The panel of one station, with what was chosen in it; its poll is answered 304 while nothing changed."""
    found, at = station_of(request, station), now()

    def context() -> dict[str, Any]:
        return panel_for(request, found, request.GET, now=at)

    def etag(at: datetime, seen: Versions) -> str:
        return panel_etag(found, seen, now=at)

    return part(request, "downtime/panel.html#panel", context, etag=etag, now=at, stations=lambda: [found.pk])


def panel_for(
    request: HttpRequest, station: Station, look: Any, *, now: Any, first: Issue | None = None
) -> dict[str, Any]:
    """The panel as whoever looks at it may use it."""
    viewer = request.viewer  # type: ignore[attr-defined]
    context = panel(
        station, look, now=now, may_act=viewer.may_act, may_decide=may_decide(viewer), first=first
    )
    if context["ask"] == "note" and viewer.user is None and operator_at(request, station, at=now) is None:
        # A photo cannot be carried along through the question who is answering: so it is asked here.
        context["signers"] = people_of(viewer.company)
    return context


def may_decide(viewer: Viewer) -> bool:
    """Whether he may take a stop out of what counts as downtime, and put it back: supervisors and above."""
    return viewer.user is not None and viewer.user.has_perm("downtime.change_issue")


@require_POST
@entering
@acting
@signing(lambda company, issue, step: Station.objects.of(company).filter(issues__uuid=issue))
def step(request: HttpRequest, issue: uuid.UUID, step: str) -> HttpResponse:
    """Take one step; answer with the panel as it is now, or go back where there is no script."""
    viewer = request.viewer  # type: ignore[attr-defined]
    found = get_object_or_404(
        Issue.objects.of(viewer.company).select_related("station__group__plant"), uuid=issue
    )
    if step in DECISIONS and not may_decide(viewer):
        raise PermissionDenied(NOT_YOURS_TO_DECIDE)
    form = step_form(step, request.POST, request.FILES, found)
    if not form.is_valid():
        return _answer(request, found, _first_error(form), 422)
    at = given_at(request)
    try:
        take(step, found, form, by=who(request, found.station, at), at=at, now=now())
    except DomainError as error:
        ask_again(request, step, found, error, said=form.cleaned_data, at=at)
        return _answer(request, found, error.detail, 409)
    return _answer(request, found, "", 200, step=step)


def who(request: HttpRequest, station: Station, at: datetime) -> Who:
    """The hand behind a request."""
    viewer = request.viewer  # type: ignore[attr-defined]
    return Who(user=viewer.user, operator=operator_at(request, station, at=at), device=viewer.device)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@entering
@acting
@signing(lambda company, station: Station.objects.of(company).filter(uuid=station))
def station_calls(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """What can be raised by hand; choosing it raises it."""
    found = station_of(request, station)
    if request.method != "POST":
        return render(request, _template(request, "downtime/calls.html"), _calls(found, ""))
    form, at = CallForm(request.POST), given_at(request)
    if not form.is_valid():
        refuse(request, _first_error(form))
        return _said(request, "downtime/calls.html", _calls(found, _first_error(form)), 422)
    try:
        issue = raise_by_hand(found, form, by=who(request, found, at), at=at)
    except DomainError as error:
        refuse(request, error.detail)
        return _said(request, "downtime/calls.html", _calls(found, error.detail), 409)
    return _answer(request, issue, "", 200)


@require_safe
@viewing
def photo(request: HttpRequest, photo: uuid.UUID) -> HttpResponse:
    """A picture, for the company's own people and screens."""
    found = get_object_or_404(Photo.objects.of(request.viewer.company), uuid=photo)  # type: ignore[attr-defined]
    answer = HttpResponse(bytes(found.content), content_type=CONTENT_TYPE)
    # It never changes. Whoever may no longer see it has seen it.
    answer["Cache-Control"] = f"private, max-age={A_YEAR}, immutable"
    answer["Content-Disposition"] = f'inline; filename="{found.uuid}.jpg"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _calls(station: Station, problem: str) -> dict[str, Any]:
    """The types, each with what of it goes on already."""
    ongoing = Issue.objects.filter(station=station, silent_since=None).ongoing().for_screens()
    on = {issue.kind: issue for issue in ongoing}
    kinds = [
        {"value": kind.value, "label": kind.label, "hint": hint, "issue": on.get(kind.value)}
        for kind, hint in CALLS.items()
    ]
    return {"station": station, "kinds": kinds, "key": uuid.uuid4(), "problem": problem, "now": now()}


def _first_error(form: StepForm) -> str:
    return str(next(iter(form.errors.values()))[0])


def _answer(request: HttpRequest, issue: Issue, problem: str, status: int, *, step: str = "") -> HttpResponse:
    """The panel after an answer. An explained stop is done, and the next one asks; all else stays with this one."""
    if problem:
        refuse(request, problem)
    elif not request.headers.get("HX-Request"):
        return redirect(safe_next(request))
    explained = step == "cause" and issue.is_by_machine
    context = panel_for(request, issue.station, {} if explained else {"issue": issue.uuid}, now=now())
    # Who taps again must find the same stop, even if a newer one asks meanwhile.
    if not explained:
        context["look"] = look_of(issue=issue.uuid)
    if explained and context["issue"] != issue:
        context["answered"] = Issue.objects.select_related("cause").get(pk=issue.pk)
    if step == "split":
        context["cut_off"] = neighbours(issue).get("later")
    return _said(request, "downtime/panel.html", context | {"problem": problem}, status)


def _said(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    answer = render(request, _template(request, template), context, status=status)
    answer["HX-Trigger"] = "changed"
    return answer


def _template(request: HttpRequest, template: str) -> str:
    return f"{template}#panel" if request.headers.get("HX-Request") else template
