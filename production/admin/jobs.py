"""Orders, their runs on stations, and the people at the machines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import Archivable, OwnedForm, OwnedTabular, fieldset, labelled, seconds
from mesproject.accounts.admin_sheets import SheetAdmin
from production.admin.effects import WatchedAdmin
from production.models import Job, JobDispatch, JobRun, Operator
from production.sheets import OperatorLine
from production.sign_ons import who_worked


@admin.register(Operator)
class OperatorAdmin(SheetAdmin, Archivable):
    """People at machines, known by initials."""

    line_form = OperatorLine

    list_display = ["initials", "name"]
    list_filter = Archivable.list_filter
    search_fields = ["initials", "name", "badge"]
    fields = ["initials", "name", "badge", "language", "archived_at"]


class PlaceInline(OwnedTabular):
    """Where a job may run."""

    model = JobDispatch
    autocomplete_fields = ["station", "group"]
    extra = 0


@admin.register(Job)
class JobAdmin(WatchedAdmin, Archivable):
    """Operations of orders."""

    list_display = [
        "name",
        "part",
        "operation",
        "lot",
        "sku",
        "quantity",
        "due_on",
        seconds("ideal_part_time_ms", _("Ideal part time")),
    ]
    list_filter = Archivable.list_filter
    search_fields = ["name", "part", "lot", "sku__code"]
    fetched_with = ["sku"]
    autocomplete_fields = ["sku"]
    inlines = [PlaceInline]
    fieldsets = [
        fieldset(None, "name", "part", "operation", "lot", "sku", "description"),
        fieldset(_("Ordered"), "quantity", "due_on", "part_value", "archived_at"),
        fieldset(
            _("Standards"), "ideal_part_time_ms", "expected_part_time_ms", "expected_setup_ms", "units_per_count",
            "warning_percent", "failure_percent",
            description=_("For its runs that say nothing else."),
        ),
    ]  # fmt: skip


class StateFilter(admin.SimpleListFilter):
    """Planned, running, done."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The three states of a run."""
        return [("planned", str(_("Planned"))), ("running", str(_("Running"))), ("done", str(_("Done")))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The runs in this state."""
        match self.value():
            case "planned":
                return queryset.filter(actual_start=None)
            case "running":
                return queryset.running()
            case "done":
                return queryset.filter(actual_end__isnull=False)
        return queryset


class JobRunForm(OwnedForm):
    """A run, whose times make sense together."""

    class Meta:
        model = JobRun
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """Refuse an end without a start; the database refuses what overlaps."""
        data = super().clean() or self.cleaned_data
        for kind in ("planned", "actual"):
            if data.get(f"{kind}_end") and not data.get(f"{kind}_start"):
                self.add_error(f"{kind}_start", _("An end needs a start."))
        if not data.get("planned_start") and not data.get("actual_start") and not self.errors:
            raise forms.ValidationError(_("Say when it is planned to start, or when it did."))
        return data


@admin.register(JobRun)
class JobRunAdmin(WatchedAdmin):
    """Turns of jobs and SKUs on stations."""

    form = JobRunForm
    date_hierarchy = "actual_start"
    list_display = [
        "what",
        "station",
        "state",
        "planned_start",
        "actual_start",
        "actual_end",
        "planned_quantity",
    ]
    list_filter = [StateFilter, "station__group"]
    search_fields = ["job__name", "job__part", "job__lot", "sku__code", "sku__name", "station__code"]
    fetched_with = ["station", "job__sku", "sku", "erp"]
    readonly_fields = ["erp_run_id", "operators"]
    autocomplete_fields = ["station", "job", "sku"]
    fieldsets = [
        fieldset(None, "station", "job", "sku", "erp_run_id"),
        fieldset(
            _("Standards"), "cycle_time_ms", "expected_part_time_ms", "expected_setup_ms", "units_per_count",
            description=_("For this run only."),
        ),
        fieldset(_("Planned"), "planned_start", "planned_end", "planned_quantity", "prioritised_at"),
        fieldset(
            _("By itself"), "starts_by_plan", "start_program", "ends_by_plan", "ends_on_quantity", "extends_shift",
            description=_("Without any of these an operator starts and ends it at the tablet."),
        ),
        fieldset(
            _("Actual"), "actual_start", "starts_in_setup", "production_start", "actual_end", "operators",
            description=_("A change of the past recomputes the station from there."),
        ),
    ]  # fmt: skip

    def get_ordering(self, request: HttpRequest) -> Any:
        """What runs and what is to come first."""
        return [F("actual_start").desc(nulls_first=True), F("planned_start").desc(nulls_last=True)]

    @labelled(_("Run of"), "job__name")
    def what(self, run: JobRun) -> str:
        """Job or SKU."""
        return str(run)

    @labelled(_("State"))
    def state(self, run: JobRun) -> str:
        """Planned, in setup, running or done."""
        if run.actual_start is None:
            return str(_("planned"))
        if run.actual_end is not None:
            return str(_("done"))
        return (
            str(_("in setup")) if run.starts_in_setup and run.production_start is None else str(_("running"))
        )

    @labelled(_("Id in the ERP"), "erp__erp_run_id")
    def erp_run_id(self, run: JobRun) -> str:
        """By which an ERP knows it."""
        return run.erp.erp_run_id if hasattr(run, "erp") else "–"

    @labelled(_("Operators"))
    def operators(self, run: JobRun) -> str:
        """Who was signed on while it went on, and for how long."""
        people = who_worked([run.pk], now=now()).get(run.pk, [])
        said = (f"{who.initials} {who.name} ({who.ms / 60_000:.0f} min)" for who in people)
        return ", ".join(said) or "–"
