"""How a company defines its numbers: one page, which shows before it is saved what it will do to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mesproject.accounts.admin_base import OwnedAdmin, OwnedForm, fieldset, user_of
from mesproject.accounts.models import Company
from mesproject.reports.asking import Days, Question, production
from mesproject.reports.definition import CHOICES, DEFAULT, Definition
from mesproject.reports.definitions import KpiDefinition, definition_of
from mesproject.reports.explain import NO_ANSWER, said
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from production.models import Station

PREVIEWED = ("oee", "availability", "performance", "quality", "ooe", "teep", "mtbf")
DAYS = 7


@dataclass(frozen=True, slots=True)
class Preview:
    """Metrics of some days: as we define them, as the company does, and as it would."""

    first: date
    last: date
    heads: list[str]
    rows: list[tuple[str, list[str]]]


class DefinitionForm(OwnedForm):
    """Every switch."""

    company: Company

    def is_valid(self) -> bool:
        """What is sent to be previewed is not saved."""
        return super().is_valid() and "_preview" not in self.data

    def shown_preview(self) -> Preview:
        """What the form means for the last days; where it cannot be read, what is stored means."""
        found = {_("Our default"): DEFAULT, _("Now"): definition_of(self.company)}
        if self.is_bound and not self.errors:
            found[_("As typed")] = self.instance.definition
        return preview(self.company, found, at=now())


def preview(company: Company, definitions: dict[str, Definition], *, at: datetime) -> Preview:
    """Metrics of the days before today, of all stations together, by each of these definitions."""
    today = localtime(at).date()
    days = Days(today - timedelta(days=DAYS), today - timedelta(days=1))
    stations = list(Station.objects.of(company).in_place().select_related("plan"))
    sums = total(measures for _, measures in production(Question(stations, days, now=at)))
    rows = [(name, [_value(name, sums, one) for one in definitions.values()]) for name in PREVIEWED]
    return Preview(days.first, days.last, list(definitions), rows)


def _value(name: str, sums: Measures, definition: Definition) -> str:
    value = METRICS[name].compute(sums, definition)
    return NO_ANSWER if value is None else said(value, METRICS[name].unit)


@admin.register(KpiDefinition)
class KpiDefinitionAdmin(OwnedAdmin):
    """The company's definition; without one, ours holds."""

    form = DefinitionForm
    change_form_template = "admin/definition.html"
    change_list_template = "admin/definitions.html"
    list_display = ["__str__", "oee_base", "planned_stops", "changeover", "micro_stops", "currency"]
    actions = None
    radio_fields = dict.fromkeys(CHOICES, admin.VERTICAL)
    fieldsets = [
        fieldset(
            gettext_lazy("Availability"), "oee_base", "planned_stops", "changeover", "no_signal", "optional_shifts",
            description=gettext_lazy(
                "A change holds at once for all numbers, those of the past too; nothing is summed again. Every answer "
                "of the interfaces, and the page of every number, says which definition it follows."
            ),
        ),
        fieldset(gettext_lazy("Performance"), "micro_stops", "performance_cap"),
        fieldset(gettext_lazy("Quality"), "rework"),
        fieldset(gettext_lazy("Where there is nothing, and between failures"), "idle", "repair_in_mtbf"),
        fieldset(gettext_lazy("Thresholds"), "oee_warning", "oee_failure", "parts_goal_warning", "parts_goal_failure"),
        fieldset(
            gettext_lazy("Money and energy"),
            "currency", "idle_cost_per_hour", "energy_price_per_kwh", "co2_kg_per_kwh",
            description=gettext_lazy(
                "What is left empty is unknown: costs that need it have no answer, rather than 0."
            ),
        ),
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Once a company."""
        there = KpiDefinition.objects.of(user_of(request).company_id)
        return super().has_add_permission(request) and not there.exists()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With what it means for the last days."""
        form = context["adminform"].form
        if hasattr(form, "shown_preview"):
            context["preview"] = form.shown_preview()
        return super().render_change_form(request, context, *args, **kwargs)
