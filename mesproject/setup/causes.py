"""Causes out of the template of an industry."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy, ngettext

from downtime.models import Cause
from downtime.sheets import CauseLine
from mesproject.accounts.models import Company
from mesproject.accounts.sheets import Line, take
from mesproject.setup.industries import INDUSTRIES, LANGUAGES, Branch, branches
from mesproject.setup.pages import administering, company_of, forward, page

TITLES = {
    "machining": gettext_lazy("Machining"),
    "moulding": gettext_lazy("Injection moulding"),
    "packaging": gettext_lazy("Packaging"),
    "assembly": gettext_lazy("Assembly"),
    "food": gettext_lazy("Food and drink"),
    "general": gettext_lazy("Any other"),
}


class CausesForm(forms.Form):
    """Which industry, in which language."""

    industry = forms.ChoiceField(
        label=gettext_lazy("Industry"), choices=[(name, TITLES[name]) for name in INDUSTRIES]
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the causes"), choices=list(LANGUAGES.items())
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A template as the page shows it."""

    key: str
    title: str
    tree: list[Branch]

    @property
    def number(self) -> int:
        """How many causes it has."""
        return sum(1 + len(branch.below) for branch in self.tree)


def store(company: Company, industry: str, language: str) -> int:
    """Add the causes of a template; those whose code is there already stay as they are. How many were added."""
    there = set(Cause.objects.of(company).values_list("code", flat=True))
    lines: list[Line] = []
    for branch in branches(industry, language):
        for cause, parent in [(branch.cause, ""), *((below, branch.cause.code) for below in branch.below)]:
            if cause.code not in there:
                cells = {
                    "code": cause.code, "description": cause.text, "parent": parent, "kind": cause.kind,
                    "position": str(len(lines)),
                }  # fmt: skip
                lines.append(Line(len(lines) + 1, cells))
    if not take(CauseLine, company, lines, at=now(), dry_run=False):
        raise ValueError(
            f"The template {industry} is wrong: {[line.faults for line in lines if line.faults]}"
        )
    return len(lines)


@administering
def causes(request: HttpRequest) -> HttpResponse:
    """Look at the templates, and take one."""
    company = company_of(request)
    spoken = request.LANGUAGE_CODE if request.LANGUAGE_CODE in LANGUAGES else "en"
    language = request.GET.get("language", spoken)
    language = language if language in LANGUAGES else spoken
    form = CausesForm(request.POST or None, initial={"language": language})
    if form.is_valid():
        number = store(company, **form.cleaned_data)
        said = ngettext("%(number)d cause is stored.", "%(number)d causes are stored.", number)
        return forward(request, "causes", said % {"number": number})
    shown = [Shown(key, str(TITLES[key]), branches(key, language)) for key in INDUSTRIES]
    there = Cause.objects.of(company).active().count()
    return page(
        request, "causes",
        {"form": form, "templates": shown, "language": language, "languages": LANGUAGES, "there": there,
         "chosen": request.POST.get("industry", "")},
    )  # fmt: skip
