"""Shifts out of a template, and the groups that follow them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mesproject.accounts.models import Company
from mesproject.formats import spoken
from mesproject.setup.pages import administering, company_of, forward, page
from production.effects import apply
from production.models import StationGroup
from scheduling.admin.week import called, coming_monday, fill
from scheduling.calendar import MONDAY
from scheduling.effects import following
from scheduling.models import PatternAssignment, ShiftPattern
from scheduling.ready_made import READY_MADE, ROTATIONS, WEEKS, starts_of
from scheduling.rotations import Rotation, Unworkable
from scheduling.wall_clock import shop_day


class ShiftsForm(forms.Form):
    """A template, its start times, and who follows."""

    template = forms.ChoiceField(label=gettext_lazy("Shifts"), choices=[(key, key) for key in READY_MADE])
    starts = forms.CharField(
        label=gettext_lazy("Other start times"), required=False, max_length=64,
        help_text=gettext_lazy("Of a day's shifts, in their order, as 05:30, 13:30, 21:30. Empty: as told above."),
    )  # fmt: skip
    begins = forms.DateField(
        label=gettext_lazy("Team A begins on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The first day of a rotation; a week needs none."), required=False,
    )  # fmt: skip
    groups = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Who works so"), queryset=StationGroup.objects.none(), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("From today on. What a group followed before stays in the past."),
    )  # fmt: skip

    def __init__(self, *args: Any, company: Company, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = StationGroup.objects.of(company).select_related("plant").order_by("plant__code", "code")
        self.company, self.today = company, today
        self.fields["groups"].queryset = groups  # type: ignore[attr-defined]
        self.initial.update({
            "template": "2-mon-fri", "begins": coming_monday(today),
            "groups": [group.pk for group in groups.filter(patterns=None)],
        })  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """What the template makes of the start times."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        made = READY_MADE.get(said.get("template", ""))
        if made is None:
            return said
        if not made.weekly and not said.get("begins") and "begins" not in self.errors:
            self.add_error("begins", _("Say on which day team A begins."))
        try:
            said["filling"] = made.filled(starts_of(said.get("starts", "")))
        except Unworkable as error:
            self.add_error("starts", spoken(error.said))
        return said

    @transaction.atomic
    def save(self, *, at: datetime) -> ShiftPattern:
        """The pattern and who follows it, told to the plans."""
        said, made = self.cleaned_data, READY_MADE[self.cleaned_data["template"]]
        filling: Rotation = said["filling"]
        begins = max(said["begins"], self.today) if not made.weekly else self.today
        pattern = ShiftPattern.objects.create(
            company=self.company, code=self._code(said["template"]), title=spoken(made.title), days=filling.days,
            anchor=MONDAY if made.weekly else said["begins"],
        )  # fmt: skip
        fill(pattern, called(filling), instead=False)
        followers = [
            PatternAssignment.objects.update_or_create(
                group=group, station=None, valid_from=begins, defaults={"pattern": pattern}
            )[0]
            for group in said["groups"]
        ]
        apply([following(followers, begins)], at=at)
        return pattern

    def _code(self, key: str) -> str:
        taken = set(ShiftPattern.objects.of(self.company).values_list("code", flat=True))
        wanted = key.upper()
        return next(
            code for n in range(1, 10_000) if (code := wanted if n == 1 else f"{wanted}-{n}") not in taken
        )


@administering
def shifts(request: HttpRequest) -> HttpResponse:
    """Choose one of the templates; draw others in the admin."""
    company, at = company_of(request), now()
    group = StationGroup.objects.of(company).select_related("plant").first()
    # Whoever sets up a plant at night stands in the shop day that began before midnight.
    today = shop_day(at, tz=group.plant.tz, day_start=group.plant.day_start) if group else at.date()
    form = ShiftsForm(request.POST or None, company=company, today=today)
    if form.is_valid():
        pattern = form.save(at=at)
        return forward(request, "shifts", _("%(name)s is stored.") % {"name": pattern.title})
    chosen = form["template"].value()
    kinds = [
        (title, [(key, made, key == chosen) for key, made in templates.items()])
        for title, templates in ((_("Weeks"), WEEKS), (_("Rotations"), ROTATIONS))
    ]
    followed = PatternAssignment.objects.of(company).select_related("pattern", "group", "station")
    context = {"form": form, "kinds": kinds, "has_groups": group is not None, "followed": followed[:20]}
    return page(request, "shifts", context)
