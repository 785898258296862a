"""The first tablet and the first television, each by a code to scan."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from mesproject.accounts import trying
from mesproject.accounts.admin.pairing import PairForm
from mesproject.accounts.admin_base import OwnedForm
from mesproject.accounts.models import Company, Device
from mesproject.accounts.qr import qr
from mesproject.setup.pages import administering, company_of, page


class TabletForm(OwnedForm):
    """What the tablet is called."""

    class Meta:
        model = Device
        fields = ["name"]


def _tablet(data: Any, company: Company) -> TabletForm:
    form = TabletForm(data, instance=Device(company=company, kind=Device.Kind.TABLET), prefix="tablet")
    form.initial.setdefault("name", "")
    form.initial["name"] = form.initial["name"] or "tablet-1"
    return form


def _display(data: Any, company: Company) -> PairForm:
    form = PairForm(data, instance=Device(company=company, kind=Device.Kind.DISPLAY), prefix="display")
    form.initial["name"] = "tv-1"
    form.fields["code"].widget.attrs.pop("autofocus", None)
    return form


@administering
def screens(request: HttpRequest) -> HttpResponse:
    """Make a tablet and show its code; let in the television that shows its own."""
    company, what = company_of(request), request.POST.get("what")
    tablet = _tablet(request.POST if what == "tablet" else None, company)
    display = _display(request.POST if what == "display" else None, company)
    context: dict[str, Any] = {}
    if tablet.is_valid():
        context |= _enrolling(request, tablet)
    if display.is_valid():
        context["paired"] = _pair(display)
    failed = bool(tablet.errors or display.errors)
    pair_here = request.build_absolute_uri(reverse("admin:accounts_device_pair"))
    context |= {
        "tablet": tablet, "display": display, "pair_code": qr(pair_here), "pair_here": pair_here,
        "pair_address": request.build_absolute_uri(reverse("pair")), "only_here": trying.is_only_here(request),
        "devices": Device.objects.of(company).active().exclude(kind=Device.Kind.GATEWAY)[:50], "now": now(),
    }  # fmt: skip
    return page(request, "screens", context, status=422 if failed else 200)


def _enrolling(request: HttpRequest, form: TabletForm) -> dict[str, Any]:
    device = form.instance
    code = device.issue_code(at=now())
    form.save()
    address = request.build_absolute_uri(f"{reverse('enrol')}?code={code}")
    return {"enrolling": device, "code": code, "enrol": address, "enrol_code": qr(address)}


def _pair(form: PairForm) -> Device | None:
    """The display, or nothing where somebody else has just typed its digits."""
    assert form.pairing
    with transaction.atomic():
        display: Device = form.save()
        if form.pairing.give(display):
            return display
        transaction.set_rollback(True)
    form.add_error("code", _("Somebody else has just typed this code."))
    return None
