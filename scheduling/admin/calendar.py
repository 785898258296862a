"""The calendar of a plant: a month or a week of shifts, events and exceptions, each linked to where it is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.timezone import now
from django.utils.translation import gettext, gettext_lazy, ngettext

from mesproject.accounts.admin_base import own_rows
from mesproject.accounts.models import Company
from production.models import Plant, Station, StationGroup
from scheduling.admin.exceptions import sentence_of
from scheduling.calendar_pages import DAY, WEEK, Day, Entry, days, lanes, week_of, weeks_of_month, who
from scheduling.models import EventAssignment, PatternException
from scheduling.rules import followed_by

MONTH, WEEK_VIEW = "month", "week"
MOST_LANES = 30
MINUTES = 7 * 24 * 60


class CalendarForm(forms.Form):
    """What is shown. Whatever cannot be is left out."""

    view = forms.ChoiceField(
        choices=[(MONTH, gettext_lazy("Month")), (WEEK_VIEW, gettext_lazy("Week"))], required=False
    )
    day = forms.DateField(required=False)
    plant = forms.ModelChoiceField(Plant.objects.none(), required=False, empty_label=None)
    group = forms.ModelChoiceField(
        StationGroup.objects.none(), required=False, empty_label=gettext_lazy("All groups")
    )
    station = forms.ModelChoiceField(
        Station.objects.none(), required=False, empty_label=gettext_lazy("All stations")
    )

    def __init__(self, data: Any, *, company: Company) -> None:
        super().__init__(data)
        self.plants = list(Plant.objects.of(company).order_by("code"))
        self.fields["plant"].queryset = Plant.objects.of(company).order_by("code")
        self.fields["group"].queryset = StationGroup.objects.of(company).select_related("plant")
        self.fields["station"].queryset = Station.objects.of(company).active().in_place()
        self.full_clean()

    def plant_shown(self) -> Plant | None:
        """The plant that was chosen, or that of the group or station, else the first."""
        station, group = self.cleaned_data.get("station"), self.cleaned_data.get("group")
        if station:
            return station.group.plant
        chosen = group.plant if group else self.cleaned_data.get("plant")
        return chosen or (self.plants[0] if self.plants else None)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a day: what stands there, how it looks, where it leads."""

    text: str
    style: str
    address: str = ""
    about: str = ""
    hours: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One day as it is drawn."""

    day: Day
    lines: Sequence[Line]
    add: str
    week: str

    @property
    def style(self) -> str:
        """Whether it is today, of another month, a holiday."""
        holiday = any(line.style in ("holiday", "custom-holiday") and not line.about for line in self.lines)
        marks = {"fl-today": self.day.today, "fl-outside": self.day.outside, "fl-day-off": holiday}
        return " ".join(name for name, holds in marks.items() if holds)


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a week's strip, in minutes from its left edge."""

    x: int
    width: int
    style: str
    title: str
    address: str


def calendar_address(**asked: Any) -> str:
    """The calendar, as asked."""
    query = urlencode({name: value for name, value in asked.items() if value not in (None, "")})
    return f"{reverse('admin:scheduling_calendar')}?{query}"


class Drawing:
    """The lines, links and bars of one page."""

    def __init__(
        self, stations: Sequence[Station], asked: Mapping[str, Any], first: date, until: date
    ) -> None:
        self.stations, self.asked = stations, asked
        self.versions = followed_by(stations)
        self.patterns = {pattern for followed in self.versions.values() for _, pattern in followed}
        self.exceptions = self._exceptions(first, until)
        self.entered: set[int] = set()

    def _exceptions(self, first: date, until: date) -> Mapping[date, list[PatternException]]:
        about = Q(pattern__in=self.patterns) | Q(station__in=[one.pk for one in self.stations])
        found: dict[date, list[PatternException]] = defaultdict(list)
        rows = PatternException.objects.filter(about, date__gte=first, date__lt=until)
        for row in rows.select_related("pattern", "station"):
            found[row.date].append(row)
        return found

    def know(self, shown: Sequence[Day]) -> None:
        """Which of the events on these days were entered with rules, and can be opened; one query."""
        ids = {entry.assignment for day in shown for entry, _ in day.entries if entry.assignment}
        self.entered = set(EventAssignment.objects.filter(pk__in=ids).values_list("pk", flat=True))

    def cell(self, day: Day, *, breaks: bool, stations: Sequence[Station]) -> Cell:
        """A day of these stations with its lines; without `breaks` these are counted in one."""
        lines = [
            self._line(entry, ids, day, stations)
            for entry, ids in day.entries
            if breaks or not entry.is_break
        ]
        lines += [self._exception(row) for row in self._exceptions_of(stations, day.date)]
        if not breaks:
            lines += self._counted(day)
        return Cell(day, lines, self._add(day.date, stations), self._at(day.date, WEEK_VIEW))

    def _exceptions_of(self, stations: Sequence[Station], day: date) -> list[PatternException]:
        ids = {station.pk for station in stations}
        patterns = {self._pattern_on(pk, day) for pk in ids}
        return [
            row for row in self.exceptions.get(day, ()) if row.station_id in ids or row.pattern_id in patterns
        ]

    def _pattern_on(self, station: int, day: date) -> int:
        """What it follows on a date; 0 for nothing."""
        return next((pattern for since, pattern in reversed(self.versions[station]) if since <= day), 0)

    def bars(self, entries: Sequence[Entry], first: date) -> list[Bar]:
        """The strip of a week: shifts, over them what interrupts them."""
        origin = datetime.combine(first, datetime.min.time())
        ordered = sorted(entries, key=lambda entry: (not entry.is_shift, entry.start))
        found = []
        for entry in ordered:
            start, end = (int((at - origin) / timedelta(minutes=1)) for at in (entry.start, entry.end))
            left, right = max(start, 0), min(max(end, start + 10), MINUTES)
            if left < right:
                found.append(Bar(left, right - left, entry.kind, self._title(entry), self.address(entry)))
        return found

    def _line(self, entry: Entry, ids: frozenset[int], day: Day, stations: Sequence[Station]) -> Line:
        name = f"{entry.name} · {entry.team}" if entry.team else entry.name
        about = who(ids, stations)
        return Line(
            name, entry.kind, self.address(entry), about, entry.hours_on(day.date), self._title(entry)
        )

    def _title(self, entry: Entry) -> str:
        began, ended = (date_format(at, "D d H:i") for at in (entry.start, entry.end))
        return f"{entry.name}, {began} – {ended}"

    def _exception(self, row: PatternException) -> Line:
        address = reverse("admin:scheduling_patternexception_change", args=[row.pk])
        about = str(row.station.code if row.station else row.pattern)
        return Line(
            f"{row.get_action_display()}: {sentence_of(row)}", "exception", address, about, "", row.reason
        )

    def _counted(self, day: Day) -> list[Line]:
        """Breaks that interrupt a shift, as one line."""
        shifts = [entry for entry, _ in day.entries if entry.is_shift]
        breaks = [
            entry for entry, _ in day.entries
            if entry.is_break and any(one.start < entry.end and entry.start < one.end for one in shifts)
        ]  # fmt: skip
        if not breaks:
            return []
        said = ngettext("{count} break", "{count} breaks", len(breaks)).format(count=len(breaks))
        return [Line(said, "break", self._at(day.date, WEEK_VIEW))]

    def address(self, entry: Entry) -> str:
        """Where it is changed."""
        if entry.is_shift:
            return (
                reverse("admin:scheduling_shiftpattern_change", args=[entry.pattern]) if entry.pattern else ""
            )
        if entry.assignment is None:
            asked = urlencode({"when": "all", "q": entry.name})
            return f"{reverse('admin:scheduling_eventinstance_changelist')}?{asked}"
        if entry.assignment in self.entered:
            return reverse("admin:scheduling_eventassignment_change", args=[entry.assignment])
        try:
            return reverse("admin:scheduling_holidaycalendar_changelist")
        except NoReverseMatch:
            return ""

    def _at(self, day: date, view: str) -> str:
        return calendar_address(**{**self.asked, "day": day.isoformat(), "view": view})

    def _add(self, day: date, stations: Sequence[Station]) -> str:
        """An exception of this day: of the one station, or the one pattern, that these follow then."""
        followed = {self._pattern_on(station.pk, day) for station in stations}
        subject = f"station:{stations[0].pk}" if len(stations) == 1 else ""
        if not subject and len(followed) == 1 and followed != {0}:
            subject = f"pattern:{followed.pop()}"
        asked = {"date": day.isoformat()} | ({"subject": subject} if subject else {})
        return f"{reverse('admin:scheduling_patternexception_add')}?{urlencode(asked)}"


def calendar_view(request: HttpRequest) -> HttpResponse:
    """A month or a week of a plant, a group or a station."""
    if not request.user.has_perm("scheduling.view_shiftpattern"):
        raise PermissionDenied
    form = CalendarForm(request.GET, company=request.user.company)
    plant = form.plant_shown()
    context = admin.site.each_context(request) | {
        "title": gettext_lazy("Calendar"),
        "form": form,
        "plant": plant,
    }
    if plant:
        context |= _page(request, form, plant)
    return TemplateResponse(request, "admin/scheduling/calendar.html", context)


def _page(request: HttpRequest, form: CalendarForm, plant: Plant) -> dict[str, Any]:
    said = form.cleaned_data
    today = now().astimezone(plant.tz).date()
    day = said.get("day") or today
    day = min(max(day, date(1971, 1, 1)), date(2099, 12, 1))
    view = said.get("view") or MONTH
    group, station = said.get("group"), said.get("station")
    stations = list(_stations(request, plant, group, station))
    asked = {
        "plant": plant.pk, "group": group.pk if group else None, "station": station.pk if station else None,
        "view": view, "day": day.isoformat(),
    }  # fmt: skip
    shown = (_month if view == MONTH else _week)(stations, asked, day, plant, today)
    before, after = day - WEEK, day + WEEK
    if view == MONTH:
        before, after = (
            (day.replace(day=1) - DAY).replace(day=1),
            (day.replace(day=28) + 5 * DAY).replace(day=1),
        )
    return shown | {
        "view": view, "day": day, "asked": asked, "stations": stations,
        "before": calendar_address(**asked | {"day": before.isoformat()}),
        "after": calendar_address(**asked | {"day": after.isoformat()}),
        "to_today": calendar_address(**asked | {"day": ""}),
        "to_month": calendar_address(**asked | {"view": MONTH}),
        "to_week": calendar_address(**asked | {"view": WEEK_VIEW}),
        "may_add": request.user.has_perm("scheduling.add_patternexception"),
    }  # fmt: skip


def _stations(request: HttpRequest, plant: Plant, group: Any, station: Any) -> Any:
    rows = own_rows(request, Station).active().filter(group__plant=plant).in_place()
    if station:
        return rows.filter(pk=station.pk)
    return rows.filter(group=group) if group else rows


def _month(stations: Any, asked: Any, day: date, plant: Plant, today: date) -> dict[str, Any]:
    first, until = weeks_of_month(day)
    found = days(stations, first, until, tz=plant.tz, today=today, month=day.month)
    drawing = Drawing(stations, asked, first, until)
    drawing.know(found)
    cells = [drawing.cell(one, breaks=False, stations=stations) for one in found]
    return {"weeks": [cells[n : n + 7] for n in range(0, len(cells), 7)], "heading": date_format(day, "F Y")}


def _week(stations: Any, asked: Any, day: date, plant: Plant, today: date) -> dict[str, Any]:
    first = week_of(day)
    found = lanes(stations, first, tz=plant.tz, today=today)
    drawing = Drawing(stations, asked, first, first + WEEK)
    drawing.know([one for lane in found for one in lane.days])
    shown = [
        {
            "stations": lane.stations,
            "name": who(frozenset(one.pk for one in lane.stations), stations) or gettext("All stations"),
            "bars": drawing.bars(lane.entries, first),
            "cells": [drawing.cell(one, breaks=True, stations=lane.stations) for one in lane.days],
        }
        for lane in found[:MOST_LANES]
    ]
    return {
        "lanes": shown, "left_out": len(found) - len(shown), "minutes": MINUTES,
        "dates": [first + n * DAY for n in range(7)], "today": today,
        "heading": gettext("Week %(number)d, %(first)s – %(last)s")
        % {
            "number": first.isocalendar().week, "first": date_format(first, "d M"),
            "last": date_format(first + 6 * DAY, "d M Y"),
        },
    }  # fmt: skip
