"""Job runs over HTTP: start, look, stop. What the reference leaves open is decided in docs/machinemetrics.md."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.timezone import now
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request

from mesproject.accounts.acting import act_for, acting
from mesproject.erp.described import run_described
from mesproject.erp.shapes import (
    LONGEST_ID,
    LONGEST_NAME,
    RunAnswer,
    RunMetrics,
    RunQuery,
    StartRun,
    StopRun,
)
from mesproject.reports.machinemetrics_entities import iso
from mesproject.reports.measures import Measures
from mesproject.reports.runs import made_by
from production import dispatch
from production.models import ErpRun, Station
from scheduling.api.machinemetrics_edge import Invalid, MachineMetricsView, answer
from scheduling.api.machinemetrics_rules import instant
from scheduling.following import company_clock

# What lies further back is not decided anew because of a late message.
LATEST_NEWS = timedelta(days=400)
NULL = b"null"


class Conflict(APIException):
    """What is sent cannot be with what was sent before."""

    status_code = 409


class ErpView(MachineMetricsView):
    """What concerns single stations, by a key that may name them."""

    for_all_machines = False

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Whatever is changed meanwhile is on record as the key's."""
        with acting():
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who calls is known now."""
        super().initial(request, *args, **kwargs)
        act_for(None, f"API key {self.key}")

    def run(self, erp_run_id: str) -> ErpRun:
        """The run of this id on a station that the key may see, or a 404."""
        own = ErpRun.objects.of(self.company).filter(run__station__in=self.machines()).select_related("run")
        found: ErpRun | None = None
        if "\0" not in erp_run_id:
            found = own.filter(erp_run_id=erp_run_id.strip()).first()
        if found is None:
            raise NotFound(f"There is no job run {erp_run_id[:LONGEST_ID]}.")
        return found


class StartRunView(ErpView):
    """Starting."""

    @run_described("Start job run", "startJobRun", body=StartRun)
    def post(self, request: Request) -> HttpResponse:
        """Finds the job by name, part, operation and lot, updates or creates it, and starts a run of it.

        It ends the run that is on the machine at that time. The same again changes nothing; the same with
        `startInSetup` false ends the setup of a run that was started in it.
        """
        asked, at = self.body(StartRun), now()
        told = dispatch.Start(
            run_id=text("erpJobOperationRunId", asked.erp_job_operation_run_id, LONGEST_ID, least=1),
            station=self._station(asked),
            job=self._job(asked),
            in_setup=bool(asked.start_in_setup),
            at=told_at("startAt", asked.start_at, at),
        )
        try:
            dispatch.start(told, now=at)
        except dispatch.OtherContent as error:
            raise Conflict(error.detail) from None
        return HttpResponse(NULL, content_type="application/json")

    def _station(self, asked: StartRun) -> Station:
        erp_id = text("erpMachineId", asked.erp_machine_id, LONGEST_ID, least=1)
        found: Station | None = self.machines().active().filter(erp_id=erp_id).first()
        if found is None:
            said = f"There is no machine with the ERP id {erp_id}. Give a station this ERP id in the admin."
            raise Invalid("erpMachineId", "NotFound", said)
        return found

    def _job(self, asked: StartRun) -> dispatch.JobTold:
        described = asked.job_operation_description
        return dispatch.JobTold(
            name=text("jobName", asked.job_name, LONGEST_NAME, least=1),
            part=text("partName", asked.part_name, LONGEST_NAME),
            operation=text("operationName", asked.operation_name, LONGEST_NAME),
            lot=text("lotName", asked.lot_name, LONGEST_NAME),
            description=None if described is None else text("jobOperationDescription", described, 255),
            quantity=asked.quantity_required,
            ideal_part_time_ms=asked.ideal_part_time or None,
            expected_part_time_ms=asked.expected_part_time or None,
            expected_setup_ms=1000 * asked.expected_setup_time if asked.expected_setup_time else None,
            part_value=None if asked.part_value is None else money("partValue", asked.part_value),
            due_on=self._due(asked.due_at),
        )

    def _due(self, at: datetime | None) -> date | None:
        return instant("dueAt", at).astimezone(company_clock(self.company)).date() if at else None


class StopRunView(ErpView):
    """Stopping."""

    @run_described("Stop job run", "stopJobRun", body=StopRun)
    def post(self, request: Request) -> HttpResponse:
        """Ends a run, where another has not ended it before. The same again changes nothing."""
        asked, at = self.body(StopRun), now()
        found = self.run(text("erpJobOperationRunId", asked.erp_job_operation_run_id, LONGEST_ID, least=1))
        dispatch.stop(found, at=told_at("endAt", asked.end_at, at), now=at)
        return HttpResponse(NULL, content_type="application/json")


class RunView(ErpView):
    """One run, by its id in the address."""

    @run_described("Get job run", "getJobRun", answer=RunAnswer, path="erpJobOperationRunId")
    def get(self, request: Request, erpJobOperationRunId: str) -> HttpResponse:  # noqa: N803  as the address has it
        """When it began and ended, and what was made since, as reports count it."""
        return answer(told(self.run(erpJobOperationRunId), at=now()))


class RunByQueryView(ErpView):
    """The same by its id in the query."""

    @run_described("Get job run by query", "getJobRunByQuery", answer=RunAnswer, query=RunQuery)
    def get(self, request: Request) -> HttpResponse:
        """When it began and ended, and what was made since, as reports count it."""
        # Ids of digits are texts here, too.
        asked = self.query(RunQuery)
        return answer(told(self.run(asked.erp_run_id), at=now()))


def told(found: ErpRun, *, at: datetime) -> RunAnswer:
    """A run with the sums that every report tells of its hours."""
    run = found.run
    assert run.actual_start is not None
    run.station = Station.objects.in_place().get(pk=run.station_id)
    made = made_by([run], now=at)[run.pk]
    ended = iso(run.actual_end) if run.actual_end else None
    return RunAnswer(iso(run.actual_start), ended, _metrics(made) if made else None)


def _metrics(made: Measures) -> RunMetrics:
    told = (made.good + made.bad, made.good, made.scrap, made.nonconform)
    return RunMetrics(*(_whole(value) for value in told))


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def text(field: str, value: str | int | None, longest: int, *, least: int = 0) -> str:
    """A name or an id as the database takes it."""
    found = "" if value is None else str(value).strip()
    if not least <= len(found) <= longest or "\0" in found:
        raise Invalid(field, "InvalidValue", f"{field} has {least} to {longest} characters, and no NUL.")
    return found


def money(field: str, value: Decimal) -> Decimal:
    """An amount of at most ten digits before the point and two behind it."""
    if not value.is_finite() or not 0 <= value < 10**10 or value != round(value, 2):
        raise Invalid(field, "InvalidValue", f"{field} is a number of at most two decimals, 0 or more.")
    return round(value, 2)


def told_at(field: str, told: datetime | None, at: datetime) -> datetime | None:
    """An instant that is not so long ago that years of reports would be decided anew."""
    if told is None:
        return None
    if at - (found := instant(field, told)) > LATEST_NEWS:
        raise Invalid(field, "InvalidRange", f"{field} is at most {LATEST_NEWS.days} days ago.")
    return found.astimezone(UTC)
