"""Notes to the next shift: written, seen and read at the station's tablet."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from mesproject.accounts.viewers import acting
from mesproject.parts import etag_of, part
from mesproject.versions import Versions
from production.entries import KEY, entering, given_at, refuse
from production.models import ShiftNote, Station
from production.models.notes import LONGEST_NOTE
from production.nudges import announce
from production.operators import operator_at, signing
from production.station_pages import station_of
from production.views import safe_next

RECENT = 12


class NoteForm(forms.Form):
    """What the next shift should know; `key` makes a second arrival harmless."""

    key = forms.UUIDField()
    text = forms.CharField(
        max_length=LONGEST_NOTE, strip=True, error_messages={"required": _("Write something first.")}
    )


@never_cache
@entering
@acting
@signing(lambda company, station: Station.objects.of(company).filter(uuid=station))
def station_notes(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """The latest notes, or the sheet to write one; a poll of the list is answered 304 while nothing changed."""
    found = station_of(request, station)
    if request.method == "POST":
        return _take(request, found)
    if request.headers.get("X-Poll"):

        def etag(at: datetime, _: Versions) -> str:
            seen = list(ShiftNote.objects.filter(station=found).values_list("pk", "read_at")[:RECENT])
            return etag_of(at, found.pk, seen)

        return part(request, "production/notes.html#panel", lambda: _shown(found), etag=etag, now=now())
    return _render(request, _shown(found) | {"writing": "write" in request.GET})


def _take(request: HttpRequest, station: Station) -> HttpResponse:
    """Write one, or say that one was read."""
    at, mine = given_at(request), ShiftNote.objects.filter(station=station)
    if "read" in request.POST:
        note = get_object_or_404(mine, key=_key(request.POST["read"]))
        note.read(at=at, operator=operator_at(request, station, at=at), user=_user(request))
    else:
        form = NoteForm(
            {"text": request.POST.get("text"), "key": request.headers.get(KEY) or request.POST.get("key")}
        )
        if not form.is_valid():
            problem = str(next(iter(form.errors.values()))[0])
            refuse(request, problem)
            return _render(request, _shown(station) | {"writing": True, "problem": problem}, 422)
        _write(request, station, form.cleaned_data, at)
    if not request.headers.get("HX-Request"):
        return redirect(safe_next(request))
    answer = _render(request, _shown(station))
    answer["HX-Trigger"] = "changed"
    return answer


def _write(request: HttpRequest, station: Station, said: dict[str, Any], at: datetime) -> None:
    viewer = request.viewer  # type: ignore[attr-defined]
    told = {
        "station": station, "text": said["text"], "written_at": at, "user": viewer.user, "device": viewer.device,
        "operator": operator_at(request, station, at=at),
    }  # fmt: skip
    if ShiftNote.objects.get_or_create(key=said["key"], defaults=told)[1]:
        announce([station.pk])


def _user(request: HttpRequest) -> Any:
    return request.viewer.user  # type: ignore[attr-defined]


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _shown(station: Station) -> dict[str, Any]:
    notes = ShiftNote.objects.filter(station=station).with_people()
    return {
        "station": station,
        "notes": notes[:RECENT],
        "key": uuid.uuid4(),
        "longest": LONGEST_NOTE,
        "now": now(),
    }


def _render(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    fragment = "#panel" if request.headers.get("HX-Request") else ""
    return render(request, f"production/notes.html{fragment}", context, status=status)
