"""Who stands at this tablet: operators sign on at its station by their initials, which the browser remembers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from mesproject.accounts.models import Company
from production.entries import given_at, is_late, refuse
from production.models import Operator, SignOn, Station
from production.sign_ons import LASTS, Hand, sign_on

COOKIE = "floorlight_operator"
# The next shift chooses anew.
A_SHIFT = int(LASTS.total_seconds())
# What the form says that asks who it is: an operator's number, or this.
NOBODY = "0"
ANSWER = "operator"
# What a reader types, or a person: the number of a badge, or initials.
BADGE = "badge"

View = Callable[..., HttpResponse]
# At which station an answer is given, by the company and what the address names.
Where = Callable[..., QuerySet[Station]]


def operator_of(request: HttpRequest, company: Company) -> Operator | None:
    """The operator chosen on this browser, if any and if still with the company."""
    if not hasattr(request, "operator"):
        request.operator = _remembered(request, company)  # type: ignore[attr-defined]
    return request.operator  # type: ignore[attr-defined]


def operator_at(request: HttpRequest, station: Station, *, at: datetime) -> Operator | None:
    """Whose an answer at a station is: who is signed on there, else who was chosen on this browser.

    A user answers for himself, whoever stands there; of him it is only what he chose.
    """
    viewer = request.viewer  # type: ignore[attr-defined]
    present = None if viewer.user else present_at(station, at=at)
    return present.operator if present else operator_of(request, viewer.company)


def present_at(station: Station, *, at: datetime) -> SignOn | None:
    """Who is signed on at a station."""
    return SignOn.objects.filter(station=station).at(at).select_related("operator").first()


def people_of(company: Company) -> Any:
    """The operators to choose from."""
    return Operator.objects.of(company).filter(archived_at=None)


def whose(typed: str, people: QuerySet[Operator]) -> Operator | None:
    """Whose badge it is, else whose initials; None where it is nobody's."""
    text = typed.strip()
    return people.filter(badge=text).first() or people.filter(initials__iexact=text).first() if text else None


def number_of(text: str) -> int:
    """The number of a row, as a form says it; 0, which no row has, where it is none."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def remember(response: HttpResponse, operator: Operator) -> None:
    """Let this browser be the operator's for the length of a shift."""
    response.set_signed_cookie(
        COOKIE, str(operator.pk), salt=str(operator.company_id), max_age=A_SHIFT,
        httponly=True, samesite="Lax", secure=settings.HTTPS,
    )  # fmt: skip


def forget(response: HttpResponse) -> None:
    """Let this browser be nobody's."""
    response.delete_cookie(COOKIE, samesite="Lax")


def signing(where: Where) -> Callable[[View], View]:
    """Let an answer given at a tablet be somebody's: where nobody is known, ask once, then take the answer.

    The question carries the answer along, so that choosing one's initials signs on at the station and gives it.
    """

    def signed(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            viewer = request.viewer  # type: ignore[attr-defined]
            if request.method != "POST" or viewer.user:
                return view(request, *args, **kwargs)
            station, people = where(viewer.company, **kwargs).first(), people_of(viewer.company)
            if station is None or operator_at(request, station, at=given_at(request)):
                return view(request, *args, **kwargs)
            if ANSWER in request.POST:
                return _as_chosen(view, request, station, people, *args, **kwargs)
            return _ask(request, people) if people.exists() else view(request, *args, **kwargs)

        return asked

    return signed


def _as_chosen(
    view: View, request: HttpRequest, station: Station, people: Any, /, *args: Any, **kwargs: Any
) -> HttpResponse:
    chosen = request.POST[ANSWER]
    if chosen == NOBODY:
        return view(request, *args, **kwargs)
    operator = get_object_or_404(people, pk=number_of(chosen))
    sign_on(station, operator, at=given_at(request), by=Hand(device=request.viewer.device))  # type: ignore[attr-defined]
    response = view(request, *args, **kwargs)
    remember(response, operator)
    return response


def _ask(request: HttpRequest, people: Any) -> HttpResponse:
    choices = (
        [{"label": str(one), "fields": {ANSWER: str(one.pk)}} for one in people] if is_late(request) else []
    )
    nobody = {"label": _("Without a name"), "fields": {ANSWER: NOBODY}}
    refuse(
        request, _("Nobody was signed on here."), question=_("Who entered it?"), choices=[*choices, nobody]
    )
    said = [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"]
    template = "production/who.html#panel" if request.headers.get("HX-Request") else "production/who.html"
    return render(request, template, {"people": people, "said": said, "nobody": NOBODY})


def _remembered(request: HttpRequest, company: Company) -> Operator | None:
    try:
        chosen = request.get_signed_cookie(COOKIE, salt=str(company.pk), max_age=A_SHIFT)
    except (KeyError, BadSignature):
        return None
    return people_of(company).filter(pk=int(chosen or 0)).first()
