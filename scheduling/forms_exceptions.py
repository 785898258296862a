"""The form of an exception: of which date, of whom, and which of the shifts of that date it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from django import forms
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy

from mesproject.accounts.admin_base import OwnedForm
from mesproject.accounts.models import Company
from production.models import Station
from scheduling.forms_recurrence import ANY_DATE, ANY_TIME
from scheduling.models import PatternException, PatternShift, ShiftPattern
from scheduling.models.patterns import MINUTES_PER_DAY, clock
from scheduling.rules import followed_by

Action = PatternException.Action
NO_SHIFT = gettext_lazy("No shift of this date begins then any more")
ALL = [("", gettext_lazy("Every shift of that date"))]
NONE_THERE = [("", gettext_lazy("No shift begins on that date"))]
UNKNOWN = [("", gettext_lazy("Say for whom and on which date first"))]


def shifts_on(subject: ShiftPattern | Station, day: date) -> list[PatternShift]:
    """The shifts that a pattern, or the pattern a station follows, begins on a date."""
    pattern = subject if isinstance(subject, ShiftPattern) else _followed(subject, day)
    if pattern is None:
        return []
    number = (day - pattern.anchor).days % pattern.days
    return list(pattern.shifts.filter(day=number).order_by("start_minute"))


def _followed(station: Station, day: date) -> ShiftPattern | None:
    versions = followed_by([station])[station.pk]
    held = [pattern for since, pattern in versions if since <= day]
    return ShiftPattern.objects.filter(pk=held[-1]).first() if held else None


def subject_of(company: Company, text: str) -> ShiftPattern | Station | None:
    """Whom "pattern:7" or "station:12" means."""
    kind, _, number = text.partition(":")
    rows: Any = {"pattern": ShiftPattern.objects, "station": Station.objects}.get(kind)
    if rows is None or not number.isdigit() or len(number) > 18:
        return None
    found: ShiftPattern | Station | None = rows.of(company).filter(pk=number).first()
    return found


def hours_of(start: int, minutes: int) -> str:
    """A stretch of the wall clock as people write it."""
    return f"{clock(start)}–{clock(start + minutes)}"


class ExceptionForm(OwnedForm):
    """What a date has otherwise than its pattern says."""

    subject = forms.ChoiceField(
        label=gettext_lazy("For"), help_text=gettext_lazy("All who follow a pattern, or one station.")
    )
    shift = forms.TypedChoiceField(
        label=gettext_lazy("Which shift"), coerce=int, empty_value=None, required=False,
        help_text=gettext_lazy("As the pattern begins it, whatever other exceptions make of it."),
    )  # fmt: skip
    begins = forms.TimeField(label=gettext_lazy("Begins at"), widget=ANY_TIME, required=False)
    ends = forms.TimeField(
        label=gettext_lazy("Ends at"), widget=ANY_TIME, required=False,
        help_text=gettext_lazy(
            "Not later than the begin: on the next day. Left empty, a shift that is moved keeps its length, "
            "one with overtime its begin or end."
        ),
    )  # fmt: skip

    class Meta:
        model = PatternException
        fields = ["date", "action", "to_date", "name", "team", "attendance", "reason"]
        widgets = {"date": ANY_DATE, "to_date": ANY_DATE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        self.there: list[PatternShift] | None = None
        if "subject" not in self.fields:
            return  # somebody who may only look
        if row.pk:
            self._show(row)
        _choice(self, "subject").choices = self._subjects()
        self.there = self._shifts_there()
        _choice(self, "shift").choices = self._choices(row)

    def _show(self, row: PatternException) -> None:
        self.initial["subject"] = (
            f"station:{row.station_id}" if row.station_id else f"pattern:{row.pattern_id}"
        )
        self.initial["shift"] = row.replaces
        if row.start_minute is not None and row.minutes is not None:
            self.initial["begins"] = _time(row.start_minute)
            self.initial["ends"] = _time(row.start_minute + row.minutes)

    def _subjects(self) -> list[Any]:
        patterns = ShiftPattern.objects.of(self.company).active()
        stations = Station.objects.of(self.company).active().in_place()
        return [
            ("", "---------"),
            (gettext_lazy("Shift patterns"), [(f"pattern:{row.pk}", str(row)) for row in patterns]),
            (
                gettext_lazy("Stations"),
                [(f"station:{row.pk}", f"{row.code} · {row.name}") for row in stations],
            ),
        ]

    def _present(self, name: str) -> Any:
        return self.data.get(name) if self.is_bound else self.initial.get(name)

    def _shifts_there(self) -> list[PatternShift] | None:
        """The shifts of the date; None where whom or when is not said yet."""
        day = self._present("date")
        if isinstance(day, str):
            try:
                day = parse_date(day)
            except ValueError:
                day = None
        whom = subject_of(self.company, str(self._present("subject") or ""))
        return shifts_on(whom, day) if whom and day else None

    def _choices(self, row: PatternException) -> Sequence[Any]:
        if self.there is None:
            return UNKNOWN
        if not self.there:
            return NONE_THERE
        found = [(s.start_minute, f"{s.name} {hours_of(s.start_minute, s.minutes)}") for s in self.there]
        if row.replaces is not None and row.replaces not in {minute for minute, _ in found}:
            found.append((row.replaces, f"{clock(row.replaces)}: {NO_SHIFT}"))
        return [*ALL, *found]

    def is_valid(self) -> bool:
        """What is sent to see the shifts of a date is not saved."""
        return super().is_valid() and "_shifts" not in self.data

    def clean(self) -> dict[str, Any]:
        """Put what was chosen into the row."""
        data = super().clean() or self.cleaned_data
        row, action = self.instance, data.get("action")
        whom = subject_of(self.company, data.get("subject", ""))
        row.pattern = whom if isinstance(whom, ShiftPattern) else None
        row.station = whom if isinstance(whom, Station) else None
        row.replaces = None if action == Action.EXTRA else data.get("shift")
        row.start_minute = row.minutes = None
        if action != Action.MOVED:
            data["to_date"] = None
        if action == Action.EXTRA:
            self._extra(data)
        elif action in (Action.MOVED, Action.OVERTIME):
            self._changed(data)
        return data

    def _extra(self, data: dict[str, Any]) -> None:
        if not data.get("name"):
            self.add_error("name", gettext_lazy("Give the shift a name."))
        for name in ("begins", "ends"):
            if data.get(name) is None and name not in self.errors:
                self.add_error(name, gettext_lazy("Say when it begins and ends."))
        if data.get("begins") and data.get("ends"):
            self._set(_minute(data["begins"]), _minute(data["ends"]))

    def _changed(self, data: dict[str, Any]) -> None:
        """A shift that is moved keeps its length, one with overtime what is not said otherwise."""
        shift = next((one for one in self.there or () if one.start_minute == data.get("shift")), None)
        if shift is None:
            self.add_error("shift", gettext_lazy("Choose the shift."))
            return
        if data.get("begins") is None and data.get("ends") is None and not data.get("to_date"):
            self.add_error("begins", gettext_lazy("Say when it begins or ends instead."))
            return
        start = shift.start_minute if data.get("begins") is None else _minute(data["begins"])
        own = start if data["action"] == Action.MOVED else shift.start_minute
        end = own + shift.minutes if data.get("ends") is None else _minute(data["ends"])
        self._set(start, end)

    def _set(self, start: int, end: int) -> None:
        if start % 5 or end % 5:
            self.add_error("begins", gettext_lazy("Use steps of five minutes."))
            return
        self.instance.start_minute = start
        self.instance.minutes = (end - start) % MINUTES_PER_DAY or MINUTES_PER_DAY


def _choice(form: forms.BaseForm, name: str) -> forms.ChoiceField:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    return field


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _time(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)
