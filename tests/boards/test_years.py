"""What happened in years costs the screens nothing: their questions read what goes on, and what lies near."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from downtime.models import Issue
from production.models import JobRun
from tests.make import make_issue, make_job_run, make_pattern, make_sku, make_station, make_user

pytestmark = pytest.mark.django_db
AN_HOUR = timedelta(hours=1)
HOURS = 5_000


@pytest.fixture
def station():
    """One that has stopped each hour for more than half a year, and has made something else each hour."""
    station = make_station()
    make_pattern(follows=station)
    sku, at = make_sku(company=station.company), now()
    hours = [at - number * AN_HOUR for number in range(3, HOURS)]
    issue, run = make_issue(station, started_at=at - AN_HOUR), make_job_run(station, sku=sku, actual_start=at)
    Issue.objects.bulk_create(
        Issue(
            station=station, kind=issue.kind, silent_since=hour, started_at=hour, raised_at=hour,
            ended_at=hour + AN_HOUR / 2, updated_at=hour,
        )
        for hour in hours
    )  # fmt: skip
    JobRun.objects.bulk_create(
        JobRun(station=station, sku=sku, actual_start=hour, actual_end=hour + AN_HOUR) for hour in hours
    )
    assert run.actual_end is None
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return station


@pytest.mark.parametrize("address", ["/board/", "/tablet/{}/", "/analysis/", "/unanswered/"])
def test_no_question_of_a_screen_reads_what_is_long_over(address, station, client):
    client.force_login(make_user(company=station.company))
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address.format(station.uuid)).status_code == 200
    questions = [
        query["sql"] for query in asked.captured_queries if query["sql"].lstrip().startswith("SELECT")
    ]
    assert questions
    assert [(thrown_away(sql), sql) for sql in questions if thrown_away(sql) > HOURS / 10] == []


def thrown_away(sql):
    """How many rows PostgreSQL read in vain to answer a question."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        [plan] = cursor.fetchone()[0]

    def of(node):
        own = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
        return own * node["Actual Loops"] + sum(map(of, node.get("Plans", ())))

    return of(plan["Plan"])
