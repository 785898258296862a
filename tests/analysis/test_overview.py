"""All stations now: filtered by the address, sorted, alive, and told as boards and reports tell it."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from downtime import engine
from mesproject.reports import facts
from mesproject.reports.glance import glances, stations_of
from production.models import JobRun, StationLive
from scheduling.writing import write_ahead
from tests.make import (
    NOON,
    make_company,
    make_group,
    make_issue,
    make_job_run,
    make_pattern,
    make_sku,
    make_station,
)
from tests.reports.test_facts import say
from tests.screens import POLL, enrolled, person

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = NOON + 10 * MINUTE


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The page's clock stands ten minutes after noon."""
    monkeypatch.setattr("mesproject.analysis.overview.now", lambda: LATER)


@pytest.fixture
def company():
    """A line on which M1 works and M2 has stood still for forty minutes; M3 of another line never spoke."""
    company = make_company()
    line = make_group(company=company, code="L1", name="Line 1")
    other = make_group(plant=line.plant, code="L2", name="Line 2")
    for code, group, until in (("M1", line, 130), ("M2", line, 90), ("M3", other, 0)):
        station = make_station(code, group=group, cycle_time_ms=60_000)
        make_pattern(("Day", 600, 480), follows=station)
        minutes = range(-120, until - 120, 2 if code == "M2" else 1)
        say(station, *(NOON + minute * MINUTE for minute in minutes), good=1.0)
    write_ahead(now=LATER)
    engine.tick(now=LATER)
    return company


@pytest.fixture
def boss(company):
    return person(company, "supervisor")


def names(client, **query) -> list[str]:
    """The stations that the page shows, in its order."""
    return [row["station_code"] for row in table(client, **query)]


def table(client, **query) -> list[dict[str, str]]:
    answer = client.get("/analysis/", query | {"format": "csv"})
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_every_station_of_the_company_is_there_in_the_order_of_the_hall(boss):
    make_station("X1")
    assert names(boss) == ["M1", "M2", "M3"]
    page = boss.get("/analysis/").content.decode()
    assert "Machine M1" in page
    assert "Machine X1" not in page


def test_its_numbers_are_those_of_the_boards(boss, company):
    for row, glance in zip(table(boss), glances(stations_of(company), now=LATER), strict=True):
        assert row["state"] == glance.state
        assert row["good"] == ("" if glance.good is None else f"{glance.good}")
        assert row["target"] == ("" if glance.target is None else f"{glance.target}")
        if glance.efficiency is not None:
            assert float(row["efficiency_percent"]) == pytest.approx(100 * glance.efficiency)
        assert float(row["downtime_ms"]) == glance.downtime / timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"group": "L2"}, ["M3"]),
        ({"state": "stopped"}, ["M2"]),
        ({"needs": "1"}, ["M2"]),
        ({"q": "m1"}, ["M1"]),
        ({"q": "line 1"}, ["M1", "M2"]),
        ({"state": "nonsense"}, ["M1", "M2", "M3"]),
        ({"sort": "-efficiency"}, ["M1", "M2", "M3"]),
        ({"sort": "efficiency"}, ["M2", "M1", "M3"]),
        ({"sort": "-downtime", "group": "L1"}, ["M2", "M1"]),
        ({"sort": "state"}, ["M2", "M3", "M1"]),
        ({"sort": "nonsense"}, ["M1", "M2", "M3"]),
        ({"plant": "elsewhere"}, []),
    ],
)
def test_filters_and_sorting_are_in_the_address(boss, query, found):
    assert names(boss, **query) == found


def test_what_runs_is_found_by_its_product(boss, company):
    [station, *_] = stations_of(company)
    make_job_run(station, sku=make_sku("BRACKET-7", company=company), actual_start=NOON)
    engine.tick(now=LATER)
    StationLive.objects.filter(station=station).update(job_run=JobRun.objects.get())
    assert names(boss, q="bracket-7") == ["M1"]


def test_links_of_the_page_keep_its_filters(boss):
    page = boss.get("/analysis/", {"group": "L1", "q": "M"}).content.decode()
    assert 'href="?group=L1&amp;q=M&amp;sort=efficiency"' in page
    assert 'data-poll="/analysis/?group=L1&amp;q=M"' in page


def test_a_poll_that_finds_nothing_new_is_not_drawn(boss):
    first = boss.get("/analysis/", headers=POLL)
    again = boss.get("/analysis/", headers=POLL | {"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert again["X-As-Of"]


def test_a_poll_tells_what_has_changed_meanwhile(boss, company):
    first = boss.get("/analysis/", headers=POLL)
    make_issue(stations_of(company)[0], silent_since=None, kind="help", started_at=LATER, updated_at=LATER)
    again = boss.get("/analysis/", headers=POLL | {"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert "Help" in again.content.decode()


def test_a_poll_of_nobody_is_told_so(client):
    assert client.get("/analysis/", headers=POLL).status_code == 401


def test_strangers_log_in_and_displays_may_look(client, company):
    assert client.get("/analysis/").status_code == 302
    assert enrolled(company, "display").get("/analysis/").status_code == 200


def test_who_is_needed_is_said_in_words(boss):
    page = boss.get("/analysis/").content.decode()
    assert "1 station needs somebody" in page
    assert "Nobody on it" in page
    assert "not explained" in page


def test_a_search_that_finds_nothing_leads_back(boss):
    page = boss.get("/analysis/", {"q": "nothing"}).content.decode()
    assert "No station is like that now." in page


def test_a_company_without_stations_is_told_what_to_do():
    page = person(make_company(), "supervisor").get("/analysis/").content.decode()
    assert "An administrator adds plants, groups and stations" in page


def test_it_costs_as_many_queries_for_any_number_of_stations(boss):
    while facts.refresh(now=LATER):
        pass
    with CaptureQueriesContext(connection) as asked:
        boss.get("/analysis/")
    assert len(asked) <= 25, [one["sql"][:110] for one in asked.captured_queries]
