"""Exceptions: what a date has otherwise than its pattern says, for all who follow it or for one station."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import fieldset, labelled
from production.admin.effects import WatchedAdmin
from production.admin.plant import StationAdmin
from scheduling.admin.linked import Linked
from scheduling.admin.patterns import ShiftPatternAdmin
from scheduling.forms_exceptions import Action, ExceptionForm, hours_of, subject_of
from scheduling.models import PatternException
from scheduling.models.patterns import clock

# Of every shift of the date, and of one.
SENTENCES = {
    Action.CANCELLED: (
        gettext_noop("no shift takes place"),
        gettext_noop("the shift of {start} does not take place"),
    ),
    Action.MOVED: (
        gettext_noop("every shift is moved to {times}"),
        gettext_noop("the shift of {start} is moved to {times}"),
    ),
    Action.OVERTIME: (
        gettext_noop("every shift takes {times}"),
        gettext_noop("the shift of {start} takes {times}"),
    ),
}


def sentence_of(row: PatternException) -> str:
    """What it says of its date."""
    times = ""
    if row.start_minute is not None and row.minutes is not None:
        times = hours_of(row.start_minute, row.minutes)
    if row.action == Action.EXTRA:
        return gettext("{name} {times}, more than the pattern has").format(name=row.name, times=times)
    if row.action == Action.MOVED and row.to_date:
        times = f"{date_format(row.to_date, 'D Y-m-d')} {times}"
    every, one = SENTENCES[Action(row.action)]
    if row.replaces is None:
        return gettext(every).format(times=times)
    return gettext(one).format(times=times, start=clock(row.replaces))


class Exceptions(Linked):
    """Those of the last days and the coming ones, on the page of whom they are about."""

    model = PatternException
    verbose_name_plural = _("exceptions: what a date has otherwise")
    heads = [_("Date"), _("What"), _("Reason")]
    add_label = _("Add an exception…")
    empty = _("None from last week on.")

    def rows_of(self, parent: Any) -> Any:
        """From last week on."""
        return super().rows_of(parent).filter(date__gte=localtime(now()).date() - timedelta(days=7))

    def cells(self, row: Any) -> Sequence[str]:
        """When, what, why."""
        return [date_format(row.date, "D Y-m-d"), sentence_of(row), row.reason]

    def add_address(self, parent: Any) -> str:
        """With whom it is about."""
        return f"{self._address('add')}?{urlencode({'subject': f'{self.parent_field}:{parent.pk}'})}"

    def further(self, parent: Any) -> Sequence[tuple[str, str]]:
        """To what an exception of a past date needs."""
        address = f"{reverse('admin:scheduling_recompute')}?{urlencode({self.parent_field: parent.pk})}"
        return [(address, str(_("Recompute the past…")))]


@admin.register(PatternException)
class PatternExceptionAdmin(WatchedAdmin):
    """Extra, cancelled and moved shifts, and overtime."""

    form = ExceptionForm
    change_form_template = "admin/scheduling/exception.html"
    change_list_template = "admin/scheduling/with_calendar.html"
    list_display = ["on", "subject", "action", "what", "reason"]
    list_filter = ["action", "pattern"]
    search_fields = ["reason", "name", "pattern__title", "station__name", "station__code"]
    date_hierarchy = "date"
    ordering = ["-date", "pk"]
    fetched_with = ["pattern", "station"]
    fieldsets: ClassVar[list[Any]] = [
        fieldset(None, "subject", "date", "action"),
        fieldset(_("What"), "shift", "to_date", "name", "team", "attendance", "begins", "ends", "reason"),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look reads the sentence."""
        if obj is not None and not self.has_change_permission(request, obj):
            return [fieldset(None, "subject", "on", "action", "what", "reason")]
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The same."""
        looks = obj is not None and not self.has_change_permission(request, obj)
        return ["subject", "on", "what"] if looks else []

    def get_urls(self) -> list[Any]:
        """The shifts of a date, asked while the form is filled in."""
        view = self.admin_site.admin_view(self.shifts_view)
        return [path("shifts/", view, name="scheduling_patternexception_shifts"), *super().get_urls()]

    def shifts_view(self, request: HttpRequest) -> HttpResponse:
        """The field in which the shift is chosen, for the date and whom of the form."""
        form = self.get_form(request)(request.POST or request.GET)
        return TemplateResponse(request, "admin/scheduling/shifts.html", {"form": form})

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From a page of a pattern, a station or a day; a whom that is not there is nobody."""
        asked = super().get_changeform_initial_data(request)
        if not subject_of(request.user.company, str(asked.get("subject", ""))):
            asked.pop("subject", None)
        return {"date": localtime(now()).date(), **asked}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What concerns the past is kept, but moves no plan by itself: that is said."""
        super().save_model(request, obj, form, change)
        if obj.date < localtime(now()).date():
            self.message_user(
                request, _("This date is past: what was planned then stays as it was. To let the exception hold "
                "there, too, use “Recompute the past” on the page of the pattern or the station."), messages.WARNING,
            )  # fmt: skip

    @labelled(_("Date"), "date")
    def on(self, row: PatternException) -> str:
        """With its weekday."""
        return date_format(row.date, "D Y-m-d")

    @labelled(_("For"))
    def subject(self, row: PatternException) -> str:
        """A pattern or a station."""
        return str(row.subject)

    @labelled(_("What"))
    def what(self, row: PatternException) -> str:
        """In words."""
        return sentence_of(row)


ShiftPatternAdmin.inlines = [*ShiftPatternAdmin.inlines, Exceptions]
StationAdmin.inlines = [*StationAdmin.inlines, Exceptions]
