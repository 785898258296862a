"""An ERP starts, looks at and stops job runs, in MachineMetrics' words."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from auditlog.models import LogEntry
from django.db import connections
from django.test import Client
from django.utils.timezone import now

from production.models import ErpRun, Job, JobDispatch, JobRun, StationLive
from tests.erp.calls import HOUR, MINUTE, RUN, START, Erp, iso, spans
from tests.make import make_company, make_job, make_job_run, make_sku
from tests.scheduling.machinemetrics import refused

pytestmark = pytest.mark.django_db


# Start


def test_a_start_makes_the_job_and_its_run(erp):
    before = now()
    run = erp.start()
    job = run.job
    assert (job.name, job.part, job.operation, job.lot) == ("Spacely Sprockets", "Sprocket001", "", "")
    assert (job.description, job.quantity) == ("Sprockets for Spacely Space Sprockets, Inc.", 1000)
    assert (job.ideal_part_time_ms, job.expected_part_time_ms, job.expected_setup_ms) == (
        100_000,
        120_000,
        600_000,
    )
    assert run.station == erp.station
    assert before <= run.actual_start <= now()
    assert run.actual_end is None
    assert not run.starts_in_setup
    assert StationLive.objects.get(station=erp.station).dirty_from == run.actual_start


def test_the_change_is_on_record_as_the_key_s(erp):
    run = erp.start()
    entry = LogEntry.objects.get_for_object(run).get()
    assert str(erp.key) in entry.additional_data["by"]


def test_ids_and_names_may_be_numbers(erp):
    run = erp.start(4711, 7, operationName=10, jobName=99)
    assert (run.erp.erp_run_id, run.job.name, run.job.operation) == ("4711", "99", "10")
    assert erp.does("GET", f"{RUN}/4711")["endAt"] is None


def test_a_job_is_found_by_name_part_operation_and_lot(erp):
    job = make_job(company=erp.company, name="J", part="P", operation="10", lot="L")
    same = {"jobName": "J", "partName": "P", "operationName": "10", "lotName": "L"}
    assert erp.start("1", **same).job == job
    for number, other in enumerate(
        ({"jobName": "K"}, {"partName": "Q"}, {"operationName": "20"}, {"lotName": None})
    ):
        assert erp.start(f"2{number}", **same | other).job != job


def test_a_job_of_another_company_is_another(erp):
    make_job(company=make_company(), name="J", part="", operation="")
    erp.start(jobName="J", partName=None)
    assert Job.objects.filter(name="J").count() == 2


def test_a_known_job_takes_new_times_and_keeps_description_and_quantity(erp, at):
    erp.start("1", startAt=iso(at))
    run = erp.start(
        "2", jobOperationDescription="Other", quantityRequired=5, expectedPartTime=130_000, idealPartTime=None
    )
    run.job.refresh_from_db()
    assert (run.job.description, run.job.quantity) == ("Sprockets for Spacely Space Sprockets, Inc.", 1000)
    assert (run.job.expected_part_time_ms, run.job.ideal_part_time_ms) == (130_000, 100_000)
    first = ErpRun.objects.get(erp_run_id="1").run
    assert (first.effective_expected_ms, run.effective_expected_ms) == (120_000, 130_000)


def test_an_archived_job_comes_back(erp):
    job = make_job(company=erp.company, name="J", part="", operation="", archived_at=now())
    erp.start(jobName="J", partName=None)
    job.refresh_from_db()
    assert job.archived_at is None


def test_a_new_job_makes_the_sku_of_its_part(erp):
    sku = make_sku("Sprocket001", company=erp.company)
    assert erp.start().job.sku == sku


def test_what_is_known_of_the_job_on_this_machine_holds_where_the_start_says_nothing(erp):
    job = make_job(company=erp.company, name="J", part="", operation="")
    JobDispatch.objects.create(job=job, group=erp.station.group, ideal_part_time_ms=1, expected_setup_ms=2)
    JobDispatch.objects.create(job=job, station=erp.station, ideal_part_time_ms=3, units_per_count=4)
    silent = {"jobName": "J", "partName": None, "idealPartTime": None, "expectedSetupTime": None}
    run, other = erp.start("1", **silent), erp.start("2", "8", **silent)
    assert (run.cycle_time_ms, run.expected_setup_ms, run.units_per_count) == (3, None, 4)
    assert (other.cycle_time_ms, other.expected_setup_ms, other.units_per_count) == (1, 2, None)
    assert erp.start("3", jobName="J", partName=None, idealPartTime=5).cycle_time_ms == 5


def test_a_planned_run_of_the_job_on_the_station_is_the_one_that_begins(erp):
    job = make_job(company=erp.company, name="J", part="", operation="")
    later, first = (
        make_job_run(erp.station, job=job, actual_start=None, planned_start=now() + n * HOUR) for n in (2, 1)
    )
    make_job_run(erp.other, job=job, actual_start=None, planned_start=now())
    assert erp.start("1", jobName="J", partName=None) == first
    assert erp.start("2", jobName="J", partName=None) == later
    assert JobRun.objects.count() == 3


def test_a_run_may_start_in_setup_and_is_in_production_from_when_that_is_said(erp, at):
    run = erp.start(startInSetup=True, startAt=iso(at))
    assert (run.setup.start, run.production_start) == (at, None)
    for _ in range(2):  # the second changes nothing
        run = erp.start(startInSetup=False, startAt=iso(at + 20 * MINUTE))
        assert (run.actual_start, run.production_start) == (at, at + 20 * MINUTE)
    erp.start(startInSetup=True, startAt=iso(at))
    body = erp.body(startInSetup=False, startAt=iso(at + 30 * MINUTE))
    assert refused(erp.ask("POST", START, body), 400)["code"] == "no_setup"


# One run a station


def test_a_second_start_ends_the_first(erp):
    first, second = erp.start("1"), erp.start("2")
    first.refresh_from_db()
    assert first.actual_end == second.actual_start
    assert erp.does("GET", f"{RUN}/1")["endAt"]


def test_another_station_goes_on(erp):
    first = erp.start("1")
    erp.start("2", "8")
    first.refresh_from_db()
    assert first.actual_end is None


def test_whoever_is_told_first_the_same_is_found(erp, at):
    ends = [("1", at, at + HOUR), ("2", at + HOUR, at + 2 * HOUR), ("3", at + 2 * HOUR, None)]
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1]):
        JobRun.objects.all().delete()
        for id_, begun, _ in (ends[n] for n in order):
            erp.start(id_, startAt=iso(begun))
        assert spans(erp.station) == ends


def test_a_late_start_does_not_bring_back_what_was_stopped(erp, at):
    erp.start("1", startAt=iso(at))
    erp.stop("1", endAt=iso(at + HOUR))
    erp.start("2", startAt=iso(at + 3 * HOUR))
    erp.start("late", startAt=iso(at + 2 * HOUR))
    assert spans(erp.station) == [
        ("1", at, at + HOUR), ("late", at + 2 * HOUR, at + 3 * HOUR), ("2", at + 3 * HOUR, None),
    ]  # fmt: skip


def test_two_runs_cannot_begin_at_the_same_instant(erp, at):
    erp.start("1", startAt=iso(at))
    answer = erp.ask("POST", START, erp.body("2", startAt=iso(at)))
    assert refused(answer, 400)["code"] == "same_start"
    assert not Job.objects.exclude(runs__isnull=False).exists()


# Again


def test_the_same_start_again_changes_nothing(erp, at):
    run = erp.start(startAt=iso(at))
    StationLive.objects.update(dirty_from=None, sums_from=None)
    log = LogEntry.objects.count()
    for id_, machine in (("01", "7"), ("01", 7), (" 01 ", "7")):
        assert erp.start("01", machine, startAt=iso(at), erpJobOperationRunId=id_) == run
    erp.stop()
    assert erp.start(startAt=iso(at)).actual_end is not None
    assert JobRun.objects.count() == 1
    assert LogEntry.objects.count() == log + 1  # the stop


@pytest.mark.parametrize(
    "other", [{"jobName": "Other"}, {"erpMachineId": "8"}, {"startAt": None}, {"idealPartTime": 1},
              {"startInSetup": True}, {"quantityRequired": 1}],
)  # fmt: skip
def test_an_id_with_other_content_is_a_conflict(erp, at, other):
    erp.start(startAt=iso(at))
    answer = erp.ask("POST", START, erp.body(startAt=iso(at)) | other)
    assert refused(answer, 409)["code"] == "Conflict"
    assert JobRun.objects.count() == 1


def test_the_same_id_of_another_company_is_another_run(erp):
    other = Erp().settle()
    assert erp.start() != other.start()


# Stop


def test_a_stop_ends_the_run_once(erp, at):
    erp.start(startAt=iso(at))
    for _ in range(2):
        assert erp.stop(endAt=iso(at + HOUR)).actual_end == at + HOUR
    assert erp.stop().actual_end == at + HOUR  # without a time it has no news
    assert erp.stop(endAt=iso(at + 2 * HOUR)).actual_end == at + 2 * HOUR  # with one it has


def test_a_stop_ends_no_other_run_and_does_not_reach_into_it(erp, at):
    erp.start("1", startAt=iso(at))
    erp.start("2", startAt=iso(at + HOUR))
    erp.stop("1", endAt=iso(at + 2 * HOUR))
    assert spans(erp.station) == [("1", at, at + HOUR), ("2", at + HOUR, None)]


def test_a_stop_without_a_time_is_now(erp):
    erp.start()
    before = now()
    assert before <= erp.stop().actual_end <= now()


# At once


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_after_the_other_and_none_twice(erp):
    def told(number):
        try:
            fields = {"jobName": f"J{number % 3}"}
            body = json.dumps(erp.body(str(number % 6), "7" if number % 2 else "8", **fields))
            return Client().generic("POST", START, body, content_type="application/json", headers=erp.headers)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = [answer.status_code for answer in pool.map(told, range(24))]
    assert answers == [200] * 24
    assert Job.objects.count() == 3
    assert ErpRun.objects.count() == JobRun.objects.count() == 6
    for station in (erp.station, erp.other):
        runs = spans(station)
        assert [end for _, _, end in runs] == [*(start for _, start, _ in runs[1:]), None]
