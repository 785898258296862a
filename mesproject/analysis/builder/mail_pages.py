"""How a kept report is mailed: when, to whom, and the way out for those who receive it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mesproject.accounts.mailing import leaves_here
from mesproject.analysis.builder import letters, mailing
from mesproject.analysis.builder.forms import MailingForm
from mesproject.analysis.builder.models import Mailing, Recipient, SavedReport
from mesproject.analysis.builder.pages import csv_of, may_change
from mesproject.analysis.builder.saved_pages import keeper, owned, seen
from mesproject.analysis.builder.tasks import mail_reports
from mesproject.analysis.navigation import links
from mesproject.reports import budget
from mesproject.reports.how_asked import BadQuestion
from mesproject.reports.looking import looking, refused, user_of

NEXT_ONES = 3


@require_http_methods(["GET", "HEAD", "POST"])
@looking
def mails(request: HttpRequest, report: UUID) -> HttpResponseBase:
    """How a report is mailed; a new way is shown with its next times before it is kept."""
    found = owned(request, report)
    form = MailingForm(request.POST or None, company=found.company_id, initial=_usual(found))
    if request.method == "POST" and form.is_valid():
        if "keep" in request.POST:
            _keep(found, form, at=now())
            messages.success(request, _("Kept."))
            return redirect("builder:mails", found.uuid)
        return _page(request, found, form, next_ones=_next_ones(form, now()))
    return _page(request, found, form, status=422 if form.errors else 200)


@require_POST
@looking
def now_to_me(request: HttpRequest, report: UUID) -> HttpResponseBase:
    """The report to oneself, once for each page that the button was on."""
    user = keeper(request)
    found = seen(user, report)
    if not user.email:
        return refused(
            request, _("There is no mail address to send this to. An administrator enters it."), 400
        )
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        raise BadQuestion(_("This page is too old. Load it again.")) from None
    mailing.send_one(found, user, key=str(key), at=now())
    mail_reports.delay_on_commit()
    if leaves_here():
        messages.success(request, _("It is on its way to %(address)s.") % {"address": user.email})
    else:
        messages.warning(
            request,
            _(
                "No mail leaves: this Floorlight has no mail server. "
                "Mails lie as files in the folder “mail” of its data."
            ),
        )
    return redirect("builder:mails" if may_change(user, found) else "builder:saved", found.uuid)


@require_POST
@looking
def change(request: HttpRequest, mailing: UUID, step: str) -> HttpResponseBase:
    """Pause a mailing, go on with it, or end it."""
    found = (
        Mailing.objects.of(user_of(request).company_id).filter(uuid=mailing).select_related("report").first()
    )
    if found is None:
        raise Http404
    report = owned(request, found.report.uuid)
    if step == "pause":
        found.pause("", at=now())
    elif step == "resume":
        found.resume(at=now())
    else:
        found.delete()
    return redirect("builder:mails", report.uuid)


@never_cache
@csrf_exempt  # mail programs post here by themselves (RFC 8058); the signed link is what they prove
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET, which mail scanners do; end it on POST."""
    found = letters.leaver(token)
    if found is None:
        raise Http404
    if request.method == "POST" and not found.left_at:
        Recipient.objects.filter(pk=found.pk).update(left_at=now())
    context = {
        "report": found.mailing.report,
        "to": found.email or str(found),
        "done": request.method == "POST",
    }
    return render(request, "analysis/builder_leave.html", context)


@never_cache
@require_safe
def mailed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file of a report that was mailed, for who has the mail: as it was meant when it was due."""
    sending = letters.mailed(token)
    if sending is None:
        raise Http404
    try:
        found = mailing.answered(sending)
    except BadQuestion as error:
        return refused(request, str(error), error.status)
    except (budget.TooSlow, budget.TooMany):
        return refused(request, _("This takes too long now. Try again soon."), 429)
    if found is None:
        return refused(request, _("This report is being worked out. Open the link again in a minute."), 202)
    return csv_of(found[1], "report")


def _usual(report: SavedReport) -> dict[str, Any]:
    plant = report.company.plants.order_by("code").first()
    return {"at": "07:00", "plant": plant, "people": [report.owner_id]}


def _next_ones(form: MailingForm, at: datetime) -> list[tuple[datetime, str]]:
    """When it would be sent, on the plant's clock."""
    unsaved: Mailing = form.save(commit=False)
    tz = unsaved.plant.tz
    return [(one.astimezone(tz), str(tz)) for one in unsaved.wall.next_ones(at, NEXT_ONES)]


def _keep(report: SavedReport, form: MailingForm, *, at: datetime) -> None:
    with transaction.atomic():
        made: Mailing = form.save(commit=False)
        made.report, made.since = report, at
        made.save()
        people = [Recipient(mailing=made, user=user) for user in form.cleaned_data["people"]]
        others = [Recipient(mailing=made, address=address) for address in form.cleaned_data["addresses"]]
        Recipient.objects.bulk_create([*people, *others])


def _page(
    request: HttpRequest, report: SavedReport, form: MailingForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    at = now()
    every = report.mailings.select_related("plant", "report").prefetch_related("recipients__user")
    context = {
        "navigation": list(links("report")), "report": report, "form": form, "key": uuid4(),
        "mailings": [mailing.facts_of(one, at) for one in every], **more,
    }  # fmt: skip
    return render(request, "analysis/builder_mails.html", context, status=status)
