"""What a tablet keeps at hand so that people can answer without network: a station's open questions and its choices."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from downtime.forms import CALLS
from downtime.models import Cause, Issue
from downtime.panel import ASKED_FOR, MINUTES, asked, often
from downtime.seen import last_answer, last_note, with_last_words
from downtime.standing import colour_of, words_of
from downtime.views import may_decide
from mesproject.accounts.viewers import viewing
from mesproject.boards.handover import notes_to_read
from mesproject.parts import etag_of
from mesproject.versions import version
from production.entries import name_of
from production.models import JobRun, Operator, ShiftNote, Sku, Station
from production.operators import people_of, present_at
from production.station_pages import station_of
from quality.models import RejectReason

MOST_STOPS, MOST_RUNS, MOST_SKUS = 30, 12, 60


@require_safe
@never_cache
@viewing
def at_hand(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """All of it, or 304 where the tablet has it already; nothing for those who only look."""
    at, found = now(), station_of(request, station, "plan")
    if not request.viewer.may_act:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    etag = etag_of(at, version([found.pk], at))
    unchanged = get_conditional_response(request, etag=etag)
    answer = unchanged or JsonResponse(_told(request, found, at))
    answer["ETag"] = etag
    answer["X-As-Of"] = str(_ms(at))
    answer["Cache-Control"] = "private, no-store"
    return answer


def _told(request: HttpRequest, station: Station, at: datetime) -> dict[str, Any]:
    viewer = request.viewer  # type: ignore[attr-defined]
    here, people = present_at(station, at=at), people_of(viewer.company)
    return {
        "by": name_of(viewer),
        "station": {"uuid": str(station.uuid), "name": station.name, "zone": station.plant.timezone},
        "addresses": _addresses(station),
        "asOf": _ms(at),
        "asksWho": viewer.user is None and people.exists(),
        "here": {"id": here.operator_id, "name": str(here.operator), "until": _ms(here.ends_at)} if here else None,
        "people": [_person(one) for one in people],
        "stops": _stops(station, at),
        "causes": list(Cause.objects.of(viewer.company).active().values_list("pk", "description", "parent")),
        "often": [cause.pk for cause in often(station, at)],
        "mayDecide": may_decide(viewer),
        "notes": [_note(one) for one in notes_to_read(station)],
        "minutes": MINUTES,
        "calls": [[kind.value, str(kind.label), str(hint)] for kind, hint in CALLS.items()],
        "reasons": list(RejectReason.objects.of(viewer.company).active().values_list("pk", "description")),
        "countsByHand": station.counted_by_hand,
        **_runs(station),
    }  # fmt: skip


def _addresses(station: Station) -> dict[str, str]:
    """Where its forms go; in a step's the nought stands for the stop, and the note for the step."""
    at = {
        "stops": "downtime:station-stops", "calls": "downtime:station-calls", "rejects": "quality:station-rejects",
        "runs": "schedule:station-runs", "counts": "schedule:station-counts", "operator": "production:operator",
        "notes": "production:station-notes",
    }  # fmt: skip
    step = reverse("downtime:step", args=[uuid.UUID(int=0), "note"])
    return {"step": step} | {name: reverse(view, args=[station.uuid]) for name, view in at.items()}


def _person(operator: Operator) -> dict[str, Any]:
    return {"id": operator.pk, "name": str(operator), "whole": operator.name}


def _note(note: ShiftNote) -> dict[str, Any]:
    return {"key": str(note.key), "text": note.text, "by": note.by, "at": _ms(note.written_at)}


def _stops(station: Station, at: datetime) -> list[dict[str, Any]]:
    """What goes on, what nobody has explained, and what else there was of late, newest first."""
    mine = with_last_words(Issue.objects.filter(station=station)).for_screens()
    lately = mine.valid().filter(ended_at__gt=at - ASKED_FOR)
    lists = (mine.ongoing(), asked(station, now=at)[:MOST_STOPS], lately[:MOST_STOPS])
    found = {issue.pk: issue for issues in lists for issue in issues}
    newest = sorted(found.values(), key=lambda issue: issue.started_at, reverse=True)
    return [_stop(issue, at) for issue in newest]


def _stop(issue: Issue, at: datetime) -> dict[str, Any]:
    return {
        "uuid": str(issue.uuid), "kind": issue.get_kind_display(), "byMachine": issue.is_by_machine,
        "from": _ms(issue.started_at), "to": _ms(issue.ended_at) if issue.ended_at else None,
        "cause": issue.cause_id or 0, "causeText": str(issue.cause or ""), "acknowledged": bool(issue.acknowledged_at),
        "said": words_of(issue, now=at), "colour": colour_of(issue, now=at).value,
        "last": last_answer(issue), "noted": last_note(issue), "asks": issue.is_unexplained,
        "excluded": issue.excluded_at is not None, "setup": issue.is_setup,
        "silence": _ms(issue.silent_since) if issue.silent_since else None,
    }  # fmt: skip


def _runs(station: Station) -> dict[str, Any]:
    mine = JobRun.objects.filter(station=station).select_related("job", "sku")
    running = mine.running().first()
    skus = Sku.objects.of(station.company_id).filter(archived_at=None, allow_ad_hoc=True)[:MOST_SKUS]
    return {
        "running": [running.pk, str(running)] if running else None,
        "queue": [[run.pk, str(run)] for run in mine.queued()[:MOST_RUNS]],
        "skus": [[sku.pk, sku.code, sku.name] for sku in skus] if station.allow_ad_hoc else [],
    }


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
