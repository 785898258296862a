"""The plant with its clock, and a first group for its stations."""

from __future__ import annotations

import zoneinfo
from collections import defaultdict
from datetime import time
from functools import lru_cache
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mesproject.accounts.admin_base import OwnedForm
from mesproject.accounts.models import Company
from mesproject.setup.names import code_of
from mesproject.setup.pages import administering, company_of, forward, page
from production.effects import apply, effect_of
from production.models import Plant, StationGroup

NO_PLACES = ("Etc", "posix", "right", "SystemV", "US", "Brazil", "Canada", "Chile", "Mexico")


@lru_cache(1)
def zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """The time zones of places, by continent."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in sorted(zoneinfo.available_timezones()):
        continent, _slash, place = name.partition("/")
        if place and continent not in NO_PLACES:
            found[continent].append((name, place.replace("_", " ")))
    return [*found.items(), ("UTC", [("UTC", "UTC")])]


class PlantForm(OwnedForm):
    """A site; of a new one its first group, too."""

    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), choices=zones,
        help_text=gettext_lazy("Shifts follow the clock on its wall, in summer and in winter."),
    )  # fmt: skip
    group = forms.CharField(
        label=gettext_lazy("First group of stations"), max_length=128,
        help_text=gettext_lazy("A line, a cell or a hall. Shifts are for groups, unless a station has its own."),
    )  # fmt: skip

    class Meta:
        model = Plant
        fields = ["name", "timezone", "day_start"]
        labels = {"name": gettext_lazy("Name"), "day_start": gettext_lazy("The day begins at")}
        help_texts = {
            "name": gettext_lazy("The town, or how you call the site."),
            "day_start": gettext_lazy("Where the numbers of one day end and those of the next begin."),
        }
        widgets = {"day_start": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        self.company = company  # type: ignore[misc]
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["group"]
        else:
            self.initial.update({"day_start": time(6), "group": _("Line 1"), "timezone": "UTC"})

    def save(self, commit: bool = True) -> Plant:
        """Both rows or none; a clock that moves is told to the engine."""
        with transaction.atomic():
            if not self.instance.pk:
                taken = set(Plant.objects.of(self.company).values_list("code", flat=True))
                self.instance.code = code_of(self.instance.name, taken=taken, otherwise="PLANT")
                plant: Plant = super().save()
                name = self.cleaned_data["group"]
                StationGroup.objects.create(plant=plant, name=name, code=code_of(name, otherwise="LINE"))
                return plant
            plant = super().save()
            apply([effect_of(plant, self.changed_data)], at=now())
        return plant


@administering
def plant(request: HttpRequest) -> HttpResponse:
    """The first plant; where there are several, the admin has them all."""
    plants = list(Plant.objects.of(company_of(request)))
    first = plants[0] if len(plants) == 1 else None
    form = None
    if len(plants) < 2:
        form = PlantForm(request.POST or None, instance=first, company=company_of(request))
        if form.is_valid():
            return forward(request, "plant", _("%(name)s is stored.") % {"name": form.save().name})
    return page(request, "plant", {"form": form, "plants": plants})
