"""Where Busroot's clients ask for reports: what they asked, as types, for which stations, and when."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.timezone import now
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request

from mesproject.accounts.callers import Caller
from mesproject.accounts.models import ApiKey, Company
from mesproject.busroot import (
    EPOCH,
    LONGEST,
    MOST_CODES,
    MS,
    OFFSET,
    BadValue,
    BusrootView,
    codes_of,
    iso,
    parsed,
    spoken,
)  # fmt: skip
from mesproject.reports import budget, busroot_file
from mesproject.reports import busroot_queries as queries
from mesproject.reports import busroot_shapes as shapes
from mesproject.reports.asking import Days, Question
from mesproject.reports.busroot_queries import MOST_ROWS
from mesproject.reports.definition import Definition
from mesproject.reports.definitions import definition_of
from mesproject.reports.explain import block
from production.models import Job, Plant, Sku, Station
from production.windows import Window
from scheduling.calendar import Shift
from scheduling.rangecode import BadRange, Clock, Range, resolve
from scheduling.shifts_around import shifts_around

UNKNOWN = "UNKNOWN"  # Busroot's name for the SKU of what was made without a schedule
# Other parameters of Busroot's reports and lists, which change no number here; clients add `_` against caches.
WITHOUT_MEANING = frozenset({
    "_", "codes", "id", "modulevisibilityfilter", "scheduleids", "searchtext", "skipcache", "sortby",
})  # fmt: skip


class TooHeavy(APIException):
    """The database has worked on it long enough."""

    status_code = 400
    default_code = "too_heavy"
    default_detail = "This takes too long. Ask for less time, fewer stations or longer windows."


class TooMany(APIException):
    """All places for large reports are taken."""

    status_code = 429
    default_code = "too_many"
    default_detail = "Several large reports are being made already. Try again in a few seconds."


@dataclass(slots=True)
class Asked:
    """What a report is asked: stations (in place) of one plant, a range, and the filters and switches."""

    company: Company
    plant: Plant
    stations: list[Station]
    range: Range
    now: datetime
    query: queries.RangeQuery
    skus: list[str] = field(default_factory=list)

    @property
    def window(self) -> Window:
        """The time of it that has been, which is none where all is still to come."""
        window = self.range.window
        return Window(window.start, max(window.start, min(window.end, self.now)))

    @property
    def told(self) -> Range:
        """What the answer says of it."""
        return self.range if self.query.includefuture else self.range.until(self.now)

    def question(self, *groups: str, in_shifts: bool = False) -> Question:
        """The same question to facts."""
        only = {"part": ["" if code == UNKNOWN else code for code in self.skus]} if self.skus else {}
        without = {"shift": [""]} if in_shifts else {}
        when = Days(*self.range.days) if self.range.days else self.window
        return Question(self.stations, when, groups, only=only, without=without, now=self.now)


class ReportView(BusrootView):
    """What all reports share: the key's stations, a budget, the envelope, and the same rows as CSV."""

    query: type[queries.RangeQuery] = queries.ReportQuery
    row: type[msgspec.Struct]
    tells_definition = False  # even where nobody asks for it
    as_csv = False
    export: Mapping[str, str] = {}  # what columns of the file are called otherwise
    unfolded = ""  # the list of which the file has a line for each

    def get(self, request: Request, **_: Any) -> HttpResponseBase:
        """Say what is asked, see that it is bearable, answer."""
        caller = self.key(ApiKey.Scope.READ)
        if len(request.META.get("QUERY_STRING", "")) > LONGEST:
            raise BadValue("stationcodes", f"This is too long: at most {MOST_CODES:,} codes are taken.")
        query = parsed(request.GET, self.query, without_meaning=WITHOUT_MEANING)
        asked = asked_by(caller, query, at=now())
        try:
            with budget.within(self.cost(asked)):
                answer = self.answer(asked, definition := definition_of(asked.company))
        except budget.TooMany:
            raise TooMany from None
        except budget.TooSlow:
            raise TooHeavy from None
        if query.definition or self.tells_definition:
            answer.definition = block(definition)
        if self.as_csv:
            return busroot_file.answer(
                type(self).__name__, self.row, answer.results, self.export, self.unfolded
            )
        return HttpResponse(msgspec.json.encode(answer), content_type="application/json")

    def cost(self, asked: Asked) -> int:
        """About how many facts are read."""
        grain = getattr(asked.query, "aggregatewindow", None)
        days = math.ceil(asked.window.duration / timedelta(days=1))
        return budget.rows(["run"], stations=len(asked.stations), days=days, by_hour=grain == "hour")

    def answer(self, asked: Asked, d: Definition) -> shapes.Answer:
        """The whole answer."""
        raise NotImplementedError


# What was asked


def asked_by(key: Caller, query: queries.RangeQuery, *, at: datetime) -> Asked:
    """What a key asks at an instant, or a refusal that says what is wrong."""
    plant = _plant(key, query.plantcode)
    groups = codes_of("stationgroupcodes", query.stationgroupcodes)
    stations = _stations(key, plant, codes_of("stationcodes", query.stationcodes), groups)
    skus = _skus(key.company, codes_of("skucodes", getattr(query, "skucodes", None)))
    found = _range(query, plant, stations, at)
    stations = [s for s in stations if s.archived_at is None or s.archived_at > found.window.start]
    return Asked(key.company, plant, stations, found, at, query, skus)


def _plant(key: Caller, code: str) -> Plant:
    plant = None if "\x00" in code else Plant.objects.of(key.company).filter(code=code).first()
    if plant is None:
        raise NotFound(f"There is no plant {code}.")
    return plant


def _stations(key: Caller, plant: Plant, codes: Sequence[str], groups: Sequence[str]) -> list[Station]:
    """Those that the key may name, of all that is asked; a code that is not among them is refused, whosever it is."""
    rows = Station.objects.of(key.company).in_place().filter(group__plant=plant)
    if key.station_codes:
        rows = rows.filter(code__in=key.station_codes)
    found = list(rows)
    for what, given, known in (
        ("station", codes, {station.code for station in found}),
        ("station group", groups, {station.group.code for station in found}),
    ):
        if missing := next((code for code in given if code not in known), None):
            raise NotFound(f"There is no {what} {missing[:64]} in plant {plant.code}.")
    named = [station for station in found if not codes or station.code in codes]
    return [station for station in named if not groups or station.group.code in groups]


def _skus(company: Company, codes: Sequence[str]) -> list[str]:
    asked = [code for code in codes if code != UNKNOWN]
    if any("\x00" in code for code in asked):
        raise NotFound("No SKU has such a code.")
    if asked:
        known = set(Sku.objects.of(company).filter(code__in=asked).values_list("code", flat=True))
        known |= set(
            Job.objects.of(company).filter(part__in=set(asked) - known).values_list("part", flat=True)
        )
        known.add(UNKNOWN)
        if missing := next((code for code in codes if code not in known), None):
            raise NotFound(f"There is no SKU {missing[:64]}.")
    return list(codes)


def _range(query: queries.RangeQuery, plant: Plant, stations: Sequence[Station], at: datetime) -> Range:
    def shifts() -> list[Shift]:
        return shifts_around(stations, at)

    try:
        code = OFFSET.sub("+", query.rangecode)
        found = resolve(code, now=at, clock=Clock(plant.tz, plant.day_start), shifts=shifts)
    except BadRange as error:
        raise BadValue("rangecode", str(error)) from None
    if found.window.start >= at and not query.includefuture:
        raise BadValue(
            "rangecode", "This lies in the future; ask with includefuture=true for what is planned."
        )
    return found


def check_rows(rows: float, *, most: int = MOST_ROWS) -> None:
    """Refuse what would be too long an answer, before it is asked."""
    if rows > most:
        raise BadValue(
            "rangecode",
            f"This would be about {rows:,.0f} rows; an answer has at most {most:,}. Ask for less time, fewer "
            "stations or longer windows.",
        )


# What is answered


def range_out(window: Window) -> shapes.TimeRange:
    """A stretch of time in Busroot's form."""
    start, end = (window.start - EPOCH) // MS, (window.end - EPOCH) // MS
    return shapes.TimeRange(start, end, end - start, iso(window.start), iso(window.end), spoken(end - start))


def place(station: Station) -> dict[str, Any]:
    """Where a row belongs."""
    return {
        "station_code": station.code, "station_name": station.name,
        "station_group_code": station.group.code, "station_group_name": station.group.name,
    }  # fmt: skip
