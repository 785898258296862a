"""Issues over HTTP, as Busroot's clients know them: /api/issue and below. What its manual leaves open is decided in
docs/busroot.md.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from django.db.models import Exists, OuterRef
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.timezone import now
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from downtime.api import busroot_read as read
from downtime.api import busroot_shapes as shapes
from downtime.api.busroot_asked import (
    check_known,
    instant,
    place_in,
    place_out,
    station_of,
    stations_of,
    who_of,
    window_of,
)
from downtime.calls import call
from downtime.forms import DECISIONS, NOT_YOURS_TO_DECIDE
from downtime.models import Cause, Issue, Photo
from downtime.models.events import Who
from downtime.splitting import merge, split
from mesproject import csv_text
from mesproject.accounts.callers import Caller
from mesproject.busroot import LONGEST, MOST_CODES, BadValue, BusrootView, codes_of, decoded, iso, parsed

MODEL = "downtime.issue"
MOST_LINES = 50_000
LINES_AT_ONCE = 500
_issue_in = msgspec.json.Decoder(shapes.IssueIn)
_event_in = msgspec.json.Decoder(shapes.EventIn)


def answer(body: msgspec.Struct) -> HttpResponse:
    """A whole answer."""
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")


_Query = TypeVar("_Query", bound=msgspec.Struct)


class IssueView(BusrootView):
    """What all views of issues share."""

    def asked(self, type_: type[_Query]) -> _Query:
        """The query, where it is not too long."""
        if len(self.request.META.get("QUERY_STRING", "")) > LONGEST:
            raise BadValue("stationcodes", f"This is too long: at most {MOST_CODES:,} codes are taken.")
        return parsed(self.request.GET, type_)

    def issue(self, caller: Caller, number: int, name: str = "") -> Issue:
        """An issue that the caller may know of; another company's is not there."""
        rows = Issue.objects.of(caller.company).select_related("station__group__plant")
        found = rows.filter(pk=number).first() if number < 2**63 else None
        if found is None or not caller.may_name(found.station.code):
            if name:
                raise BadValue(name, f"There is no issue {number}.")
            raise NotFound(f"There is no issue {number}.")
        return found


class IssuesView(IssueView):
    """GET /issue: issues, newest first, page by page. POST /issue: raise one by hand."""

    def get(self, request: Request) -> HttpResponse:
        """A page of those that share time with the range, or all."""
        caller, asked, at = self.allowed("view", MODEL), self.asked(shapes.IssuesQuery), now()
        stations = stations_of(caller, asked.stationcodes, asked.plantcode)
        if asked.id is not None:
            valid = Issue.objects.of(caller.company).valid().filter(station__in=stations)
            found = valid.filter(pk=asked.id).exists() if 0 < asked.id < 2**63 else False
            return answer(shapes.IssuesAnswer(results=read.some([asked.id] if found else [], now=at)))
        window = window_of(asked.rangecode, stations, at=at)
        places = read.page(
            [station.pk for station in stations], window, after=place_in(asked.after), most=asked.limit + 1
        )
        here, more = places[: asked.limit], len(places) > asked.limit
        body = shapes.IssuesAnswer(results=read.some([number for _, number in here], now=at))
        if more:
            body.paging = shapes.Next(place_out(here[-1]))
        return answer(body)

    def post(self, request: Request) -> HttpResponse:
        """An issue that is no downtime: what people see."""
        caller, at = self.allowed("change", MODEL), now()
        asked = decoded(request, _issue_in)
        station = station_of(caller, asked.station_code)
        start = instant("startAt", asked.start_at, now=at)
        end = instant("endAt", asked.end_at, now=at) if asked.end_at is not None else None
        if end is not None and end <= start:
            raise BadValue("endAt", "endAt lies after startAt.")
        issue = call(station, asked.type, started_at=start, ended_at=end, by=who_of(caller, None), at=at)
        return answer(shapes.RaisedAnswer(results=[raised(issue, caller)]))


def raised(issue: Issue, caller: Caller) -> shapes.Raised:
    """An issue that was just raised."""
    return shapes.Raised(
        id=issue.pk, type=issue.kind, station_code=issue.station.code, start_at=iso(issue.started_at),
        end_at=iso(issue.ended_at) if issue.ended_at else None, created_at=iso(issue.raised_at),
        updated_at=iso(issue.updated_at), start_notified_at=None, end_notified_at=None,
        account_id=caller.company.code, excluded_at=None,
    )  # fmt: skip


class OneIssueView(IssueView):
    """GET /issue/{id}."""

    def get(self, request: Request, number: int) -> HttpResponse:
        """The issue, those that were taken back as well."""
        found = self.issue(self.allowed("view", MODEL), number)
        return answer(shapes.IssueAnswer(result=read.some([found.pk], now=now())[0]))


class OngoingView(IssueView):
    """GET /issue/ongoing."""

    def get(self, request: Request) -> HttpResponse:
        """What goes on at these stations, of every type."""
        caller, asked = self.allowed("view", MODEL), self.asked(shapes.OngoingQuery)
        codes = codes_of("stationcodes", asked.stationcodes)
        known, found = read.ongoing(
            caller.company.pk, [code for code in codes if "\x00" not in code], now=now()
        )
        check_known(codes, {code for code in known if caller.may_name(code)})
        return answer(shapes.IssuesAnswer(results=found))


class UnreportedView(IssueView):
    """GET /issue/unreported-downtime/count."""

    def get(self, request: Request) -> HttpResponse:
        """How many stops in the range nobody has explained, for each station."""
        caller, asked = self.allowed("view", MODEL), self.asked(shapes.CountQuery)
        stations = stations_of(caller, asked.stationcodes)
        window = window_of(asked.rangecode, stations, at=now())
        assert window is not None  # both are required
        unexplained = Issue.objects.filter(station__in=stations).overlapping(window).unexplained()
        counts = Counter(unexplained.order_by().values_list("station", flat=True))
        rows = [shapes.Unreported(station.code, counts[station.pk]) for station in stations]
        return answer(shapes.CountAnswer(results=rows))


COLUMNS = [
    field.encode_name
    for field in msgspec.structs.fields(shapes.IssueOut)
    if field.encode_name not in ("events", "causeBreadcrumb")
]


class IssuesCsvView(IssueView):
    """GET /issue/csv."""

    def get(self, request: Request) -> StreamingHttpResponse:
        """The issues of a range, a line each; the way to the cause is one text."""
        caller, asked, at = self.allowed("view", MODEL), self.asked(shapes.FileQuery), now()
        stations = stations_of(caller, asked.stationcodes, asked.plantcode)
        window = window_of(asked.rangecode, stations, at=at)
        places = read.page([station.pk for station in stations], window, after=None, most=MOST_LINES + 1)
        if len(places) > MOST_LINES:
            raise BadValue(
                "rangecode", f"A file has at most {MOST_LINES:,} issues. Ask for less time or fewer stations."
            )
        numbers = [number for _, number in places]
        portions = (numbers[n : n + LINES_AT_ONCE] for n in range(0, len(numbers), LINES_AT_ONCE))
        lines = (line(issue) for portion in portions for issue in read.some(portion, now=at))
        response = StreamingHttpResponse(
            csv_text.streamed([*COLUMNS, "causeBreadcrumb"], lines), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = 'attachment; filename="issues.csv"'
        return response


def line(issue: shapes.IssueOut) -> dict[str, object]:
    """An issue as a line of a file."""
    way = " > ".join(cause.description for cause in issue.cause_breadcrumb)
    without = msgspec.structs.replace(issue, events=[])  # no column of theirs
    return msgspec.to_builtins(without) | {"causeBreadcrumb": way or None}


def event_out(event: Any, account: str) -> shapes.EventTold:
    """A step with all that is known of it."""
    at = iso(event.at)
    return shapes.EventTold(
        id=event.pk, downtime_id=event.issue_id, type=event.kind, user_id=event.user_id, notified_at=None,
        estimate_end_at=iso(event.estimated_end_at) if event.estimated_end_at else None,
        cause_code=event.cause.code if event.cause else None, account_id=account, created_at=at, updated_at=at,
        operator_initials=event.operator.initials if event.operator else None,
        user_email=event.user.email if event.user else None, text=event.text or None,
        device=event.device.name if event.device else None, api_key=event.program.name if event.program else None,
        split_at=iso(event.cut_at) if event.cut_at else None, has_photo=event.has_photo,
    )  # fmt: skip


class EventView(IssueView):
    """GET /issue/{id}/event: the steps in an issue's life. POST /issue/{id}/event: take one."""

    def get(self, request: Request, number: int) -> HttpResponse:
        """All of them, in their order; in an issue they are told without what was written down."""
        caller = self.allowed("view", MODEL)
        events = self.issue(caller, number).events.order_by("pk")
        pictured = Exists(Photo.objects.filter(event=OuterRef("pk")))  # not the picture itself
        found = events.select_related("user", "operator", "device", "program", "cause").annotate(
            has_photo=pictured
        )
        return answer(
            shapes.IssueStepsAnswer(results=[event_out(event, caller.company.code) for event in found])
        )

    def post(self, request: Request, number: int) -> HttpResponse:
        """The same verbs as on the tablet; a refusal changes nothing."""
        caller, at = self.allowed("change", MODEL), now()
        found, asked = self.issue(caller, number), decoded(request, _event_in)
        if asked.type in DECISIONS and caller.user and not caller.user.has_perm("downtime.change_issue"):
            raise PermissionDenied(NOT_YOURS_TO_DECIDE)
        self._take(caller, found, asked, by=who_of(caller, asked.operator), at=at)
        return answer(shapes.Answer())

    def _take(self, caller: Caller, issue: Issue, asked: shapes.EventIn, *, by: Who, at: datetime) -> None:
        match asked.type:
            case "estimate":
                issue.estimate(at + _length(asked), by=by, at=at)
            case "cause":
                issue.explain(_cause(caller, "causeCode", asked.cause_code), seen=issue.cause, by=by, at=at)
            case "note":
                if not (asked.text or "").strip():
                    raise BadValue("text", "A note needs a text.")
                issue.note(asked.text or "", by=by, at=at)
            case "exclude":
                issue.exclude(by=by, at=at, text=asked.text or "")
            case "split":
                before, after = _cause(caller, "causeCode", asked.cause_code), asked.next_cause_code
                split(
                    issue, instant("splitAt", asked.split_at or "", now=at), before=before,
                    after=_cause(caller, "nextCauseCode", after), by=by, at=at,
                )  # fmt: skip
            case "merge":
                following = self.issue(caller, asked.next_issue_id or 0, "nextIssueId")
                cause = _cause(caller, "causeCode", asked.cause_code) if asked.cause_code else None
                merge(issue, following, by=by, at=at, cause=cause)
            case step:
                getattr(issue, step)(by=by, at=at)


def _length(asked: shapes.EventIn) -> timedelta:
    minutes = asked.estimated_time
    if minutes is None or not math.isfinite(minutes) or not 0 < minutes <= shapes.MOST_MINUTES:
        raise BadValue(
            "estimatedTime", f"estimatedTime is in minutes, above 0 up to {shapes.MOST_MINUTES:,} (7 days)."
        )
    return timedelta(minutes=minutes)


def _cause(caller: Caller, name: str, code: str | None) -> Cause:
    if code is None:
        raise BadValue(name, f"{name} is needed for this type of event.")
    found: Cause | None = Cause.objects.of(caller.company).filter(code=code).first()
    if found is None:
        raise BadValue(name, f"There is no cause {code}.")
    return found
