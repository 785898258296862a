"""What people may say of a stop, checked at the edge."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from downtime.models import Cause, Issue
from mesproject.accounts.models import Company

STEPS = ("acknowledge", "estimate", "escalate", "cause", "note")


class StepForm(forms.Form):
    """One step in a stop's life. `key` makes a second arrival of the same step harmless."""

    key = forms.UUIDField(required=False)
    next = forms.CharField(required=False, widget=forms.HiddenInput)
    says = ""

    def key_of(self, step: str) -> uuid.UUID | None:
        """One for each thing that can be said from one page: another answer is not a repetition."""
        key: uuid.UUID | None = self.cleaned_data.get("key")
        return key and uuid.uuid5(key, f"{step} {self.cleaned_data.get(self.says, '')}")


class EstimateForm(StepForm):
    """Back in so many minutes."""

    minutes = forms.IntegerField(min_value=1, max_value=7 * 24 * 60)
    says = "minutes"


class NoteForm(StepForm):
    """Something to remember."""

    text = forms.CharField(max_length=2000, strip=True)
    says = "text"


class CauseForm(StepForm):
    """Why it stopped; `seen` is the cause that was on the screen when the person chose."""

    cause = forms.ModelChoiceField(Cause.objects.none())
    seen = forms.ModelChoiceField(Cause.objects.none(), required=False)
    says = "cause"

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cause"].queryset = Cause.objects.of(company).active()  # type: ignore[attr-defined]
        self.fields["seen"].queryset = Cause.objects.of(company)  # type: ignore[attr-defined]


class LookForm(forms.Form):
    """Which stop and which level of the tree a panel shows; anything wrong means the default.

    `seen` is the cause the stop had when somebody began to choose another: 0 where it had none.
    """

    issue = forms.UUIDField(required=False)
    under = forms.IntegerField(required=False)
    seen = forms.IntegerField(required=False)
    ask = forms.ChoiceField(required=False, choices=[(step, step) for step in (*STEPS, "")])


def step_form(step: str, data: Any, issue: Issue) -> StepForm:
    """The form of a step, bound to what was sent."""
    if step == "cause":
        return CauseForm(data, company=issue.station.company)
    return {"estimate": EstimateForm, "note": NoteForm}.get(step, StepForm)(data)
