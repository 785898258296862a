"""A week of shifts, typed as times of day, and the stations and groups that follow it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from mesproject.accounts.admin_base import OwnedForm, OwnedTabular, fieldset, labelled
from production.admin.effects import Effect, WatchedAdmin, affects, plan_keepers
from production.admin.plant import StationAdmin, StationGroupAdmin
from production.models import Station
from scheduling.calendar import CycleShift
from scheduling.models import PatternAssignment, PatternShift, ShiftPattern
from scheduling.shorthand import HOW, Unreadable, overlap, parse, span_of
from scheduling.wall_clock import shop_day_window
from scheduling.writing import rules_changed


@plan_keepers.append
def _keep(stations: Collection[int], at: datetime) -> Collection[int]:
    """What was planned stays; what is planned follows the new rules."""
    return rules_changed(stations, at=at)


@affects(PatternAssignment)
def _assignment(assignment: PatternAssignment) -> Effect:
    """Those who follow, from the first day on."""
    return _following([assignment], assignment.valid_from)


@affects(ShiftPattern, "shifts", "days", "anchor")
def _pattern(pattern: ShiftPattern) -> Effect:
    """Everybody who follows or followed it."""
    assignments = list(pattern.assignments.select_related("station__group__plant", "group__plant"))
    return _following(assignments, min((a.valid_from for a in assignments), default=date.max))


@affects(PatternShift)
def _shift(shift: PatternShift) -> Effect:
    return _pattern(shift.pattern)


def _following(assignments: list[PatternAssignment], since: date) -> Effect:
    if not assignments:
        return Effect()
    stations = {a.station_id for a in assignments if a.station_id}
    groups = {a.group_id for a in assignments if a.group_id}
    followers = Station.objects.filter(Q(pk__in=stations) | Q(group__in=groups)).values_list("pk", flat=True)
    starts = [
        shop_day_window(since, tz=plant.tz, day_start=plant.day_start).start
        for plant in {_plant_of(assignment) for assignment in assignments}
    ]
    return Effect(tuple(followers), min(starts), plan=True)


def _plant_of(assignment: PatternAssignment) -> Any:
    return (assignment.station.group if assignment.station else assignment.group).plant


class ShiftForm(forms.ModelForm):
    """A shift from one time of day to another; the same time twice is a whole day."""

    start = forms.TimeField(
        widget=forms.TimeInput(attrs={"type": "time", "step": 300}), help_text="Times of day."
    )
    end = forms.TimeField(widget=forms.TimeInput(attrs={"type": "time", "step": 300}))

    class Meta:
        model = PatternShift
        fields = ["name", "day", "attendance"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shift = self.instance
        if shift.pk:
            self.initial["start"] = _time(shift.start_minute)
            self.initial["end"] = _time(shift.start_minute + shift.minutes)

    def clean(self) -> dict[str, Any]:
        """Turn two times of day into a start and a length."""
        data = super().clean() or self.cleaned_data
        if data.get("start") is not None and data.get("end") is not None:
            start, end = _minute(data["start"]), _minute(data["end"])
            self.instance.start_minute, self.instance.minutes = start, span_of(start, end)
            if start % 5 or end % 5:
                raise forms.ValidationError("Use steps of five minutes.")
        return data


class Week(BaseInlineFormSet):
    """All shifts of a pattern: no two share time, also over the end of the week."""

    def clean(self) -> None:
        """Refuse shifts that overlap, and name them."""
        super().clean()
        if any(self.errors):
            return
        week = [_weekly(form.instance) for form in self.forms if _counts(form, self)]
        if both := overlap(week):
            raise forms.ValidationError(f"{_told(both[0])} and {_told(both[1])} overlap.")


class ShiftInline(OwnedTabular):
    """The week."""

    model = PatternShift
    form, formset = ShiftForm, Week
    fields = ["name", "day", "start", "end", "attendance"]
    ordering = ["day", "start_minute"]


class FollowerInline(OwnedTabular):
    """Who follows a pattern, on the pattern's page."""

    model = PatternAssignment
    verbose_name_plural = "followed by"
    autocomplete_fields = ["group", "station"]
    fields = ["group", "station", "valid_from"]


class PatternInline(OwnedTabular):
    """The patterns that a station or a group follows, on its page."""

    model = PatternAssignment
    verbose_name_plural = "shift patterns"
    fields = ["pattern", "valid_from"]


class StationPatternInline(PatternInline):
    """A station's own."""

    verbose_name_plural = "its own shift patterns (without one, the group's hold)"


class PatternForm(OwnedForm):
    """Title and code, and a quick way to enter a whole week."""

    quick = forms.CharField(
        label="Shifts to add", required=False, widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text=f"One a line. {HOW}",
    )  # fmt: skip

    class Meta:
        model = ShiftPattern
        fields = ["code", "title"]

    def clean_quick(self) -> list[CycleShift]:
        """The shifts that the lines mean."""
        try:
            added = parse(self.cleaned_data["quick"])
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from None
        if any(len(shift.name) > 64 for shift in added):
            raise forms.ValidationError("A shift's name has at most 64 letters.")
        there = [_weekly(shift) for shift in self.instance.shifts.all()] if self.instance.pk else []
        if both := overlap([*there, *added]):
            raise forms.ValidationError(f"{_told(both[0])} and {_told(both[1])} overlap.")
        return added


@admin.register(ShiftPattern)
class ShiftPatternAdmin(WatchedAdmin):
    """Weeks of shifts."""

    form = PatternForm
    list_display = ["title", "code", "shifts", "followers"]
    ordering = ["code"]
    only_to_enter = ["quick"]
    search_fields = ["title", "code"]
    inlines = [ShiftInline, FollowerInline]
    fieldsets = [
        fieldset(
            None, "title", "code", "quick",
            description="A change holds from now on; what was planned before stays. To change from a day on, "
            "make a new one and let stations or groups follow it from that day.",
        ),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        """With how many shifts it has, and how many follow it."""
        numbers = {
            "number_of_shifts": Count("shifts", distinct=True),
            "number_of_followers": Count("assignments", distinct=True),
        }
        return super().get_queryset(request).annotate(**numbers)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Add the shifts that were typed as text, before the engine is told."""
        pattern = form.instance
        for shift in form.cleaned_data["quick"]:
            PatternShift.objects.create(
                pattern=pattern, name=shift.name, day=shift.day,
                start_minute=shift.start_minute, minutes=shift.minutes,
            )  # fmt: skip
        if form.cleaned_data["quick"]:
            form.changed_data.append("shifts")
        super().save_related(request, form, formsets, change)

    @labelled("Shifts a week", "number_of_shifts")
    def shifts(self, pattern: Any) -> int:
        """How many."""
        return pattern.number_of_shifts

    @labelled("Followed by", "number_of_followers")
    def followers(self, pattern: Any) -> int:
        """How many groups and stations, of all times."""
        return pattern.number_of_followers


StationGroupAdmin.inlines = [*StationGroupAdmin.inlines, PatternInline]
StationAdmin.inlines = [StationPatternInline, *StationAdmin.inlines]


def _time(minute: int) -> time:
    hour, minute = divmod(minute % (24 * 60), 60)
    return time(hour, minute)


def _minute(clock: time | datetime) -> int:
    return clock.hour * 60 + clock.minute


def _weekly(shift: PatternShift) -> CycleShift:
    return CycleShift(shift.name, shift.day, shift.start_minute, shift.minutes)


def _counts(form: Any, formset: BaseInlineFormSet) -> bool:
    deleted = formset.can_delete and formset._should_delete_form(form)
    return form.instance.start_minute is not None and form.instance.minutes is not None and not deleted


def _told(shift: CycleShift) -> str:
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[shift.day]
    return f"{shift.name} {day} {_time(shift.start_minute):%H:%M}"
