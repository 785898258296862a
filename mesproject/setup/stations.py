"""Stations out of a pasted list: looked at line by line, then stored all together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mesproject.accounts.admin_sheets import preview
from mesproject.accounts.models import Company
from mesproject.accounts.sheets import Line, take
from mesproject.setup.names import code_of
from mesproject.setup.pages import administering, company_of, forward, page
from mesproject.setup.pasted import MOST_LINES, Pasted, TooMany
from mesproject.setup.pasted import stations as stations_in
from production.effects import apply
from production.models import Plant, Station, StationGroup
from production.sheets import StationLine
from scheduling.effects import following
from scheduling.models import PatternAssignment, ShiftPattern
from scheduling.wall_clock import shop_day


class StationsForm(forms.Form):
    """The list, where its stations stand, and what all of them have in common."""

    text = forms.CharField(
        label=gettext_lazy("Stations"), max_length=200_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line: name; then, if you like, code and group. As typed with commas, or as a spreadsheet copies it."
        ),
    )  # fmt: skip
    plant = forms.ModelChoiceField(
        label=gettext_lazy("Plant"), queryset=Plant.objects.none(), empty_label=None
    )
    detection = forms.ChoiceField(
        label=gettext_lazy("How a stop is seen"), choices=Station.Detection,
        help_text=gettext_lazy("By what the machines can say: counts, running or not, a speed, or power."),
    )  # fmt: skip
    cycle_time = forms.FloatField(
        label=gettext_lazy("Seconds a unit takes"), min_value=0.001, max_value=2_000_000, initial=60,
        help_text=gettext_lazy("Where no SKU says otherwise. Silence of half as long again is a stop."),
    )  # fmt: skip

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plants = Plant.objects.of(company)
        self.company = company
        self.fields["plant"].queryset = plants  # type: ignore[attr-defined]
        self.initial["plant"] = plants.first()

    def clean_text(self) -> list[Pasted]:
        """The lines, not yet judged."""
        taken = set(Station.objects.of(self.company).values_list("code", flat=True))
        try:
            found = stations_in(self.cleaned_data["text"], taken=taken)
        except TooMany:
            said = _("At most %(most)d lines are read at once.") % {"most": MOST_LINES}
            raise forms.ValidationError(said) from None
        if not found:
            raise forms.ValidationError(_("Paste at least one station."))
        return found


def store(form: StationsForm, *, at: datetime, dry_run: bool) -> list[Line]:
    """Stations and the groups they name, all or none; each line tells what becomes of it."""
    said = form.cleaned_data
    with transaction.atomic():
        places = _Places(said["plant"])
        lines = [_line(one, places, said) for one in said["text"]]
        good = take(StationLine, form.company, lines, at=at, dry_run=False)
        if good and not dry_run:
            _let_follow(places.new, at)
        transaction.set_rollback(dry_run or not good)
    return lines


def _line(one: Pasted, places: _Places, said: dict[str, Any]) -> Line:
    cells = {
        "name": one.name,
        "code": one.code,
        "group": places.code_of(one.group),
        "plant": said["plant"].code,
    }
    common = {"detection": said["detection"], "cycle_time_seconds": f"{said['cycle_time']:g}"}
    return Line(one.number, cells | common)


class _Places:
    """A plant's groups by name and code; those that a list names and that are not there are made."""

    def __init__(self, plant: Plant) -> None:
        self._plant, self.new = plant, list[StationGroup]()
        groups = list(plant.groups.order_by("code"))
        self._codes = {group.code for group in groups}
        self._first = groups[0].code if groups else ""
        self._known = {name.casefold(): group.code for group in groups for name in (group.name, group.code)}

    def code_of(self, said: str) -> str:
        """The code of the group that a line means; without one the plant's first."""
        if not said and self._first:
            return self._first
        name = said or _("Line 1")
        if name.casefold() not in self._known:
            code = code_of(name, taken=self._codes, otherwise="LINE", longest=55)
            group = StationGroup.objects.create(plant=self._plant, name=name[:128], code=code)
            self.new.append(group)
            self._codes.add(code)
            self._first = self._first or code
            self._known[name.casefold()] = code
        return self._known[name.casefold()]


def _let_follow(groups: list[StationGroup], at: datetime) -> None:
    """New groups work as the others do, where all of those follow one pattern."""
    patterns = (
        ShiftPattern.objects.of(groups[0].plant.company_id).active()
        if groups
        else ShiftPattern.objects.none()
    )
    followed = list(patterns.filter(assignments__isnull=False).distinct()[:2])
    if len(followed) != 1:
        return
    plant = groups[0].plant
    today = shop_day(at, tz=plant.tz, day_start=plant.day_start)
    made = [
        PatternAssignment.objects.create(pattern=followed[0], group=group, valid_from=today)
        for group in groups
    ]
    apply([following(made, today)], at=at)


@administering
def stations(request: HttpRequest) -> HttpResponse:
    """Paste, look, store."""
    company = company_of(request)
    form = StationsForm(request.POST or None, company=company)
    context: dict[str, Any] = {"form": form, "there": Station.objects.of(company).active().in_place()[:50]}
    if form.is_valid():
        lines = store(form, at=now(), dry_run=request.POST.get("step") != "store")
        if request.POST.get("step") == "store" and not any(line.faults for line in lines):
            said = ngettext("%(number)d station is stored.", "%(number)d stations are stored.", len(lines))
            return forward(request, "stations", said % {"number": len(lines)})
        context |= preview(lines)
    return page(request, "stations", context)
