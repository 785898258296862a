"""Job progress: what the schedule expects and reports have counted, of every run that goes on or is to come."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from downtime import engine
from mesproject.reports.runs import made_by
from mesproject.schedule import forecasting
from production.models import JobRun, Station
from scheduling.writing import write_ahead
from tests.make import NOON, make_job_run, make_pattern, make_sku, make_station
from tests.reports.test_facts import say
from tests.screens import person

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LATER = NOON + 40 * MINUTE


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("mesproject.analysis.asked.now", lambda: LATER)


@pytest.fixture
def station():
    """Sixty units are planned from noon to one, of which twenty are made in forty minutes; thirty are to follow."""
    station = make_station("M1", cycle_time_ms=60_000)
    make_pattern(("Day", 600, 480), follows=station)
    company = station.company
    plan = {"planned_start": NOON, "planned_end": NOON + HOUR, "planned_quantity": 60}
    make_job_run(station, sku=make_sku("BOX", company=company), actual_start=NOON, **plan)
    make_job_run(
        station,
        sku=make_sku("LID", company=company),
        actual_start=None,
        planned_start=NOON + HOUR,
        planned_quantity=30,
    )
    write_ahead(now=NOON)
    Station.objects.update(stop_multiplier=5)
    say(station, *(NOON + minute * MINUTE for minute in range(0, 40, 2)), good=1.0)
    engine.tick(now=LATER)
    forecasting.refresh(now=LATER)
    return Station.objects.in_place().get()


@pytest.fixture
def boss(station):
    return person(station.company, "supervisor")


def table(client, **query) -> list[dict[str, str]]:
    answer = client.get("/analysis/progress/", query | {"format": "csv"})
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_what_is_made_is_what_reports_say(boss):
    [row] = table(boss)
    run = JobRun.objects.select_related("station__group__plant").get(sku__code="BOX")
    assert float(row["good"]) == made_by([run], now=LATER)[run.pk].good == 20
    assert float(row["share_percent"]) == pytest.approx(100 / 3)


def test_what_is_expected_is_what_the_schedule_says(boss):
    [row] = table(boss)
    forecast = JobRun.objects.get(sku__code="BOX").forecast
    assert row["standing"] == "at risk"
    assert float(row["late_ms"]) == (forecast.end - forecast.due) / timedelta(milliseconds=1)
    assert row["due"] == "2026-03-11T13:00:00.000+00:00"


def test_what_is_to_come_is_asked_for(boss):
    [row] = table(boss, runs="to-come")
    assert (row["state"], row["good"], row["quantity"]) == ("To come", "0.0", "30.0")
    assert len(table(boss, runs="all")) == 2


def test_what_is_over_is_not_there(boss):
    JobRun.objects.filter(sku__code="BOX").update(actual_end=LATER)
    assert table(boss) == []


def test_runs_that_nobody_has_expected_yet_are_there(boss, station):
    other = make_station("M2", group=station.group)
    make_job_run(other, sku=make_sku("NEW", company=station.company))
    rows = table(boss)
    assert [row["station"] for row in rows] == ["Machine M1", "Machine M2"]
    assert (rows[1]["expected_end"], rows[1]["late_ms"]) == ("", "")


def test_each_run_leads_to_its_page(boss):
    run = JobRun.objects.get(sku__code="BOX")
    assert f"/schedule/runs/{run.pk}/" in boss.get("/analysis/progress/").content.decode()


def test_where_nothing_runs_the_page_says_what_to_do():
    page = person(make_station().company, "supervisor").get("/analysis/progress/").content.decode()
    assert "Plan runs on the schedule" in page


def test_runs_of_others_are_not_there(boss):
    make_job_run(make_station("THEIRS"))
    assert len(table(boss)) == 1


def test_it_costs_few_queries(boss):
    with CaptureQueriesContext(connection) as asked:
        assert boss.get("/analysis/progress/", {"runs": "all"}).status_code == 200
    assert len(asked) <= 25
