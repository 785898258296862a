"""Entries from tablets, which come late, twice or both: each is taken once, at the time at which it was given.

A tablet keeps what people enter until it knows that it arrived, and sends it to the very address of the page's form,
with three headers: the entry's key, its time, and who was at the tablet. So there is one way to do each thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from mesproject.accounts.viewers import Viewer, viewer_of
from production.models import Entry

# For so long a tablet may have been away; its clock may be a little ahead of ours.
OLDEST = timedelta(days=14)
AHEAD = timedelta(minutes=5)
LAST_INSTANT_MS = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp() * 1000)
KEY, AT, BY, OUTCOME = "X-Entry-Key", "X-Entry-At", "X-Entry-By", "X-Entry"

View = Callable[..., HttpResponse]


@dataclass(slots=True)
class Given:
    """An entry while it is taken; `problem` and `choices` are what a refusal says, and what could be done instead."""

    at: datetime
    problem: str = ""
    question: str = ""
    choices: Sequence[dict[str, Any]] = field(default_factory=list)


class EntryForm(forms.Form):
    """What the headers say."""

    key = forms.UUIDField()
    at = forms.IntegerField(min_value=0, max_value=LAST_INSTANT_MS)
    by = forms.CharField(max_length=40)


def name_of(viewer: Viewer) -> str:
    """By what a tablet remembers whose entry it is: nobody's is sent in another's name."""
    return f"user-{viewer.user.pk}" if viewer.user else f"device-{viewer.device.pk}" if viewer.device else ""


def given_at(request: HttpRequest) -> datetime:
    """When what a request brings was entered; now, where it does not say."""
    given: Given | None = getattr(request, "given", None)
    return given.at if given else now()


def is_late(request: HttpRequest) -> bool:
    """Whether it comes out of a tablet's outbox, where nobody waits for a page."""
    return KEY in request.headers and "HX-Request" not in request.headers


def refuse(request: HttpRequest, problem: str, *, question: str = "", choices: Sequence[Any] = ()) -> None:
    """Say why an entry cannot be taken as it is; each choice has a label, and what is then entered instead."""
    given: Given | None = getattr(request, "given", None)
    if given and not given.problem:
        given.problem, given.question, given.choices = problem, question, choices


def entering(view: View) -> View:
    """Take what a form sends once, at its original time; what brings no key of its own is taken as it comes.

    The outermost decorator: its refusals are sentences for the tablet's list, not pages.
    """

    @wraps(view)
    def once(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or KEY not in request.headers:
            return view(request, *args, **kwargs)
        at, headers = now(), request.headers
        form = EntryForm({"key": headers[KEY], "at": headers.get(AT), "by": headers.get(BY)})
        if not form.is_valid():
            return _refusal(400, _("This entry cannot be read."))
        said, viewer = form.cleaned_data, viewer_of(request)
        if viewer is None:
            return _refusal(401, _("Nobody is logged in here any more."))
        if name_of(viewer) != said["by"]:
            return _refusal(401, _("Somebody else entered this here. It waits until he is back."))
        entered = datetime.fromtimestamp(said["at"] / 1000, UTC)
        if problem := _out_of_time(entered, at):
            return _refusal(422, problem)
        request.given = Given(min(entered, at))  # type: ignore[attr-defined]
        entry = Entry(
            company=viewer.company, key=said["key"], at=min(entered, at), received_at=at,
            address=request.path[:200], user=viewer.user, device=viewer.device,
        )  # fmt: skip
        return _take(entry, request, lambda: view(request, *args, **kwargs))

    return once


def _out_of_time(entered: datetime, at: datetime) -> str:
    if entered > at + AHEAD:
        return _("The clock of this tablet is ahead: this lies in the future.")
    if entered < at - OLDEST:
        return _("This was entered more than {days} days ago, and is not taken any more.").format(
            days=OLDEST.days
        )
    return ""


def _take(entry: Entry, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Entry and effect together, or neither; whoever sends the same at the same time waits for the first."""
    try:
        with transaction.atomic():
            if not _claim(entry):
                return _again()
            answer = view()
            outcome = _outcome(request, answer)
            if outcome != "stored":
                transaction.set_rollback(True)
    except Http404:
        return _refusal(404, _("What this was about is not there any more."))
    except PermissionDenied as error:
        return _refusal(403, str(error) or _("This needs another role."))
    if is_late(request):
        answer = _said(request, answer, outcome)
    answer[OUTCOME] = outcome
    return answer


def _claim(entry: Entry) -> bool:
    """Be the one who takes it; False where it was taken before. Whoever comes meanwhile waits for the first."""
    with connection.cursor() as cursor:
        # Sent again it is no error, neither ours nor one in the database's log.
        cursor.execute(
            "INSERT INTO production_entry (company_id, key, at, received_at, address, user_id, device_id) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING",
            [
                entry.company_id, entry.key, entry.at, entry.received_at, entry.address,
                entry.user_id, entry.device_id,
            ],
        )  # fmt: skip
        return cursor.rowcount == 1


def _outcome(request: HttpRequest, answer: HttpResponse) -> str:
    if answer.status_code >= 400:
        return "refused"
    return "asked" if request.given.problem else "stored"  # type: ignore[attr-defined]


def _said(request: HttpRequest, page: HttpResponse, outcome: str) -> HttpResponse:
    """The answer to a list, in place of the page's; what the page had the browser remember is kept."""
    given: Given = request.given  # type: ignore[attr-defined]
    if outcome == "stored":
        answer = JsonResponse({"stored": True})
    else:
        said = {"detail": given.problem or _("This was not taken."), "question": given.question}
        answer = JsonResponse({**said, "choices": list(given.choices)}, status=max(page.status_code, 409))
    answer.cookies = page.cookies
    return answer


def _again() -> HttpResponse:
    """It was taken before; a page looks again, and sees it."""
    return HttpResponse(status=204, headers={OUTCOME: "stored", "HX-Trigger": "changed"})


def _refusal(status: int, sentence: str) -> HttpResponse:
    return JsonResponse({"detail": sentence, "choices": []}, status=status, headers={OUTCOME: "refused"})
