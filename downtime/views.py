"""The tablet's questions about stops, and their answers."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from downtime.forms import StepForm, step_form
from downtime.models import Issue
from downtime.models.issues import Who
from downtime.panel import look_of, panel, panel_etag
from mesproject.accounts.viewers import acting, viewing
from mesproject.parts import part
from production.errors import DomainError
from production.models import Station
from production.operators import operator_at, signing
from production.views import safe_next


@require_safe
@never_cache
@viewing
def station_stops(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """The panel of one station, with what was chosen in it; its poll is answered 304 while nothing changed."""
    viewer, at = request.viewer, now()  # type: ignore[attr-defined]
    found = get_object_or_404(Station.objects.of(viewer.company).active().in_place(), uuid=station)

    def context() -> dict[str, Any]:
        return panel(found, request.GET, now=at, may_act=viewer.may_act)

    return part(request, "downtime/panel.html#panel", context, etag=panel_etag(found, now=at), now=at)


@require_POST
@acting
@signing(lambda company, issue, step: Station.objects.of(company).filter(issues__uuid=issue))
def step(request: HttpRequest, issue: uuid.UUID, step: str) -> HttpResponse:
    """Take one step; answer with the panel as it is now, or go back where there is no script."""
    company = request.viewer.company  # type: ignore[attr-defined]
    found = get_object_or_404(Issue.objects.of(company).select_related("station__group__plant"), uuid=issue)
    form = step_form(step, request.POST, found)
    if not form.is_valid():
        return _answer(request, found, str(next(iter(form.errors.values()))[0]), 422)
    try:
        with transaction.atomic():
            take(step, found, form, by=who(request, found.station), at=now())
    except DomainError as error:
        if not _came_before(found, form, step):
            return _answer(request, found, error.detail, 409)
    except IntegrityError:
        # The very same step came twice at the same instant; the other one has been taken.
        if not _came_before(found, form, step):
            raise
    return _answer(request, found, "", 200, explained=step == "cause")


def who(request: HttpRequest, station: Station) -> Who:
    """The hand behind a request."""
    viewer = request.viewer  # type: ignore[attr-defined]
    return Who(user=viewer.user, operator=operator_at(request, station, at=now()), device=viewer.device)


def take(step: str, issue: Issue, form: StepForm, *, by: Who, at: datetime) -> None:
    """Call the verb of a step."""
    said: dict[str, Any] = form.cleaned_data
    how: dict[str, Any] = {"by": by, "at": at, "key": form.key_of(step)}
    if step == "acknowledge":
        issue.acknowledge(**how)
    elif step == "estimate":
        issue.estimate(at + timedelta(minutes=said["minutes"]), **how)
    elif step == "escalate":
        issue.escalate(**how)
    elif step == "cause":
        issue.explain(said["cause"], seen=said["seen"], **how)
    else:
        issue.note(said["text"], **how)


def _came_before(issue: Issue, form: StepForm, step: str) -> bool:
    key = form.key_of(step)
    return key is not None and issue.events.filter(key=key).exists()


def _answer(
    request: HttpRequest, issue: Issue, problem: str, status: int, *, explained: bool = False
) -> HttpResponse:
    """The panel after an answer. An explained stop is done, and the next one asks; all else stays with this one."""
    script = bool(request.headers.get("HX-Request"))
    if not script and not problem:
        return redirect(safe_next(request))
    context = panel(issue.station, {} if explained else {"issue": issue.uuid}, now=now())
    # Who taps again must find the same stop, even if a newer one asks meanwhile.
    if not explained:
        context["look"] = look_of(issue, None, "", None)
    if explained and context["issue"] != issue:
        context["answered"] = Issue.objects.select_related("cause").get(pk=issue.pk)
    template = "downtime/panel.html#panel" if script else "downtime/panel.html"
    answer = render(request, template, context | {"problem": problem}, status=status)
    answer["HX-Trigger"] = "changed"
    return answer
