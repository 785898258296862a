"""Who stands at this tablet: an operator chosen by initials, remembered by the browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from mesproject.accounts.models import Company
from production.models import Operator

COOKIE = "floorlight_operator"
A_SHIFT = 10 * 3600  # seconds; the next shift chooses anew
# What the form says that asks who it is: an operator's number, or this.
NOBODY = "0"
ANSWER = "operator"


def operator_of(request: HttpRequest, company: Company) -> Operator | None:
    """The operator chosen on this browser, if any and if still with the company."""
    if not hasattr(request, "operator"):
        request.operator = _remembered(request, company)  # type: ignore[attr-defined]
    return request.operator  # type: ignore[attr-defined]


def people_of(company: Company) -> Any:
    """The operators to choose from."""
    return Operator.objects.of(company).filter(archived_at=None)


def remember(response: HttpResponse, operator: Operator) -> None:
    """Let this browser be the operator's for the length of a shift."""
    response.set_signed_cookie(
        COOKIE, str(operator.pk), salt=str(operator.company_id), max_age=A_SHIFT,
        httponly=True, samesite="Lax", secure=settings.HTTPS,
    )  # fmt: skip


def signing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let an answer given at a tablet be somebody's: where nobody is chosen, ask once, then take the answer.

    The question carries the answer along, so that choosing one's initials is what gives it.
    """

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        viewer = request.viewer  # type: ignore[attr-defined]
        if request.method != "POST" or viewer.user or operator_of(request, viewer.company):
            return view(request, *args, **kwargs)
        people = people_of(viewer.company)
        if ANSWER not in request.POST:
            return _ask(request, people) if people.exists() else view(request, *args, **kwargs)
        return _as_chosen(view, request, people, *args, **kwargs)

    return asked


def _as_chosen(
    view: Callable[..., HttpResponse], request: HttpRequest, people: Any, *args: Any, **kwargs: Any
) -> HttpResponse:
    chosen = request.POST[ANSWER]
    if chosen == NOBODY:
        return view(request, *args, **kwargs)
    operator = get_object_or_404(people, pk=int(chosen) if chosen.isdecimal() else 0)
    request.operator = operator  # type: ignore[attr-defined]
    response = view(request, *args, **kwargs)
    remember(response, operator)
    return response


def _ask(request: HttpRequest, people: Any) -> HttpResponse:
    said = [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"]
    template = "production/who.html#panel" if request.headers.get("HX-Request") else "production/who.html"
    return render(request, template, {"people": people, "said": said, "nobody": NOBODY})


def _remembered(request: HttpRequest, company: Company) -> Operator | None:
    try:
        chosen = request.get_signed_cookie(COOKIE, salt=str(company.pk), max_age=A_SHIFT)
    except (KeyError, BadSignature):
        return None
    return people_of(company).filter(pk=int(chosen or 0)).first()
