"""“Try against yesterday”: which stops of a time rules would have answered, before they are switched on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import get_current_timezone, localtime, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from downtime import whys
from downtime.answering import ANSWERS
from downtime.models import AnswerRule, Cause, ErrorCode, Issue, IssueEvent, answers
from downtime.rule_words import words
from downtime.trying import MOST_STOPS, TooMany, Trial, Tried, Verdict, apply_to_past, tried
from mesproject.accounts.admin_base import user_of
from mesproject.accounts.retelling import retold
from mesproject.formats import number
from production.windows import Window
from scheduling.wall_clock import local_to_utc

MOST_DAYS = 31
FURTHEST = timedelta(days=2 * 366)
SHOWN = 200
DAY = timedelta(days=1)
LABELS = {
    Verdict.DIFFER: _("Rules and people differ"),
    Verdict.RULES_ONLY: _("Only the rules"),
    Verdict.AGREE: _("Both agree"),
    Verdict.PEOPLE_ONLY: _("Only people"),
    Verdict.NOBODY: _("Neither"),
}
ANY_DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TryForm(forms.Form):
    """Which days, which rules, and which stops to show."""

    since = forms.DateField(label=_("From"), widget=ANY_DATE)
    until = forms.DateField(label=_("Until"), widget=ANY_DATE, help_text=_("The last day."))
    rules = forms.MultipleChoiceField(required=False)
    codes = forms.BooleanField(label=_("The table of error codes"), required=False)
    show = forms.ChoiceField(
        label=_("Show"),
        choices=[("", _("All stops")), *((v.value, LABELS[v]) for v in LABELS)],
        required=False,
    )

    def __init__(self, *args: Any, today: date, rules: Sequence[AnswerRule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["rules"].choices = [(str(rule.pk), rule.name) for rule in rules]

    def clean(self) -> dict[str, Any]:
        """Days that are past or today, and not too many."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = said.get("since"), said.get("until")
        if not since or not until:
            return said
        if not self.today - FURTHEST <= since <= self.today:
            self.add_error("since", _("Choose a day of the last two years."))
        elif not since <= until:
            self.add_error("until", _("This is before the first day."))
        elif until - since >= MOST_DAYS * DAY:
            self.add_error("until", _("At most %(most)d days at once.") % {"most": MOST_DAYS})
        return said


class ApplyForm(forms.Form):
    """Why the past is changed."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=_("Kept for good, with your name."),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One stop as the page shows it."""

    tried: Tried
    causes: dict[int, Cause]
    by: str

    @property
    def verdict(self) -> str:
        """Who said what, in words."""
        return str(LABELS[self.tried.verdict])

    @property
    def answered_by(self) -> str:
        """Which rule or error code says so."""
        return retold(self.tried.answer.said, ANSWERS) if self.tried.answer else ""

    @property
    def answered(self) -> Cause | None:
        """What the rules say."""
        return self.causes.get(self.tried.answer.cause) if self.tried.answer else None

    @property
    def said(self) -> str:
        """What people said; that they have taken back an answer, too."""
        issue = self.tried.issue
        if issue.excluded_at:
            return gettext("excluded")
        if issue.left_to_people:
            return str(self.causes.get(issue.cause_id or 0, gettext("re-opened")))
        return ""


def try_view(request: HttpRequest) -> HttpResponse:
    """Try rules against some days; those in force can be applied to these days from here."""
    if not request.user.has_perm("downtime.view_answerrule"):
        raise PermissionDenied
    at, company = now(), user_of(request).company
    rules = list(AnswerRule.objects.of(company).in_order())
    form = _asked(request, rules, localtime(at).date())
    valid = form.is_valid()
    chosen = form.cleaned_data.get("rules", ())
    context: dict[str, Any] = {
        **admin.site.each_context(request), "title": _("Try rules"), "opts": AnswerRule._meta, "form": form,
        "rules": [(rule, words(rule), str(rule.pk) in chosen) for rule in rules], "zone": get_current_timezone(),
    }  # fmt: skip
    if valid:
        codes = list(ErrorCode.objects.of(company).select_related("cause"))
        book = answers.compiled(
            [rule for rule in rules if str(rule.pk) in chosen], codes if form.cleaned_data["codes"] else ()
        )
        in_force = answers.compiled([rule for rule in rules if rule.is_in_force], codes)
        may_apply = book == in_force and request.user.has_perm("downtime.change_answerrule")
        apply = ApplyForm(request.POST or None)
        window = _window(form.cleaned_data["since"], form.cleaned_data["until"], at)
        try:
            if may_apply and "apply" in request.POST and apply.is_valid():
                return _apply(request, window, apply.cleaned_data["reason"], at)
            trial = tried(company, book, window, now=at)
            context |= _shown(trial, form.cleaned_data["show"], company)
            context |= {"may_apply": may_apply, "apply": apply}
        except TooMany:
            form.add_error(
                "until",
                _("There are more than %(most)s stops. Choose fewer days.")
                % {"most": number(f"{MOST_STOPS:,}")},
            )
    return TemplateResponse(request, "admin/downtime/try.html", context)


def _asked(request: HttpRequest, rules: Sequence[AnswerRule], today: date) -> TryForm:
    """The question; of a link that names a rule only, those that are on and this one, yesterday."""
    said = request.GET.copy()
    if "since" not in said:
        said["since"] = said["until"] = str(today - DAY)
        first = [str(rule.pk) for rule in rules if rule.is_in_force or str(rule.pk) == said.get("rule")]
        said.setlist("rules", first)
        said["codes"] = "on"
    return TryForm(said, today=today, rules=rules)


def _window(since: date, until: date, at: datetime) -> Window:
    zone = get_current_timezone()
    start, end = (local_to_utc(datetime.combine(day, time()), zone) for day in (since, until + DAY))
    return Window(start, max(start, min(end, at)))


def _apply(request: HttpRequest, window: Window, reason: str, at: datetime) -> HttpResponse:
    user = user_of(request)
    kept = apply_to_past(
        user.company, window, by=user.get_username(), why=whys.APPLIED.format(reason=reason), at=at
    )
    messages.success(
        request, _("Stops that have another cause than before: %(count)d.") % {"count": kept.answered}
    )
    return HttpResponseRedirect(reverse("admin:downtime_answerbook_change", args=[kept.pk]))


def _shown(trial: Trial, show: str, company: Any) -> dict[str, Any]:
    """The numbers, and the stops to show: where rules and people differ first."""
    order = list(LABELS)
    lines = [line for line in trial.lines if show in ("", line.verdict.value)]
    lines.sort(key=lambda line: order.index(line.verdict))
    shown = lines[:SHOWN]
    causes = {cause.pk: cause for cause in Cause.objects.of(company)}
    by = _hands([line.issue for line in shown])
    return {
        "trial": trial,
        "by_rule": [(retold(said, ANSWERS), tally) for said, tally in trial.by_rule.items()],
        "rows": [Row(line, causes, by.get(line.issue.pk, "")) for line in shown],
        "more": len(lines) - len(shown),
    }


def _hands(issues: Sequence[Issue]) -> dict[int, str]:
    """Who explained each stop last."""
    events = IssueEvent.objects.filter(issue__in=issues, kind=IssueEvent.Kind.EXPLAINED).order_by("pk")
    named = events.select_related("operator", "user", "device__company", "program")
    return {event.issue_id: event.by for event in named}
