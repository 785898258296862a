"""What integrators set up over Busroot's dialect: found, made, changed, archived, refused with a reason."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django.utils.timezone import now

from mesproject.accounts.changes import who_did
from mesproject.accounts.models import ApiKey, Device, User
from production.models import Sku, Station, StationLive
from tests.make import (
    NOON,
    make_api_key,
    make_company,
    make_group,
    make_job_run,
    make_plant,
    make_sku,
    make_station,
    make_user,
)

pytestmark = pytest.mark.django_db


class Integrator:
    """A program with a key to everything of a company."""

    def __init__(self, **limits):
        self.company = limits.pop("company", None) or make_company()
        self.key, self.token = make_api_key(*limits.pop("scopes", ()), company=self.company, **limits)

    def does(self, method, address, body=None):
        """The answer to a call."""
        sent = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        headers = {"X-API-KEY": self.token}
        return Client().generic(method, f"/api/{address}", sent, "application/json", headers=headers)

    def gets(self, address):
        """What is found at an address."""
        answer = self.does("GET", address)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def refused(self, method, address, body=None):
        """Status, field and sentence of a refusal."""
        answer = self.does(method, address, body)
        told = answer.json()
        assert told["isSuccess"] is False
        assert told["message"].endswith((".", "…")), told
        return answer.status_code, told.get("field")


@pytest.fixture
def erp():
    return Integrator()


def test_a_plant_is_set_up_from_nothing(erp):
    for address, body in (
        ("plant", {"code": "lyon", "name": "Lyon", "timezone": "Europe/Paris", "dayStartHour": 5.5}),
        ("station-group", {"code": "L1", "name": "Line", "plantCode": "lyon"}),
        ("station", {"code": "M1", "name": "Press", "groupCode": "L1", "cycleTime": 30_000}),
        ("sku", {"code": "A/1.2", "name": "Bracket", "cycleTime": 24_000, "value": 1.25}),
        (
            "sku-group",
            {"code": "P", "name": "Pair", "skus": [{"skuCode": "A/1.2", "productionMultiplier": 2}]},
        ),
    ):
        assert erp.does("POST", address, body).status_code == 200
    station = Station.objects.get(code="M1")
    assert (station.company, station.cycle_time_ms, station.plant.day_start.hour) == (erp.company, 30_000, 5)
    assert [group["name"] for group in erp.gets("plant/lyon")["result"]["stationGroups"]] == ["Line"]
    assert erp.gets("plant/lyon")["result"]["dayStartHour"] == 5.5
    assert [one["name"] for one in erp.gets("station-group")["results"][0]["stations"]] == ["Press"]
    assert erp.gets("sku/A/1.2")["result"]["unitsPerHour"] == 150
    assert erp.gets("sku-group/P")["result"]["skus"] == [{"skuCode": "A/1.2", "productionMultiplier": 2.0}]


def test_a_change_keeps_what_it_does_not_say(erp):
    station = make_station("M1", company=erp.company, erp_id="77")
    answer = erp.does("PATCH", "station/M1", {"name": "New", "heartbeat": None})
    assert answer.json()["result"]["erpId"] == "77"
    station.refresh_from_db()
    assert (station.name, station.heartbeat_ms, station.cycle_time_ms) == ("New", None, 60_000)


def test_lists_are_asked_by_codes_text_and_pages(erp):
    group = make_group(company=erp.company)
    for code in ("M1", "M2", "M3"):
        make_station(code, group=group)
    make_station("OTHER", company=erp.company)
    codes = lambda query: [row["code"] for row in erp.gets(f"station?{query}")["results"]]  # noqa: E731
    assert codes("stationcodes=M1,M3") == ["M1", "M3"]
    assert codes("stationcodes=M1&stationcodes=M3") == ["M1", "M3"]
    assert codes(f"plantcode={group.plant.code}&limit=2&skip=1") == ["M2", "M3"]
    assert codes("searchtext=machine%20m2&StationGroupCodes=" + group.code) == ["M2"]
    assert erp.gets("station?limit=1")["paging"] == {"totalElements": 4}


def test_a_list_of_many_costs_as_many_statements_as_one_of_few(erp, django_assert_num_queries):
    group = make_group(company=erp.company)
    make_station(group=group)
    erp.gets("station")
    Station.objects.bulk_create(
        Station(company=erp.company, group=group, code=f"B{n}", name="x", machine_ref=100 + n)
        for n in range(300)
    )
    with django_assert_num_queries(5):  # the key, the stations, who is there, whom they follow on whose clock
        assert len(erp.gets("station")["results"]) == 301
    with django_assert_num_queries(8):  # and the same again of the group that they are in
        assert len(erp.gets("station-group")["results"][0]["stations"]) == 301


@pytest.mark.parametrize(
    ("address", "body", "expected"),
    [
        ("sku", {"name": "x"}, (400, "code")),
        ("sku", {"code": "S", "name": "x", "colour": "red"}, (400, "colour")),
        ("sku", {"code": "S S", "name": "x"}, (400, "code")),
        ("sku", {"code": "S" * 33, "name": "x"}, (400, "code")),
        ("sku", {"code": "S", "name": "a\u0000b"}, (400, "name")),
        ("sku", {"code": "S", "name": ""}, (400, "name")),
        ("sku", {"code": "S", "name": "x", "cycleTime": -5}, (400, "cycleTime")),
        ("sku", {"code": "S", "name": "x", "cycleTime": 0}, (400, "cycleTime")),
        ("sku", {"code": "S", "name": "x", "cycleTime": 1e10}, (400, "cycleTime")),
        ("sku", {"code": "S", "name": "x", "value": 1e12}, (400, "value")),
        ("sku", {"code": "S", "name": "x", "instructionsUrl": "javascript:alert(1)"}, (400, "instructionsUrl")),
        ("sku", '{"code": "S", "name": "x", "value": NaN}', (400, "body")),
        ("sku", "[" * 100_000, (400, "body")),
        ("sku", "[]", (400, "body")),
        ("sku", {"code": "THERE", "name": "x"}, (409, "code")),
        ("plant", {"code": "p", "name": "x", "timezone": "Mars/Base"}, (400, "timezone")),
        ("plant", {"code": "p", "name": "x", "timezone": "UTC", "dayStartHour": 25}, (400, "dayStartHour")),
        ("plant", {"code": "p", "name": "x", "timezone": "UTC", "dayStartHour": 6.123}, (400, "dayStartHour")),
        ("station-group", {"code": "g", "name": "x", "plantCode": "nowhere"}, (400, "plantCode")),
        ("station", {"code": "s", "name": "x", "groupCode": "nowhere"}, (400, "groupCode")),
        ("station", {"code": "s", "name": "x", "groupCode": "L1", "counter": "rollover"}, (400, "code")),
        ("station", {"code": "s", "name": "x", "groupCode": "L1", "downtimeDetectionMode": "magic"},
         (400, "downtimeDetectionMode")),
        ("sku-group", {"code": "g", "name": "x", "skus": [{"skuCode": "nothing"}]}, (400, "skus")),
        ("sku-group", {"code": "g", "name": "x", "skus": [{"skuCode": "THERE", "productionMultiplier": 0}]},
         (400, "skus[0].productionMultiplier")),
        ("filter", {"code": "f", "name": "x", "content": {"a": "b" * 70_000}}, (400, "content")),
        ("filter", {"code": "f", "name": "x", "content": {"a": "\u0000"}}, (400, "content")),
        ("filter", {"code": "f", "name": "x", "content": {}, "isShared": False}, (400, "isShared")),
        ("user", {"code": "ann", "email": "nonsense", "role": "member"}, (400, "email")),
        ("user", {"code": "ann", "email": "a@example.com", "role": "owner"}, (400, "role")),
        ("api-key", {"name": "x", "scopes": []}, (400, "scopes")),
        ("api-key", {"name": "x", "scopes": ["read"], "stationCodes": ["THEIRS"]}, (400, "stationCodes")),
        ("device", {"code": "a/b"}, (400, "code")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_name(erp, address, body, expected):
    make_group(code="L1", company=erp.company)
    make_sku("THERE", company=erp.company)
    assert erp.refused("POST", address, body) == expected


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"code": "S" * 33}, "It has more than 32 characters."),
        ({"code": ""}, "It is empty."),
        ({"name": "a\nb"}, "It has a character that is not taken here."),
        ({"cycleTime": -5}, "It is at least 0."),
        ({"value": 1e13}, "It is at most 1000000000000.0."),
        ({"specifications": [{"name": "a", "value": "b"}] * 51}, "There are more than 50."),
        ({"name": 5}, "Expected `str`, got `int`."),
    ],
)
def test_what_is_wrong_is_said_in_words(erp, body, sentence):
    told = erp.does("POST", "sku", {"code": "S", "name": "x", **body}).json()
    assert told["message"] == sentence


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=1001", "limit"), ("skip=1000000", "skip"), ("colour=red", "colour"),
     ("skucodes=", "skucodes"), ("searchtext=%00", "searchtext"), ("limit=1&limit=2", "limit")],
)  # fmt: skip
def test_a_bad_question_is_refused_with_its_name(erp, query, field):
    assert erp.refused("GET", f"sku?{query}") == (400, field)


def test_the_code_cannot_be_changed(erp):
    make_sku("A", company=erp.company)
    assert erp.refused("PATCH", "sku/A", {"code": "B"}) == (400, "code")


def test_what_history_uses_is_archived_and_comes_back(erp):
    make_job_run(make_station("M1", company=erp.company), sku=make_sku("A", company=erp.company))
    assert erp.does("DELETE", "sku/A").status_code == 204
    assert erp.does("DELETE", "sku/A").status_code == 204
    assert erp.gets("sku")["results"] == []
    assert erp.gets("sku?includearchived=true")["results"][0]["archivedAt"]
    assert erp.does("PATCH", "sku/A", {"archivedAt": None}).json()["result"]["archivedAt"] is None


def test_what_is_used_and_has_no_archive_is_a_clash_and_what_is_not_goes(erp):
    plant = make_plant(company=erp.company)
    group = make_group(plant=plant)
    assert erp.refused("DELETE", f"plant/{plant.code}") == (409, "code")
    assert erp.does("DELETE", f"station-group/{group.code}").status_code == 204
    assert erp.does("DELETE", f"plant/{plant.code}").status_code == 204


def test_a_group_that_two_plants_have_is_named_with_its_plant(erp):
    for _ in range(2):
        group = make_group(code="L1", company=erp.company)
    assert erp.refused("GET", "station-group/L1") == (409, "code")
    assert erp.refused("POST", "station", {"code": "s", "name": "x", "groupCode": "L1"}) == (400, "groupCode")
    assert erp.gets(f"station-group/{group.plant.code}:L1")["result"]["plantCode"] == group.plant.code
    made = erp.does("POST", "station", {"code": "s", "name": "x", "groupCode": f"{group.plant.code}:L1"})
    assert made.json()["result"]["plantCode"] == group.plant.code


def test_another_pace_holds_for_what_was_made_of_it(erp):
    station = make_station("M1", company=erp.company)
    make_job_run(station, sku=make_sku("A", company=erp.company))
    live, _ = StationLive.objects.update_or_create(station=station, defaults={"settled_at": now()})
    erp.does("PATCH", "sku/A", {"name": "Other"})
    live.refresh_from_db()
    assert live.dirty_from is None
    erp.does("PATCH", "sku/A", {"cycleTime": 5_000})
    live.refresh_from_db()
    assert live.dirty_from == NOON


def test_who_changed_what_is_on_record(erp):
    erp.does("POST", "sku", {"code": "A", "name": "Bracket"})
    erp.does("PATCH", "sku/A", {"name": "Clamp"})
    made, changed = LogEntry.objects.get_for_model(Sku).order_by("pk")
    assert changed.changes["name"] == ["Bracket", "Clamp"]
    assert {who_did(made), who_did(changed)} == {f"API key {erp.key}"}
    assert made.additional_data["company"] == erp.company.pk


def test_a_key_of_some_stations_sees_those_and_changes_nothing_that_others_share():
    company = make_company()
    mine, other = make_station("M1", company=company), make_station("M2", company=company)
    gateway = Integrator(company=company, scopes=["write", "admin"], station_codes=["M1"])
    assert [row["code"] for row in gateway.gets("station")["results"]] == ["M1"]
    assert [row["code"] for row in gateway.gets("plant")["results"]] == [mine.plant.code]
    assert gateway.does("PATCH", "station/M1", {"name": "Mine"}).status_code == 200
    assert gateway.does("PATCH", "station/M2", {"name": "Mine"}).status_code == 404
    assert gateway.does("GET", f"plant/{other.plant.code}").status_code == 404
    assert gateway.does("PATCH", f"plant/{mine.plant.code}", {"name": "x"}).status_code == 403
    assert gateway.does("POST", "sku", {"code": "A", "name": "x"}).status_code == 403
    assert gateway.does("GET", "api-key").status_code == 403


def test_secrets_are_told_once_and_end_at_once(erp):
    made = erp.does("POST", "api-key", {"name": "BI", "scopes": ["read"]})
    assert made["Cache-Control"] == "no-store"
    code, token = made.json()["result"]["code"], made.json()["result"]["apiKey"]
    assert ApiKey.objects.matching(token, now()).prefix == code
    assert token.encode() not in erp.does("GET", f"api-key/{code}").content
    follower = erp.does("POST", f"api-key/{code}/rotate").json()["result"]["apiKey"]
    assert ApiKey.objects.matching(token, now())
    assert ApiKey.objects.matching(follower, now())
    assert erp.does("DELETE", f"api-key/{code}").status_code == 204
    assert ApiKey.objects.matching(token, now()) is None
    assert erp.refused("POST", f"api-key/{code}/rotate") == (409, "code")

    gateway = erp.does("POST", "device", {"code": "gw"}).json()["result"]
    assert Device.objects.matching(gateway["token"]).name == "gw"
    renewed = erp.does("POST", "device/gw/secret").json()["result"]
    assert Device.objects.matching(gateway["token"]) is None
    assert erp.does("DELETE", "device/gw").status_code == 204
    assert Device.objects.matching(renewed["token"]) is None
    tablet = erp.does("POST", "device", {"code": "t", "kind": "tablet"}).json()["result"]
    assert Device.objects.enrolling(tablet["enrolmentCode"], now())


def test_a_person_is_invited_changed_and_closed(erp):
    erp.does("POST", "user", {"code": "ann", "email": "ann@example.com", "role": "supervisor"})
    ann = User.objects.get(username="ann")
    assert (ann.company, ann.role, ann.has_usable_password()) == (erp.company, "supervisor", False)
    assert erp.does("PATCH", "user/ann", {"role": "operator"}).json()["result"]["role"] == "operator"
    assert erp.does("DELETE", "user/ann").status_code == 204
    assert not User.objects.get(username="ann").is_active
    owner = make_user(company=erp.company, is_superuser=True)
    assert erp.does("PATCH", f"user/{owner.username}", {"email": "x@example.com"}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_one_makes_it_and_the_others_are_told():
    erp = Integrator()

    def make(_):
        answer = erp.does("POST", "sku", {"code": "A", "name": "x"}).status_code
        connection.close()
        return answer

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(make, range(10))) == [200, *[409] * 9]
