"""A poll is answered by what its page was answered before, without anything else being asked.

A page asks every few seconds, and mostly nothing has happened since. What its last answer hung on is remembered for
a while: who asked, and how the answer's ETag is found. While both are the same, 304 costs a question instead of a
whole view: no stations, no session, no language, no template. What is new is drawn by the view, but a wall here and
once for all screens that show it. What is remembered is of this process only, and is never what a page shows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.timezone import now

from mesproject import versions
from mesproject.accounts.signs_of_life import SignsOfLife
from mesproject.accounts.standing import QUESTION, Pass
from mesproject.edge import LOST
from mesproject.parts import Again, dated
from mesproject.versions import Versions

MOST = 4096
# One question instead of two: it takes most of what a poll costs.
_QUESTION = f"SELECT * FROM ({QUESTION}) AS let_in, ({versions.QUESTION}) AS seen"
Key = tuple[str, ...]
# Who is asked, and what for.
ASKED = (
    "wsgi.url_scheme", "HTTP_HOST", "PATH_INFO", "QUERY_STRING", "HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE",
)  # fmt: skip
# What each answer says for itself; all else about it is said again.
OWN = frozenset({"etag", "x-as-of", "x-next", "content-length"})


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer hung on. `due` is when the page asks for something else, where its answer said so."""

    let_in: Pass
    standing: str
    again: Again
    until: datetime
    due: datetime | None
    headers: dict[str, str]

    def once_more(self, etag: str, at: datetime) -> HttpResponse | None:
        """The answer to a page that shows `etag`; None where the view must be asked."""
        if at >= self.until:
            return None
        standing, seen = _asked(self.let_in, self.again, at)
        if standing != self.standing:
            return None
        found = self.again.etag(at, seen)
        if found == etag:
            told: HttpResponse = HttpResponseNotModified()
        elif self.again.draw:
            told = HttpResponse(self.again.draw(found, at), headers=self.headers)
        else:
            return None
        answer = dated(told, found, at)
        answer["Content-Length"] = str(len(answer.content))
        if self.due:
            answer["X-Next"] = str(int((self.due - at).total_seconds() * 1000))
        return answer


class PollMiddleware:
    """Answers polls by what was answered before; the first of all, so that those cost nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.known: dict[Key, Answered] = {}
        self.signs = SignsOfLife()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "HTTP_X_POLL" not in request.META or request.method != "GET":
            return self.get_response(request)
        known = self.known.get(_key(request))
        if known and (answer := self._again(known, request.META.get("HTTP_IF_NONE_MATCH", ""))):
            return answer
        answer = self.get_response(request)
        if (again := getattr(request, "again", None)) and "ETag" in answer:
            with suppress(*LOST):  # the answer is there, whatever has happened since
                self._remember(request, again, answer)
        return answer

    def _again(self, known: Answered, etag: str) -> HttpResponse | None:
        at = now()
        try:
            answer = known.once_more(etag, at)
            if answer and known.let_in.digest:
                self.signs.add(known.let_in.digest, at=at)
            return answer
        except Http404:
            return None  # its station has gone, or it is about something else by now: the view knows
        except LOST:
            connection.close()  # the view begins with a new one, or says that there is none
            return None

    def _remember(self, request: HttpRequest, again: Again, answer: HttpResponse) -> None:
        viewer = getattr(request, "viewer", None)
        let_in = viewer and Pass.of(request, viewer)
        at = now()
        if let_in and (standing := _asked(let_in, again, at)[0]):
            due = at + timedelta(milliseconds=int(answer["X-Next"])) if "X-Next" in answer else None
            headers = {name: value for name, value in answer.items() if name.lower() not in OWN}
            until = min(at + again.good_for, due or at + again.good_for)
            if len(self.known) >= MOST:
                self.known.clear()
            self.known[_key(request)] = Answered(let_in, standing, again, until, due, headers)


def _asked(let_in: Pass, again: Again, at: datetime) -> tuple[str | None, Versions]:
    """Whether somebody would still be let in as the same, and what is seen of the stations of the part."""
    asked = {**let_in.parameters, **versions.parameters(again.stations(), at)}
    with connection.in_a_hurry(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(_QUESTION, asked)
        user, device, *seen = cursor.fetchone()
    return let_in.standing(user, device), versions.told(seen)


def _key(request: HttpRequest) -> Key:
    return tuple(str(request.META.get(name, "")) for name in ASKED)
