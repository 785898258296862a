"""Who may look at the pages of what was made, and how they refuse what cannot be answered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from mesproject.accounts.backends import may
from mesproject.accounts.models import User
from mesproject.reports import budget
from mesproject.reports.how_asked import BadQuestion

View = Callable[..., HttpResponseBase]


def looking(view: View) -> View:
    """For people whose role may look at what is made; a question that cannot be answered is refused in a sentence."""

    @login_required
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may(user_of(request).role, "view", "production.sku"):
            raise PermissionDenied(_("Your role does not see this. Ask an administrator for another."))
        try:
            return view(request, *args, **kwargs)
        except BadQuestion as error:
            return refused(request, str(error), error.status)
        except budget.TooSlow:
            return refused(request, _("This takes too long. Ask for less time or fewer stations."), 400)
        except budget.TooMany:
            sentence = _("Several large reports are being made already. Try again soon.")
            return refused(request, sentence, 429)

    return never_cache(asked)


def refused(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """A page that says why there is no answer."""
    return render(request, "reports/refused.html", {"sentence": sentence}, status=status)


def user_of(request: HttpRequest) -> User:
    """Who has logged in; behind `looking` somebody has."""
    assert isinstance(request.user, User)
    return request.user
