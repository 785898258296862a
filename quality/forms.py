"""A reject, checked at the edge."""

from __future__ import annotations

from typing import Any

from django import forms

from mesproject.accounts.models import Company
from quality.models import RejectReason


class RejectForm(forms.Form):
    """How many, and why. `key` makes a second arrival harmless."""

    key = forms.UUIDField()
    reason = forms.ModelChoiceField(RejectReason.objects.none())
    quantity = forms.FloatField(min_value=0.001, max_value=1_000_000, initial=1)
    next = forms.CharField(required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = RejectReason.objects.of(company).active()  # type: ignore[attr-defined]
