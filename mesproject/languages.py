"""Each page in the language of who looks at it, and the switch that every page has.

A tablet speaks the language of the operator who is signed on at its station, else its own; a display its own; a user's
pages his. Programs are answered in English, always.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.timezone import now
from django.utils.translation import activate, get_language
from django.views.decorators.http import require_POST

from mesproject.accounts.models import Role
from mesproject.accounts.viewers import Viewer, viewer_of
from production.models import Operator, SignOn
from production.operators import operator_of
from production.views import safe_next

TEN_YEARS = 10 * 366 * 24 * 3600


def speak(request: HttpRequest, station: Any = None) -> None:
    """Let the rest of this request be in the viewer's language."""
    viewer = viewer_of(request)
    if viewer:
        activate(_language(request, viewer, station))


def _language(request: HttpRequest, viewer: Viewer, station: Any) -> str:
    operator = _operator(request, viewer, station if isinstance(station, UUID) else _station_of_page(request))
    own = viewer.user or viewer.device
    chosen = (operator and operator.language) or (own and own.language)
    if not chosen and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        chosen = viewer.company.language
    return chosen or get_language() or settings.LANGUAGE_CODE


def _operator(request: HttpRequest, viewer: Viewer, station: UUID | None) -> Operator | None:
    """Who is signed on at the station of a tablet, else was chosen on this browser; a user has words of his own.

    Of users only operators share a login, so that one who was chosen counts more.
    """
    if not viewer.may_act or (viewer.user and viewer.user.role != Role.OPERATOR):
        return None
    if viewer.user is None and station:
        here = SignOn.objects.of(viewer.company).filter(station__uuid=station).at(now())
        if present := here.select_related("operator").first():
            return present.operator
    return operator_of(request, viewer.company)


def _station_of_page(request: HttpRequest) -> UUID | None:
    """The station of the page that this is a part of, or from which the language is switched."""
    address = request.POST.get("next", "") if request.path == "/language/" else ""
    return station_in(address or request.headers.get("HX-Current-URL", ""))


def station_in(address: str) -> UUID | None:
    """The station that a page of ours is about."""
    try:
        found = resolve(urlsplit(address).path).kwargs.get("station")
    except (Resolver404, ValueError):
        return None
    return found if isinstance(found, UUID) else None


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Another language from now on: of the operator at this tablet, else the tablet's; a user's; else the browser's."""
    wanted = request.POST.get("language", "")
    answer = redirect(safe_next(request, otherwise="/"))
    if wanted in dict(settings.LANGUAGES) and not _keep(request, wanted):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=TEN_YEARS, httponly=True, samesite="Lax",
            secure=settings.HTTPS,
        )  # fmt: skip
    return answer


def _keep(request: HttpRequest, language: str) -> bool:
    """Whether it is somebody's now. A display only looks: its browser keeps the language."""
    viewer = viewer_of(request)
    if viewer is None:
        return False
    speaker: Any = _operator(request, viewer, _station_of_page(request)) or viewer.user
    if speaker is None and viewer.may_act:
        speaker = viewer.device
    # Past the log: who speaks what is nobody else's business, and no setting of the plant.
    return bool(speaker and speaker.__class__.objects.filter(pk=speaker.pk).update(language=language))
