"""The schedule over HTTP, as Busroot's clients know it: /api/schedule and below (docs/busroot.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.http import HttpResponse
from django.utils.timezone import now
from rest_framework.request import Request

from mesproject.accounts.callers import Caller
from mesproject.accounts.models import Role
from mesproject.busroot import LONGEST, BadValue, BusrootView, Clash, Paging, decoded, parsed
from mesproject.schedule import extending, non_production
from mesproject.schedule.asked import CALLED, listed, other_of, plan, run_of, runs_of, station_of
from mesproject.schedule.non_production import FIRST_ID
from mesproject.schedule.reading import shown
from mesproject.schedule.shapes import (
    At,
    ScheduleAnswer,
    ScheduleChange,
    ScheduleIn,
    ScheduleQuery,
    SchedulesAnswer,
)
from production import planning, runs
from production.models import JobRun
from production.planning import BadPlan
from scheduling.models import EventInstance

MODEL = "production.jobrun"
_in, _change, _at = (
    msgspec.json.Decoder(ScheduleIn),
    msgspec.json.Decoder(ScheduleChange),
    msgspec.json.Decoder(At),
)


class ScheduleView(BusrootView):
    """What all views of the schedule share."""

    def changing(self, action: str = "change") -> Caller:
        """The caller, where it may plan."""
        return self.allowed(action, MODEL)

    def working(self) -> Caller:
        """The caller, where it may start and end: operators do that at their tablets, too."""
        caller = self.caller
        if caller.user and caller.user.role == Role.OPERATOR:
            return caller
        return self.changing()


@contextmanager
def stored() -> Iterator[None]:
    """All of it or nothing; of a value that no plan can have, its name."""
    try:
        with transaction.atomic():
            yield
    except BadPlan as error:
        raise BadValue(CALLED.get(error.field, error.field), error.detail) from None


def answered(run: JobRun, caller: Caller, *, at: datetime, others: set[int] | None = None) -> HttpResponse:
    """The run as it is now, with new ends for all that is to run on its station."""
    extending.refresh({run.station_id, *(others or ())}, now=at)
    return _answer(ScheduleAnswer(result=shown([runs_of(caller).get(pk=run.pk)], now=at)[0]))


def other(one: EventInstance, *, at: datetime) -> HttpResponse:
    """Time for something else, as it is now."""
    return _answer(ScheduleAnswer(result=non_production.shown(one, at=at)))


def _answer(body: Any) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")


class SchedulesView(ScheduleView):
    """GET /schedule: runs of a time, or what runs and is to come. POST /schedule: plan one."""

    def get(self, request: Request) -> HttpResponse:
        """A page of them."""
        caller, at = self.allowed("view", MODEL), now()
        if len(request.META.get("QUERY_STRING", "")) > LONGEST:
            raise BadValue("stationcodes", "This is too long.")
        query = parsed(request.GET, ScheduleQuery)
        rows, others = listed(caller, query, at=at)
        found = shown(list(rows[query.skip : query.skip + query.limit]), now=at)
        total = rows.count()
        rest, first = query.limit - len(found), max(0, query.skip - total)
        found += [non_production.shown(one, at=at) for one in others[first : first + rest]]
        return _answer(SchedulesAnswer(results=found, paging=Paging(total + others.count())))

    def post(self, request: Request) -> HttpResponse:
        """Plan one; or enter one that has begun, or is over, and that nobody had entered."""
        caller, at = self.changing("add"), now()
        asked = decoded(request, _in)
        if asked.actual_end_at and not asked.actual_start_at:
            raise BadValue("actualStartAt", "An end needs a start.")
        by_default = caller.company.ends_on_quantity and bool(asked.planned_quantity)
        run = JobRun(station=station_of(caller, asked.station_code), ends_on_quantity=by_default)
        if asked.non_production_reason_code is not msgspec.UNSET:
            return other(non_production.plan(caller, asked, run.station, at=at), at=at)
        with stored():
            plan(caller, run, asked, at=at)
            if run.sku is None and run.job is None:
                raise BadValue("skuCode", "Give skuCode or skuGroupCode.")
            if asked.actual_start_at and asked.actual_end_at:
                planning.record(run, start=asked.actual_start_at, end=asked.actual_end_at, at=at)
            else:
                planning.put(run, at=at)
                if asked.actual_start_at:
                    runs.start(run, at=asked.actual_start_at, now=at)
        return answered(run, caller, at=at)


class OneScheduleView(ScheduleView):
    """GET, PATCH, DELETE /schedule/{id}."""

    def get(self, request: Request, schedule: int) -> HttpResponse:
        """The one of this id."""
        caller = self.allowed("view", MODEL)
        if schedule > FIRST_ID:
            return other(other_of(caller, schedule), at=now())
        run = run_of(caller, schedule)
        return _answer(ScheduleAnswer(result=shown([run], now=now())[0]))

    def patch(self, request: Request, schedule: int) -> HttpResponse:
        """Plan it otherwise; what is left out stays."""
        caller, at = self.changing(), now()
        if schedule > FIRST_ID:
            one = other_of(caller, schedule)
            non_production.change(caller, one, decoded(request, _change), at=at)
            return other(one, at=at)
        run, asked = run_of(caller, schedule), decoded(request, _change)
        before = run.station_id
        with stored():
            if asked.station_code is not msgspec.UNSET:
                run.station = station_of(caller, asked.station_code)
            plan(caller, run, asked, at=at)
            planning.put(run, at=at)
        return answered(run, caller, at=at, others={before})

    def delete(self, request: Request, schedule: int) -> HttpResponse:
        """Withdraw it, where it has not begun."""
        caller, at = self.changing("delete"), now()
        if schedule > FIRST_ID:
            non_production.withdraw(caller, other_of(caller, schedule), at=at)
            return HttpResponse(status=204)
        run = run_of(caller, schedule)
        planning.withdraw(run)
        extending.refresh([run.station_id], now=at)
        return HttpResponse(status=204)


class TurnView(ScheduleView):
    """What both verbs share."""

    def turn(self, verb: Callable[..., bool], run: JobRun, caller: Caller) -> HttpResponse:
        """Let it happen, now or when it did."""
        at = now()
        asked = decoded(self.request, _at) if self.request.body else At()
        verb(run, at=asked.at or at, now=at)
        return answered(run, caller, at=at)


class StartView(TurnView):
    """POST /schedule/{id}/start."""

    def post(self, request: Request, schedule: int) -> HttpResponse:
        """What ran before ends then."""
        caller = self.working()
        run = run_of(caller, schedule)
        if run.station.archived_at:
            raise Clash("stationCode", "This station is out of use.")
        return self.turn(runs.start, run, caller)


class ProductionView(TurnView):
    """POST /schedule/{id}/production."""

    def post(self, request: Request, schedule: int) -> HttpResponse:
        """The station is set up for it: what is made from then on is production."""
        caller = self.working()
        return self.turn(runs.end_setup, run_of(caller, schedule), caller)


class EndView(TurnView):
    """POST /schedule/{id}/end."""

    def post(self, request: Request, schedule: int) -> HttpResponse:
        """The station makes nothing for it any more."""
        caller, at = self.working(), now()
        if schedule > FIRST_ID:
            one, asked = other_of(caller, schedule), decoded(request, _at) if request.body else At()
            non_production.end(caller, one, at=min(asked.at or at, at))
            return other(one, at=at)
        return self.turn(runs.end, run_of(caller, schedule), caller)
