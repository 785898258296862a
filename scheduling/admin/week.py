"""The shifts of a pattern on its page: a table that works everywhere, and a grid over it to draw in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet
from django.forms.widgets import Script
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedForm, OwnedTabular
from mesproject.formats import spoken
from scheduling.calendar import MONDAY, Attendance, CycleShift
from scheduling.models import PatternShift, ShiftPattern
from scheduling.models.patterns import WEEK, clock
from scheduling.ready_made import READY_MADE, ROTATIONS, WEEKS, starts_of
from scheduling.rotations import Rotation, Unworkable
from scheduling.shorthand import HOW, Unreadable, overlap, parse, span_of


class ShiftForm(forms.ModelForm):
    """A shift from one time of day to another; the same time twice is a whole day."""

    start = forms.TimeField(
        label=_("Starts"),
        widget=forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M"),
        help_text=_("Times of day."),
    )
    end = forms.TimeField(
        label=_("Ends"), widget=forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M")
    )

    class Meta:
        model = PatternShift
        fields = ["name", "day", "attendance", "team"]

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
                raise forms.ValidationError(_("Use steps of five minutes."))
        return data


class Week(BaseInlineFormSet):
    """All shifts of a pattern: each on a day of its cycle, and no two share time, also over the cycle's end."""

    def clean(self) -> None:
        """Refuse shifts that overlap, and name them; those that were typed as text count, too."""
        super().clean()
        pattern: Any = self.instance
        if any(self.errors) or getattr(pattern, "filling", None):
            return
        drawn = [cycle_shift(form.instance) for form in self.forms if _counts(form, self)]
        check_cycle(pattern, [*drawn, *getattr(pattern, "typed", [])])


class ShiftInline(OwnedTabular):
    """The cycle; the script puts a grid over the table."""

    model = PatternShift
    form, formset = ShiftForm, Week
    template = "admin/scheduling/shiftpattern/week.html"
    fields = ["name", "day", "start", "end", "attendance", "team"]
    ordering = ["day", "start_minute"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the pattern, by which each row says what it is called."""
        return super().get_queryset(request).select_related("pattern")

    class Media:
        css = {"all": ["floorlight/week.css"]}
        js = [
            Script("floorlight/words.js", defer=True),  # the words stand further down
            "floorlight/week-model.js", "floorlight/week-table.js", "floorlight/week-view.js",
            "floorlight/week-drag.js", "floorlight/week.js",
        ]  # fmt: skip


class PatternForm(OwnedForm):
    """Title, code and cycle, and two quick ways to enter all shifts: a template, or lines of text."""

    template = forms.ChoiceField(
        label=_("Template"), required=False,
        choices=[
            ("", _("None: draw the shifts")),
            (_("Weeks"), [(key, lazy(spoken, str)(made.title)) for key, made in WEEKS.items()]),
            (_("Rotations"), [(key, lazy(spoken, str)(made.title)) for key, made in ROTATIONS.items()]),
        ],
        help_text=_("Replaces all shifts, and sets the days of the cycle and its first day."),
    )  # fmt: skip
    starts = forms.CharField(
        label=_("Start times"), required=False, max_length=64,
        widget=forms.TextInput(attrs={"size": 20, "placeholder": _("as usual")}),
        help_text=_("Of a day's shifts, in their order: 06:00, 18:00."),
    )  # fmt: skip
    begins = forms.DateField(
        label=_("Team A begins on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The first day of a rotation."),
    )  # fmt: skip
    quick = forms.CharField(
        label=_("Shifts to add"), required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=format_lazy("{} {}", _("One a line."), _(HOW)),
    )  # fmt: skip

    class Meta:
        model = ShiftPattern
        fields = ["code", "title", "days", "anchor"]
        help_texts = {
            "days": _("7 is a week; a rotation repeats after more, or fewer."),
            "anchor": _("The date of some day on which the cycle begins; of a week, any Monday."),
        }

    def clean_quick(self) -> list[CycleShift]:
        """The shifts that the lines mean."""
        try:
            added = parse(self.cleaned_data["quick"])
        except Unreadable as error:
            raise forms.ValidationError(spoken(error.said)) from None
        if any(len(shift.name) > 64 for shift in added):
            raise forms.ValidationError(_("A shift's name has at most 64 letters."))
        return added

    def clean(self) -> dict[str, Any]:
        """A template decides about the cycle; what was typed is checked together with what was drawn."""
        data = super().clean() or self.cleaned_data
        pattern: Any = self.instance
        pattern.typed = data.get("quick", [])
        if data.get("template"):
            pattern.filling = self._filling(data)
        return data

    def _filling(self, data: dict[str, Any]) -> Rotation | None:
        """The template's shifts with these start times; its cycle goes into the form's data."""
        made, begins = READY_MADE[data["template"]], data.get("begins")
        if self.instance.pk and self.instance.assignments.exists():
            self.add_error("template", _("This pattern is followed; make a new one from the template."))
        elif data.get("quick"):
            self.add_error("quick", _("Choose a template or type the shifts, not both."))
        elif not made.weekly and begins is None:
            self.add_error("begins", _("Say on which day team A begins."))
        else:
            try:
                filling = made.filled(starts_of(data.get("starts", "")))
            except Unworkable as error:
                self.add_error("starts", spoken(error.said))
            else:
                data |= {"days": filling.days, "anchor": MONDAY if made.weekly else begins}
                return filling
        return None


def templates_as_data() -> dict[str, Any]:
    """The templates for the script, which fills the grid with them before anything is saved."""
    return {
        key: {
            "title": spoken(made.title), "about": spoken(made.about), "days": made.days, "weekly": made.weekly,
            "hours": [(pgettext("shift", name), *times) for name, *times in made.hours],
            "places": made.places, "whole": made.around_the_clock,
        }
        for key, made in READY_MADE.items()
    }  # fmt: skip


def called(rotation: Rotation) -> list[CycleShift]:
    """The shifts of a template, with names in the language of whoever takes it."""
    return [replace(shift, name=pgettext("shift", shift.name)) for shift in rotation.shifts]


def coming_monday(today: date) -> date:
    """Where a new rotation is proposed to begin."""
    return today + timedelta(days=WEEK - today.weekday())


def fill(pattern: ShiftPattern, shifts: list[CycleShift], *, instead: bool) -> None:
    """Give a pattern shifts, after those it has or instead of them."""
    if instead:
        pattern.shifts.all().delete()
    for shift in shifts:
        PatternShift.objects.create(
            pattern=pattern, name=shift.name, team=shift.team, day=shift.day, attendance=shift.attendance,
            start_minute=shift.start_minute, minutes=shift.minutes,
        )  # fmt: skip


def cycle_shift(shift: PatternShift) -> CycleShift:
    """A row as the sums know it."""
    attendance = Attendance(shift.attendance)
    return CycleShift(shift.name, shift.day, shift.start_minute, shift.minutes, attendance, shift.team)


def check_cycle(pattern: ShiftPattern, shifts: list[CycleShift]) -> None:
    """Refuse a shift that begins outside the cycle, and two that share time."""
    days = pattern.days or WEEK
    if outside := next((shift for shift in shifts if shift.day >= days), None):
        raise forms.ValidationError(
            _("%(name)s begins on day %(day)d, but the cycle has %(days)d days.")
            % {"name": outside.name, "day": outside.day + 1, "days": days}
        )
    if both := overlap(shifts, days):
        values = {"one": _told(both[0], pattern), "other": _told(both[1], pattern)}
        raise forms.ValidationError(_("%(one)s and %(other)s overlap.") % values)


def _told(shift: CycleShift, pattern: ShiftPattern) -> str:
    """ "Early Mon 06:00", or where the days of the cycle are no weekdays, "Early day 4 06:00"."""
    weekday = (pattern.anchor.weekday() + shift.day) % WEEK
    day = (
        WEEKDAYS_ABBR[weekday]
        if pattern.days == WEEK
        else gettext("day %(number)d") % {"number": shift.day + 1}
    )
    return f"{shift.name} {day} {clock(shift.start_minute)}"


def _time(minute: int) -> time:
    hour, minute = divmod(minute % (24 * 60), 60)
    return time(hour, minute)


def _minute(when: time | datetime) -> int:
    return when.hour * 60 + when.minute


def _counts(form: Any, formset: BaseInlineFormSet) -> bool:
    deleted = formset.can_delete and formset._should_delete_form(form)
    return form.instance.start_minute is not None and form.instance.minutes is not None and not deleted
