"""Rules that answer for the operator, in their order, and what was in force when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from downtime import whys
from downtime.admin.trying import try_view
from downtime.models import AnswerBook, AnswerRule, IssueEvent
from downtime.models.answers import publish
from downtime.rule_words import words
from mesproject.accounts.admin_base import (
    Archivable,
    OwnedAdmin,
    OwnedForm,
    ReadOnly,
    UseFilter,
    fieldset,
    labelled,
    user_of,
)

LATELY = timedelta(days=7)
PLACES = ("stations", "groups", "skus")
SETUP = [
    ("unknown", _("Does not matter")),
    ("true", pgettext_lazy("in setup", "Yes")),
    ("false", pgettext_lazy("in setup", "No")),
]


class RuleForm(OwnedForm):
    """A rule says something of the stops it is for."""

    class Meta:
        model = AnswerRule
        exclude = ["company"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "setup" in self.fields:  # not where somebody may only look
            self.fields["setup"].widget.choices = SETUP

    def clean(self) -> dict[str, Any]:
        """Refuse a rule that would answer every stop."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        conditions = [said.get(name) for name in said if name not in ("name", "cause", "on")]
        # Zero and "no" are conditions, too.
        if not self.errors and not any(_given(value) for value in conditions):
            raise forms.ValidationError(
                _("Give at least one condition: without any, it would answer every stop.")
            )
        return said


def _given(value: Any) -> bool:
    return bool(value.exists()) if hasattr(value, "exists") else value not in (None, "")


def put_into_force(request: HttpRequest, why: str) -> None:
    """Have a change hold for stops that begin from now on, and say so if it is one."""
    user = user_of(request)
    if publish(user.company, at=now(), by=user.get_username(), why=why):
        messages.info(request, _("This holds for stops that begin from now on."))


class RuledAdmin(OwnedAdmin):
    """Rows of which rules in force are made."""

    said_of_one: ClassVar[tuple[str, str]]  # one was added, or changed

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """When everything is saved, put it into force."""
        super().save_related(request, form, formsets, change)
        put_into_force(request, self.said_of_one[change].format(name=form.instance))


@admin.register(AnswerRule)
class AnswerRuleAdmin(Archivable, RuledAdmin):
    """Rules, as they are asked: the first that holds answers."""

    form = RuleForm
    said_of_one = (whys.RULE_ADDED, whys.RULE_CHANGED)
    change_list_template = "admin/downtime/rules.html"
    change_form_template = "admin/downtime/rule.html"
    actions = ["switch_on", "switch_off", "archive", "restore"]
    list_display = ["order", "name", "conditions", "cause", "state", "lately"]
    list_display_links = ["name"]
    list_filter = [UseFilter, "on", "cause"]
    search_fields = ["name", "error_codes", "alarm_text", "cause__description", "cause__code"]
    fetched_with = ["cause"]
    autocomplete_fields = ["cause", *PLACES]
    ordering = ["position", "pk"]
    list_per_page = 200
    readonly_fields = ["archived_at"]
    fieldsets = [
        fieldset(None, "name", "cause", "on", "archived_at"),
        fieldset(_("If the machine says"), ("error_codes", "alarm_text")),
        fieldset(
            _("and the stop"),
            ("at_least_ms", "at_most_ms"),
            ("from_time", "until_time"),
            ("shifts", "setup"),
            ("before", "mode"),
            description=_("All that is given must hold; what is empty does not matter."),
        ),
        fieldset(_("and it is at or of one of these"), *PLACES),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With all that their words name, and how many stops they answered of late."""
        answers = IssueEvent.objects.filter(rule=OuterRef("pk"), at__gte=now() - LATELY).order_by()
        count = answers.values("rule").annotate(n=Count("pk")).values("n")
        rows = super().get_queryset(request).annotate(answers=Coalesce(Subquery(count), 0))
        return rows.prefetch_related(*PLACES)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What has answered stays on record."""
        return False

    def get_urls(self) -> list[Any]:
        """Moving a rule, and trying all of them."""
        view = self.admin_site.admin_view
        return [
            path("try/", view(try_view), name="downtime_answerrule_try"),
            path("<path:object_id>/move/<slug:way>/", view(self.move), name="downtime_answerrule_move"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new one is the last to be asked."""
        if not change:
            rules = AnswerRule.objects.of(obj.company)
            obj.position = (rules.aggregate(last=Max("position"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)

    def move(self, request: HttpRequest, object_id: str, way: str) -> HttpResponse:
        """Let it change places with the one that is asked before or after it."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None or request.method != "POST" or way not in ("up", "down"):
            raise Http404
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        with transaction.atomic():
            if moved(obj, -1 if way == "up" else 1):
                put_into_force(request, (whys.RULE_UP if way == "up" else whys.RULE_DOWN).format(name=obj))
        return HttpResponseRedirect(reverse("admin:downtime_answerrule_changelist"))

    @admin.action(description=_("Switch on: answer stops that begin from now on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: Any) -> None:
        """Rules whose cause is out of use stay off."""
        rows = list(queryset.filter(archived_at=None, on=False))
        usable = [rule for rule in rows if rule.cause.archived_at is None]
        self._switch(request, usable, on=True)
        if stay := [str(rule) for rule in rows if rule not in usable]:
            self.message_user(
                request,
                _("Their cause is out of use, so they stay off: %(rules)s.") % {"rules": ", ".join(stay)},
                messages.ERROR,
            )

    @admin.action(description=_("Switch off: what they answered stays"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: Any) -> None:
        """From now on."""
        self._switch(request, list(queryset.filter(on=True)), on=False)

    @transaction.atomic
    def _switch(self, request: HttpRequest, rules: list[AnswerRule], *, on: bool) -> None:
        for rule in rules:
            rule.on = on
            rule.save(update_fields=["on"])  # one by one, so that each is in the audit log
        why = whys.SWITCHED_ON if on else whys.SWITCHED_OFF
        if rules:
            put_into_force(request, why.format(names=", ".join(map(str, rules))))
        told = _("%(count)d switched on.") if on else _("%(count)d switched off.")
        self.message_user(request, told % {"count": len(rules)}, messages.SUCCESS)

    @transaction.atomic
    def _mark(self, request: HttpRequest, queryset: Any, at: Any) -> None:
        super()._mark(request, queryset, at)
        put_into_force(request, whys.RULES_ARCHIVED if at else whys.RULES_RESTORED)

    @labelled(_("If"))
    def conditions(self, rule: AnswerRule) -> str:
        """Its conditions in words."""
        return words(rule)

    @labelled(_("State"), "on")
    def state(self, rule: AnswerRule) -> SafeString:
        """Whether it answers."""
        if rule.is_in_force:
            return format_html('<span class="fl-on">{}</span>', gettext("on"))
        is_left = rule.on and rule.cause.archived_at
        return format_html(
            '<span class="fl-off">{}</span>',
            gettext("off: its cause is archived") if is_left else pgettext("rule", "off"),
        )

    @labelled(_("Last 7 days"), "answers")
    def lately(self, rule: Any) -> int:
        """How many stops."""
        return rule.answers

    @labelled(_("Order"))
    def order(self, rule: AnswerRule) -> SafeString:
        """Buttons of the list's own form: they move the rule, and nothing else is sent."""
        up, down = (reverse("admin:downtime_answerrule_move", args=[rule.pk, way]) for way in ("up", "down"))
        return format_html(
            '<button class="fl-move" formaction="{}" title="{}">▲</button>'
            '<button class="fl-move" formaction="{}" title="{}">▼</button>',
            up, gettext("Ask it earlier"), down, gettext("Ask it later"),
        )  # fmt: skip


def moved(rule: AnswerRule, by: int) -> bool:
    """Let a rule change places with its neighbour among those in use; False at an end."""
    rules = AnswerRule.objects.of(rule.company).filter(archived_at=None)
    order = list(rules.order_by("position", "pk").select_for_update())
    place = next((number for number, other in enumerate(order) if other.pk == rule.pk), None)
    if place is None or not 0 <= place + by < len(order):
        return False
    order[place], order[place + by] = order[place + by], order[place]
    for position, other in enumerate(order, 1):
        if other.position != position:
            other.position = position
            other.save(update_fields=["position"])
    return True


@admin.register(AnswerBook)
class AnswerBookAdmin(ReadOnly, OwnedAdmin):
    """What was in force when, who changed it, and when rules were applied to the past. Nobody edits this."""

    list_display = ["made_at", "told", "by", "holds", "rules", "codes", "answered"]
    search_fields = ["why", "by"]
    date_hierarchy = "made_at"
    fieldsets = [
        fieldset(None, "told", ("made_at", "by"), ("holds_from", "holds_until"), "answered", "in_it"),
    ]
    readonly_fields = ["told", "in_it"]

    @labelled(_("Why"), "why")
    def told(self, book: AnswerBook) -> str:
        """What was changed, in the reader's language."""
        return book.told

    @labelled(_("For stops that begin"))
    def holds(self, book: AnswerBook) -> str:
        """From now on, or in a time of the past."""
        return str(_("in the past")) if book.holds_until else str(_("from then on"))

    @labelled(_("Rules"))
    def rules(self, book: AnswerBook) -> int:
        """How many are in it."""
        return len(book.body.get("rules", ()))

    @labelled(_("Error codes"))
    def codes(self, book: AnswerBook) -> int:
        """How many are in it."""
        return len(book.body.get("codes", ()))

    @labelled(_("Rules, in order"))
    def in_it(self, book: AnswerBook) -> str:
        """Their names, and how many error codes."""
        named = [f"{number}. {rule.name}" for number, rule in enumerate(book.book.rules, 1)]
        codes = len(book.book.codes)
        counted = ngettext("{count} error code", "{count} error codes", codes).format(count=codes)
        return "; ".join([*named, counted])
