"""What every step shares: who may, how it looks, and where it goes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from mesproject.accounts.admin_base import user_of
from mesproject.accounts.models import Company, Role
from mesproject.setup.steps import SLUGS, STEPS, next_of, standings

View = Callable[[HttpRequest], HttpResponse]


def administering(view: View) -> View:
    """For administrators; a stranger logs in first."""

    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if user_of(request).role != Role.ADMINISTRATOR:
            raise PermissionDenied(_("Only administrators set up. Ask one of them."))
        return view(request)

    return guarded


def company_of(request: HttpRequest) -> Company:
    """Whose set-up this is."""
    return user_of(request).company


def page(
    request: HttpRequest, slug: str, context: dict[str, Any], *, template: str = "", status: int = 200
) -> HttpResponse:
    """The page of a step, beside all the others."""
    found = standings(company_of(request))
    place = SLUGS.index(slug)
    shown = {
        "step": STEPS[place],
        "is_done": found[place].is_done,
        "onward": STEPS[place + 1].address if place + 1 < len(STEPS) else reverse("setup:overview"),
        "standings": found,
        "company": company_of(request),
        **context,
    }
    if (form := context.get("form")) is not None and form.errors:
        status = 422
    return render(request, template or f"setup/{slug}.html", shown, status=status)


def forward(request: HttpRequest, slug: str, said: str = "") -> HttpResponse:
    """To the next step that is open; the overview when there is none."""
    if said:
        messages.success(request, said)
    step = next_of(company_of(request), slug)
    return redirect(step.address if step else "setup:overview")
