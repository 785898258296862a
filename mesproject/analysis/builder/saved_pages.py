"""Kept reports: the list of them, and what their owners do with them. Others see what is shared, and copy it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mesproject.accounts.models import User
from mesproject.analysis.builder.forms import KeepForm
from mesproject.analysis.builder.models import Run, SavedReport, SavedReportQuerySet
from mesproject.analysis.builder.pages import address_of, may_change, may_keep
from mesproject.analysis.builder.question import read
from mesproject.analysis.navigation import links
from mesproject.reports.looking import looking, user_of


@require_safe
@looking
def every(request: HttpRequest) -> HttpResponseBase:
    """One's own reports and the company's, and those of one's own that are being worked out."""
    user = user_of(request)
    seen = SavedReport.objects.seen_by(user).there().select_related("owner").prefetch_related("mailings")
    deleted = request.GET.get("deleted", "")
    context = {
        "navigation": list(links("report")),
        "mine": [one for one in seen if one.owner_id == user.pk],
        "shared": [one for one in seen if one.owner_id != user.pk],
        "runs": Run.objects.of(user.company_id).filter(owner=user).defer("result")[:20],
        "may_keep": may_keep(user),
        "deleted": next((one for one in _own(user) if str(one.uuid) == deleted and one.deleted_at), None),
    }
    return render(request, "analysis/builder_list.html", context)


@require_safe
@looking
def one(request: HttpRequest, report: UUID) -> HttpResponseBase:
    """The report as it is now: relative times are those of today."""
    found = seen(user_of(request), report)
    return redirect(address_of(read(found.asks), saved=str(found.uuid)))


@require_POST
@looking
def keep(request: HttpRequest) -> HttpResponseBase:
    """Keep what is looked at under a name."""
    user = keeper(request)
    return _kept(request, SavedReport(company_id=user.company_id, owner=user))


@require_POST
@looking
def change(request: HttpRequest, report: UUID) -> HttpResponseBase:
    """Another name, other words, or what is looked at now in its place."""
    return _kept(request, owned(request, report))


@require_POST
@looking
def copy(request: HttpRequest, report: UUID) -> HttpResponseBase:
    """The same as one's own."""
    user = keeper(request)
    found = seen(user, report)
    made = found.copy_for(user, _("Copy of %(report)s") % {"report": found.name})
    messages.success(request, _("This copy is yours."))
    return redirect("builder:saved", made.uuid)


@require_POST
@looking
def delete(request: HttpRequest, report: UUID) -> HttpResponseBase:
    """Away with it, and with its mails; the list says how to have it back."""
    found = owned(request, report)
    found.deleted_at = now()
    found.save(update_fields=["deleted_at"])
    answer = redirect("builder:reports")
    answer["Location"] += f"?deleted={found.uuid}"
    return answer


@require_POST
@looking
def restore(request: HttpRequest, report: UUID) -> HttpResponseBase:
    """Have it back. Mails that were due meanwhile are not sent."""
    user = keeper(request)
    found = _own(user).filter(uuid=report).first()
    if found is None:
        raise Http404
    at = now()
    found.mailings.update(since=at)
    found.deleted_at = None
    found.save(update_fields=["deleted_at"])
    return redirect("builder:saved", found.uuid)


# Whose they are


def keeper(request: HttpRequest) -> User:
    """Who asks, if his role keeps reports."""
    user = user_of(request)
    if not may_keep(user):
        raise PermissionDenied(
            _("Your role looks at reports and keeps none. Ask an administrator for another.")
        )
    return user


def seen(user: User, report: UUID) -> SavedReport:
    """One's own, or one that is shared; 404 for all others."""
    found = (
        SavedReport.objects.seen_by(user)
        .there()
        .filter(uuid=report)
        .select_related("owner", "company")
        .first()
    )
    if found is None:
        raise Http404
    return found


def owned(request: HttpRequest, report: UUID) -> SavedReport:
    """One that one may change: one's own, and of shared ones every one for an administrator."""
    user = keeper(request)
    found = seen(user, report)
    if not may_change(user, found):
        raise PermissionDenied(_("This report is somebody else’s. Copy it, and change the copy."))
    return found


def _own(user: User) -> SavedReportQuerySet:
    return SavedReport.objects.of(user.company_id).filter(owner=user)


def _kept(request: HttpRequest, report: SavedReport) -> HttpResponseBase:
    form = KeepForm(request.POST, instance=report)
    if not form.is_valid():
        context = {"form": form, "report": report, "navigation": list(links("report"))}
        return render(request, "analysis/builder_form.html", context, status=422)
    kept = form.save()
    messages.success(request, _("Kept."))
    return redirect("builder:saved", kept.uuid)
