"""A week of shifts, typed as times of day, and the stations and groups that follow it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedTabular, fieldset, labelled
from production.admin.effects import WatchedAdmin
from production.admin.plant import StationAdmin, StationGroupAdmin
from production.effects import apply
from scheduling.admin.week import PatternForm, ShiftInline, called, coming_monday, fill, templates_as_data
from scheduling.effects import following
from scheduling.models import PatternAssignment, PatternShift, ShiftPattern
from scheduling.versions import changed_from, followers_on


class FollowerInline(OwnedTabular):
    """Who follows a pattern, on the pattern's page."""

    model = PatternAssignment
    verbose_name_plural = _("followed by")
    autocomplete_fields = ["group", "station"]
    fields = ["group", "station", "valid_from"]


class PatternInline(OwnedTabular):
    """The patterns that a station or a group follows, on its page."""

    model = PatternAssignment
    verbose_name_plural = _("shift patterns")
    fields = ["pattern", "valid_from"]


class StationPatternInline(PatternInline):
    """A station's own."""

    verbose_name_plural = _("its own shift patterns (without one, the group's hold)")


class FromDayForm(forms.Form):
    """The copy, and the day from which on it is followed."""

    code = forms.CharField(
        label=_("Code"), max_length=32, help_text=_("Of the new pattern; the present one keeps its own.")
    )
    title = forms.CharField(label=_("Title"), max_length=64)
    day = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The first day, on the plant's calendar."),
    )  # fmt: skip

    def __init__(self, *args: Any, pattern: ShiftPattern, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pattern, self.today = pattern, today

    def clean_code(self) -> str:
        """A code is there once."""
        code: str = self.cleaned_data["code"]
        if ShiftPattern.objects.of(self.pattern.company_id).filter(code=code).exists():
            raise forms.ValidationError(_("There is a shift pattern with this code already."))
        return code

    def clean_day(self) -> date:
        """The past stays as it was."""
        day: date = self.cleaned_data["day"]
        if day < self.today:
            raise forms.ValidationError(
                _("What was planned before today stays. Choose today or a later day.")
            )
        return day


@admin.register(ShiftPattern)
class ShiftPatternAdmin(WatchedAdmin):
    """Weeks and longer cycles of shifts."""

    form = PatternForm
    change_form_template = "admin/scheduling/shiftpattern/change.html"
    list_display = ["title", "code", "days", "shifts", "followers"]
    ordering = ["code"]
    search_fields = ["title", "code"]
    inlines = [ShiftInline, FollowerInline]
    fieldsets = [
        fieldset(None, ("title", "code"), ("days", "anchor")),
        fieldset(_("Fill from a template"), ("template", "starts", "begins")),
        fieldset(_("Or type the shifts"), "quick"),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Templates are for patterns that nobody follows yet; who may only look enters nothing."""
        main, template, quick = super().get_fieldsets(request, obj)
        if obj is None:
            return [main, template, quick]
        if not self.has_change_permission(request, obj):
            return [main]
        quick = (quick[0], {**quick[1], "classes": ["collapse"]})
        return [main, quick] if obj.number_of_followers else [main, template, quick]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A rotation would begin on the coming Monday."""
        return {"begins": coming_monday(localdate()), **super().get_changeform_initial_data(request)}

    def get_queryset(self, request: HttpRequest) -> Any:
        """With how many shifts it has, and how many follow it."""
        numbers = {
            "number_of_shifts": Count("shifts", distinct=True),
            "number_of_followers": Count("assignments", distinct=True),
        }
        return super().get_queryset(request).annotate(**numbers)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A template comes instead of the shifts in the table."""
        if formset.model is PatternShift and getattr(form.instance, "filling", None):
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        else:
            super().save_formset(request, form, formset, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Add the shifts of a template, or those typed as text, before the engine is told."""
        filling = getattr(form.instance, "filling", None)
        if added := called(filling) if filling else form.cleaned_data["quick"]:
            fill(form.instance, added, instead=filling is not None)
            form.changed_data.append("shifts")
        super().save_related(request, form, formsets, change)

    def get_urls(self) -> list[Any]:
        """Beside the form: a change from a day on."""
        view = self.admin_site.admin_view(self.from_day)
        own = path("<path:object_id>/from/", view, name="scheduling_shiftpattern_from")
        return [own, *super().get_urls()]

    def from_day(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Copy the pattern, let its followers follow the copy from a day on, and open the copy."""
        pattern = self.get_object(request, unquote(object_id))
        if pattern is None:
            raise Http404
        if not (self.has_change_permission(request, pattern) and self.has_add_permission(request)):
            raise PermissionDenied
        today = localdate()
        proposed = {"code": "", "title": pattern.title, "day": coming_monday(today)}
        form = FromDayForm(request.POST or None, pattern=pattern, today=today, initial=proposed)
        if form.is_valid():
            return self._copied(request, pattern, **form.cleaned_data)
        context = {
            **self.admin_site.each_context(request), "title": _("Change from a day on"), "subtitle": str(pattern),
            "original": pattern, "opts": self.opts, "form": form, "followers": followers_on(pattern, today),
        }  # fmt: skip
        return TemplateResponse(request, "admin/scheduling/shiftpattern/from.html", context)

    def _copied(
        self, request: HttpRequest, pattern: ShiftPattern, *, code: str, title: str, day: date
    ) -> HttpResponse:
        with transaction.atomic():
            copy, followers = changed_from(pattern, day, code=code, title=title)
            apply([following([follower], follower.valid_from) for follower in followers], at=now())
        told = _("This is the new pattern; change it here. Nobody follows it yet.")
        if followers:
            told = _("This is the new pattern; change it here. From %(day)s on, %(count)d follow it.")
        self.message_user(request, told % {"count": len(followers), "day": day}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:scheduling_shiftpattern_change", args=[copy.pk]))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With what the grid needs to know."""
        context |= {
            "ready_made": templates_as_data(), "weekdays": WEEKDAYS.values(), "weekdays_short": WEEKDAYS_ABBR.values(),
        }  # fmt: skip
        return super().render_change_form(request, context, *args, **kwargs)

    @labelled(_("Shifts"), "number_of_shifts")
    def shifts(self, pattern: Any) -> int:
        """How many."""
        return pattern.number_of_shifts

    @labelled(_("Followed by"), "number_of_followers")
    def followers(self, pattern: Any) -> int:
        """How many groups and stations, of all times."""
        return pattern.number_of_followers


StationGroupAdmin.inlines = [*StationGroupAdmin.inlines, PatternInline]
StationAdmin.inlines = [StationPatternInline, *StationAdmin.inlines]
