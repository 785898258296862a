"""What people may say of a stop, checked at the edge."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from downtime.models import Cause, Issue
from downtime.models.issues import LONGEST_TEXT
from downtime.photos import MOST_BYTES, NotAPhoto, Picture, drawn
from mesproject.accounts.models import Company

STEPS = (
    "acknowledge", "estimate", "escalate", "cause", "note", "watch", "exclude", "reopen", "close", "split", "merge",
)  # fmt: skip
# What changes numbers of the past, and is therefore not for everybody at a tablet.
DECISIONS = frozenset({"exclude", "reopen"})
NOT_YOURS_TO_DECIDE = _("Supervisors decide what counts as downtime. Ask one, or leave a note.")
# What a panel can ask for.
ASKS = ("cause", "find", "estimate", "note", "split", "exclude", "more")
# What people raise at a tablet; a stop raises itself.
CALLS = {
    Issue.Kind.SLOW: _("runs, but not at its pace"),
    Issue.Kind.QUALITY: _("parts are not good"),
    Issue.Kind.MATERIAL: _("missing, or the wrong one"),
    Issue.Kind.MAINTENANCE: _("something needs repair"),
    Issue.Kind.SAFETY: _("somebody could be hurt"),
    Issue.Kind.HELP: _("somebody should come"),
}
LAST_INSTANT = int(datetime.max.replace(tzinfo=UTC).timestamp()) - 1


class StepForm(forms.Form):
    """One step in a stop's life. `key` makes a second arrival of the same step harmless."""

    key = forms.UUIDField(required=False)
    next = forms.CharField(required=False, widget=forms.HiddenInput)
    says = ""

    def key_of(self, step: str) -> uuid.UUID | None:
        """One for each thing that can be said from one page: another answer is not a repetition."""
        key: uuid.UUID | None = self.cleaned_data.get("key")
        said = self.cleaned_data.get(self.says, "")
        return key and uuid.uuid5(key, f"{step} {getattr(said, 'pk', said)}")


class EstimateForm(StepForm):
    """Back in so many minutes."""

    minutes = forms.IntegerField(min_value=1, max_value=7 * 24 * 60)
    says = "minutes"


class SeenForm(StepForm):
    """A step that somebody else may have come before: `last` is the last answer that was on the screen."""

    last = forms.IntegerField(required=False, min_value=0, max_value=2**62)


class NoteForm(StepForm):
    """Something to remember, in words, as a photo, or both."""

    text = forms.CharField(max_length=LONGEST_TEXT, strip=True, required=False)
    photo = forms.FileField(required=False, allow_empty_file=True)
    says = "text"

    def clean_photo(self) -> Picture | None:
        """The picture in the file."""
        sent: UploadedFile | None = self.cleaned_data["photo"]
        if sent is None:
            return None
        try:
            return drawn(sent.read(MOST_BYTES + 1))
        except NotAPhoto as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> None:
        """Refuse what says nothing."""
        super().clean()
        if not self.errors and not (self.cleaned_data["text"] or self.cleaned_data["photo"]):
            raise forms.ValidationError(_("Write something, or take a photo."))


class ExcludeForm(SeenForm):
    """Why nobody has to explain it."""

    text = forms.CharField(max_length=LONGEST_TEXT, strip=True, required=False)


class MergeForm(SeenForm):
    """The part that follows."""

    following = forms.ModelChoiceField(Issue.objects.none(), to_field_name="uuid")
    says = "following"

    def __init__(self, *args: Any, station: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_from(self, Issue.objects.filter(station=station), "following")


class CauseForm(SeenForm):
    """Why it stopped; `seen` is the cause that was on the screen when the person chose."""

    cause = forms.ModelChoiceField(Cause.objects.none())
    seen = forms.ModelChoiceField(Cause.objects.none(), required=False)
    says = "cause"

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        causes = Cause.objects.of(company)
        _choose_from(self, causes.active(), "cause")
        _choose_from(self, causes, "seen")


class SplitForm(SeenForm):
    """Where to cut, in seconds of the epoch, and the cause of each part."""

    cut = forms.IntegerField(min_value=0, max_value=LAST_INSTANT)
    before = forms.ModelChoiceField(Cause.objects.none())
    cause = forms.ModelChoiceField(Cause.objects.none())
    says = "cause"

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_from(self, Cause.objects.of(company).active(), "before", "cause")

    def clean_cut(self) -> datetime:
        """The instant."""
        return datetime.fromtimestamp(self.cleaned_data["cut"], UTC)


class CallForm(StepForm):
    """What is the matter."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in CALLS])
    says = "kind"


class LookForm(forms.Form):
    """Which stop and which level of the tree a panel shows; anything wrong means the default.

    `seen` is the cause the stop had when somebody began to choose another: 0 where it had none; `last` the last
    answer there was. A cut is looked for `at` a second of the epoch, and `move`d; `go` takes it. Then it is `cut`,
    and the earlier part's cause `before`. What is sought is `q`.
    """

    issue = forms.UUIDField(required=False)
    under = forms.IntegerField(required=False)
    seen = forms.IntegerField(required=False)
    last = forms.IntegerField(required=False, min_value=0, max_value=2**62)
    ask = forms.ChoiceField(required=False, choices=[(ask, ask) for ask in (*ASKS, "")])
    at = forms.IntegerField(required=False, min_value=0, max_value=LAST_INSTANT)
    move = forms.IntegerField(required=False, min_value=-3600, max_value=3600)
    go = forms.BooleanField(required=False)
    cut = forms.IntegerField(required=False, min_value=0, max_value=LAST_INSTANT)
    before = forms.IntegerField(required=False)
    q = forms.CharField(required=False, max_length=50)


def step_form(step: str, data: Any, files: Any, issue: Issue) -> StepForm:
    """The form of a step, bound to what was sent."""
    if step == "note":
        return NoteForm(data, files)
    if step == "merge":
        return MergeForm(data, station=issue.station_id)
    if step in ("cause", "split"):
        return {"cause": CauseForm, "split": SplitForm}[step](data, company=issue.station.company)
    known = {"estimate": EstimateForm, "exclude": ExcludeForm, "reopen": SeenForm, "close": SeenForm}
    return known.get(step, StepForm)(data)


def _choose_from(form: forms.Form, rows: QuerySet[Any], *names: str) -> None:
    for name in names:
        form.fields[name].queryset = rows  # type: ignore[attr-defined]
