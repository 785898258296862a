"""The form of a one-off event: what, where, from when until when, on the clock of the plant where it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedForm
from production.models import Station, StationGroup
from scheduling.following import following_at
from scheduling.forms_recurrence import ANY_DATE, ANY_TIME
from scheduling.models import EventInstance, ScheduleEvent, ShiftPattern
from scheduling.wall_clock import local_to_utc

LONGEST = timedelta(days=366)


class EndForm(OwnedForm):
    """When a one-off ends; nothing else of it can be said anew."""

    end_date = forms.DateField(label=_("Ends on"), widget=ANY_DATE, required=False)
    end_time = forms.TimeField(
        label=_("Ends at"), widget=ANY_TIME, required=False,
        help_text=_("On the plant's clock. Both empty: until somebody ends it."),
    )  # fmt: skip

    class Meta:
        model = EventInstance
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.end_at:
            end = self.instance.end_at.astimezone(self.instance.station.plant.tz)
            self.initial["end_date"] = end.date()
            self.initial["end_time"] = end.time().replace(second=0, microsecond=0)

    def clean(self) -> dict[str, Any]:
        """Attach the plant's clock."""
        data = super().clean() or self.cleaned_data
        data["end"] = self._end(data, self.instance.station.plant.tz, self.instance.start_at)
        return data

    def _end(self, data: dict[str, Any], tz: Any, start: datetime) -> datetime | None:
        day, at = data.get("end_date"), data.get("end_time")
        if day is None and at is None:
            return None
        if day is None or at is None:
            self.add_error(
                "end_date" if day is None else "end_time", _("Say both the day and the time, or neither.")
            )
            return None
        end = local_to_utc(datetime.combine(day, at), tz)
        if not start < end <= start + LONGEST:
            self.add_error("end_time", _("The end is after the start, by a year at most."))
        return end


class OneOffForm(EndForm):
    """A new one-off, on any number of stations of one clock."""

    where = forms.MultipleChoiceField(
        label=_("Where"), widget=forms.SelectMultiple(attrs={"size": 10}),
        help_text=_("A group stands for all its active stations, a pattern for those that follow it then. "
        "Several: with Ctrl."),
    )  # fmt: skip
    begin_date = forms.DateField(label=_("Begins on"), widget=ANY_DATE)
    begin_time = forms.TimeField(label=_("Begins at"), widget=ANY_TIME, help_text=_("On the plant's clock."))

    class Meta:
        model = EventInstance
        fields = ["event"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stations: list[Station] = []
        if "event" in self.fields:
            field: Any = self.fields["event"]
            field.queryset = ScheduleEvent.objects.of(self.company).active()
        places: Any = self.fields["where"]
        places.choices = self._places()

    def _places(self) -> list[Any]:
        own = Station.objects.of(self.company).active().in_place()
        groups = StationGroup.objects.of(self.company).select_related("plant")
        patterns = ShiftPattern.objects.of(self.company).active()
        return [
            (_("Groups"), [(f"group:{row.pk}", f"{row.plant.name} · {row.name}") for row in groups]),
            (_("Shift patterns"), [(f"pattern:{row.pk}", row.title) for row in patterns]),
            (_("Stations"), [(f"station:{row.pk}", f"{row.code} · {row.name}") for row in own]),
        ]

    def clean(self) -> dict[str, Any]:
        """Find the stations, then put the times on their clock."""
        data = OwnedForm.clean(self) or self.cleaned_data
        if not data.get("where") or not data.get("begin_date") or not data.get("begin_time"):
            return data
        every = list(Station.objects.of(self.company).active().in_place())
        wall = datetime.combine(data["begin_date"], data["begin_time"])
        self.stations = self._chosen(every, data["where"], wall)
        zones = {station.group.plant.timezone for station in self.stations}
        if not self.stations:
            self.add_error("where", _("There is no active station."))
        elif len(zones) > 1:
            self.add_error(
                "where", _("These stations have different clocks. Enter it for each plant by itself.")
            )
        else:
            tz = self.stations[0].group.plant.tz
            data["start"] = local_to_utc(wall, tz)
            data["end"] = self._end(data, tz, data["start"])
            self._fill(data)
        return data

    def _chosen(self, every: list[Station], where: list[str], wall: datetime) -> list[Station]:
        found: set[int] = set()
        for kind, number in (one.split(":") for one in where):
            found |= {station.pk for station in self._of(kind, int(number), every, wall)}
        return [station for station in every if station.pk in found]

    def _of(self, kind: str, pk: int, every: list[Station], wall: datetime) -> list[Station]:
        if kind == "pattern":
            pattern = ShiftPattern.objects.of(self.company).get(pk=pk)
            by_clock = {station.group.plant.timezone: station.group.plant.tz for station in every}
            return [
                station
                for name, tz in by_clock.items()
                for station in following_at(pattern, every, local_to_utc(wall, tz))
                if station.group.plant.timezone == name
            ]
        return [one for one in every if (one.group_id if kind == "group" else one.pk) == pk]

    def _fill(self, data: dict[str, Any]) -> None:
        """As much as the row needs to be checked; the verb makes the rows."""
        self.instance.station, self.instance.one_off = self.stations[0], True
        self.instance.start_at, self.instance.end_at = data["start"], data["end"]


def default_begin() -> datetime:
    """The next full hour."""
    return now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
