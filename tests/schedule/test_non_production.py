"""Time that is planned for something else, in the schedule's words."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from mesproject.busroot import iso
from mesproject.schedule.non_production import FIRST_ID
from production.windows import Window
from scheduling.models import EventInstance
from scheduling.planned import plans
from tests.make import make_event, make_job_run
from tests.schedule.test_schedule_api import made

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def reason(station):
    return make_event(company=station.company, name="Cleaning", event_type="maintenance", code="CLEAN")


def entered(ask, **more):
    status, body = ask("post", "", {"stationCode": "M1", "nonProductionReasonCode": "CLEAN"} | more)
    assert status == 200, body
    return body["result"]


def planned_hours(station, start, end):
    return plans([station], Window(start, end))[station.pk].production


def test_it_takes_time_out_of_planned_production(ask, station, reason):
    start = (now() + HOUR).replace(microsecond=0)
    told = entered(ask, plannedStartAt=iso(start), plannedEndAt=iso(start + HOUR))
    assert (told["nonProductionReasonCode"], told["nonProductionReasonDescription"]) == ("CLEAN", "Cleaning")
    assert (told["skuCode"], told["isStarted"], told["plannedDuration"]) == (None, False, 3_600_000)
    assert told["id"] > FIRST_ID
    assert planned_hours(station, start, start + 2 * HOUR) == [Window(start + HOUR, start + 2 * HOUR)]


def test_runs_are_expected_to_end_after_it(ask, station, reason):
    start = (now() + HOUR).replace(microsecond=0)
    entered(ask, plannedStartAt=iso(start), plannedEndAt=iso(start + HOUR))
    run = made(ask, plannedStartAt=iso(start - 1800 * timedelta(seconds=1)), plannedQuantity=60)
    assert run["expectedEndAt"] == iso(start + 1.5 * HOUR)


def test_it_is_listed_beside_runs_ended_and_withdrawn(ask, station, reason):
    at = now()
    run = make_job_run(station, actual_start=at - HOUR)
    going, coming = entered(ask, plannedStartAt=iso(at - HOUR)), entered(ask, plannedStartAt=iso(at + HOUR))
    status, body = ask("get", "")
    assert [row["id"] for row in body["results"]] == [run.pk, going["id"], coming["id"]]
    assert body["paging"]["totalElements"] == 3
    assert [row["id"] for row in ask("get", "?limit=1&skip=1")[1]["results"]] == [going["id"]]
    status, body = ask("post", f"/{going['id']}/end", {})
    assert (status, body["result"]["isEnded"]) == (200, True)
    assert ask("delete", f"/{going['id']}")[0] == 409
    assert ask("delete", f"/{coming['id']}")[0] == 204
    assert ask("get", f"/{coming['id']}")[0] == 404
    assert EventInstance.objects.get().end_at is not None


def test_only_its_end_is_changed(ask, reason):
    start = now() + HOUR
    one = entered(ask, plannedStartAt=iso(start))
    assert ask("patch", f"/{one['id']}", {"plannedQuantity": 5})[0] == 400
    status, body = ask("patch", f"/{one['id']}", {"plannedEndAt": iso(start + HOUR)})
    assert (status, body["result"]["plannedEndAt"]) == (200, iso(start + HOUR))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"nonProductionReasonCode": "NAP"}, "nonProductionReasonCode"),
        ({"skuCode": "A-100"}, "nonProductionReasonCode"),
        ({"plannedStartAt": None}, "plannedStartAt"),
        ({"plannedEndAt": "2020-01-01T00:00:00Z"}, "plannedEndAt"),
        ({"plannedStartAt": "2106-01-01T00:00:00Z"}, "plannedStartAt"),
    ],
)
def test_what_cannot_be_is_refused_by_name(ask, reason, body, field):
    asked = {"stationCode": "M1", "nonProductionReasonCode": "CLEAN", "plannedStartAt": iso(now() + HOUR)}
    status, told = ask("post", "", asked | body)
    assert (status, told["field"]) == (400, field)
    assert not EventInstance.objects.exists()
