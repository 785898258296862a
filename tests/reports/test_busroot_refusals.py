"""Nonsense, strangers and bombs: refused in Busroot's envelope, quickly, and never an error of ours."""

from time import process_time

import pytest
from django.db import connection
from django.test import Client

from mesproject.accounts.models import ApiKey
from mesproject.reports import budget
from mesproject.reports.budget import PLACES, SLOTS
from mesproject.reports.busroot_urls import CSV, REPORTS
from tests.make import NOON, make_api_key, make_group, make_station
from tests.reports.busroot import HOUR, Floor
from tests.reports.test_facts import settle

pytestmark = pytest.mark.django_db
ALL = [*REPORTS, *(f"{address}/csv" for address in CSV)]
DECADE = "2016-01-01/2025-12-31"


@pytest.fixture
def floor():
    return Floor()


BAD = [
    ({"rangecode": None}, "rangecode", "required"),
    ({"plantcode": None}, "plantcode", "required"),
    ({"plantcode": ""}, "plantcode", "wrong"),
    ({"rangecode": "tomorrow-ish"}, "rangecode", "Allowed are"),
    ({"rangecode": "2025-02-14/2025-02-13"}, "rangecode", "starts after"),
    ({"rangecode": "2000/2099"}, "rangecode", "at most"),
    ({"rangecode": "2098"}, "rangecode", "future"),
    ({"rangecode": "last-shift"}, "rangecode", ""),
    ({"rangecode": "x" * 5000}, "rangecode", "wrong"),
    ({"stationcodes": ""}, "stationcodes", "empty"),
    ({"stationcodes": ",".join(f"S{n}" for n in range(10_000))}, "stationcodes", "at most"),
    ({"includefuture": "perhaps"}, "includefuture", "true or false"),
    ({"stationcode": "M1"}, "stationcode", "Allowed are"),
    ({"rangecode": ["today", "yesterday"]}, "rangecode", "twice"),
]


@pytest.mark.parametrize(("query", "field", "sentence"), BAD)
def test_a_wrong_value_is_refused_with_its_name_and_what_is_allowed(floor, query, field, sentence):
    for report in ALL:
        if query != {"rangecode": "last-shift"}:
            found = floor.refused(report, **query)
            assert found[0] == field, report
            assert sentence in found[1], report


@pytest.mark.parametrize(
    ("report", "query", "field"),
    [
        ("oee", {"aggregatewindow": "minute"}, "aggregatewindow"),
        ("oee", {"inshiftaverages": "2"}, "inshiftaverages"),
        ("oee", {"limit": "5"}, "limit"),
        ("oee", {"rangecode": DECADE, "aggregatewindow": "hour"}, "rangecode"),
        ("station-window", {"limit": "50001"}, "limit"),
        ("station-window", {"limit": "0"}, "limit"),
        ("station-window", {"limit": "1_000"}, "limit"),
        ("station-window", {"limit": "١٢"}, "limit"),
        ("station-window", {"skip": "-1"}, "skip"),
        ("station-window", {"skip": "9" * 40}, "skip"),
        ("station-window", {"rangecode": DECADE}, "rangecode"),
        ("utilisation", {"cellminutes": "7"}, "cellminutes"),
        ("utilisation", {"rangecode": DECADE}, "rangecode"),
        ("interval-chart", {"intervalminutes": "1"}, "intervalminutes"),
        ("interval-chart", {"rangecode": DECADE}, "rangecode"),
        ("analysis/cycletime", {"aggregatewindow": "day"}, "aggregatewindow"),
        ("target", {"rangecode": "2098", "includefuture": "true"}, "rangecode"),
    ],
)
def test_what_a_report_does_not_take_is_refused(floor, report, query, field):
    assert floor.refused(report, **query)[0] == field


def test_refusals_come_at_once(floor):
    make_group(plant=floor.plant)
    for report in ALL:
        for query in (
            {"rangecode": "x"},
            {"rangecode": "2000/2099"},
            {"plantcode": "NONE"},
            {"stationcodes": "S" * 600_000},  # as many as a hundred thousand codes
        ):
            assert min(took(floor, report, query) for _ in range(3)) < 0.05, (report, query)


def took(floor, report, query):
    begun = process_time()
    assert floor.get(report, **query).status_code in (400, 404)
    return process_time() - begun


def test_what_is_not_one_s_own_is_not_there(floor):
    theirs = Floor(company="other", code="PARIS")
    make_station("SECRET", group=theirs.group)
    for report in ALL:
        assert floor.get(report, plantcode="PARIS").status_code == 404
        assert floor.get(report, stationcodes="SECRET").status_code == 404
        assert floor.get(report, stationcodes="M1,SECRET").status_code == 404
        assert b"SECRET" not in b"".join(floor.get(report))
    for report in ("downtime", "oee", "production", "analysis/cycletime"):
        assert floor.get(report, skucodes="THEIRS").status_code == 404
        assert floor.get(report, skucodes="A\x00").status_code == 404
        assert floor.get(report, plantcode="A\x00").status_code == 404


def test_plants_of_two_companies_may_share_their_codes():
    ours, theirs = Floor().work(), Floor(company="other")
    assert ours.ask("oee")["total"]["goodQualityCount"] == 595
    assert theirs.ask("oee")["total"]["goodQualityCount"] == 0
    assert theirs.ask("downtime")["results"][0]["downtimes"] == []


def test_a_key_sees_its_stations_and_needs_its_scope(floor):
    _, token = make_api_key(company=floor.company, station_codes=["M2"])
    rows = floor.ask("oee", token=token)["results"]
    assert [row["stationCode"] for row in rows] == ["M2"]
    assert floor.get("oee", token=token, stationcodes="M1").status_code == 404
    _, signals = make_api_key(ApiKey.Scope.SIGNALS, company=floor.company)
    for report in ALL:
        assert floor.get(report, token=signals).status_code == 403
        assert floor.get(report, token="made.up").status_code == 401
        assert Client().get(f"/api/{report}").status_code == 401
        for method in (Client().post, Client().put, Client().delete):
            answer = method(f"/api/{report}", headers={"X-API-KEY": floor.token})
            assert (answer.status_code, answer.json()["isSuccess"]) == (405, False)


def test_a_plant_without_stations_has_empty_reports(floor):
    empty = Floor(company="other")
    for station in empty.stations:
        station.delete()
    for report in REPORTS:
        assert empty.ask(report)["results"] == [], report


def test_what_clients_add_changes_nothing(floor):
    assert floor.ask("oee", _="12345", skipcache="true") == floor.ask("oee")
    for accept in ("text/csv", "application/xml", "nonsense"):
        headers = {"X-API-KEY": floor.token, "Accept": accept}
        asked = {"plantcode": "LYON", "rangecode": "2026-03-11"}
        assert Client().get("/api/oee", asked, headers=headers).status_code == 200
        assert Client().get("/api/oee/csv", asked, headers=headers)["Content-Type"].startswith("text/csv")


@pytest.mark.django_db(transaction=True)
def test_when_all_places_are_taken_heavy_reports_are_refused_and_light_ones_are_not(floor, monkeypatch):
    # A day of one station's signals; its facts are a few rows.
    monkeypatch.setattr(budget, "HEAVY", 1000)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            for place in range(2 * SLOTS):
                cursor.execute("SELECT pg_advisory_lock(%s, %s)", [PLACES, place])
        for report in ("station-window", "utilisation", "interval-chart", "analysis/cycletime"):
            assert "Try again" in floor.refused(report, status=429)[1]
        assert floor.get("oee").status_code == 200
    finally:
        other.close()


@pytest.mark.parametrize("report", REPORTS)
def test_every_report_says_how_its_numbers_are_meant_when_asked(floor, report):
    told = floor.ask(report, definition="true")["definition"]
    assert told["settings"]["micro_stops"]
    assert "planned_ms" in told["formulas"]["availability"]
    assert ("definition" in floor.ask(report)) == (report == "oee")


# How many each needs; one or two more may be read with the key or the company.
QUERIES = {
    "oee": 12, "downtime": 30, "production": 9, "energy": 8, "target": 8, "station-window": 30, "utilisation": 27,
    "interval-chart": 27, "analysis/cycletime": 31,
}  # fmt: skip


@pytest.mark.parametrize("report", REPORTS)
def test_queries_do_not_grow_with_stations(django_assert_max_num_queries, report):
    floor = Floor().work()
    settle(now=NOON + HOUR)  # the facts of the morning are there
    make_station("M3", group=floor.group)  # one that never said anything
    floor.ask(report)
    with django_assert_max_num_queries(QUERIES[report] + 2) as asked:
        floor.ask(report)
        of_three = len(asked)
    for code in ("M4", "M5"):
        make_station(code, group=floor.group)
    floor.ask(report)
    with django_assert_max_num_queries(of_three):
        floor.ask(report)
