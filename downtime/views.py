"""The tablet's questions about stops, and their answers."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from downtime.forms import StepForm, step_form
from downtime.models import Issue
from downtime.models.issues import Who
from downtime.panel import panel
from mesproject.accounts.viewers import acting, viewing
from production.errors import DomainError
from production.models import Station
from production.operators import operator_of
from production.views import safe_next


@require_safe
@never_cache
@viewing
def station_stops(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """The panel of one station."""
    company = request.viewer.company  # type: ignore[attr-defined]
    found = get_object_or_404(Station.objects.of(company).active().in_place(), uuid=station)
    return render(request, "downtime/panel.html#panel", panel(found, request.GET, now=now()))


@require_POST
@acting
def step(request: HttpRequest, issue: uuid.UUID, step: str) -> HttpResponse:
    """Take one step; answer with the panel as it is now, or go back where there is no script."""
    company = request.viewer.company  # type: ignore[attr-defined]
    found = get_object_or_404(Issue.objects.of(company).select_related("station__group__plant"), uuid=issue)
    form = step_form(step, request.POST, found)
    problem, status = "", 200
    if not form.is_valid():
        problem, status = str(next(iter(form.errors.values()))[0]), 422
    else:
        try:
            take(step, found, form, by=who(request), at=now())
        except DomainError as error:
            problem, status = error.detail, 409
    return _answer(request, found, problem, status)


def who(request: HttpRequest) -> Who:
    """The hand behind a request."""
    viewer = request.viewer  # type: ignore[attr-defined]
    return Who(user=viewer.user, operator=operator_of(request, viewer.company), device=viewer.device)


def take(step: str, issue: Issue, form: StepForm, *, by: Who, at: datetime) -> None:
    """Call the verb of a step."""
    said: dict[str, Any] = form.cleaned_data
    how: dict[str, Any] = {"by": by, "at": at, "key": said.get("key")}
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


def _answer(request: HttpRequest, issue: Issue, problem: str, status: int) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        if problem:
            context = panel(issue.station, {"issue": issue.uuid}, now=now())
            return render(request, "downtime/panel.html", context | {"problem": problem}, status=status)
        return redirect(safe_next(request))
    # An explained stop is done: the panel goes on to the next question. Everything else stays with this one.
    explained = not problem and request.resolver_match and request.resolver_match.kwargs["step"] == "cause"
    look = {} if explained else {"issue": issue.uuid}
    context = panel(issue.station, look, now=now()) | {"problem": problem}
    if explained:
        context["answered"] = Issue.objects.select_related("cause").get(pk=issue.pk)
    answer = render(request, "downtime/panel.html#panel", context, status=status)
    answer["HX-Trigger"] = "changed"
    return answer
