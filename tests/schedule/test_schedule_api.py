"""The schedule over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from mesproject.busroot import iso
from mesproject.reports.asking import Question, production
from production.models import JobRun, SkuGroup, SkuGroupMember, Station
from production.windows import Window
from tests.make import make_api_key, make_job_run, make_operator, make_sign_on, make_sku
from tests.reports.test_facts import say, settle

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def plan(**more):
    return {"stationCode": "M1", "skuCode": "A-100"} | more


def made(ask, **more):
    status, body = ask("post", "", plan(**more))
    assert status == 200, body
    return body["result"]


def test_a_quantity_is_answered_with_its_end(ask):
    start = (now() + HOUR).replace(microsecond=0)
    run = made(ask, plannedStartAt=iso(start), plannedQuantity=90, workOrderReference="WO-1")
    assert (run["stationCode"], run["skuCode"], run["workOrderReference"]) == ("M1", "A-100", "WO-1")
    assert run["plannedEndAt"] is None
    assert run["expectedEndAt"] == run["dueAt"] == iso(start + 90 * MINUTE)
    assert (run["isStarted"], run["isEnded"], run["standing"]) == (False, False, "on-time")
    assert (run["effectiveCycleTime"], run["performanceModeFrom"]) == (60_000, "sku")


def test_an_end_is_answered_with_its_quantity_and_neither_with_nothing(ask):
    start = now() + HOUR
    fixed = made(ask, plannedStartAt=iso(start), plannedEndAt=iso(start + HOUR), cycleTime=30_000)
    assert fixed["expectedQuantity"] == pytest.approx(120)
    assert fixed["plannedDuration"] == 3_600_000
    continuous = made(ask, plannedStartAt=iso(start + 5 * HOUR))
    assert (continuous["expectedEndAt"], continuous["expectedQuantity"]) == (None, None)


def test_it_begins_and_ends_and_tells_what_reports_tell(ask, station):
    at = now().replace(microsecond=0)
    run = made(ask, plannedQuantity=100)
    status, body = ask("post", f"/{run['id']}/start", {"at": iso(at - 30 * MINUTE)})
    assert (status, body["result"]["isStarted"]) == (200, True)
    say(station, *(at + minute * MINUTE for minute in range(-30, 0)), good=1.0)
    settle(now=at)
    status, body = ask("post", f"/{run['id']}/end", {"at": iso(at - 10 * MINUTE)})
    assert (status, body["result"]["isEnded"], body["result"]["quantityGood"]) == (200, True, 20)
    asked = Question(list(Station.objects.in_place()), Window(at - HOUR, at), ("run",), now=at)
    assert {key: sums.good for key, sums in production(asked)} == {(0,): 10, (run["id"],): 20}


def test_it_tells_who_worked_on_it_and_for_how_long(ask, station):
    at = now().replace(microsecond=0)
    ann, bob = (make_operator(company=station.company, initials=name, name=name) for name in ("ANN", "BOB"))
    make_sign_on(station, bob, started_at=at - 3 * HOUR, ends_at=at - 100 * MINUTE)
    make_sign_on(station, ann, started_at=at - 100 * MINUTE, ends_at=at - 90 * MINUTE)
    make_sign_on(station, bob, started_at=at - 80 * MINUTE, ends_at=at + HOUR)
    run = make_job_run(station, actual_start=at - 2 * HOUR, actual_end=at - 30 * MINUTE)
    before = make_job_run(station, actual_start=at - 30 * HOUR, actual_end=at - 29 * HOUR)
    status, body = ask("get", f"?scheduleids={run.pk},{before.pk}")
    assert (status, body["results"][0]["operators"]) == (200, [])
    assert body["results"][1]["operators"] == [
        {"initials": "BOB", "name": "BOB", "duration": 70 * 60_000},
        {"initials": "ANN", "name": "ANN", "duration": 10 * 60_000},
    ]


def test_what_was_made_without_a_run_is_attributed_later(ask, station):
    at = now().replace(microsecond=0)
    say(station, *(at + minute * MINUTE for minute in range(-30, 0)), good=1.0)
    settle(now=at)
    times = {"actualStartAt": iso(at - 20 * MINUTE), "actualEndAt": iso(at - 10 * MINUTE)}
    run = made(ask, **times)
    assert run["isEnded"]
    settle(now=at + MINUTE)
    assert ask("get", f"/{run['id']}")[1]["result"]["quantityGood"] == 10


def test_a_group_of_skus_is_planned_by_its_code(ask, station):
    group = SkuGroup.objects.create(
        company=station.company, code="PAIR", name="Pair", default_cycle_time_ms=60_000
    )
    for code, multiplier in (("L-1", 1), ("R-1", 2)):
        sku = make_sku(code, company=station.company)
        SkuGroupMember.objects.create(group=group, sku=sku, multiplier=multiplier)
    status, body = ask("post", "", {"stationCode": "M1", "skuGroupCode": "PAIR", "plannedQuantity": 30})
    run = body["result"]
    assert status == 200
    assert (run["skuCode"], run["skuGroupCode"], run["effectiveBatchSize"]) == (None, "PAIR", 3)
    assert run["effectiveCycleTime"] == 20_000
    assert [one["skuCode"] for one in run["skus"]] == ["L-1", "R-1"]


def test_a_change_leaves_what_it_does_not_say(ask):
    start = now() + HOUR
    run = made(ask, plannedStartAt=iso(start), plannedQuantity=5, workOrderReference="WO-1")
    status, body = ask("patch", f"/{run['id']}", {"isPrioritised": True, "plannedQuantity": None})
    changed = body["result"]
    assert status == 200
    assert (changed["isPrioritised"], changed["plannedQuantity"]) == (True, None)
    assert (changed["workOrderReference"], changed["plannedStartAt"]) == ("WO-1", run["plannedStartAt"])


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"skuCode": "nothing"}, 400, "skuCode"),
        ({"stationCode": "M9"}, 400, "stationCode"),
        ({"skuGroupCode": "PAIR"}, 400, "skuGroupCode"),
        ({"plannedQuantity": -1}, 400, "plannedQuantity"),
        ({"plannedStartAt": "2106-01-01T00:00:00Z"}, 400, "plannedStartAt"),
        ({"plannedStartAt": "2026-01-01T00:00:00"}, 400, "plannedStartAt"),
        ({"plannedStartAt": "2026-01-02T00:00:00Z", "plannedEndAt": "2026-01-01T00:00:00Z"}, 400, "plannedEndAt"),
        ({"actualEndAt": "2026-01-01T00:00:00Z"}, 400, "actualStartAt"),
        ({"actualStartAt": "2026-01-01T01:00:00Z", "actualEndAt": "2026-01-01T00:00:00Z"}, 400, "actualEndAt"),
        ({"colour": "red"}, 400, "colour"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name_and_nothing_is_kept(ask, body, status, field):
    answered, told = ask("post", "", plan(**body))
    assert (answered, told["field"]) == (status, field)
    assert not JobRun.objects.exists()


def test_the_same_twice_is_refused(ask):
    start = iso(now() + HOUR)
    made(ask, plannedStartAt=start)
    status, body = ask("post", "", plan(plannedStartAt=start))
    assert (status, body["code"]) == (409, "duplicate")


def test_what_has_begun_is_not_withdrawn(ask):
    run = made(ask, actualStartAt=iso(now() - MINUTE))
    assert ask("delete", f"/{run['id']}")[0] == 409
    other = made(ask, plannedStartAt=iso(now() + HOUR))
    assert ask("delete", f"/{other['id']}")[0] == 204
    assert ask("get", f"/{other['id']}")[0] == 404


def test_lists_are_of_a_range_or_of_what_is_to_come(ask, station):
    at = now()
    done = make_job_run(station, actual_start=at - 3 * HOUR, actual_end=at - 2 * HOUR)
    running = make_job_run(station, actual_start=at - HOUR)
    later = make_job_run(station, actual_start=None, planned_start=at + 30 * HOUR)

    def ids(query):
        status, body = ask("get", f"?{query}")
        assert status == 200, body
        return [row["id"] for row in body["results"]]

    assert ids("") == [running.pk, later.pk]
    assert ids("rangecode=last-8-hours") == [done.pk, running.pk]
    assert ids(f"scheduleids={done.pk},{later.pk}") == [done.pk, later.pk]
    assert ids("limit=1&skip=1") == [later.pk]
    assert ask("get", "?stationcodes=M9")[0] == 404
    assert ask("get", "?rangecode=tomorrowish")[0] == 400


def test_a_key_of_other_stations_sees_and_plans_nothing_here(client, station, ask):
    run = made(ask)
    key = make_api_key("write", company=station.company, station_codes=["M2"])[1]
    for method, path in (("get", f"/{run['id']}"), ("post", f"/{run['id']}/start")):
        answer = getattr(client, method)(f"/api/schedule{path}", headers={"X-API-KEY": key})
        assert answer.status_code == 404
    answer = client.post("/api/schedule", plan(), content_type="application/json", headers={"X-API-KEY": key})
    assert (answer.status_code, answer.json()["field"]) == (400, "stationCode")


def test_lists_cost_as_many_queries_for_any_number(ask, station):
    at, counts = datetime.now(UTC), []
    for number in range(12):
        begun = at - (number + 2) * HOUR
        make_job_run(station, actual_start=begun, actual_end=begun + HOUR)
        if number in (2, 11):
            with CaptureQueriesContext(connection) as queries:
                assert len(ask("get", "?rangecode=last-48-hours")[1]["results"]) == number + 1
            counts.append(len(queries))
    assert counts[1] <= counts[0]
