"""A report that is being worked out: how far it is, then the report. It can be left, come back to, and cancelled."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from mesproject.analysis.builder import running
from mesproject.analysis.builder.answering import prepared
from mesproject.analysis.builder.models import Run
from mesproject.analysis.builder.pages import address_of, csv_of, shown
from mesproject.analysis.builder.question import read
from mesproject.reports.looking import looking, user_of


@require_safe
@looking
def one(request: HttpRequest, run: UUID) -> HttpResponseBase:
    """How far it is; once it is done, the report."""
    found = _own(request, run)
    wanted = read(found.asks)
    if found.state != Run.State.DONE:
        context = {"run": found, "back": address_of(wanted), "report": wanted}
        return render(request, "analysis/builder_run.html", context)
    answer = running.result_of(found)
    if request.GET.get("format") == "csv":
        return csv_of(answer, wanted.of)
    ready = prepared(found.company, wanted, at=found.asked_at)
    return shown(request, ready, answer, {}, run=found)


@require_POST
@looking
def cancel(request: HttpRequest, run: UUID) -> HttpResponseBase:
    """Let it be."""
    found = _own(request, run)
    found.cancel(at=now())
    return redirect("builder:run", found.uuid)


def _own(request: HttpRequest, run: UUID) -> Run:
    user = user_of(request)
    found = Run.objects.of(user.company_id).filter(owner=user, uuid=run).select_related("company").first()
    if found is None:
        raise Http404
    return found
