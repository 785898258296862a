"""SKUs out of a CSV file, by the same table that the admin imports and exports."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

from mesproject.accounts.admin_sheets import SheetForm, looked_at, preview, stored
from mesproject.accounts.sheets import columns_of
from mesproject.csv_reading import Fault, text_of
from mesproject.setup.pages import administering, company_of, forward, page
from production.models import Sku
from production.sheets import SkuLine


@administering
def skus(request: HttpRequest) -> HttpResponse:
    """Send, look, store."""
    company = company_of(request)
    form = SheetForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {
        "form": form, "known_columns": columns_of(SkuLine), "number_there": Sku.objects.of(company).count()
    }  # fmt: skip
    if request.method == "POST" and form.is_valid():
        content, in_earnest = form.cleaned_data["content"], request.POST.get("step") == "store"
        found = (stored if in_earnest else looked_at)(SkuLine, company, content)
        if isinstance(found, Fault):
            return page(request, "skus", context | {"fault": found}, status=422)
        if in_earnest and not any(line.faults for line in found):
            said = ngettext("%(number)d SKU is stored.", "%(number)d SKUs are stored.", len(found))
            return forward(request, "skus", said % {"number": len(found)})
        context |= preview(found) | {"text": text_of(content)}
    return page(request, "skus", context)
