"""A key that is limited to one station is told nothing of another one of its own company, by any address.

Causes, SKUs, shift patterns and events are words that all stations share; it may read these, and change none.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from downtime.models import Issue
from production.models import Station
from tests.make import (
    NOON,
    make_api_key,
    make_group,
    make_issue,
    make_plant,
    make_station,
)
from tests.reports.busroot import MORNING, Floor
from tests.test_who_may_what import filled, routes

pytestmark = pytest.mark.django_db
# What is told of a station, its group and its plant.
MARKS = [b"SECRET", b"Secret", b"987654"]
DAY = {"startAt": "2026-03-11T00:00:00Z", "endAt": "2026-03-12T00:00:00Z"}


@pytest.fixture(scope="module")
def described():
    return json.loads(Client().get("/api/openapi.json").content)["paths"]


@pytest.fixture
def floor():
    """M1, which the key is of; beside it in its group, and in another plant, stations that are none of its business."""
    floor = Floor().work()
    Station.objects.filter(code="M2").update(
        code="SECRET-1", name="Secret press", machine_ref=9876541, erp_id="SECRET-ERP"
    )
    away = make_group(
        plant=make_plant(code="SECRET-P", name="Secret plant", company=floor.company), code="SECRET-G",
        name="Secret line",
    )  # fmt: skip
    far = make_station("SECRET-2", name="Secret lathe", machine_ref=9876542, group=away)
    for station in (far, Station.objects.get(code="SECRET-1")):
        make_issue(station, started_at=NOON - timedelta(hours=5))
        Station.objects.filter(pk=station.pk).update(uuid=f"98765400-0000-4000-8000-{station.pk:012d}")
    floor.headers = {
        "X-API-KEY": make_api_key("read", "write", company=floor.company, station_codes=["M1"])[1]
    }
    return floor


def questions(names):
    """What may be asked of an address that has these parameters."""
    known = {"rangecode": MORNING, **DAY}
    base = {name: known[name] for name in names if name in known}
    own = {"plantcode": "LYON"} if "plantcode" in names else {}
    yield base | own
    if "plantcode" in names:
        yield base | {"plantcode": "SECRET-P"}
    for name, codes in (
        ("stationcodes", "SECRET-1"), ("stationcodes", "M1,SECRET-2"), ("stationgroupcodes", "SECRET-G"),
    ):  # fmt: skip
        if name in names:
            yield base | own | {name: codes}


def content(answer):
    """All of it."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def leaked(answer):
    """What an answer tells that nobody should know; a refusal may repeat what was asked."""
    body = content(answer)
    if answer.status_code >= 400:
        return [body] if b"Secret" in body else []
    return [mark for mark in MARKS if mark in body]


def test_whatever_it_asks_it_reads_of_its_own_station_alone(client, described, floor):
    asked = 0
    for path, operations in described.items():
        if "get" not in operations or "{" in path:
            continue
        names = [one["name"] for one in operations["get"].get("parameters", []) if one["in"] == "query"]
        for query in questions(names):
            answer = client.get(path, query, headers=floor.headers)
            assert not leaked(answer), (path, query, answer.status_code, leaked(answer))
            asked += 1
    assert asked > 90


def test_reports_that_are_asked_by_a_body_are_of_its_own_station_alone(client, floor):
    whole = {"start": DAY["startAt"], "end": DAY["endAt"], "groupBy": [{"group": "machine"}]}
    secret = str(Station.objects.get(code="SECRET-1").uuid)
    for report, more in (
        ("production", {"data": [{"metric": "totalParts"}]}),
        ("downtime", {}),
        ("quality", {}),
    ):
        ask = lambda body, to=report: client.post(  # noqa: E731
            f"/reports/{to}", json.dumps(body), "application/json", headers=floor.headers
        )
        answer = ask(whole | more)
        assert (answer.status_code, leaked(answer)) == (200, []), report
        assert ask(whole | more | {"filter": {"machine": [secret]}}).status_code == 400


@pytest.mark.parametrize("code", ["SECRET-1", "SECRET-2"])
def test_another_station_s_things_are_not_there_by_any_name(client, floor, code):
    station = Station.objects.get(code=code)
    issue = Issue.objects.get(station=station, silent_since=NOON - timedelta(hours=5))
    things = {
        "<int:number>": str(issue.pk), "<str:machineRef>": str(station.machine_ref),
        "codes": {"station": code, "station-group": "SECRET-G", "plant": "SECRET-P"},
    }  # fmt: skip
    seen = set()
    for name, path, methods in routes():
        kind = path.removeprefix("/api/").partition("/")[0]
        if not (any(one in path for one in things) or (kind in things["codes"] and "<" in path)):
            continue
        for method in methods:
            answer = client.generic(
                method.upper(), filled(path, things), "{}", "application/json", headers=floor.headers
            )
            assert answer.status_code in (403, 404), (method, path, answer.status_code, content(answer)[:200])
            assert b"Secret" not in content(answer)
        seen.add(name)
    assert {
        "busroot-station-one",
        "busroot-plant-one",
        "issue",
        "issue-event",
        "mm-machine-instances",
    } <= seen


def test_what_all_stations_share_it_reads_and_changes_not(client, floor):
    for address, body in (
        ("account", {"name": "Mine"}), ("sku", {"code": "X", "name": "x"}), ("plant/LYON", {"name": "Mine"}),
        ("issue/cause", {"code": "JAM", "description": "Mine"}), ("reason", {"code": "JAM", "description": "x"}),
        ("station", {"code": "X", "name": "x", "groupCode": "LINE"}), ("user", {}), ("api-key", {}),
    ):  # fmt: skip
        method = "PATCH" if "/LYON" in address else "POST"
        answer = client.generic(
            method, f"/api/{address}", json.dumps(body), "application/json", headers=floor.headers
        )
        assert answer.status_code == 403, (address, answer.content)
    assert client.delete("/api/issue/cause/JAM", headers=floor.headers).status_code == 403
    assert client.get("/api/issue/cause", headers=floor.headers).status_code == 200
    own = client.patch("/api/station/M1", '{"name": "Mine"}', "application/json", headers=floor.headers)
    assert own.status_code == 200
