"""Events: what interrupts shifts, and when each of them recurs on which shift pattern."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone, localtime, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import Archivable, OwnedForm, fieldset, labelled, own_rows
from mesproject.formats import spoken
from production.admin.effects import WatchedAdmin
from production.effects import Effect, apply, effect_of
from production.operators import number_of
from scheduling import events
from scheduling.admin.linked import Linked
from scheduling.admin.patterns import ShiftPatternAdmin
from scheduling.admin.preview import clock_for, preview_view
from scheduling.effects import joint
from scheduling.forms_recurrence import RECURRENCE_FIELDS, Preview, RecurrenceForm, initial_of
from scheduling.models import EventAssignment, EventType, ScheduleEvent, ShiftPattern
from scheduling.models.events import MOST_MINUTES
from scheduling.recurrence import next_after
from scheduling.recurrence_words import in_words
from scheduling.rules import parsed
from scheduling.upcoming import duration


def sentence_of(assignment: EventAssignment) -> str:
    """When it begins, and where it says so itself, when it ends."""
    begins = spoken(in_words(parsed(assignment.start_rule)))
    if not assignment.end_rule:
        return begins
    ends = parsed(assignment.end_rule)
    return gettext("{begins}; ends at {time}").format(begins=begins, time=f"{ends.start:%H:%M}")


def next_start(assignments: Sequence[EventAssignment], at: datetime) -> datetime | None:
    """The next occurrence of any of them, on the page's clock."""
    tz: Any = get_current_timezone()
    found = (next_after(parsed(one.start_rule), at, tz=tz) for one in assignments)
    return min(filter(None, found), default=None)


def shown(at: datetime | None) -> str:
    """An instant as lists show it."""
    return date_format(localtime(at), "D Y-m-d H:i") if at else "–"


def length_of(event: ScheduleEvent) -> str:
    """How long it lasts where nothing else ends it."""
    return duration(timedelta(minutes=event.minutes)) if event.minutes else gettext("rest of the day")


class EventForm(OwnedForm):
    """The length is typed in hours and minutes."""

    minutes = forms.IntegerField(
        label=_("Length [min]"), required=False, min_value=1, max_value=MOST_MINUTES,
        help_text=_(
            "How long it lasts where its recurrence does not say when it ends. Empty: until the end of the day."
        ),
    )  # fmt: skip


class AssignmentsOfEvent(Linked):
    """When an event recurs, on the event's page."""

    model = EventAssignment
    verbose_name_plural = _("recurs")
    heads = [_("When"), _("On"), _("Next"), ""]
    add_label = _("Let it recur…")
    empty = _("It does not recur anywhere yet. One-off events of it can be planned without that.")

    def rows_of(self, parent: Any) -> Any:
        """Those in use first."""
        order = models.F("archived_at").asc(nulls_first=True), "pattern__code", "pk"
        return super().rows_of(parent).select_related("pattern", "event").order_by(*order)

    def cells(self, row: Any) -> Sequence[str]:
        """When, where, when next."""
        following = "–" if row.archived_at else shown(next_start([row], now()))
        return [sentence_of(row), str(row.pattern), following, "archived" if row.archived_at else ""]


class EventsOfPattern(AssignmentsOfEvent):
    """Which events recur on a pattern, on its page."""

    verbose_name_plural = _("events: breaks, holidays, maintenance")
    heads = [_("Event"), _("When"), _("Next")]
    add_label = _("Add an event…")
    empty = _("None. Public holidays come from holiday calendars.")

    def rows_of(self, parent: Any) -> Any:
        """Those in use."""
        return super().rows_of(parent).active()

    def cells(self, row: Any) -> Sequence[str]:
        """What, when, when next."""
        return [str(row.event), sentence_of(row), shown(next_start([row], now()))]


@admin.register(ScheduleEvent)
class ScheduleEventAdmin(WatchedAdmin, Archivable):
    """Breaks, holidays, planned maintenance: their names are the reasons that screens and reports show."""

    form = EventForm
    change_list_template = "admin/scheduling/with_calendar.html"
    list_display = ["name", "event_type", "length", "patterns", "next_occurrence"]
    list_filter = ["event_type", *Archivable.list_filter]
    search_fields = ["name", "description"]
    inlines = [AssignmentsOfEvent]
    fieldsets = [
        fieldset(
            None, "name", "event_type", "code", "description", "minutes", "custom_holiday_date",
            description=_("What it is. When it recurs is said in the next step; a change holds from now on."),
        ),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the assignments in use."""
        in_use = EventAssignment.objects.active().order_by("pk")
        return super().get_queryset(request).prefetch_related(
            Prefetch("assignments", in_use, to_attr="in_use")
        )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the date on which it was archived, where it was."""
        groups = super().get_fieldsets(request, obj)
        return groups if obj is None or obj.archived_at is None else [*groups, fieldset(None, "archived_at")]

    @labelled(_("Length"), "minutes")
    def length(self, event: ScheduleEvent) -> str:
        """Its own."""
        return length_of(event)

    @labelled(_("On patterns"))
    def patterns(self, event: Any) -> int:
        """On how many it recurs."""
        return len({one.pattern_id for one in event.in_use})

    @labelled(_("Next"))
    def next_occurrence(self, event: Any) -> str:
        """When it begins next, by its rules, on the clock of this page."""
        return shown(next_start(event.in_use, now()))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """A new event goes on to when it recurs."""
        if {"_continue", "_addanother", "_popup"} & request.POST.keys():
            return super().response_add(request, obj, post_url_continue)
        self.message_user(
            request, _("“%(event)s” is kept. Now say when it recurs.") % {"event": obj}, messages.SUCCESS
        )
        address = reverse("admin:scheduling_eventassignment_add")
        return HttpResponseRedirect(f"{address}?{urlencode({'event': obj.pk})}")

    @admin.action(
        description=_("Archive: it recurs no more from now on, the past stays"), permissions=["change"]
    )
    def archive(self, request: HttpRequest, queryset: Any) -> None:
        """Take out of use, with all its assignments."""
        rows = [events.archive(event, at=now()) for event in queryset.filter(archived_at=None)]
        self.message_user(request, _("%(count)d archived.") % {"count": len(rows)}, messages.SUCCESS)

    @admin.action(description=_("Restore from the archive, with what recurred"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: Any) -> None:
        """Take into use again, with the assignments that were archived with it."""
        with transaction.atomic():
            rows = list(queryset.exclude(archived_at=None))
            apply([joint(effect for event in rows for effect in _restored(event))], at=now())
        self.message_user(request, _("%(count)d restored.") % {"count": len(rows)}, messages.SUCCESS)


def _restored(event: ScheduleEvent) -> list[Effect]:
    parts = list(event.assignments.filter(archived_at=event.archived_at).select_related("pattern"))
    for row in [event, *parts]:
        row.archived_at = None
        row.save(update_fields=["archived_at", "updated_at"])
    return [effect_of(part) for part in parts]


class AssignmentForm(RecurrenceForm, OwnedForm):
    """An event recurs on one pattern; a new one on any number of them at once."""

    patterns = forms.ModelMultipleChoiceField(
        ShiftPattern.objects.none(), label=_("On shift patterns"), widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = EventAssignment
        fields = ["event"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        self.before = (instance.start_rule, instance.end_rule) if instance and instance.pk else None
        if self.before:
            kwargs["initial"] = initial_of(*self.before) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        own = ShiftPattern.objects.of(self.company).active()
        if "patterns" in self.fields:
            self.fields["patterns"].queryset = own
        if self.before is None:
            self.initial.setdefault("first", localtime(now()).date())

    @cached_property
    def changed_data(self) -> list[str]:
        """What is written otherwise but means the same has not changed."""
        names: list[str] = super().changed_data
        if self.before and self.before == (self.start_rule, self.end_rule):
            return [name for name in names if name not in RECURRENCE_FIELDS]
        return names

    def is_valid(self) -> bool:
        """What is sent to be previewed is not saved."""
        return super().is_valid() and "_preview" not in self.data

    def clean(self) -> dict[str, Any]:
        """The texts go into the row, and a new row has the first of the patterns."""
        data = super().clean()
        self.instance.start_rule, self.instance.end_rule = self.start_rule, self.end_rule
        if chosen := data.get("patterns"):
            self.instance.pattern = chosen[0]
        return data

    def shown_preview(self) -> tuple[Preview | None, Any]:
        """The preview of what the form holds, and the clock that it is on."""
        if not self.is_bound:
            self._as_stored()
        chosen = [*self.cleaned_data.get("patterns", ())] or [self.instance.pattern_id]
        clock = clock_for(self.company, [getattr(one, "pk", one) for one in chosen if one])
        event = self.cleaned_data.get("event") or (self.instance.event if self.instance.event_id else None)
        length = timedelta(minutes=event.minutes) if event and event.minutes else None
        return self.preview(length, tz=clock.tz, since=now()), clock

    def _as_stored(self) -> None:
        self._errors, self.cleaned_data = forms.utils.ErrorDict(), {}
        if self.before:
            start, end = self.before
            self.start_rule, self.end_rule = start, end
            self.starts, self.closes = parsed(start), parsed(end) if end else None


@admin.register(EventAssignment)
class EventAssignmentAdmin(WatchedAdmin, Archivable):
    """When events recur, and on which patterns."""

    form = AssignmentForm
    change_form_template = "admin/scheduling/eventassignment.html"
    list_display = ["event", "when", "pattern", "type", "next_occurrence"]
    list_filter = ["pattern", "event__event_type", *Archivable.list_filter]
    change_list_template = "admin/scheduling/with_calendar.html"
    list_display_links = ["event", "when"]
    search_fields = ["event__name", "pattern__title", "pattern__code"]
    fetched_with = ["event", "pattern"]
    ordering = ["event__name", "pattern__code"]
    autocomplete_fields = ["event"]
    readonly_fields = ["pattern", "archived_at"]
    fieldsets: ClassVar[list[Any]] = []
    recurrence = [
        fieldset(_("Begins"), *RECURRENCE_FIELDS[:-4]),
        fieldset(_("Ends"), *RECURRENCE_FIELDS[-4:]),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new one may be for several patterns; one that is there stays on its own."""
        if obj is not None and not self.has_change_permission(request, obj):
            return [fieldset(None, "event", "pattern", "when", "archived_at")]
        if obj is None:
            return [fieldset(None, "event", "patterns"), *self.recurrence]
        archived = ["archived_at"] if obj.archived_at else []
        return [fieldset(None, "event", "pattern", *archived), *self.recurrence]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look sees the sentence."""
        return [*super().get_readonly_fields(request, obj), "when"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Patterns are chosen for a new one only."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None:
            form.base_fields.pop("patterns", None)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From the page of an event or of a pattern: with that one, and with ends as the event has them."""
        asked = super().get_changeform_initial_data(request)
        event = own_rows(request, ScheduleEvent).filter(pk=number_of(str(asked.get("event", "")))).first()
        if pattern := number_of(str(asked.pop("pattern", ""))):
            asked["patterns"] = [pattern]
        if event and (event.minutes or event.event_type in (EventType.HOLIDAY, EventType.CUSTOM_HOLIDAY)):
            asked["ends"] = "own"
        if event and event.custom_holiday_date:
            asked |= {"repeats": "once", "first": event.custom_holiday_date}
        return asked

    def get_urls(self) -> list[Any]:
        """The preview beside the form."""
        view = self.admin_site.admin_view(self.preview_view)
        return [path("preview/", view, name="scheduling_eventassignment_preview"), *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The next occurrences of what a form holds."""
        return preview_view(self, request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the preview of what the form holds, also without a script."""
        form = context["adminform"].form
        if hasattr(form, "shown_preview"):
            context["preview"], context["plant_clock"] = form.shown_preview()
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """One more row for each further pattern."""
        for pattern in list(form.cleaned_data.get("patterns", ()))[1:]:
            one = form.instance
            row = EventAssignment.objects.create(
                event=one.event, pattern=pattern, start_rule=one.start_rule, end_rule=one.end_rule
            )
            form.effects.append(effect_of(row))
        if not change:
            form.effects = [joint([*form.effects, effect_of(form.instance)])]
        super().save_related(request, form, formsets, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was once planned refers to it: it is archived."""
        return False

    @admin.action(description=_("Archive: from now on it recurs no more"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: Any) -> None:
        """Take out of use."""
        rows = [events.archive_assignment(row, at=now()) for row in queryset.filter(archived_at=None)]
        self.message_user(request, _("%(count)d archived.") % {"count": len(rows)}, messages.SUCCESS)

    def archived(self, rows: Any) -> None:
        """What is restored recurs from now on."""
        apply([joint(effect_of(row) for row in rows)], at=now())

    @labelled(_("When"))
    def when(self, assignment: EventAssignment) -> str:
        """As a sentence."""
        return sentence_of(assignment)

    @labelled(_("Type"), "event__event_type")
    def type(self, assignment: EventAssignment) -> str:
        """The event's."""
        return assignment.event.get_event_type_display()

    @labelled(_("Next"))
    def next_occurrence(self, assignment: EventAssignment) -> str:
        """When it begins next."""
        return "–" if assignment.archived_at else shown(next_start([assignment], now()))


ShiftPatternAdmin.inlines = [*ShiftPatternAdmin.inlines, EventsOfPattern]
