"""What people type about a kept report and its mails."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mesproject.accounts.models import User
from mesproject.analysis.builder.models import AllowedAddress, Mailing, SavedReport
from mesproject.analysis.builder.question import read
from mesproject.reports.how_asked import BadQuestion
from production.models import Plant

WEEKDAYS = [
    (0, gettext_lazy("Monday")), (1, gettext_lazy("Tuesday")), (2, gettext_lazy("Wednesday")),
    (3, gettext_lazy("Thursday")), (4, gettext_lazy("Friday")), (5, gettext_lazy("Saturday")),
    (6, gettext_lazy("Sunday")),
]  # fmt: skip
MOST_ADDRESSES = 50


class KeepForm(forms.ModelForm):
    """The name of a report, what it is for, and whether others see it."""

    class Meta:
        model = SavedReport
        fields = ["name", "description", "is_shared", "asks"]
        widgets = {"description": forms.Textarea(attrs={"rows": 2}), "asks": forms.HiddenInput}

    def clean_asks(self) -> str:
        """In the words of an address, whatever order they came in."""
        try:
            return read(self.cleaned_data["asks"]).text
        except BadQuestion as error:
            raise ValidationError(str(error)) from None


class MailingForm(forms.ModelForm):
    """When a report is mailed, and to whom."""

    people = forms.ModelMultipleChoiceField(
        User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("To")
    )
    addresses = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}),
        label=gettext_lazy("Other addresses"),
        help_text=gettext_lazy("One a line. An administrator says which are allowed."),
    )  # fmt: skip

    class Meta:
        model = Mailing
        fields = ["every", "weekday", "month_day", "at", "plant"]
        widgets = {
            "at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "weekday": forms.Select(choices=WEEKDAYS),
            "month_day": forms.NumberInput(attrs={"min": 1, "max": 31}),
        }

    def __init__(self, *args: Any, company: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        fields: dict[str, Any] = self.fields
        fields["plant"].queryset = Plant.objects.of(company).order_by("code")
        people = User.objects.of(company).filter(is_active=True).exclude(email="")
        fields["people"].queryset = people.order_by("first_name", "username")
        fields["people"].label_from_instance = lambda user: f"{user} ({user.email})"
        fields["weekday"].help_text = ""
        fields["weekday"].label, fields["month_day"].label = _("Weekday (each week)"), _("Day (each month)")

    def clean_addresses(self) -> list[str]:
        """Each an address that the company allows."""
        found = [one.lower() for one in re.split(r"[\s,;]+", self.cleaned_data["addresses"]) if one]
        if len(found) > MOST_ADDRESSES:
            raise ValidationError(_("These are more than %(most)s addresses.") % {"most": MOST_ADDRESSES})
        for one in found:
            validate_email(one)
            if not AllowedAddress.allows(self.company, one):
                said = _(
                    "%(address)s is not allowed. An administrator enters it under “Addresses for reports”."
                )
                raise ValidationError(said % {"address": one})
        return list(dict.fromkeys(found))

    def clean(self) -> dict[str, Any]:
        """Refuse a mail to nobody."""
        told = super().clean() or self.cleaned_data
        if not self.errors and not told.get("people") and not told.get("addresses"):
            raise ValidationError(_("Choose somebody who is to receive it."))
        return told
