"""What a person wants to be told, as he ticks it."""

from __future__ import annotations

from typing import Any

from django import forms

from mesproject.outgoing.models import Subscription
from production.models import Plant, StationGroup


class SubscriptionForm(forms.ModelForm):
    """Only one's own company's plants and groups can be chosen."""

    class Meta:
        model = Subscription
        fields = [
            "alerts", "alert_after", "escalations", "daily", "plants", "groups", "quiet_from", "quiet_until",
        ]  # fmt: skip
        widgets = {
            "plants": forms.CheckboxSelectMultiple,
            "groups": forms.CheckboxSelectMultiple,
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company = self.instance.user.company_id
        plants: Any = self.fields["plants"]
        groups: Any = self.fields["groups"]
        plants.queryset = Plant.objects.of(company)
        groups.queryset = StationGroup.objects.of(company).select_related("plant")
        groups.label_from_instance = lambda group: f"{group.name} ({group.plant.name})"
