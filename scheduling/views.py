"""The feeds of plans: for whoever has the link, to read."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from mesproject.accounts.languages import language_of
from scheduling.feeds import text_of
from scheduling.models import CalendarFeed

KEPT_FOR = 900  # seconds that a phone may go without asking again


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The calendar behind a link, or 304 where the phone has it already."""
    if "token" in request.GET:
        return _refusal(400, _("The token is part of the path, never of the query."))
    found = CalendarFeed.objects.matching(token).select_related("plant", "station", "company").first()
    if found is None or (found.station and found.station.archived_at):
        return _refusal(404, _("This link is unknown or was revoked. Ask for a new one."))
    language = language_of(found)
    with override(language):
        text = text_of(found, now=now())
    etag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="plan.ics"'
    answer["ETag"] = etag
    answer["Content-Language"] = language
    chosen = get_conditional_response(request, etag=etag, response=answer) or answer
    chosen["Cache-Control"] = f"private, max-age={KEPT_FOR}"
    return chosen


def _refusal(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(
        sentence,
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
