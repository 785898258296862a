"""Stops, and the history of what stations did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.timezone import localtime, now
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from downtime.models import Cause, EscalationLimit, Issue, IssueEvent, Slice
from downtime.models.issues import Who
from mesproject.accounts.admin_base import (
    OwnedAdmin,
    OwnedForm,
    OwnedStacked,
    OwnedTabular,
    ReadOnly,
    fieldset,
    labelled,
    user_of,
)
from production.admin.plant import ROWS_ON_A_PAGE, StationAdmin, StationGroupAdmin, StationPage, Table
from production.errors import DomainError
from production.models import Station


class EventInline(ReadOnly, OwnedTabular):
    """What was done about a stop, step by step."""

    model = IssueEvent
    fields = ["at", "kind", "hand", "cause", "estimated_end_at", "said"]
    readonly_fields = fields
    verbose_name_plural = _("what happened")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With everybody who is named."""
        return super().get_queryset(request).select_related("user", "operator", "device__company", "cause")

    @labelled(_("Text"))
    def said(self, event: IssueEvent) -> str:
        """A note, or why the clock or a rule did it."""
        return event.told

    @labelled(_("Who"))
    def hand(self, event: IssueEvent) -> str:
        """Who did it."""
        return event.by


class IssueForm(OwnedForm):
    """What a person may add to a stop: why, and a note. Both pass the same verbs as on the tablet."""

    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Issue
        fields = ["cause"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = self.instance.cause_id

    def clean_cause(self) -> Cause | None:
        """A cause is replaced by another, not taken away."""
        cause: Cause | None = self.cleaned_data["cause"]
        if cause is None and self.instance.cause_id:
            raise ValidationError(_("A stop that has been explained keeps a cause. Choose another one."))
        return cause

    def _get_validation_exclusions(self) -> set[str]:
        # Only the engine moves the stop itself; its constraints are not this form's concern.
        return {field.name for field in Issue._meta.fields}


class PhaseFilter(admin.SimpleListFilter):
    """Where a stop stands."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Beside all valid ones, the default."""
        return [
            ("open", str(_("Open"))),
            ("unexplained", str(_("Without a cause"))),
            ("escalated", str(_("Escalated"))),
            ("withdrawn", str(_("Withdrawn"))),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The stops in this state; withdrawn ones only where asked for."""
        match self.value():
            case "open":
                return queryset.open()
            case "unexplained":
                return queryset.unexplained()
            case "escalated":
                return queryset.valid().exclude(escalated_at=None)
            case "withdrawn":
                return queryset.exclude(withdrawn_at=None)
        return queryset.valid()


@admin.register(Issue)
class IssueAdmin(OwnedAdmin):
    """Stops. They come and go by themselves; people explain them."""

    form = IssueForm
    date_hierarchy = "started_at"
    list_display = ["station", "kind", "started_at", "length", "phase", "cause", "in_hand"]
    list_filter = [PhaseFilter, "kind", "station__group", "cause"]
    search_fields = ["station__name", "station__code", "cause__description", "cause__code"]
    fetched_with = ["station", "cause", "owner", "owner_user", "job_run__job", "job_run__sku"]
    autocomplete_fields = ["cause"]
    inlines = [EventInline]
    only_to_enter = ["note", "seen"]
    readonly_fields = [
        "station", "kind", "job_run", "started_at", "ended_at", "raised_at", "acknowledged_at", "in_hand",
        "estimated_end_at", "escalated_at", "excluded_at", "withdrawn_at", "length",
    ]  # fmt: skip
    fieldsets = [
        fieldset(
            None,
            ("station", "kind"),
            ("started_at", "ended_at", "length"),
            ("raised_at", "excluded_at", "withdrawn_at"),
            "job_run",
        ),
        fieldset(_("In hand"), ("in_hand", "acknowledged_at"), ("estimated_end_at", "escalated_at")),
        fieldset(_("Why"), "cause", "note", "seen"),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Stops are found, not entered."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What the machine found stays."""
        return False

    def save_model(self, request: HttpRequest, obj: Issue, form: Any, change: bool) -> None:
        """Explain and note; what somebody else answered meanwhile is not overwritten."""
        cause, note, at = form.cleaned_data["cause"], form.cleaned_data["note"], now()
        by = Who(user=user_of(request))
        seen = Cause.objects.of(user_of(request).company_id).filter(pk=form.cleaned_data["seen"]).first()
        issue = Issue.objects.get(pk=obj.pk)
        try:
            if cause is not None and cause != seen:
                issue.explain(cause, by=by, at=at, seen=seen)
            if note:
                issue.note(note, by=by, at=at)
        except DomainError as refusal:
            obj.refusal = refusal.detail

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Say why it was refused, where it was."""
        if refusal := getattr(obj, "refusal", ""):
            self.message_user(request, refusal, messages.ERROR)
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    @labelled(_("Length"))
    def length(self, issue: Issue) -> str:
        """Elapsed, up to now while it goes on."""
        return told(issue.duration(now()))

    @labelled(_("State"))
    def phase(self, issue: Issue) -> str:
        """Where it stands."""
        if issue.merged_into_id:
            return str(_("merged"))
        if issue.withdrawn_at:
            return str(_("withdrawn"))
        if issue.excluded_at:
            return str(_("excluded"))
        if issue.ended_at:
            return pgettext("a stop", "over")
        return str(_("in hand")) if issue.acknowledged_at else str(_("open"))

    @labelled(_("In hand of"), "acknowledged_at")
    def in_hand(self, issue: Issue) -> str:
        """Who has it."""
        return issue.owner_name or "–"


class LimitInline(OwnedStacked):
    """When the clock calls for help in a group."""

    model = EscalationLimit
    fields = [("without_estimate", "after_estimate")]
    extra = 0


StationGroupAdmin.inlines = [*StationGroupAdmin.inlines, LimitInline]


def state_history(station: Station) -> Table:
    """What the station did last, newest first."""
    slices, at = Slice.objects.filter(station=station).order_by("-start")[:ROWS_ON_A_PAGE], now()
    rows = [
        [
            (f"{localtime(piece.start):%Y-%m-%d %H:%M:%S}", "nowrap"),
            (f"{localtime(piece.end):%Y-%m-%d %H:%M:%S}" if piece.end else gettext("now"), "nowrap"),
            (told(piece.window(at).duration), ""),
            (piece.get_state_display(), f"fl-state fl-{piece.state}"),
        ]
        for piece in slices
    ]
    return Table([gettext("From"), gettext("To"), gettext("Length"), gettext("State")], rows)


StationAdmin.pages = [
    *StationAdmin.pages,
    StationPage("history", _("State history"), state_history),
]


def told(length: timedelta) -> str:
    """A length of time as h:mm:ss."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
