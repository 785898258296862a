"""What an ERP cannot say of job runs is refused by its field, and nothing is stored."""

import json

import pytest
from django.utils.timezone import now

from production.models import Job, JobRun
from tests.erp.calls import HOUR, MINUTE, RUN, START, STOP, Erp, iso
from tests.scheduling.machinemetrics import refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"erpMachineId": "9"}, "erpMachineId"),
        ({"erpMachineId": ""}, "erpMachineId"),
        ({"erpMachineId": None}, "erpMachineId"),
        ({"erpMachineId": True}, "erpMachineId"),
        ({"erpMachineId": 7.5}, "erpMachineId"),
        ({"erpJobOperationRunId": ""}, "erpJobOperationRunId"),
        ({"erpJobOperationRunId": "x" * 65}, "erpJobOperationRunId"),
        ({"erpJobOperationRunId": 10**70}, "erpJobOperationRunId"),
        ({"jobName": "  "}, "jobName"),
        ({"jobName": "a\0b"}, "jobName"),
        ({"partName": "x" * 65}, "partName"),
        ({"quantityRequired": -1}, "quantityRequired"),
        ({"quantityRequired": 2**31}, "quantityRequired"),
        ({"quantityRequired": 1.5}, "quantityRequired"),
        ({"expectedSetupTime": -1}, "expectedSetupTime"),
        ({"expectedSetupTime": 2_147_484}, "expectedSetupTime"),
        ({"idealPartTime": -1}, "idealPartTime"),
        ({"partValue": -1}, "partValue"),
        ({"partValue": 0.001}, "partValue"),
        ({"startAt": "yesterday"}, "startAt"),
        ({"startAt": "2026-03-11T12:00:00"}, "startAt"),
        ({"startAt": "2001-03-11T12:00:00Z"}, "startAt"),
        ({"startAt": "9999-12-31T23:59:59-12:00"}, "startAt"),
        ({"startAt": 1_489_083_618_000}, "startAt"),
        ({"startInSetup": "yes"}, "startInSetup"),
        ({"jobname": "misspelt"}, "jobname"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named_and_nothing_is_stored(erp, fields, field):
    fault = refused(erp.ask("POST", START, erp.body() | fields), 400, field)
    assert fault["message"]
    assert not Job.objects.exists()
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("field", ["erpJobOperationRunId", "erpMachineId", "jobName"])
def test_what_is_required_must_be_there(erp, field):
    body = erp.body()
    del body[field]
    assert refused(erp.ask("POST", START, body), 400, field)["code"] == "Missing"


@pytest.mark.parametrize("path", [START, STOP])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe"])
def test_what_is_no_object_is_refused(erp, path, body):
    assert erp.ask("POST", path, body).status_code == 400


def test_nothing_begins_or_ends_in_2106(erp):
    answer = refused(erp.ask("POST", START, erp.body(startAt="2106-02-07T06:28:16Z")), 400)
    assert "2100" in json.dumps(answer)
    assert (
        refused(erp.ask("POST", START, erp.body(startAt="2099-01-01T00:00:00Z")), 400)["code"]
        == "in_the_future"
    )
    erp.start()
    answer = erp.ask("POST", STOP, {"erpJobOperationRunId": "01", "endAt": "2099-01-01T00:00:00Z"})
    assert refused(answer, 400)["code"] == "in_the_future"
    assert Job.objects.count() == 1


def test_a_clock_that_is_a_little_ahead_is_taken_as_now(erp):
    assert erp.start(startAt=iso(now() + 4 * MINUTE)).actual_start <= now()


def test_a_run_ends_after_its_start(erp, at):
    erp.start(startAt=iso(at))
    for end in (at, at - HOUR):
        answer = erp.ask("POST", STOP, {"erpJobOperationRunId": "01", "endAt": iso(end)})
        assert refused(answer, 400)["code"] == "end_before_start"


def test_a_run_that_nobody_started_is_not_there(erp):
    theirs = Erp().settle().start("theirs")
    for id_ in ("nothing", theirs.erp.erp_run_id, "a/b", "x" * 300):
        assert refused(erp.ask("GET", f"{RUN}/{id_}"), 404)
        assert refused(erp.ask("GET", RUN, erpRunId=id_), 404)
        assert refused(erp.ask("POST", STOP, {"erpJobOperationRunId": id_[:64]}), 404)
    assert refused(erp.ask("GET", f"{RUN}/a%00b"), 404)
    assert refused(erp.ask("GET", RUN), 400, "erpRunId")


def test_an_archived_machine_is_not_there(erp):
    erp.station.archived_at = now()
    erp.station.save()
    refused(erp.ask("POST", START, erp.body()), 400, "erpMachineId")


def test_a_key_of_one_station_starts_and_sees_only_there(erp):
    erp.start("1", "8")
    limited = Erp("write", company=erp.company, station_codes=[erp.station.code])
    limited.start("2", "7")
    refused(limited.ask("POST", START, erp.body("3", "8")), 400, "erpMachineId")
    refused(limited.ask("GET", f"{RUN}/1"), 404)
    refused(limited.ask("POST", STOP, {"erpJobOperationRunId": "1"}), 404)
