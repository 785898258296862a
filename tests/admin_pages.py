"""Every page of the admin, made of what is registered: lists, forms, histories, and what the lists and rows lead to."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from downtime.models import Cause
from mesproject.accounts.models import ApiKey, Company, Device, User
from production.models import Operator, Plant, Sku, Station
from quality.models import RejectReason
from scheduling.models import ShiftPattern
from tests.admin.one_of_each import ONE_OF_EACH, REGISTERED, address, make_gateway
from tests.make import make_device
from tests.pages import Face, Page

# Who deletes what nothing holds on to is told of all that goes with it: a question for each kind of row.
DELETING = 36
SHEETS = (Station, Sku, Cause, RejectReason, Operator)
# Pages of no row.
OTHERS = {
    "front": "/admin/",
    "try-rules": "/admin/downtime/answerrule/try/",
    "import-error-codes": "/admin/downtime/errorcode/import/",
    "pair-a-screen": "/admin/accounts/device/pair/",
    "password": "/admin/password_change/",
    "nothing-found": "/admin/production/station/?q=there-is-no-such-station",
    "part": "/admin/production/",
}


def lists_of(company: Company) -> list[Page]:
    """The lists, and the pages that belong to no row."""
    pages = [_page(f"{_name(model)}.list", address(model, "changelist")) for model in REGISTERED]
    pages += [_page(f"{_name(model)}.import", address(model, "import")) for model in SHEETS]
    pages += [
        _page(f"{_name(model)}.bulk", address(model, "changelist"), action="bulk_edit")
        for model in SHEETS if hasattr(admin.site.get_model_admin(model), "bulk_fields")
    ]  # fmt: skip
    month = f"/admin/scheduling/calendar/?plant={Plant.objects.of(company).earliest('pk').pk}"
    others = {"calendar": month, "calendar-week": f"{month}&view=week"} | OTHERS
    return [*pages, *(_page(name, path) for name, path in others.items())]


def forms_of(company: Company) -> list[Page]:
    """Of each kind of row the form that makes one, and one row's form, history, end and own pages."""
    administrator = User.objects.of(company).get(username="admin")
    pages = []
    for model in REGISTERED:
        pages += _of_model(model, administrator)
    station, pattern = (
        Station.objects.of(company).earliest("pk"),
        ShiftPattern.objects.of(company).earliest("pk"),
    )
    for row in (make_gateway(company), ONE_OF_EACH[ApiKey](company), station):
        pages += _own_pages(row)
    pages.append(_page("recompute", f"/admin/scheduling/recomputation/recompute/?station={station.pk}"))
    pages.append(_page("pattern.from", address(ShiftPattern, "from", pattern.pk)))
    screens = [make_device(kind, company=company)[0] for kind in ("tablet", "display")]
    return [*pages, *(_page(f"{row.kind}.change", address(Device, "change", row.pk)) for row in screens)]


def _own_pages(row: Any) -> list[Page]:
    model = type(row)
    site: Any = admin.site.get_model_admin(model)
    return [
        _page(f"{_name(model)}.its-{page.slug}", address(model, "page", row.pk, page.slug))
        for page in site.pages
        if not hasattr(page, "fits") or page.fits(row)
    ]


def _of_model(model: Any, administrator: User) -> list[Page]:
    request = HttpRequest()
    request.user = administrator
    site = admin.site.get_model_admin(model)
    row = site.get_queryset(request).first() or ONE_OF_EACH[model](administrator.company)
    pages = [_page(f"{_name(model)}.{page}", address(model, page, row.pk)) for page in ("change", "history")]
    if site.has_add_permission(request):
        pages.append(_page(f"{_name(model)}.add", address(model, "add")))
    if site.has_delete_permission(request, row):
        pages.append(_page(f"{_name(model)}.delete", address(model, "delete", row.pk), queries=DELETING))
    return pages


def _page(name: str, path: str, **kwargs: Any) -> Page:
    return Page(name, path, Face.ADMIN, "admin", **kwargs)


def _name(model: Any) -> str:
    return str(model._meta.label_lower).replace(".", "-")
